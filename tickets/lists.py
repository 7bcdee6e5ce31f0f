"""Lists of tickets: filters and a cursor that stays right while new tickets come in."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from tickets.customers import matches
from tickets.details import ticket_records
from tickets.errors import InvalidInputError
from tickets.stored import Page, TicketOrder
from tickets.tables import CustomerRow, MessageRow, TicketLabelRow, TicketRow
from tickets.texts import fold

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from tickets.stored import TicketFilter, TicketRecord

MOST_ITEMS = 200
_WORDS = 5


def page(session: Session, filters: TicketFilter, cursor: str | None, limit: int) -> Page[TicketRecord]:
    """Return one page of tickets.

    Raises:
        InvalidInputError: The cursor is none of ours, or the limit is out of range.
    """
    if not 1 <= limit <= MOST_ITEMS:
        raise InvalidInputError(f"limit {limit} is not between 1 and {MOST_ITEMS}", field="limit")
    newest = filters.order is TicketOrder.NEWEST
    query = select(TicketRow).where(*_conditions(filters))
    if cursor is not None:
        last = _read_cursor(cursor)
        query = query.where(TicketRow.id < last if newest else TicketRow.id > last)
    # Identifiers sort by time; one row more than asked for tells whether another page follows.
    query = query.order_by(TicketRow.id.desc() if newest else TicketRow.id).limit(limit + 1)
    rows = list(session.scalars(query))
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(ticket_records(session, rows), rows[-1].id if more else None)


def _read_cursor(cursor: str) -> str:
    try:
        return str(uuid.UUID(cursor))
    except ValueError as error:
        raise InvalidInputError(
            "the cursor cannot be read", field="cursor", hint="take `next` of the page before, or leave it out"
        ) from error


def _conditions(filters: TicketFilter) -> list[ColumnElement[bool]]:
    plain = {
        TicketRow.team: filters.team,
        TicketRow.priority: filters.priority,
        TicketRow.intent: filters.intent,
        TicketRow.language: filters.language,
        TicketRow.escalate: filters.escalate,
        TicketRow.order_id: filters.order_id,
        TicketRow.channel: filters.channel,
        TicketRow.brand: filters.brand,
        TicketRow.triaged: filters.triaged,
    }
    found: list[ColumnElement[bool]] = [column == value for column, value in plain.items() if value is not None]
    if filters.status is not None:
        found.append(TicketRow.status.in_(filters.status))
    if filters.assignee is not None:
        found.append(TicketRow.assignee == filters.assignee if filters.assignee else TicketRow.assignee.is_(None))
    if filters.created_after is not None:
        found.append(TicketRow.created_at >= filters.created_after)
    if filters.created_before is not None:
        found.append(TicketRow.created_at < filters.created_before)
    if filters.customer is not None:
        found.append(TicketRow.customer_pk.in_(select(CustomerRow.pk).where(matches(filters.customer))))
    if filters.label is not None:
        labelled = (TicketLabelRow.ticket_id == TicketRow.id, TicketLabelRow.label == filters.label)
        found.append(exists().where(*labelled))
    words = fold(filters.text or "").split()[:_WORDS]
    found.extend(_said(word) for word in words)
    return found


def _said(word: str) -> ColumnElement[bool]:
    said = MessageRow.search.contains(word, autoescape=True)
    return exists().where(MessageRow.ticket_id == TicketRow.id, said)
