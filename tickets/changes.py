"""What people do with a ticket: move it, answer it, note something, judge a suggestion, put labels right."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from tickets.acceptance import Outcome
from tickets.audit import record
from tickets.details import feedback_record, messages_of, note_record, ticket_record, ticket_row
from tickets.differences import is_same
from tickets.documents import labels_document
from tickets.errors import ConflictError, InvalidInputError, NotFoundError
from tickets.ids import new_id
from tickets.ingest import body_digest
from tickets.outbox import enqueue
from tickets.records import TicketStatus
from tickets.stored import Direction, FeedbackAction, Labels
from tickets.tables import FeedbackRow, MessageRow, NoteRow, SuggestionRow, TicketLabelRow
from tickets.tables.base import insert_into
from tickets.texts import fold
from tickets.verdicts import Rejection, count, told_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from tickets.stored import FeedbackRecord, MessageRecord, NoteRecord, TicketChange, TicketRecord
    from tickets.tables import TicketRow

_LABEL_LIMIT = 100
_LABELS_LIMIT = 50
_MENTION = re.compile(r"(?<![\w.@])@(\w[\w.-]{0,62}\w|\w)")
# Where a ticket may go from where it is. A closed one is final: what follows is a new ticket.
_MOVES = {
    TicketStatus.NEW: {TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.SOLVED, TicketStatus.CLOSED},
    TicketStatus.OPEN: {TicketStatus.PENDING, TicketStatus.SOLVED, TicketStatus.CLOSED},
    TicketStatus.PENDING: {TicketStatus.OPEN, TicketStatus.SOLVED, TicketStatus.CLOSED},
    TicketStatus.SOLVED: {TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.CLOSED},
    TicketStatus.CLOSED: set[TicketStatus](),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says of a message: of one of its suggestions, or of its labels alone."""

    action: FeedbackAction
    text: str | None
    labels: Labels
    actor: str
    rejection: Rejection = field(default_factory=Rejection)


@dataclass(frozen=True, slots=True)
class Origin:
    """What an answer started from, and what the audit trail keeps of the checks that it passed."""

    suggestion_id: str | None = None
    remarks: Mapping[str, str] = field(default_factory=dict)


def update_ticket(session: Session, ticket_id: str, change: TicketChange, actor: str) -> TicketRecord:
    """Change a ticket as a whole or not at all.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Somebody changed it meanwhile, or it cannot go from its status to the wanted one.
        InvalidInputError: A label is empty or too long.
    """
    row = ticket_row(session, ticket_id, lock=True)
    if change.version is not None and change.version != row.version:
        raise ConflictError(
            f"ticket {ticket_id} is at version {row.version}, not {change.version}",
            field="version",
            hint="read it again and repeat the change",
        )
    news: dict[str, str | None] = {}
    if change.status is not None and change.status != row.status:
        _check_move(row, change.status)
        news["status"] = change.status
    if change.priority is not None and change.priority != row.priority:
        news["priority"] = change.priority
    for name, value in (("assignee", change.assignee), ("team", change.team)):
        if value is not None and (value or None) != getattr(row, name):
            news[name] = value or None
    for name, value in news.items():
        setattr(row, name, value)
    labels = None if change.labels is None else _set_labels(session, ticket_id, change.labels)
    if news or labels:
        _touch(row)
        detail = {} if labels is None else {"labels": labels}
        record(session, actor, "ticket.changed", ticket_id, **news, **detail)
        session.flush()
    return ticket_record(session, row)


