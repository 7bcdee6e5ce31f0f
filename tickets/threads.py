"""What is known of a thread before its next message is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from tickets.records import TicketStatus
from tickets.tables import TicketRow
from tickets.texts import index_key

if TYPE_CHECKING:
    from tickets.database import Database
    from tickets.records import Message


def assignee_of(database: Database, message: Message) -> str | None:
    """Return who the open ticket of a message's thread is assigned to, if there is one and it is."""
    if not message.thread:
        return None
    query = select(TicketRow.assignee).where(
        TicketRow.connector == (message.connector or ""),
        TicketRow.thread_key == index_key(message.thread),
        TicketRow.status != TicketStatus.CLOSED,
    )
    with database.session() as session:
        return session.scalar(query.order_by(TicketRow.id.desc()).limit(1))
