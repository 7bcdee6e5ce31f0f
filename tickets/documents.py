"""Records to JSON documents and back, for what is kept whole and never searched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tickets.records import (
    Answer,
    Channel,
    Customer,
    Decision,
    Due,
    Entity,
    Escalation,
    IntentScore,
    Language,
    Message,
    Priority,
    Routing,
    Sentiment,
    Suggestion,
)
from tickets.stored import Labels


def decision_document(decision: Decision) -> dict[str, Any]:
    """Return a decision as plain values, without its suggestions: those have rows of their own."""
    routing = decision.routing
    return {
        "id": decision.id,
        "text": decision.text,
        "language": _fields(decision.language),
        "intent": decision.intent,
        "intents": [[i.name, float(i.probability)] for i in decision.intents],
        "also": list(decision.also),
        "sentiment": _fields(decision.sentiment),
        "escalation": _fields(decision.escalation),
        "entities": [_fields(e) for e in decision.entities],
        "answers": [_fields(a) for a in decision.answers],
        "routing": {
            "team": routing.team,
            "priority": str(routing.priority),
            "tags": list(routing.tags),
            "due_marketplace": _moment(routing.due.marketplace),
            "due_company": _moment(routing.due.company),
        },
        "model": decision.model,
        "truncated": decision.truncated,
    }


def read_decision(document: dict[str, Any], suggestions: tuple[Suggestion, ...]) -> Decision:
    """Rebuild a decision from its document and its suggestions."""
    routing = document["routing"]
    escalation = document["escalation"]
    due = Due(_read_moment(routing["due_marketplace"]), _read_moment(routing["due_company"]))
    return Decision(
        id=document["id"],
        text=document["text"],
        language=Language(**document["language"]),
        intent=document["intent"],
        intents=tuple(IntentScore(name, probability) for name, probability in document["intents"]),
        also=tuple(document["also"]),
        sentiment=Sentiment(**document["sentiment"]),
        escalation=Escalation(**{**escalation, "reasons": tuple(escalation["reasons"])}),
        entities=tuple(Entity(**e) for e in document["entities"]),
        answers=tuple(Answer(**a) for a in document["answers"]),
        suggestions=suggestions,
        routing=Routing(routing["team"], Priority(routing["priority"]), tuple(routing["tags"]), due),
        model=document["model"],
        truncated=document["truncated"],
    )


def envelope(message: Message) -> dict[str, Any]:
    """Return what a message says beside its text, in plain values; empty fields are left out."""
    plain = {
        "id": message.id,
        "marketplace": message.marketplace,
        "brand": message.brand,
        "market": message.market,
        "currency": message.currency,
        "language": message.language,
        "customer": _fields(message.customer) if message.customer else None,
        "order_id": message.order_id,
        "external_id": message.external_id,
        "connector": message.connector,
        "thread": message.thread,
        "headers": dict(message.headers) or None,
    }
    return {name: value for name, value in plain.items() if value is not None}


def read_message(stored: dict[str, Any], channel: str | None, message: Message) -> Message:
    """Put the envelope around a message that has text, subject and attachments already."""
    customer = stored.get("customer")
    rest = {name: value for name, value in stored.items() if name != "customer"}
    return replace(
        message,
        channel=Channel(channel) if channel else None,
        customer=Customer(**customer) if customer else None,
        **rest,
    )


def labels_document(labels: Labels) -> dict[str, Any]:
    """Return the labels that say something."""
    return {name: value for name, value in _fields(labels).items() if value is not None}


def read_labels(document: dict[str, Any]) -> Labels:
    """Rebuild labels."""
    also = document.get("also")
    return Labels(**{**document, "also": None if also is None else tuple(also)})


def _fields(record: object) -> dict[str, Any]:
    return {name: _plain(getattr(record, name)) for name in getattr(record, "__slots__", ())}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, bool | str | int | None):
        return value
    return float(value) if hasattr(value, "__float__") else value


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _read_moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)
