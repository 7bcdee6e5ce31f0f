"""Notices to customers: written beside the messages, queued in the same transaction, and never taken for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from tickets import details
from tickets.audit import record
from tickets.ids import new_id
from tickets.outbox import enqueue
from tickets.records import TicketStatus
from tickets.stored import Direction
from tickets.tables import MessageRow, NoticeRow, TicketRow
from tickets.tables.base import insert_into
from tickets.texts import index_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from tickets.database import Database
    from tickets.records import Customer, Message
    from tickets.stored import MessageRecord, TicketRecord

PAGE = 100
NONE: Mapping[str, int] = MappingProxyType({})
_DAY = timedelta(days=1)
# Whoever is this late is not told any more: the service stood still, and a flood of old notices helps nobody.
TOO_LATE = timedelta(days=2)


class Moment(Enum):
    """Which tickets a notice may be about, beside those that just came in."""

    OVERDUE = "overdue"
    UNANSWERED = "unanswered"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A notice that may be sent, if the limits allow it.

    `recipient` is whom it goes to, normalised; at most `thread_a_day` and `recipient_a_day` notices within 24 hours go
    to a ticket and to a recipient.
    """

    stage: str
    language: str
    subject: str
    text: str
    recipient: str
    due_at: datetime | None = None
    thread_a_day: int = 1
    recipient_a_day: int = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that a notice may be about, and the message that it follows."""

    ticket: TicketRecord
    message: MessageRecord
    asked: MessageRecord


def recipient_of(message: Message, customer: Customer | None = None) -> str:
    """Return whom a notice about a message would reach, as one key: the address first, else the person, the thread."""
    known = message.customer or customer
    for kind, value in (
        ("email", known.email if known else None),
        ("phone", known.phone if known else None),
        ("customer", known.id if known else None),
        ("thread", message.thread),
    ):
        if value and value.strip():
            return f"{message.connector or ''}:{kind}:{index_key(value.strip().casefold())}"
    return ""


def send(session: Session, ticket: TicketRow, message_id: str, draft: NoticeDraft) -> bool:
    """Write a notice and its delivery; False where it was sent before, a limit is reached, or nobody would get it."""
    key = _key(draft.stage, ticket.id, message_id)
    if not ticket.connector or not draft.recipient or _is_too_much(session, ticket.id, key, draft):
        return False
    now, notice_id = datetime.now(UTC), new_id()
    values = {"id": notice_id, "ticket_id": ticket.id, "message_id": message_id, "created_at": now}
    said = {"stage": draft.stage, "language": draft.language, "subject": draft.subject, "text": draft.text}
    to = {"recipient": draft.recipient, "due_at": draft.due_at, "dedupe_key": key}
    insert_into(session, NoticeRow, {**values, **said, **to})
    payload = {"ticket": ticket.id, "message": message_id, "notice": notice_id}
    enqueue(session, "notice", ticket.connector, f"notice:{notice_id}", payload)
    record(session, "deskhand", "ticket.notified", ticket.id, notice=notice_id, stage=draft.stage)
    return True


def _is_too_much(session: Session, ticket_id: str, key: str, draft: NoticeDraft) -> bool:
    if session.get_bind().dialect.name == "postgresql":
        # Two messages of one sender at one moment: the second waits for the first, and then sees its notice.
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"notice\n{draft.recipient}"))))
    if session.scalar(select(NoticeRow.id).where(NoticeRow.dedupe_key == key)) is not None:
        return True
    lately = NoticeRow.created_at > datetime.now(UTC) - _DAY
    limits = (
        (NoticeRow.ticket_id == ticket_id, draft.thread_a_day),
        (NoticeRow.recipient == draft.recipient, draft.recipient_a_day),
    )
    return any(_count(session, which, lately) >= most for which, most in limits)


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(NoticeRow).where(*conditions)) or 0


def send_late(session: Session, ticket: TicketRow, message_id: str, draft: NoticeDraft) -> bool:
    """Send a receipt for a message that was stored before it could be decided; False where it is no use any more."""
    earlier = (MessageRow.ticket_id == ticket.id, MessageRow.id < message_id)
    if session.scalar(select(MessageRow.id).where(*earlier).limit(1)) is not None:
        return False
    waits = ticket.status in {TicketStatus.NEW, TicketStatus.OPEN} and ticket.first_replied_at is None
    if not waits or ticket.created_at < datetime.now(UTC) - _DAY:
        return False
    return send(session, ticket, message_id, draft)


class NoticeStore:
    """Finds the tickets that a notice is due for, and sends it.

    Args:
        database: Where they are kept.
        deliver_to: The connectors that are configured: nobody else could pass a notice on.
    """

    def __init__(self, database: Database, *, deliver_to: Collection[str]) -> None:
        self._database = database
        self._deliver_to = tuple(deliver_to)

    def candidates(
        self, moment: Moment, stage: str, after: timedelta, behind: str = "", looked_at: Mapping[str, int] = NONE
    ) -> list[Candidate]:
        """Return tickets for which a moment came `after` ago or longer and that were not told of it.

        Args:
            moment: Which one.
            stage: The stage of the notices that it would give.
            after: How long ago at least.
            behind: The id of the last ticket of the page before.
            looked_at: Tickets that are left out, by id, as long as they are at this version.
        """
        if not self._deliver_to:
            return []
        until = datetime.now(UTC) - after
        query = select(TicketRow).where(TicketRow.connector.in_(self._deliver_to), *_came(moment, until))
        told = exists().where(NoticeRow.dedupe_key == _key(stage, TicketRow.id, _last_message_id()))
        while True:
            with self._database.session() as session:
                page = query.where(TicketRow.id > behind, ~told).order_by(TicketRow.id).limit(PAGE)
                rows = session.scalars(page).all()
                fresh = (_candidate(session, row) for row in rows if looked_at.get(row.id) != row.version)
                found = [candidate for candidate in fresh if candidate is not None]
            if found or len(rows) < PAGE:
                return found
            behind = rows[-1].id

    def send(self, candidate: Candidate, draft: NoticeDraft) -> bool:
        """Send a notice, if nothing happened to the ticket since it was found."""
        with self._database.write() as session:
            ticket = details.ticket_row(session, candidate.ticket.id, lock=True)
            if ticket.version != candidate.ticket.version:
                return False
            return send(session, ticket, candidate.message.id, draft)


def _key(stage: str, ticket_id: Any, message_id: Any) -> Any:  # noqa: ANN401 texts or column expressions
    """Return what a notice is for, which is told once: plain, or as an expression of the database."""
    return stage + ":" + ticket_id + ":" + message_id


def _last_message_id() -> ColumnElement[str]:
    """Return the last message of the ticket that the query around it is at, however deep this stands in it."""
    newest = select(func.max(MessageRow.id)).where(MessageRow.ticket_id == TicketRow.id)
    return newest.correlate(TicketRow).scalar_subquery()


def _came(moment: Moment, until: datetime) -> tuple[ColumnElement[bool], ...]:
    since = until - TOO_LATE
    if moment is Moment.OVERDUE:
        waits = TicketRow.status.in_((TicketStatus.NEW, TicketStatus.OPEN))
        return waits, TicketRow.due_company <= until, TicketRow.due_company > since
    if moment is Moment.SOLVED:
        at = TicketRow.updated_at
        return TicketRow.status == TicketStatus.SOLVED, at <= until, at > since
    # Somebody may let a ticket wait without having written: nobody is reminded of an answer that there is not.
    last = aliased(MessageRow)
    answered = exists().where(last.id == _last_message_id(), last.direction == Direction.OUT)
    at = TicketRow.last_message_at
    return TicketRow.status == TicketStatus.PENDING, at <= until, at > since, answered


def _candidate(session: Session, row: TicketRow) -> Candidate | None:
    messages = details.messages_of(session, MessageRow.ticket_id == row.id)
    asked = [message for message in messages if message.direction is Direction.IN]
    if not asked:
        return None
    return Candidate(details.ticket_record(session, row), messages[-1], asked[-1])
