"""Stored records as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.rendering import JsonObject, decision_body, moment

if TYPE_CHECKING:
    from tickets.records import Customer
    from tickets.stored import (
        AuditRecord,
        FeedbackRecord,
        Ingested,
        Judged,
        Labelled,
        Labels,
        MessageRecord,
        NoteRecord,
        NoticeRecord,
        Offered,
        TicketDetail,
        TicketRecord,
    )


def ticket_body(ticket: TicketRecord) -> JsonObject:
    """Return a ticket as lists show it."""
    return {
        "id": ticket.id,
        "created_at": moment(ticket.created_at),
        "updated_at": moment(ticket.updated_at),
        "version": ticket.version,
        "status": ticket.status.value,
        "priority": ticket.priority.value,
        "team": ticket.team,
        "assignee": ticket.assignee,
        "labels": ticket.labels,
        "subject": ticket.subject,
        "preview": ticket.preview,
        "channel": ticket.channel.value if ticket.channel else None,
        "connector": ticket.connector,
        "marketplace": ticket.marketplace,
        "brand": ticket.brand,
        "market": ticket.market,
        "customer": customer_body(ticket.customer),
        "order_id": ticket.order_id,
        "language": ticket.language,
        "intent": ticket.intent,
        "sentiment": ticket.sentiment,
        "sentiment_score": _short(ticket.sentiment_score),
        "escalation": _short(ticket.escalation),
        "escalate": ticket.escalate,
        "triaged": ticket.triaged,
        "due": {"marketplace": moment(ticket.due.marketplace), "company": moment(ticket.due.company)},
        "first_replied_at": moment(ticket.first_replied_at),
        "last_message_at": moment(ticket.last_message_at),
    }


def customer_body(customer: Customer | None) -> JsonObject | None:
    """Return a customer, or null where nobody is known."""
    if customer is None:
        return None
    return {
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "level": customer.level,
        "language": customer.language,
    }


def ingested_body(ingested: Ingested) -> JsonObject:
    """Return what POST /v1/messages answers."""
    decision = decision_body(ingested.decision) if ingested.decision else None
    return {"ticket": ticket_body(ingested.ticket), "decision": decision}


def detail_body(detail: TicketDetail) -> JsonObject:
    """Return a ticket with all that belongs to it."""
    return {
        "ticket": ticket_body(detail.ticket),
        "messages": [message_body(entry) for entry in detail.messages],
        "notes": [note_body(entry) for entry in detail.notes],
        "feedback": [feedback_body(entry) for entry in detail.feedback],
        "audit": [_audit(entry) for entry in detail.audit],
        "notices": [notice_body(entry) for entry in detail.notices],
    }


def notice_body(notice: NoticeRecord) -> JsonObject:
    """Return what Deskhand told a customer by itself."""
    return {
        "id": notice.id,
        "created_at": moment(notice.created_at),
        "stage": notice.stage,
        "language": notice.language,
        "subject": notice.subject,
        "text": notice.text,
        "due": moment(notice.due_at),
    }


def message_body(entry: MessageRecord) -> JsonObject:
    """Return a message with the newest decision on it."""
    message = entry.message
    return {
        "id": entry.id,
        "created_at": moment(entry.created_at),
        "sent_at": moment(message.sent_at),
        "direction": entry.direction.value,
        "author": entry.author,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "channel": message.channel.value if message.channel else None,
        "external_id": message.external_id,
        "attachments": [{"name": file.name, "type": file.type, "size": file.size} for file in message.attachments],
        "suggestion_id": entry.suggestion_id,
        "triaged": entry.triaged,
        "decision": decision_body(entry.decision) if entry.decision else None,
    }


def note_body(note: NoteRecord) -> JsonObject:
    """Return an internal note."""
    return {
        "id": note.id,
        "created_at": moment(note.created_at),
        "author": note.author,
        "text": note.text,
        "mentions": note.mentions,
    }


def feedback_body(feedback: FeedbackRecord) -> JsonObject:
    """Return what a person did with a suggestion."""
    return {
        "id": feedback.id,
        "suggestion_id": feedback.suggestion_id,
        "created_at": moment(feedback.created_at),
        "actor": feedback.actor,
        "action": feedback.action.value,
        "text": feedback.text,
        "labels": labels_body(feedback.labels),
        "reason": feedback.reason,
        "comment": feedback.comment,
        "kept": feedback.kept,
        "diff": feedback.diff,
        **_offered(feedback.offer),
    }


def judged_body(entry: Judged) -> JsonObject:
    """Return one line of the export of verdicts: what was suggested, and what became of it."""
    feedback = entry.feedback
    return {
        "ticket_id": feedback.ticket_id,
        "message_id": feedback.message_id,
        "suggested": entry.suggested,
        "order_state": entry.order_state,
        **feedback_body(feedback),
    }


def _offered(offer: Offered | None) -> JsonObject:
    return {
        "template": offer.template if offer else None,
        "template_version": offer.version if offer else None,
        "language": offer.language if offer else None,
        "intent": offer.intent if offer else None,
        "model": offer.model if offer else None,
        "rank": offer.rank if offer else None,
    }


def labels_body(labels: Labels) -> JsonObject:
    """Return what somebody says is true of a message."""
    return {
        "intent": labels.intent,
        "also": labels.also,
        "language": labels.language,
        "sentiment": labels.sentiment,
        "escalate": labels.escalate,
    }


def labelled_body(entry: Labelled) -> JsonObject:
    """Return one line of the export: the text, what was predicted, and what people said of it."""
    return {
        "ticket_id": entry.ticket_id,
        "message_id": entry.message_id,
        "created_at": moment(entry.created_at),
        "text": entry.text,
        "language": entry.corrected.language or entry.language,
        "intent": entry.corrected.intent or entry.predicted.intent,
        "model": entry.model,
        "predicted": labels_body(entry.predicted),
        "corrected": labels_body(entry.corrected),
        "confirmed": entry.confirmed,
    }


def _audit(entry: AuditRecord) -> JsonObject:
    return {
        "id": entry.id,
        "at": moment(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject_id": entry.subject_id,
        "detail": dict(entry.detail),
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
