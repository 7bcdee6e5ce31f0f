"""Reading tickets with all that belongs to them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tickets.audit import events_of
from tickets.customers import as_customer
from tickets.documents import read_decision, read_labels, read_message
from tickets.errors import NotFoundError
from tickets.records import Attachment, Channel, Decision, Due, Message, Priority, Suggestion, TicketStatus
from tickets.stored import (
    AttachmentRecord,
    Direction,
    FeedbackAction,
    FeedbackRecord,
    Ingested,
    MessageRecord,
    NoteRecord,
    NoticeRecord,
    Offered,
    TicketDetail,
    TicketRecord,
    Untriaged,
)
from tickets.tables import (
    AttachmentRow,
    CustomerRow,
    DecisionRow,
    FeedbackRow,
    MessageRow,
    NoteRow,
    NoticeRow,
    SuggestionRow,
    TicketLabelRow,
    TicketRow,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from tickets.records import Customer

# The raw body is as large as what the sender sent, and nobody who reads a ticket needs it.
_MESSAGE_COLUMNS = tuple(c for c in MessageRow.__table__.columns if c.name not in {"raw", "search"})


def ticket_row(session: Session, ticket_id: str, *, lock: bool = False) -> TicketRow:
    """Return a ticket's row, locked until the end of the transaction where asked.

    Raises:
        NotFoundError: There is no such ticket.
    """
    query = select(TicketRow).where(TicketRow.id == ticket_id)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFoundError(f"no ticket {ticket_id[:64]}", field="id")
    return row


def ticket_records(session: Session, rows: Sequence[TicketRow]) -> tuple[TicketRecord, ...]:
    """Return tickets as lists show them, with two more queries whatever their number."""
    pks = {row.customer_pk for row in rows if row.customer_pk}
    people = {c.pk: c for c in session.scalars(select(CustomerRow).where(CustomerRow.pk.in_(pks)))} if pks else {}
    labels: dict[str, list[str]] = defaultdict(list)
    if rows:
        wanted = TicketLabelRow.ticket_id.in_([row.id for row in rows])
        pairs = select(TicketLabelRow.ticket_id, TicketLabelRow.label).where(wanted).order_by(TicketLabelRow.label)
        for ticket_id, label in session.execute(pairs):
            labels[ticket_id].append(label)
    customers = {pk: as_customer(row) for pk, row in people.items()}
    return tuple(as_ticket(row, customers.get(row.customer_pk or ""), tuple(labels[row.id])) for row in rows)


def ticket_record(session: Session, row: TicketRow) -> TicketRecord:
    """Return one ticket as lists show it."""
    return ticket_records(session, [row])[0]


def as_ticket(row: TicketRow, customer: Customer | None, labels: tuple[str, ...]) -> TicketRecord:
    """Return a ticket's row, its customer and its labels as one record."""
    return TicketRecord(
        id=row.id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        status=TicketStatus(row.status),
        priority=Priority(row.priority),
        team=row.team,
        assignee=row.assignee,
        labels=labels,
        subject=row.subject,
        preview=row.preview,
        channel=Channel(row.channel) if row.channel else None,
        connector=row.connector or None,
        marketplace=row.marketplace,
        brand=row.brand,
        market=row.market,
        customer=customer,
        order_id=row.order_id,
        language=row.language,
        intent=row.intent,
        sentiment=row.sentiment,
        sentiment_score=row.sentiment_score,
        escalation=row.escalation,
        escalate=row.escalate,
        triaged=row.triaged,
        due=Due(row.due_marketplace, row.due_company),
        first_replied_at=row.first_replied_at,
        last_message_at=row.last_message_at,
    )


def ticket_detail(session: Session, ticket_id: str) -> TicketDetail:
    """Return a ticket with messages, decisions, notes, feedback and audit trail."""
    row = ticket_row(session, ticket_id)
    notes = session.scalars(select(NoteRow).where(NoteRow.ticket_id == ticket_id).order_by(NoteRow.id))
    feedback = session.scalars(select(FeedbackRow).where(FeedbackRow.ticket_id == ticket_id).order_by(FeedbackRow.id))
    return TicketDetail(
        ticket=ticket_record(session, row),
        messages=messages_of(session, MessageRow.ticket_id == ticket_id),
        notes=tuple(note_record(n) for n in notes),
        feedback=tuple(feedback_record(f) for f in feedback),
        audit=events_of(session, ticket_id),
        notices=notices_of(session, NoticeRow.ticket_id == ticket_id),
    )


def notices_of(session: Session, *conditions: Any) -> tuple[NoticeRecord, ...]:  # noqa: ANN401 column expressions
    """Return the notices that meet the conditions, oldest first."""
    rows = session.scalars(select(NoticeRow).where(*conditions).order_by(NoticeRow.id))
    return tuple(
        NoticeRecord(n.id, n.ticket_id, n.message_id, n.created_at, n.stage, n.language, n.subject, n.text, n.due_at)
        for n in rows
    )