def reply(session: Session, ticket_id: str, text: str, actor: str, origin: Origin) -> MessageRecord:
    """Store an answer to the customer, let the ticket wait for theirs, and withdraw what was still suggested."""
    suggestion_id = origin.suggestion_id
    _need_text(text)
    row = ticket_row(session, ticket_id, lock=True)
    if row.status == TicketStatus.CLOSED:
        raise ConflictError(f"ticket {ticket_id} is closed", field="id", hint="write a new ticket to the customer")
    offer = None if suggestion_id is None else _suggestion(session, suggestion_id)
    if offer is not None and offer.ticket_id != ticket_id:
        raise InvalidInputError(
            f"suggestion {offer.id[:64]} belongs to another ticket", field="suggestion_id", hint="leave it out"
        )
    if offer is not None and offer.withdrawn_at is not None:
        at, by = offer.withdrawn_at.isoformat(), offer.withdrawn_by
        raise ConflictError(
            f"suggestion {offer.id} is withdrawn: the customer was answered by {by} at {at}",
            field="suggestion_id",
            hint="read the ticket again; leave it out to send the text all the same",
        )
    now = datetime.now(UTC)
    values = {"id": new_id(), "ticket_id": ticket_id, "created_at": now, "direction": Direction.OUT, "author": actor}
    content = {"text": text, "search": fold(text[:4000]), "body_digest": body_digest(text), "subject": row.subject}
    marks = {"triaged": True, "triage_attempts": 0, "html": False, "envelope": {}, "suggestion_id": suggestion_id}
    place = {"channel": row.channel, "connector_key": row.connector or ""}
    insert_into(session, MessageRow, {**values, **content, **marks, **place})
    if offer is not None:
        _used(session, offer, text, actor)
    open_offers = (SuggestionRow.ticket_id == ticket_id, SuggestionRow.withdrawn_at.is_(None))
    session.execute(update(SuggestionRow).where(*open_offers).values(withdrawn_at=now, withdrawn_by=actor))
    if row.status in {TicketStatus.NEW, TicketStatus.OPEN}:
        row.status = TicketStatus.PENDING
    row.first_replied_at = row.first_replied_at or now
    row.due_marketplace = row.due_company = None
    row.last_message_at = now
    _touch(row)
    message_id = str(values["id"])
    record(session, actor, "ticket.replied", ticket_id, message=message_id, suggestion=suggestion_id, **origin.remarks)
    return messages_of(session, MessageRow.id == message_id)[0]


def deliver_reply(session: Session, answer: MessageRecord, connector: str) -> None:
    """Write the delivery of an answer into its transaction."""
    payload = {"ticket": answer.ticket_id, "message": answer.id}
    enqueue(session, "reply", connector, f"reply:{answer.id}", payload)


def note(session: Session, ticket_id: str, text: str, actor: str) -> NoteRecord:
    """Store an internal note; names after an @ are its mentions, addresses are not."""
    _need_text(text)
    _touch(ticket_row(session, ticket_id, lock=True))
    mentions = list(dict.fromkeys(_MENTION.findall(text)))
    row = NoteRow(
        id=new_id(), ticket_id=ticket_id, created_at=datetime.now(UTC), author=actor, text=text, mentions=mentions
    )
    session.add(row)
    record(session, actor, "ticket.noted", ticket_id, note=row.id, mentions=len(mentions))
    return note_record(row)


def feedback(session: Session, suggestion_id: str, verdict: Verdict) -> FeedbackRecord:
    """Store what a person did with a suggestion.

    Raises:
        NotFoundError: There is no such suggestion.
        ConflictError: A colleague answered the customer meanwhile: the suggestion is withdrawn.
    """
    # The ticket first, as a reply does: a verdict and a reply at one moment would otherwise wait for each other.
    ticket_row(session, _suggestion(session, suggestion_id).ticket_id, lock=True)
    offer = session.get_one(SuggestionRow, suggestion_id, populate_existing=True)
    uses = verdict.action in {FeedbackAction.ACCEPTED, FeedbackAction.EDITED}
    if uses and offer.withdrawn_at is not None and offer.withdrawn_by != verdict.actor:
        raise ConflictError(
            f"suggestion {suggestion_id} is withdrawn: a colleague answered at {offer.withdrawn_at.isoformat()}",
            field="id",
            hint="read the ticket again before answering",
        )
    if verdict.action is FeedbackAction.EDITED:
        _need_text(verdict.text or "")
    verdict.rejection.check(_outcome(verdict.action))
    return _judge(session, (offer.ticket_id, offer.message_id), offer, verdict)


def correct(session: Session, message_id: str, verdict: Verdict) -> FeedbackRecord:
    """Store labels that a person put right, beside the prediction."""
    ticket_id = session.scalar(select(MessageRow.ticket_id).where(MessageRow.id == message_id))
    if ticket_id is None:
        raise NotFoundError(f"no message {message_id[:64]}", field="message_id")
    return _judge(session, (ticket_id, message_id), None, verdict)


