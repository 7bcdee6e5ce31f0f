"""One incoming message becomes a ticket: everything about it is written in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from tickets import details
from tickets.audit import event, record_all
from tickets.customers import remember
from tickets.decisions import (
    PREVIEW,
    add_labels,
    adopt,
    deliver_decision,
    follow,
    labels_of,
    numbered,
    save_decision,
)
from tickets.documents import envelope
from tickets.errors import ConflictError, InvalidInputError
from tickets.ids import new_id
from tickets.notices import send as send_notice
from tickets.records import Priority, TicketStatus
from tickets.stored import Direction, Ingested
from tickets.tables import AttachmentRow, IdempotencyRow, MessageRow, TicketRow
from tickets.tables.base import insert_into, values_of
from tickets.texts import fold, index_key

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tickets.customers import Known
    from tickets.notices import NoticeDraft
    from tickets.records import Decision, Message
    from tickets.stored import TicketRecord

KEY_LIMIT = 255
_SEARCHED = 4000
_BY_KEY = select(IdempotencyRow.message_id, IdempotencyRow.body_digest).where(IdempotencyRow.key == bindparam("key"))
_BY_EXTERNAL_ID = select(MessageRow.id.label("message_id"), MessageRow.body_digest).where(
    MessageRow.connector_key == bindparam("connector"), MessageRow.external_key == bindparam("external")
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at the door: with the body it came in and its digest, what was decided, and who brought it.

    `receipt` goes back to the customer where the message opens a ticket.
    """

    message: Message
    raw: bytes
    decision: Decision | None
    idempotency_key: str | None
    actor: str
    digest: str
    receipt: NoticeDraft | None = None


def body_digest(raw: bytes | str) -> str:
    """Return the SHA-256 of a body, as hexadecimal digits."""
    return hashlib.sha256(as_bytes(raw)).hexdigest()


def as_bytes(raw: bytes | str) -> bytes:
    """Return a body as bytes; lone surrogates survive."""
    return raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")


def find_repeat(session: Session, message: Message, key: str | None, digest: str) -> Ingested | None:
    """Return the first answer if the message was stored before, under its external id or its Idempotency-Key.

    Raises:
        ConflictError: Something else is stored under that id or key.
    """
    if key is not None and not 0 < len(key) <= KEY_LIMIT:
        raise InvalidInputError(
            f"the key has {len(key)} characters, 1 to {KEY_LIMIT} are allowed", field="Idempotency-Key"
        )
    found = set()
    if key is not None:
        row = session.connection().execute(_BY_KEY, {"key": key}).first()
        if row is not None:
            _same(row.body_digest, digest, "Idempotency-Key", "use a new key for a new request")
            found.add(row.message_id)
    if message.external_id is not None:
        names = {"connector": index_key(message.connector or ""), "external": index_key(message.external_id)}
        row = session.connection().execute(_BY_EXTERNAL_ID, names).first()
        if row is not None:
            _same(row.body_digest, digest, "external_id", "give each message its own external_id")
            found.add(row.message_id)
    if not found:
        return None
    if len(found) > 1:
        raise ConflictError("Idempotency-Key and external_id belong to two messages", field="external_id")
    return details.ingested(session, found.pop(), created=False)


def _same(stored: str, given: str, field: str, hint: str) -> None:
    if stored != given:
        raise ConflictError(f"another body is stored under this {field}", field=field, hint=hint)


def ingest(session: Session, arrival: Arrival, deliver: bool) -> Ingested:
    """Store a message with all that belongs to it, unless it was stored before."""
    message = arrival.message
    repeat = find_repeat(session, message, arrival.idempotency_key, arrival.digest)
    if repeat is not None:
        return repeat
    now = datetime.now(UTC)
    known = remember(session, message.customer, message.market) if message.customer else None
    continued = _thread(session, message)
    ticket = continued or _new_ticket(message, known, now)
    if continued is not None:
        _append(ticket, message, known, now)
    decision = None if arrival.decision is None else numbered(arrival.decision)
    if decision is not None:
        follow(ticket, decision)
    if continued is None:
        insert_into(session, TicketRow, values_of(ticket))
    session.flush()
    message_id = _store_message(session, arrival, ticket.id, now)
    had = labels_of(session, ticket.id) if continued else set[str]()
    tags = decision.routing.tags if decision else ()
    labels = add_labels(session, ticket.id, tags, had)
    if decision is not None:
        decision_id = save_decision(session, ticket, message_id, decision)
        if deliver and ticket.connector:
            deliver_decision(session, ticket, message_id, decision_id)
    if arrival.receipt is not None and deliver and continued is None:
        send_notice(session, ticket, message_id, arrival.receipt)
    record_all(session, _events(arrival, ticket.id, message_id, created=continued is None))
    whole = details.ticket_record(session, ticket) if continued else _as_record(ticket, known, labels)
    return Ingested(ticket.id, True, whole, decision, message_id)


