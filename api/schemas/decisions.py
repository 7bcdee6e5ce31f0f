"""Decisions as callers get them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.base import Shown
from tickets.records import Priority

DECISION_EXAMPLE: dict[str, Any] = {
    "id": "m1",
    "text": "Hallo, wo bleibt meine Bestellung HP-100017? Ich warte seit zwei Wochen!",
    "language": {"code": "de", "probability": 0.998, "script": "Latn"},
    "intent": "delivery.delay",
    "intents": [{"name": "delivery.delay", "probability": 0.93}, {"name": "order.status", "probability": 0.05}],
    "also": [],
    "sentiment": {"label": "negative", "score": -0.71, "probability": 0.88},
    "escalation": {"probability": 0.12, "escalate": False, "reasons": []},
    "entities": [{"kind": "order", "value": "HP-100017", "start": 33, "end": 42}],
    "answers": [
        {
            "article": "shipping-times",
            "title": "Lieferzeiten",
            "passage": "Innerhalb der EU sind Pakete zwei bis vier Werktage unterwegs.",
            "score": 0.83,
            "language": "de",
            "visibility": "public",
        }
    ],
    "suggestions": [
        {
            "id": "s-1",
            "template": "delivery.delay.apology",
            "version": 1,
            "language": "de",
            "text": "Guten Tag Anna, es tut uns leid, dass Sie warten …",
            "score": 0.81,
            "why": ["delivery.delay is the likeliest intent (93%)", "made for an order that is late"],
            "intent": "delivery.delay",
            "missing": [],
            "withdrawn_at": None,
        }
    ],
    "routing": {
        "team": "logistics",
        "priority": "high",
        "tags": ["delivery", "delay"],
        "due": {"marketplace": None, "company": "2026-11-23T17:00:00Z"},
    },
    "model": "default-1",
    "truncated": False,
}


class LanguageOut(Shown):
    """The language of the text."""

    code: str = Field(description='ISO 639-1, or "und" where it is unknown.')
    probability: float = Field(ge=0, le=1)
    script: str = Field(description="ISO 15924, as Latn.")


class IntentOut(Shown):
    """An intent and how probable it is."""

    name: str
    probability: float = Field(ge=0, le=1)


class SentimentOut(Shown):
    """The mood of the text."""

    label: Literal["very_negative", "negative", "neutral", "positive", "very_positive"]
    score: float = Field(ge=-1, le=1)
    probability: float = Field(ge=0, le=1)


class EscalationOut(Shown):
    """How likely a senior agent should see the message soon."""

    probability: float = Field(ge=0, le=1)
    escalate: bool
    reasons: list[str]


class EntityOut(Shown):
    """A marked span of the text; offsets are Unicode code points."""

    kind: str
    value: str
    start: int
    end: int


class AnswerOut(Shown):
    """A passage of the knowledge base; `score` says how well it answers the message, from 0 to 1."""

    article: str
    title: str
    passage: str
    score: float = Field(ge=0, le=1)
    language: str
    visibility: Literal["public", "internal"] = Field(description="internal: for the shop's people only.")


class SuggestionOut(Shown):
    """A filled-in reply, ready to be read over and sent."""

    id: str
    template: str
    version: int
    language: str
    text: str
    score: float
    why: list[str]
    intent: str | None = Field(description="The intent that it is offered for.")
    missing: list[str] = Field(description="What a better reply of this intent needs, as `order number`.")
    withdrawn_at: datetime | None = Field(description="When somebody answered the customer; null while it is offered.")


class DueOut(Shown):
    """When an answer is due; null where no clock runs."""

    marketplace: datetime | None
    company: datetime | None


class RoutingOut(Shown):
    """Who should see the message, and when."""

    team: str
    priority: Priority
    tags: list[str]
    due: DueOut


class DecisionOut(Shown):
    """All that Deskhand says of one message."""

    model_config = ConfigDict(json_schema_extra={"examples": [DECISION_EXAMPLE]})

    id: str | None
    text: str = Field(description="The customer's own words: no quotes, no signature.")
    language: LanguageOut
    intent: str | None = Field(description="A label of the bundle; null where the model abstains.")
    intents: list[IntentOut] = Field(description="The five most probable.")
    also: list[str] = Field(description="Further intents of the same message.")
    sentiment: SentimentOut
    escalation: EscalationOut
    entities: list[EntityOut]
    answers: list[AnswerOut]
    suggestions: list[SuggestionOut]
    routing: RoutingOut
    model: str
    truncated: bool = Field(description="True where only the first 50,000 characters were read.")


class TriageResponse(Shown):
    """The decisions, in the order of the messages."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"decisions": [DECISION_EXAMPLE]}]})

    decisions: list[DecisionOut]
