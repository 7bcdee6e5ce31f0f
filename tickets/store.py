"""The ticket store: every way in and out, each in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from tickets import changes, details, lists
from tickets.audit import record
from tickets.decisions import add_labels, deliver_decision, follow, labels_of, numbered, save_decision
from tickets.errors import InvalidInputError, NotFoundError
from tickets.ingest import Arrival, as_bytes, body_digest, find_repeat, ingest
from tickets.labelled import judged, labelled
from tickets.notices import send_late
from tickets.stored import FeedbackAction, Labels, TicketFilter
from tickets.tables import MessageRow, TicketRow
from tickets.verdicts import Rejection

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlalchemy.orm import Session

    from tickets.database import Database
    from tickets.notices import NoticeDraft
    from tickets.records import Decision, Message
    from tickets.stored import (
        AttachmentRecord,
        FeedbackRecord,
        Ingested,
        Judged,
        Labelled,
        MessageRecord,
        NoteRecord,
        Page,
        TicketChange,
        TicketDetail,
        TicketRecord,
        Untriaged,
    )

__all__ = ["TicketStore", "body_digest"]


class TicketStore:
    """Tickets with their messages, decisions, suggestions, notes and feedback.

    Args:
        database: Where they are kept.
        deliver_to: The connectors that are configured and get decisions and answers through the outbox; None means
            every connector that a message names.
    """

    def __init__(self, database: Database, *, deliver_to: Collection[str] | None = None) -> None:
        self._database = database
        self._deliver_to = deliver_to

    def ingest(
        self,
        message: Message,
        raw: bytes | str,
        decision: Decision | None,
        *,
        idempotency_key: str | None = None,
        actor: str,
        receipt: NoticeDraft | None = None,
    ) -> Ingested:
        """Store a message with its ticket, attachments, decision, suggestions, audit and deliveries, all or nothing.

        A message that continues a thread of its connector joins that ticket, unless the ticket is closed.

        Args:
            message: As validated at the door.
            raw: The body as it arrived; by its digest the same request is recognised.
            decision: What was decided; None leaves the message to `untriaged`.
            idempotency_key: The caller's Idempotency-Key.
            actor: Who brought it, for the audit trail.
            receipt: What the customer is told at once, where the message opens a ticket and the connector is
                configured; it is no answer.

        Returns:
            The stored ticket, or the first answer again, with `created` False. The suggestions of its decision carry
            the identifiers under which `feedback` finds them.

        Raises:
            ConflictError: Another body is stored under the same external id or key.
            UnavailableError: The database cannot take it; nothing was stored.
        """
        arrival = Arrival(message, as_bytes(raw), decision, idempotency_key, actor, body_digest(raw), receipt)
        deliver = self._delivers_to(message.connector)

        def work(session: Session) -> Ingested:
            return ingest(session, arrival, deliver)

        try:
            return self._database.write_together(work)
        except IntegrityError:
            # On PostgreSQL the same message or customer may come twice at one moment: the second now sees the first.
            return self._database.write_together(work)

    def find_repeat(self, message: Message, idempotency_key: str | None, body_digest: str) -> Ingested | None:
        """Return the first answer where the message was stored before; ask before any model runs.

        Raises:
            ConflictError: Another body is stored under the same external id or key.
        """
        if message.external_id is None and idempotency_key is None:
            return None
        with self._database.session() as session:
            return find_repeat(session, message, idempotency_key, body_digest)

    def add_decision(
        self, ticket_id: str, message_id: str, decision: Decision, receipt: NoticeDraft | None = None
    ) -> Decision:
        """Append a decision to a message that was stored without one, or is decided anew.

        Args:
            ticket_id: The ticket.
            message_id: The message in it.
            decision: What was decided.
            receipt: What the customer is told, where nobody answered yet and the message opened the ticket.

        Raises:
            NotFoundError: The ticket has no such message.
        """
        with self._database.write() as session:
            ticket = details.ticket_row(session, ticket_id, lock=True)
            mine = (MessageRow.id == message_id, MessageRow.ticket_id == ticket_id)
            if session.scalar(select(MessageRow.id).where(*mine)) is None:
                raise NotFoundError(f"ticket {ticket_id} has no message {message_id[:64]}", field="message_id")
            session.execute(update(MessageRow).where(*mine).values(triaged=True))
            decision = numbered(decision)
            ticket.version += 1
            follow(ticket, decision)
            decision_id = save_decision(session, ticket, message_id, decision)
            add_labels(session, ticket_id, decision.routing.tags, labels_of(session, ticket_id))
            record(session, "deskhand", "message.triaged", ticket_id, message=message_id, model=decision.model)
            if ticket.connector and self._delivers_to(ticket.connector):
                deliver_decision(session, ticket, message_id, decision_id)
                if receipt is not None:
                    send_late(session, ticket, message_id, receipt)
            return decision

    def untriaged(self, limit: int = 100) -> list[Untriaged]:
        """Return messages that still need a decision, those with the fewest failed attempts first."""
        with self._database.session() as session:
            return details.untriaged(session, limit)

    def triage_failed(self, message_id: str, reason: str) -> None:
        """Note that a decision failed, so that the message no longer stands before others; `reason` for the audit."""
        with self._database.write() as session:
            ticket_id = session.scalar(select(MessageRow.ticket_id).where(MessageRow.id == message_id))
            if ticket_id is None:
                raise NotFoundError(f"no message {message_id[:64]}", field="message_id")
            more = MessageRow.triage_attempts + 1
            session.execute(update(MessageRow).where(MessageRow.id == message_id).values(triage_attempts=more))
            record(session, "deskhand", "message.triage_failed", ticket_id, message=message_id, reason=reason[:200])

    def ticket(self, ticket_id: str) -> TicketDetail:
        """Return a ticket with all that belongs to it; NotFoundError where there is none."""
        with self._database.session() as session:
            return details.ticket_detail(session, ticket_id)

    def tickets(
        self, filters: TicketFilter | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[TicketRecord]:
        """Return one page of tickets, the newest first unless the filter says otherwise; at most 200."""
        with self._database.session() as session:
            return lists.page(session, filters or TicketFilter(), cursor, limit)

    def counts(self) -> dict[str, int]:
        """Return how many tickets are in each status."""
        with self._database.session() as session:
            rows = session.execute(select(TicketRow.status, func.count()).group_by(TicketRow.status))
            return {row[0]: row[1] for row in rows}

    def attachment(self, attachment_id: str) -> AttachmentRecord:
        """Return a stored file with its data; NotFoundError where there is none."""
        with self._database.session() as session:
            return details.attachment(session, attachment_id)

    def raw(self, message_id: str) -> bytes:
        """Return the body of a message as it arrived; NotFoundError where there is none."""
        with self._database.session() as session:
            body = session.scalar(select(MessageRow.raw).where(MessageRow.id == message_id))
            if body is None:
                raise NotFoundError(f"no raw body of message {message_id[:64]}", field="message_id")
            return body

    def update_ticket(self, ticket_id: str, change: TicketChange, *, actor: str) -> TicketRecord:
        """Change status, assignee, team, priority or labels, as a whole or not at all.

        Raises:
            NotFoundError: There is no such ticket.
            ConflictError: It has another version, or cannot take that status.
        """
        with self._database.write() as session:
            return changes.update_ticket(session, ticket_id, change, actor)

    def reply(
        self,
        ticket_id: str,
        text: str,
        *,
        actor: str,
        suggestion_id: str | None = None,
        remarks: Mapping[str, str] | None = None,
    ) -> MessageRecord:
        """Store an answer, queue it for the ticket's connector, and let the ticket wait for the customer.

        Args:
            ticket_id: The ticket.
            text: What the customer will read.
            actor: Who answers.
            suggestion_id: The suggestion that the answer started from.
            remarks: What the audit trail keeps of the checks of the text; no words of it.

        Raises:
            NotFoundError: There is no such ticket or suggestion.
            ConflictError: The ticket is closed.
            InvalidInputError: The text is empty, or the suggestion is another ticket's.
        """
        with self._database.write() as session:
            answer = changes.reply(session, ticket_id, text, actor, changes.Origin(suggestion_id, remarks or {}))
            connector = details.ticket_row(session, ticket_id).connector
            if connector and self._delivers_to(connector):
                changes.deliver_reply(session, answer, connector)
            return answer

    def note(self, ticket_id: str, text: str, *, actor: str) -> NoteRecord:
        """Store an internal note; @names in it are its mentions."""
        with self._database.write() as session:
            return changes.note(session, ticket_id, text, actor)

    def feedback(
        self,
        suggestion_id: str,
        action: FeedbackAction | str,
        text: str | None = None,
        labels: Labels | None = None,
        *,
        actor: str,
        rejection: Rejection | None = None,
    ) -> FeedbackRecord:
        """Store what a person did with a suggestion, beside the prediction, and count it for the ranking.

        Raises:
            NotFoundError: There is no such suggestion.
            ConflictError: It is withdrawn, because a colleague answered the customer.
            InvalidInputError: The action or the reason is unknown, or an edited text is missing.
        """
        verdict = changes.Verdict(_action(action), text, labels or Labels(), actor, rejection or Rejection())
        with self._database.write() as session:
            return changes.feedback(session, suggestion_id, verdict)

    def correct(self, message_id: str, labels: Labels, *, actor: str) -> FeedbackRecord:
        """Store the right labels of a message, beside the prediction."""
        verdict = changes.Verdict(FeedbackAction.CORRECTED, None, labels, actor)
        with self._database.write() as session:
            return changes.correct(session, message_id, verdict)

    def labelled(self) -> Iterator[Labelled]:
        """Yield every message that somebody confirmed or corrected, oldest first."""
        return labelled(self._database)

    def judged(self) -> Iterator[Judged]:
        """Yield every verdict on a suggestion, oldest first."""
        return judged(self._database)

    def _delivers_to(self, connector: str | None) -> bool:
        return self._deliver_to is None or connector in self._deliver_to


def _action(action: str) -> FeedbackAction:
    try:
        return FeedbackAction(action)
    except ValueError:
        names = ", ".join(a for a in FeedbackAction if a is not FeedbackAction.CORRECTED)
        raise InvalidInputError(f"action {action[:40]!r} is unknown", field="action", hint=f"one of {names}") from None
