"""What a delivery speaks of, read anew: its row in the outbox holds identifiers only, never what people wrote."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from tickets import details
from tickets.errors import NotFoundError
from tickets.stored import Direction
from tickets.tables import DecisionRow, MessageRow, NoticeRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tickets.database import Database
    from tickets.records import Decision
    from tickets.stored import MessageRecord, NoticeRecord


@dataclass(frozen=True, slots=True)
class Decided:
    """A customer's message and one decision on it."""

    message: MessageRecord
    decision: Decision


@dataclass(frozen=True, slots=True)
class Replied:
    """An answer, and the customer's message before it; None where nobody wrote before."""

    answer: MessageRecord
    to: MessageRecord | None


@dataclass(frozen=True, slots=True)
class Notified:
    """A notice, and the customer's message that it is about; None where nobody wrote."""

    notice: NoticeRecord
    to: MessageRecord | None


class Outgoing:
    """Reads what is to leave the house. What it returns of one delivery is the same at every attempt."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decided(self, decision_id: str) -> Decided:
        """Return a decision with its message; NotFoundError where there is none."""
        with self._database.session() as session:
            message_id = session.scalar(select(DecisionRow.message_id).where(DecisionRow.id == decision_id))
            if message_id is None:
                raise NotFoundError(f"no decision {decision_id[:64]}", field="decision")
            earlier = (DecisionRow.message_id == message_id, DecisionRow.id < decision_id)
            position = session.scalar(select(func.count()).select_from(DecisionRow).where(*earlier)) or 0
            message = _message(session, message_id)
        decision = message.decisions[position]
        return Decided(replace(message, decisions=(decision,)), decision)

    def replied(self, message_id: str) -> Replied:
        """Return an answer with what it answers; NotFoundError where there is none."""
        with self._database.session() as session:
            answer = _message(session, message_id)
            asked = select(func.max(MessageRow.id)).where(
                MessageRow.ticket_id == answer.ticket_id,
                MessageRow.direction == Direction.IN,
                MessageRow.id < message_id,
            )
            before = session.scalar(asked)
            return Replied(answer, _message(session, before) if before else None)

    def notified(self, notice_id: str) -> Notified:
        """Return a notice with the customer's message before it; NotFoundError where there is none."""
        with self._database.session() as session:
            found = details.notices_of(session, NoticeRow.id == notice_id)
            if not found:
                raise NotFoundError(f"no notice {notice_id[:64]}", field="notice")
            asked = select(func.max(MessageRow.id)).where(
                MessageRow.ticket_id == found[0].ticket_id,
                MessageRow.direction == Direction.IN,
                MessageRow.id <= found[0].message_id,
            )
            before = session.scalar(asked)
            return Notified(found[0], _message(session, before) if before else None)


def _message(session: Session, message_id: str) -> MessageRecord:
    found = details.messages_of(session, MessageRow.id == message_id)
    if not found:
        raise NotFoundError(f"no message {message_id[:64]}", field="message")
    return found[0]