def messages_of(session: Session, *conditions: Any) -> tuple[MessageRecord, ...]:  # noqa: ANN401 column expressions
    """Return the messages that meet the conditions, oldest first, with decisions and suggestions."""
    rows = session.execute(select(*_MESSAGE_COLUMNS).where(*conditions).order_by(MessageRow.id)).all()
    ids = [row.id for row in rows]
    decisions = decisions_of(session, ids)
    files = _attachments_of(session, ids)
    return tuple(
        MessageRecord(
            id=row.id,
            ticket_id=row.ticket_id,
            created_at=row.created_at,
            direction=Direction(row.direction),
            author=row.author,
            message=_message(row, tuple(files[row.id])),
            suggestion_id=row.suggestion_id,
            triaged=row.triaged,
            decisions=tuple(decisions[row.id]),
        )
        for row in rows
    )


def _message(row: Any, attachments: tuple[Attachment, ...]) -> Message:  # noqa: ANN401 a row of selected columns
    bare = Message(text=row.text, subject=row.subject, html=row.html, sent_at=row.sent_at, attachments=attachments)
    return read_message(row.envelope, row.channel, bare)


def _attachments_of(session: Session, message_ids: list[str]) -> dict[str, list[Attachment]]:
    found: dict[str, list[Attachment]] = defaultdict(list)
    columns = (AttachmentRow.message_id, AttachmentRow.name, AttachmentRow.type, AttachmentRow.size, AttachmentRow.id)
    query = select(*columns).where(AttachmentRow.message_id.in_(message_ids)).order_by(AttachmentRow.position)
    for message_id, name, type_, size, id_ in session.execute(query):
        found[message_id].append(Attachment(name, type_, size, id=id_))
    return found


def decisions_of(session: Session, message_ids: list[str]) -> dict[str, list[Decision]]:
    """Return the decisions of each message, oldest first."""
    offers: dict[str, list[Suggestion]] = defaultdict(list)
    wanted = SuggestionRow.message_id.in_(message_ids)
    for s in session.scalars(select(SuggestionRow).where(wanted).order_by(SuggestionRow.position)):
        offer = Suggestion(
            s.id,
            s.template,
            s.version,
            s.language,
            s.text,
            s.score,
            tuple(s.why),
            s.intent,
            s.order_state,
            tuple(s.missing or ()),
            s.withdrawn_at,
        )
        offers[s.decision_id].append(offer)
    found: dict[str, list[Decision]] = defaultdict(list)
    query = select(DecisionRow).where(DecisionRow.message_id.in_(message_ids)).order_by(DecisionRow.id)
    for row in session.scalars(query):
        found[row.message_id].append(read_decision(row.document, tuple(offers[row.id])))
    return found


def ingested(session: Session, message_id: str, *, created: bool) -> Ingested:
    """Return what an ingest of the message answers: its ticket as it is now, its decision as it was first."""
    ticket_id = session.scalars(select(MessageRow.ticket_id).where(MessageRow.id == message_id)).one()
    decisions = decisions_of(session, [message_id])[message_id]
    ticket = ticket_record(session, ticket_row(session, ticket_id))
    return Ingested(ticket_id, created, ticket, decisions[0] if decisions else None, message_id)


def untriaged(session: Session, limit: int) -> list[Untriaged]:
    """Return messages without a decision, those with the fewest failed attempts first."""
    query = select(*_MESSAGE_COLUMNS).where(MessageRow.triaged.is_(False))
    rows = session.execute(query.order_by(MessageRow.triage_attempts, MessageRow.id).limit(limit)).all()
    files = _attachments_of(session, [row.id for row in rows])
    return [Untriaged(r.ticket_id, r.id, _message(r, tuple(files[r.id])), r.triage_attempts) for r in rows]


def attachment(session: Session, attachment_id: str) -> AttachmentRecord:
    """Return a stored file with its data.

    Raises:
        NotFoundError: There is no such file.
    """
    row = session.get(AttachmentRow, attachment_id)
    if row is None:
        raise NotFoundError(f"no attachment {attachment_id[:64]}", field="id")
    ticket_id = session.scalars(select(MessageRow.ticket_id).where(MessageRow.id == row.message_id)).one()
    file = Attachment(row.name, row.type, row.size, row.data, id=row.id)
    return AttachmentRecord(row.id, ticket_id, row.message_id, file, row.digest)


def note_record(row: NoteRow) -> NoteRecord:
    """Return a note's row as a record."""
    return NoteRecord(row.id, row.created_at, row.author, row.text, tuple(row.mentions))


def feedback_record(row: FeedbackRow) -> FeedbackRecord:
    """Return a feedback's row as a record."""
    return FeedbackRecord(
        row.id,
        row.ticket_id,
        row.message_id,
        row.suggestion_id,
        row.created_at,
        row.actor,
        FeedbackAction(row.action),
        row.text,
        read_labels(row.labels),
        reason=row.reason,
        comment=row.comment,
        kept=row.kept,
        diff=tuple(row.diff or ()),
        offer=None if row.template is None else _offered(row),
    )


def _offered(row: FeedbackRow) -> Offered:
    """Return what a judged suggestion was."""
    return Offered(
        row.template or "", row.template_version or 1, row.language or "und", row.intent, row.model or "", row.rank or 1
    )