def _used(session: Session, offer: SuggestionRow, text: str, actor: str) -> None:
    """Let an answer that started from a suggestion say what became of it, unless its author said so before."""
    mine = (FeedbackRow.suggestion_id == offer.id, FeedbackRow.actor == actor)
    used = FeedbackRow.action.in_((FeedbackAction.ACCEPTED, FeedbackAction.EDITED))
    if session.scalar(select(FeedbackRow.id).where(*mine, used).limit(1)) is not None:
        return
    action = FeedbackAction.ACCEPTED if is_same(offer.text, text) else FeedbackAction.EDITED
    _judge(session, (offer.ticket_id, offer.message_id), offer, Verdict(action, text, Labels(), actor))


def _outcome(action: FeedbackAction) -> Outcome:
    """Return what an action makes of a suggestion."""
    if action is FeedbackAction.CORRECTED:
        raise InvalidInputError("action 'corrected' is about labels alone", field="action", hint="correct the message")
    return Outcome(action.value)


def _judge(session: Session, place: tuple[str, str], offer: SuggestionRow | None, verdict: Verdict) -> FeedbackRecord:
    """Store a verdict on a message of a ticket, and count it where it is about a suggestion."""
    ticket_id, message_id = place
    suggestion_id = None if offer is None else offer.id
    told: dict[str, Any] = {"text": verdict.text}
    if offer is not None:
        told = told_of(session, offer, _outcome(verdict.action), verdict.text)
        count(session, offer, _outcome(verdict.action), told["kept"])
    row = FeedbackRow(
        id=new_id(),
        ticket_id=ticket_id,
        message_id=message_id,
        suggestion_id=suggestion_id,
        created_at=datetime.now(UTC),
        actor=verdict.actor,
        action=verdict.action,
        labels=labels_document(verdict.labels),
        reason=verdict.rejection.reason,
        comment=verdict.rejection.comment,
        **told,
    )
    session.add(row)
    detail = {"message": message_id, "suggestion": suggestion_id, "intent": verdict.labels.intent}
    record(session, verdict.actor, f"suggestion.{verdict.action}", ticket_id, **detail)
    return feedback_record(row)


def _check_move(row: TicketRow, wanted: TicketStatus) -> None:
    allowed = _MOVES[TicketStatus(row.status)]
    if wanted not in allowed:
        names = ", ".join(status for status in TicketStatus if status in allowed)
        raise ConflictError(
            f"a {row.status} ticket cannot become {wanted}",
            field="status",
            hint=f"possible now: {names}" if names else "a closed ticket stays closed: write a new one",
        )


def _set_labels(session: Session, ticket_id: str, labels: tuple[str, ...]) -> str | None:
    """Replace the labels of a ticket; return what was added and removed, None where nothing was."""
    wanted = {label.strip() for label in labels}
    if len(wanted) > _LABELS_LIMIT or not all(0 < len(label) <= _LABEL_LIMIT for label in wanted):
        raise InvalidInputError(
            f"labels must be at most {_LABELS_LIMIT}, each of 1 to {_LABEL_LIMIT} characters", field="labels"
        )
    known = set(session.scalars(select(TicketLabelRow.label).where(TicketLabelRow.ticket_id == ticket_id)))
    gone, fresh = sorted(known - wanted), sorted(wanted - known)
    if gone:
        mine = (TicketLabelRow.ticket_id == ticket_id, TicketLabelRow.label.in_(gone))
        session.execute(delete(TicketLabelRow).where(*mine))
    insert_into(session, TicketLabelRow, [{"ticket_id": ticket_id, "label": label} for label in fresh])
    return " ".join([*(f"+{label}" for label in fresh), *(f"-{label}" for label in gone)]) or None


def _suggestion(session: Session, suggestion_id: str) -> SuggestionRow:
    row = session.get(SuggestionRow, suggestion_id)
    if row is None:
        raise NotFoundError(f"no suggestion {suggestion_id[:64]}", field="suggestion_id")
    return row


def _touch(row: TicketRow) -> None:
    row.version += 1
    row.updated_at = datetime.now(UTC)


def _need_text(text: str) -> None:
    if not text.strip():
        raise InvalidInputError("the text is empty", field="text", hint="write something")
