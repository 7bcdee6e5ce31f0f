"""Decisions of messages: appended, never changed; the ticket repeats what the newest one says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from tickets.documents import decision_document
from tickets.ids import new_id
from tickets.outbox import enqueue
from tickets.records import Priority
from tickets.tables import DecisionRow, SuggestionRow, TicketLabelRow
from tickets.tables.base import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.orm import Session

    from tickets.records import Decision, Suggestion
    from tickets.tables import TicketRow

PREVIEW = 200
_ORDER = list(Priority)


def adopt(text: str, limit: int) -> str:
    """Return the start of a text on one line."""
    return " ".join(text[: limit * 4].split())[:limit]


def numbered(decision: Decision) -> Decision:
    """Give the suggestions the identifiers under which they are stored and asked for: theirs are unique per message."""
    return replace(decision, suggestions=tuple(replace(s, id=new_id()) for s in decision.suggestions))


def save_decision(session: Session, ticket: TicketRow, message_id: str, decision: Decision) -> str:
    """Append a decision with its suggestions, and return its identifier."""
    values = {
        "id": new_id(),
        "ticket_id": ticket.id,
        "message_id": message_id,
        "created_at": datetime.now(UTC),
        "model": decision.model,
        "language": decision.language.code,
        "intent": decision.intent,
        "sentiment": decision.sentiment.label,
        "escalate": decision.escalation.escalate,
        "document": decision_document(decision),
    }
    insert_into(session, DecisionRow, values)
    shared = {"decision_id": values["id"], "ticket_id": ticket.id, "message_id": message_id}
    insert_into(session, SuggestionRow, [{**shared, **_offer(s, n)} for n, s in enumerate(decision.suggestions)])
    return str(values["id"])


def deliver_decision(session: Session, ticket: TicketRow, message_id: str, decision_id: str) -> None:
    """Write the delivery of a decision to the ticket's connector."""
    payload = {"ticket": ticket.id, "message": message_id, "decision": decision_id}
    enqueue(session, "decision", ticket.connector or "", f"decision:{decision_id}", payload)


def _offer(suggestion: Suggestion, position: int) -> dict[str, object]:
    return {
        "id": suggestion.id,
        "position": position,
        "template": suggestion.template,
        "version": suggestion.version,
        "language": suggestion.language,
        "score": float(suggestion.score),
        "why": list(suggestion.why),
        "missing": list(suggestion.missing),
        "text": suggestion.text,
        "intent": suggestion.intent,
        "order_state": suggestion.order_state,
    }


def follow(ticket: TicketRow, decision: Decision) -> None:
    """Let the ticket say what the decision says; what a person set is kept, and urgency never sinks by itself."""
    ticket.language = decision.language.code
    ticket.intent = decision.intent
    ticket.sentiment = decision.sentiment.label
    ticket.sentiment_score = float(decision.sentiment.score)
    ticket.escalation = float(decision.escalation.probability)
    ticket.escalate = ticket.escalate or decision.escalation.escalate
    ticket.triaged = True
    ticket.preview = adopt(decision.text, PREVIEW)
    routing = decision.routing
    ticket.priority = max(Priority(ticket.priority), routing.priority, key=_ORDER.index)
    ticket.team = ticket.team or routing.team
    ticket.due_marketplace = ticket.due_marketplace or routing.due.marketplace
    ticket.due_company = ticket.due_company or routing.due.company
    if ticket.order_id is None:
        ticket.order_id = next((e.value for e in decision.entities if e.kind == "order"), None)


def add_labels(session: Session, ticket_id: str, labels: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """Put labels on a ticket beside those it has, and return all of them in order."""
    fresh = [label for label in dict.fromkeys(labels) if label not in known]
    insert_into(session, TicketLabelRow, [{"ticket_id": ticket_id, "label": label} for label in fresh])
    return tuple(sorted({*known, *fresh}))


def labels_of(session: Session, ticket_id: str) -> set[str]:
    """Return the labels of a ticket."""
    return set(session.scalars(select(TicketLabelRow.label).where(TicketLabelRow.ticket_id == ticket_id)))
