"""What chatbots and telephone systems send, and what they get."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.schemas.base import (
    Identifier,
    LanguageCode,
    Market,
    Moment,
    Name,
    Schema,
    Shown,
    Words,
    refuse_nul,
    replace_nul,
)
from api.schemas.decisions import IntentOut, RoutingOut, SentimentOut
from api.schemas.messages import CustomerIn, OrderRef
from tickets.records import Channel

Turnword = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(refuse_nul)]


class Turn(Schema):
    """Something said before in the conversation."""

    role: Literal["customer", "bot", "agent"]
    text: Turnword


class QuestionIn(Schema):
    """A customer's question to a chatbot."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "question": "How long does delivery to Spain take?",
                    "language": "en",
                    "channel": "chat",
                    "conversation": [{"role": "bot", "text": "Hello, how can I help?"}],
                }
            ]
        }
    )

    question: Words
    language: LanguageCode | None = None
    channel: Channel | None = None
    marketplace: Name | None = None
    brand: Name | None = None
    market: Market | None = None
    customer: CustomerIn | None = Field(default=None, description="Only whom the bot knows for certain.")
    order: OrderRef | None = None
    conversation: list[Turn] = Field(default_factory=list, max_length=100, description="What was said before.")


class Action(StrEnum):
    """What the bot should do now."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HAND_OFF = "hand_off"


class SourceOut(Shown):
    """Where an answer comes from."""

    article: str
    passage: str


class TurnOut(Shown):
    """Something said before in the conversation."""

    role: str
    text: str


class HandOffOut(Shown):
    """All that a person needs to take over."""

    question: str
    intent: str | None
    intents: list[IntentOut]
    language: str
    mood: SentimentOut
    escalate: bool
    reasons: list[str]
    order: str | None
    draft: str | None = Field(description="A filled-in reply to start from.")
    routing: RoutingOut
    due: datetime | None = Field(description="The earlier of the two clocks.")
    conversation: list[TurnOut]


class BotAnswerOut(Shown):
    """An answer with its source, a question back, or an honest hand-off."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "action": "answer",
                    "text": "Within the EU, parcels travel two to four business days.",
                    "language": "en",
                    "probability": 0.83,
                    "sources": [
                        {
                            "article": "shipping-times",
                            "passage": "Within the EU, parcels travel two to four business days.",
                        }
                    ],
                    "hand_off": None,
                }
            ]
        }
    )

    action: Action
    text: str
    language: str
    probability: float = Field(ge=0, le=1, description="Score of the best passage; not calibrated yet.")
    sources: list[SourceOut]
    hand_off: HandOffOut | None


class CallEvent(StrEnum):
    """What happened to a call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    TRANSCRIPT = "transcript"


class CallIn(Schema):
    """An event of a telephone call."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "call_id": "c-2041",
                    "event": "transcript",
                    "caller": "+49 30 901820",
                    "agent": "mia",
                    "transcript": "Guten Tag, mein Paket HP-100017 ist noch nicht da.",
                    "at": "2026-11-21T09:30:00Z",
                }
            ]
        }
    )

    call_id: Identifier = Field(description="The telephone system's number of the call: its events become one ticket.")
    event: CallEvent
    caller: Name | None = Field(default=None, description="The customer's number, best in international form.")
    callee: Name | None = None
    direction: Literal["in", "out"] = "in"
    agent: Name | None = None
    connector: Name | None = None
    market: Market | None = Field(default=None, description="Country that a number without prefix is read in.")
    transcript: Annotated[str, StringConstraints(max_length=1_000_000), AfterValidator(replace_nul)] | None = None
    order: OrderRef | None = None
    at: Moment | None = None
