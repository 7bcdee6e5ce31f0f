"""Domain records that pass between the rooms of the house: what a customer wrote, what was decided, what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Channel(StrEnum):
    """Where a message came from."""

    EMAIL = "email"
    CHAT = "chat"
    MARKETPLACE = "marketplace"
    SOCIAL = "social"
    PHONE = "phone"
    FORM = "form"
    API = "api"


class TicketStatus(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"


class Priority(StrEnum):
    """How soon a ticket should be seen, least urgent first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class OrderState(StrEnum):
    """The one state of an order that templates and rules ask for, derived by `tickets.orders`."""

    UNPAID = "unpaid"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    LATE = "late"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNING = "returning"
    RETURNED = "returned"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message; `size` in bytes, `data` only where it was given, `id` once stored."""

    name: str
    type: str = "application/octet-stream"
    size: int = 0
    data: bytes | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """Who wrote; every field but none is certain."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    level: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of an order; `price` is for one piece."""

    name: str
    sku: str | None = None
    quantity: int = 1
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """One parcel of an order."""

    carrier: str | None = None
    tracking: str | None = None
    tracking_url: str | None = None
    shipped_at: date | None = None
    expected_at: date | None = None
    delivered_at: date | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is known of an order; dates are the shop's local dates, money is in `currency` (ISO 4217).

    `shipments` holds all parcels where the shop tells them one by one; the fields from `carrier` to `delivered_at` then
    speak of the one that is still on its way, else of the last.
    """

    id: str
    state: OrderState
    placed_at: date | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    email: str | None = None
    phone: str | None = None
    marketplace: str | None = None
    market: str | None = None
    currency: str | None = None
    total: Decimal | None = None
    items: tuple[OrderItem, ...] = ()
    carrier: str | None = None
    tracking: str | None = None
    tracking_url: str | None = None
    shipped_at: date | None = None
    expected_at: date | None = None
    delivered_at: date | None = None
    return_by: date | None = None
    refund_amount: Decimal | None = None
    refunded_at: date | None = None
    shipments: tuple[Shipment, ...] = ()
    return_tracking: str | None = None
    cancelled_at: date | None = None
    return_requested_at: date | None = None
    returned_at: date | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One incoming message, as validated at the door; only `text` is required.

    `headers` are those of a mail that tell whether a program wrote it, by lower-case name.
    `order_id` is the number that the sender's system gave, `sent_at` is aware (UTC where no offset was given), `agent`
    who will answer, by the name that the shop's profile knows; it is not stored with the message.
    """

    text: str
    id: str | None = None
    subject: str | None = None
    html: bool = False
    channel: Channel | None = None
    marketplace: str | None = None
    brand: str | None = None
    market: str | None = None
    currency: str | None = None
    language: str | None = None
    customer: Customer | None = None
    order_id: str | None = None
    sent_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    external_id: str | None = None
    connector: str | None = None
    thread: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """The language of a text: ISO 639-1 `code` or "und", ISO 15924 `script`; `probability` is calibrated."""

    code: str
    probability: float
    script: str


@dataclass(frozen=True, slots=True)
class IntentScore:
    """A label of the active bundle with its calibrated probability."""

    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Sentiment:
    """The mood of a text: one of five labels, `score` from -1 (very negative) to 1 (very positive)."""

    label: str
    score: float
    probability: float


@dataclass(frozen=True, slots=True)
class Escalation:
    """How likely a senior agent should see the message soon, whether to raise it, and why (contract's reason names)."""

    probability: float
    escalate: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A span of the decision's text; `start` and `end` are Unicode code points, `value` is normalised."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A passage that may answer the message; `score` says how well it fits, from 0 to 1.

    `visibility` is "internal" for passages that only the shop's people may read: they go into no reply.
    """

    article: str
    title: str
    passage: str
    score: float
    language: str
    visibility: str = "public"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A filled-in reply. `id` is unique per message, `template` is `<intent>.<variant>`, `why` is for people.

    `intent` and `order_state` are what it is offered for: what people make of it is counted for those. A stored one is
    withdrawn once somebody answered the customer.
    """

    id: str
    template: str
    version: int
    language: str
    text: str
    score: float
    why: tuple[str, ...] = ()
    intent: str | None = None
    order_state: str | None = None
    missing: tuple[str, ...] = ()
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When an answer is due (aware, UTC): by the marketplace's clock and by the company's; None where none runs."""

    marketplace: datetime | None = None
    company: datetime | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """Who should see the message, and when."""

    team: str
    priority: Priority
    tags: tuple[str, ...] = ()
    due: Due = field(default_factory=Due)


@dataclass(frozen=True, slots=True)
class Decision:
    """All that Deskhand says of one message. `intent` is None where the head abstains.

    `truncated` is True where only the first 50,000 characters of the cleaned text were read.
    """

    id: str | None
    text: str
    language: Language
    intent: str | None
    intents: tuple[IntentScore, ...]
    also: tuple[str, ...]
    sentiment: Sentiment
    escalation: Escalation
    entities: tuple[Entity, ...]
    answers: tuple[Answer, ...]
    suggestions: tuple[Suggestion, ...]
    routing: Routing
    model: str
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Agent:
    """Who answers, as customers may know it."""

    name: str | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Shop:
    """What templates may say of the shop; `facts` holds further slots by name (`shop.<name>` in a template).

    `agents` tells how those who answer sign, by the name that tickets are assigned to.
    """

    name: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
