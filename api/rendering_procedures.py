"""Procedures as JSON, and those that belong beside a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.rendering import JsonObject, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knowledge_base.procedure_store import ProcedureStore, StoredProcedure
    from tickets.stored import TicketDetail


def procedure_body(stored: StoredProcedure) -> JsonObject:
    """Return a procedure as it stands."""
    procedure = stored.procedure
    return {
        "id": procedure.id,
        "language": procedure.language,
        "title": procedure.title,
        "intro": procedure.intro,
        "steps": [{"text": step.plain, "markdown": step.text, "section": step.section} for step in procedure.steps],
        "intents": procedure.intents,
        "articles": procedure.articles,
        "public_articles": [name for name in procedure.articles if name in stored.public],
        "brand": procedure.brand,
        "owner": procedure.owner,
        "review_date": procedure.review_date,
        "version": stored.version,
        "updated_at": moment(stored.updated_at),
        "source": stored.source,
    }


def procedures_beside(store: ProcedureStore, detail: TicketDetail, languages: Sequence[str]) -> list[JsonObject]:
    """Return the procedures for a ticket: by what a person said it is about, else by the newest decision.

    Args:
        store: Where they are kept.
        detail: The ticket.
        languages: What the reader understands, best first.
    """
    found = store.serving(_intents(detail), brand=detail.ticket.brand, languages=languages)
    return [procedure_body(stored) for stored in found]


def _intents(detail: TicketDetail) -> tuple[str, ...]:
    decisions = [message.decision for message in detail.messages if message.decision is not None]
    also = decisions[-1].also if decisions else ()
    corrected = [entry.labels.intent for entry in detail.feedback if entry.labels.intent]
    first = corrected[-1] if corrected else detail.ticket.intent
    return tuple(dict.fromkeys(name for name in (first, *also) if name))
