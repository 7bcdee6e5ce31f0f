"""Small records for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime

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

TEXT = "Wo ist meine Bestellung 114-3941689-8772232? 我的包裹 geht nicht 😡"


def a_message(**changes: object) -> Message:
    values: dict[str, object] = {
        "text": TEXT,
        "subject": "Bestellung",
        "channel": Channel.EMAIL,
        "customer": Customer("c9", "Ada Lovelace", "Ada@Example.com", "+49 171 1234567", "vip"),
        "external_id": "ext-1",
        "connector": "zendesk",
        "market": "DE",
    }
    return Message(**{**values, **changes})  # type: ignore[arg-type]


def a_decision(**changes: object) -> Decision:
    values: dict[str, object] = {
        "id": "m1",
        "text": TEXT,
        "language": Language("de", 0.998, "Latn"),
        "intent": "delivery.delay",
        "intents": (IntentScore("delivery.delay", 0.93), IntentScore("order.status", 0.05)),
        "also": ("delivery.address",),
        "sentiment": Sentiment("negative", -0.71, 0.88),
        "escalation": Escalation(0.12, False, ("deadline",)),
        "entities": (Entity("order", "114-3941689-8772232", 24, 43),),
        "answers": (Answer("shipping-times", "Shipping", "Two days.", 0.83, "en"),),
        "suggestions": (
            Suggestion("s1", "delivery.delay.apology", 2, "de", "Guten Tag Ada", 0.81, ("fits",)),
            Suggestion("s2", "delivery.delay.plain", 1, "de", "Guten Tag", 0.61),
        ),
        "routing": Routing(
            "logistics",
            Priority.HIGH,
            ("delivery", "delay"),
            Due(marketplace=datetime(2026, 11, 22, 9, 0, tzinfo=UTC)),
        ),
        "model": "default-1",
    }
    return Decision(**{**values, **changes})  # type: ignore[arg-type]
