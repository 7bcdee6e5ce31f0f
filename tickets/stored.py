"""Records of what the store holds, beside the domain records of `tickets.records`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from tickets.records import Attachment, Channel, Customer, Decision, Due, Message, Priority, TicketStatus

T = TypeVar("T")


class Direction(StrEnum):
    """Which way a message went."""

    IN = "in"
    OUT = "out"


class FeedbackAction(StrEnum):
    """What a person did with a suggestion; `corrected` speaks of labels alone."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Labels:
    """What is true of a message; None says nothing. `sentiment` is one of the five names, as in a decision."""

    intent: str | None = None
    also: tuple[str, ...] | None = None
    language: str | None = None
    sentiment: str | None = None
    escalate: bool | None = None


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """A ticket as lists show it. `preview` is the start of the customer's last message."""

    id: str
    created_at: datetime
    updated_at: datetime
    version: int
    status: TicketStatus
    priority: Priority
    team: str | None
    assignee: str | None
    labels: tuple[str, ...]
    subject: str | None
    preview: str
    channel: Channel | None
    connector: str | None
    marketplace: str | None
    brand: str | None
    market: str | None
    customer: Customer | None
    order_id: str | None
    language: str | None
    intent: str | None
    sentiment: str | None
    sentiment_score: float | None
    escalation: float | None
    escalate: bool
    triaged: bool
    due: Due
    first_replied_at: datetime | None
    last_message_at: datetime


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message of a ticket. `attachments` come without their data; `decision` is the newest of `decisions`."""

    id: str
    ticket_id: str
    created_at: datetime
    direction: Direction
    author: str | None
    message: Message
    suggestion_id: str | None
    triaged: bool
    decisions: tuple[Decision, ...] = ()

    @property
    def decision(self) -> Decision | None:
        """Return the newest decision."""
        return self.decisions[-1] if self.decisions else None


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """An internal note."""

    id: str
    created_at: datetime
    author: str
    text: str
    mentions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what, when."""

    id: str
    at: datetime
    actor: str
    action: str
    subject_id: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Offered:
    """A suggestion as it was judged: its template, the intent that it was offered for, the model, its rank from 1."""

    template: str
    version: int
    language: str
    intent: str | None
    model: str
    rank: int


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """What a person did with a suggestion, or which labels they put right.

    `text` is what was sent; `kept` the share of the suggested text in it, from 0 to 1; `diff` what was changed, as
    `at` (character of the suggested text), `old` and `new`; `reason` and `comment` why it was rejected.
    """

    id: str
    ticket_id: str
    message_id: str
    suggestion_id: str | None
    created_at: datetime
    actor: str
    action: FeedbackAction
    text: str | None
    labels: Labels
    reason: str | None = None
    comment: str | None = None
    kept: float | None = None
    diff: tuple[Mapping[str, object], ...] = ()
    offer: Offered | None = None


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """What Deskhand told a customer by itself; `due_at` is the promise in it, where there is one."""

    id: str
    ticket_id: str
    message_id: str
    created_at: datetime
    stage: str
    language: str
    subject: str
    text: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on a suggestion with what was suggested, and the state of the order ("" where none was known)."""

    feedback: FeedbackRecord
    suggested: str
    order_state: str


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """A ticket with all that belongs to it, oldest first."""

    ticket: TicketRecord
    messages: tuple[MessageRecord, ...]
    notes: tuple[NoteRecord, ...]
    feedback: tuple[FeedbackRecord, ...]
    audit: tuple[AuditRecord, ...]
    notices: tuple[NoticeRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Ingested:
    """The answer to an ingest; `created` is False where the same message was here before."""

    ticket_id: str
    created: bool
    ticket: TicketRecord
    decision: Decision | None
    message_id: str


@dataclass(frozen=True, slots=True)
class Untriaged:
    """A stored message that still needs a decision."""

    ticket_id: str
    message_id: str
    message: Message
    attempts: int


class TicketOrder(StrEnum):
    """In which order a list comes."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """What a list of tickets is narrowed to; every field that is None narrows nothing.

    `text` must be found, each of its words, in the conversation; `customer` is the shop's number, an e-mail address or
    a telephone number; `assignee` "" means nobody's; `created_after` is included, `created_before` is not.
    """

    status: tuple[TicketStatus, ...] | None = None
    assignee: str | None = None
    team: str | None = None
    priority: Priority | None = None
    intent: str | None = None
    language: str | None = None
    escalate: bool | None = None
    customer: str | None = None
    order_id: str | None = None
    channel: Channel | None = None
    brand: str | None = None
    label: str | None = None
    text: str | None = None
    triaged: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    order: TicketOrder = TicketOrder.NEWEST


@dataclass(frozen=True, slots=True)
class TicketChange:
    """What to change of a ticket; None leaves as it is, "" takes assignee or team away.

    `version` is the one that the caller saw: with another one stored, nothing is changed.
    """

    status: TicketStatus | None = None
    assignee: str | None = None
    team: str | None = None
    priority: Priority | None = None
    labels: tuple[str, ...] | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `next` is the cursor of the following one."""

    items: tuple[T, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message with what was predicted and what people said of it: a training example.

    `confirmed` is True where somebody used a suggestion and corrected no label.
    """

    ticket_id: str
    message_id: str
    created_at: datetime
    text: str
    language: str
    model: str
    predicted: Labels
    corrected: Labels
    confirmed: bool
    actors: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    """A stored file, with its data where the sender gave it."""

    id: str
    ticket_id: str
    message_id: str
    attachment: Attachment
    digest: str | None
