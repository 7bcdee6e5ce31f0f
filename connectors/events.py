"""From a row of the outbox to the event that another system is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from connectors.errors import PermanentError
from connectors.protocols import Event
from tickets.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tickets.outbox import Delivery
    from tickets.outgoing import Outgoing
    from tickets.records import Decision
    from tickets.stored import MessageRecord

    # Writes a decision in the shape of the HTTP interface; given by `api`, which keeps that shape.
    WriteDecision: TypeAlias = Callable[[Decision], Mapping[str, Any]]

JsonObject: TypeAlias = dict[str, Any]


class Events:
    """Reads what deliveries speak of.

    Args:
        outgoing: Where to read it.
        write: Writes a decision as JSON.
    """

    def __init__(self, outgoing: Outgoing, write: WriteDecision) -> None:
        self._outgoing = outgoing
        self._write = write
        # By the topic under which `tickets` queues it: the event's type, and what makes its data.
        self._kinds: Mapping[str, tuple[str, Callable[[Delivery], JsonObject]]] = {
            "decision": ("ticket.decided", self._decided),
            "reply": ("ticket.replied", self._replied),
            "notice": ("ticket.notice", self._notified),
        }

    def of(self, delivery: Delivery) -> Event:
        """Return the event of a delivery, the same one at each attempt.

        Raises:
            PermanentError: What it speaks of is gone, or nobody here knows its topic.
        """
        if delivery.topic not in self._kinds:
            raise PermanentError(f"the topic {delivery.topic!r} is unknown")
        type_, make = self._kinds[delivery.topic]
        try:
            data = make(delivery)
        except NotFoundError as error:
            raise PermanentError(f"{error.message}: it was erased") from None
        return Event(delivery.id, type_, delivery.created_at, delivery.target, data)

    def _decided(self, delivery: Delivery) -> JsonObject:
        found = self._outgoing.decided(str(delivery.payload["decision"]))
        return {
            "connector": delivery.target,
            "ticket": {"id": found.message.ticket_id},
            "message": _named(found.message),
            "decision": self._write(found.decision),
        }

    def _replied(self, delivery: Delivery) -> JsonObject:
        found = self._outgoing.replied(str(delivery.payload["message"]))
        answer = found.answer
        return {
            "connector": delivery.target,
            "ticket": {"id": answer.ticket_id},
            "message": None if found.to is None else _named(found.to),
            "reply": {"id": answer.id, "text": answer.message.text, "author": answer.author},
        }

    def _notified(self, delivery: Delivery) -> JsonObject:
        found = self._outgoing.notified(str(delivery.payload["notice"]))
        notice = found.notice
        return {
            "connector": delivery.target,
            "ticket": {"id": notice.ticket_id},
            "message": None if found.to is None else _named(found.to),
            "notice": {
                "id": notice.id,
                "stage": notice.stage,
                "language": notice.language,
                "subject": notice.subject,
                "text": notice.text,
                "due": None if notice.due_at is None else notice.due_at.isoformat(timespec="seconds"),
            },
        }


def _named(record: MessageRecord) -> JsonObject:
    """Name a customer's message as the system that sent it knows it."""
    return {"id": record.id, "external_id": record.message.external_id, "thread": record.message.thread}