def _as_record(ticket: TicketRow, known: Known | None, labels: tuple[str, ...]) -> TicketRecord:
    return details.as_ticket(ticket, known.customer if known else None, labels)


def _events(arrival: Arrival, ticket_id: str, message_id: str, *, created: bool) -> list[dict[str, Any]]:
    events = [event(arrival.actor, "ticket.created", ticket_id)] if created else []
    events.append(event(arrival.actor, "message.received", ticket_id, message=message_id, bytes=len(arrival.raw)))
    if arrival.decision is not None:
        events.append(event("deskhand", "message.triaged", ticket_id, message=message_id, model=arrival.decision.model))
    return events


def _thread(session: Session, message: Message) -> TicketRow | None:
    """Find the ticket that the message continues; a closed one stays closed, and a new ticket follows it."""
    if not message.thread:
        return None
    connector, thread = message.connector or "", index_key(message.thread)
    if session.get_bind().dialect.name == "postgresql":
        # Two first messages of a thread at one moment must meet: the second waits here for the first.
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{connector}\n{thread}"))))
    return session.scalar(
        select(TicketRow)
        .where(
            TicketRow.connector == connector, TicketRow.thread_key == thread, TicketRow.status != TicketStatus.CLOSED
        )
        .order_by(TicketRow.id.desc())
        .limit(1)
        .with_for_update()
    )


def _new_ticket(message: Message, known: Known | None, now: datetime) -> TicketRow:
    return TicketRow(
        id=new_id(),
        created_at=now,
        updated_at=now,
        version=1,
        status=TicketStatus.NEW,
        priority=Priority.NORMAL,
        subject=message.subject,
        preview=_preview(message),
        channel=message.channel,
        connector=message.connector or "",
        thread_key=index_key(message.thread) if message.thread else None,
        marketplace=message.marketplace,
        brand=message.brand,
        market=message.market,
        customer_pk=known.pk if known else None,
        order_id=message.order_id,
        escalate=False,
        triaged=False,
        last_message_at=now,
    )


def _append(ticket: TicketRow, message: Message, known: Known | None, now: datetime) -> None:
    """Let a customer's next message open its ticket again."""
    if ticket.status in {TicketStatus.PENDING, TicketStatus.SOLVED}:
        ticket.status = TicketStatus.OPEN
    ticket.customer_pk = ticket.customer_pk or (known.pk if known else None)
    ticket.order_id = message.order_id or ticket.order_id
    ticket.preview = _preview(message)
    ticket.triaged = False
    ticket.updated_at = ticket.last_message_at = now
    ticket.version += 1


def _preview(message: Message) -> str:
    # Markup tells nobody anything; the decision brings the cleaned text.
    return "" if message.html else adopt(message.text, PREVIEW)


def _store_message(session: Session, arrival: Arrival, ticket_id: str, now: datetime) -> str:
    message_id = new_id()
    insert_into(session, MessageRow, _message_values(arrival, message_id, ticket_id, now))
    _attach(session, arrival.message, message_id)
    if arrival.idempotency_key is not None:
        values = {"key": arrival.idempotency_key, "body_digest": arrival.digest}
        insert_into(session, IdempotencyRow, {**values, "message_id": message_id, "created_at": now})
    return message_id


def _message_values(arrival: Arrival, message_id: str, ticket_id: str, now: datetime) -> dict[str, Any]:
    message = arrival.message
    return {
        "id": message_id,
        "ticket_id": ticket_id,
        "created_at": now,
        "sent_at": message.sent_at,
        "direction": Direction.IN,
        "channel": message.channel,
        "connector_key": index_key(message.connector or ""),
        "external_key": None if message.external_id is None else index_key(message.external_id),
        "body_digest": arrival.digest,
        "triaged": arrival.decision is not None,
        "triage_attempts": 0,
        "html": message.html,
        "subject": message.subject,
        "search": _searched(message, arrival.decision),
        "envelope": envelope(message),
        "text": message.text,
        "raw": arrival.raw,
    }


def _searched(message: Message, decision: Decision | None) -> str:
    customer = message.customer
    known = (customer.name, customer.email, customer.phone, customer.id) if customer else ()
    text = decision.text if decision else message.text
    parts = (message.subject, message.order_id, message.external_id, *known, text[:_SEARCHED])
    return fold("\n".join(part[:_SEARCHED] for part in parts if part))[:_SEARCHED]


def _attach(session: Session, message: Message, message_id: str) -> None:
    rows = [
        {
            "id": new_id(),
            "message_id": message_id,
            "position": position,
            "name": attachment.name,
            "type": attachment.type,
            "size": len(attachment.data) if attachment.data is not None else attachment.size,
            "digest": None if attachment.data is None else hashlib.sha256(attachment.data).hexdigest(),
            "data": attachment.data,
        }
        for position, attachment in enumerate(message.attachments)
    ]
    insert_into(session, AttachmentRow, rows)
