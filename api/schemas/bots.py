"""What chatbots and telephone systems send, and what they get."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

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
from triage.bot_policy import Why

Turnword = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(refuse_nul)]


class Action(StrEnum):
    """What the bot should do now."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HAND_OFF = "hand_off"


class ChoiceKind(StrEnum):
    """What a customer may choose between."""

    INTENT = "intent"
    ARTICLE = "article"
    NONE = "none"


class SourceIn(Schema):
    """A source that an earlier answer named; all that it named may be sent back."""

    article: Name
    passage: Turnword | None = Field(default=None, description="Left out: the whole article counts as said.")
    title: Turnword | None = None
    language: LanguageCode | None = None
    link: Turnword | None = None


class ChoiceIn(Schema):
    """The choice that the customer made, as it was offered; `none` where nothing fits."""

    kind: ChoiceKind
    value: Name = Field(default="none", description="The intent or the article's id; left out after `none` alone.")
    label: Turnword | None = None

    @model_validator(mode="after")
    def _names_something(self) -> ChoiceIn:
        if self.kind is not ChoiceKind.NONE and "value" not in self.model_fields_set:
            raise ValueError("value is needed: the intent or the article's id, as it was offered")
        return self


class Turn(Schema):
    """Something said before in the conversation."""

    role: Literal["customer", "bot", "agent"]
    text: Turnword
    action: Action | None = Field(default=None, description="What the bot's turn was; else it is known by its words.")
    sources: list[SourceIn] = Field(
        default_factory=list, max_length=20, description="The sources that came with it: they are not given again."
    )
    choices: list[ChoiceIn] = Field(
        default_factory=list,
        max_length=20,
        description="What it offered: a customer may take it by its label, its number, or a yes where it is one.",
    )


class QuestionIn(Schema):
    """A customer's question to a chatbot."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "question": "How long does delivery to Spain take?",
                    "language": "en",
                    "channel": "chat",
                    "conversation_id": "web-8841",
                    "conversation": [{"role": "bot", "text": "Hello, how can I help?"}],
                }
            ]
        }
    )

    question: Words
    language: LanguageCode | None = Field(
        default=None, description="Where the bot knows it; holds where the words do not show one."
    )
    channel: Channel | None = None
    marketplace: Name | None = None
    brand: Name | None = None
    market: Market | None = None
    customer: CustomerIn | None = Field(default=None, description="Only whom the bot knows for certain.")
    order: OrderRef | None = None
    conversation: list[Turn] = Field(default_factory=list, max_length=100, description="What was said before.")
    conversation_id: Identifier | None = Field(
        default=None, description="The bot's number of the conversation: a pilot's share is drawn by it."
    )
    choice: ChoiceIn | None = Field(default=None, description="What the customer chose, after a `clarify`.")
    sent_at: Moment | None = Field(default=None, description="When it was asked; left out: now.")


class SourceOut(Shown):
    """Where an answer comes from."""

    article: str
    passage: str
    title: str
    language: str = Field(description="Of the passage.")
    link: str | None = Field(description="The article's page; null on marketplaces, which forbid links.")


class ReplyOut(Shown):
    """The template that an answer was filled in from."""

    template: str
    version: int
    language: str


class ChoiceOut(Shown):
    """One thing that the customer may have meant; send it back as `choice`."""

    kind: ChoiceKind
    value: str
    label: str = Field(description="In the customer's language; an article's title may be in another one.")


class TurnOut(Shown):
    """Something said before in the conversation."""

    role: str
    text: str


class TriedOut(Shown):
    """A passage that was said before, or found and not sure enough to be said."""

    article: str
    title: str | None
    passage: str | None
    probability: float | None = Field(description="Null for what was said in an earlier turn.")
    said: bool


class TeamOut(Shown):
    """A team, whether it is at work, and from when on if not."""

    name: str
    is_open: bool
    opens_at: datetime | None = Field(description="The next opening, where it is closed.")
    closes_at: datetime | None = Field(
        description="When it closes next, where it is open: the end of the working day, or the start of a break."
    )
    time_zone: str


class HandOffOut(Shown):
    """All that a person needs to take over."""

    why: Why
    rule: str | None = Field(description="The rule of the shop's policy that says so.")
    question: str
    asked_before: str | None = Field(
        description="What the customer asked before, where they now only want a person: `intent`, `intents`, `tried`, "
        "`draft`, `routing`, `due` and `team` are of it. Else null."
    )
    intent: str | None
    intents: list[IntentOut]
    language: str = Field(description="The customer's.")
    mood: SentimentOut
    escalate: bool
    reasons: list[str]
    order: str | None = Field(description="As sent, else named in the question, else named last before it.")
    tried: list[TriedOut]
    draft: str | None = Field(
        description="A filled-in reply to start from, or the best passage that could be said here, from a probability "
        "of 0.2 on. Nothing after `self_harm`, no passage after `safety`."
    )
    routing: RoutingOut
    due: datetime | None = Field(description="The earlier of the two clocks.")
    team: TeamOut
    conversation: list[TurnOut]
    message: dict[str, Any] = Field(
        description="The body to send to POST /v1/messages; add `external_id` if you have one."
    )


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
                            "title": "Shipping times",
                            "language": "en",
                            "link": "/help/en/shipping-times",
                        }
                    ],
                    "reply": None,
                    "choices": [],
                    "hand_off": None,
                }
            ]
        }
    )

    action: Action
    text: str
    language: str = Field(description="Of `text`: English where the bot has no words in the customer's language.")
    probability: float = Field(ge=0, le=1, description="Calibrated probability that the best passage answers.")
    sources: list[SourceOut]
    reply: ReplyOut | None = Field(
        description="Where the answer is a reply filled in from the order of a proven buyer; it has no source."
    )
    choices: list[ChoiceOut] = Field(description="What the customer may choose between, after `clarify`; may be empty.")
    hand_off: HandOffOut | None


class HoursOut(Shown):
    """The teams' hours."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "name": "finance",
                            "is_open": False,
                            "opens_at": "2026-11-23T08:00:00Z",
                            "closes_at": None,
                            "time_zone": "Europe/Amsterdam",
                        }
                    ],
                    "next": None,
                }
            ]
        }
    )

    items: list[TeamOut]
    next: None


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
