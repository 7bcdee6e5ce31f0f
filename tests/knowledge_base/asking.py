"""Tickets for the tests of gaps: what customers asked, what was found, what agents thought of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tickets.makers import a_decision, a_message
from tickets.records import Answer, Customer, Entity, Language, Suggestion

if TYPE_CHECKING:
    from tickets.store import TicketStore


def ask(store: TicketStore, text: str, **said: object) -> str:
    """Store a message that nothing was found for, unless `answers` are given; return its ticket."""
    language = str(said.pop("language", "en"))
    customer = said.pop("customer", Customer("c1", "Colin Hargreaves", "colin@example.com"))
    entities = tuple(
        Entity(kind, value, text.index(value), text.index(value) + len(value))
        for kind, value in said.pop("entities", ())  # type: ignore[attr-defined]
    )
    decision = a_decision(
        text=text,
        **{
            "language": Language(language, 0.99, "Latn"),
            "intent": "product.details",
            "answers": (),
            "suggestions": (),
            "entities": entities,
            **said,
        },
    )
    message = a_message(text=text, external_id=None, connector=None, customer=customer)
    return store.ingest(message, text, decision, actor="test").ticket_id


def answered(article: str, score: float = 0.9, language: str = "en", visibility: str = "public") -> dict[str, object]:
    return {
        "answers": (Answer(article, article.title(), f"This is what {article} says.", score, language, visibility),)
    }


def quoting(article: str) -> dict[str, object]:
    """Give an answer, and a suggested reply that quotes it."""
    text = f"Hello,\n\nThis is what\n{article} says.\n\nKind regards"
    return {**answered(article), "suggestions": (Suggestion("s", "product.details.article", 1, "en", text, 0.8),)}
