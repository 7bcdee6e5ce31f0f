"""Tickets: what may be asked, changed and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import Identifier, Name, Schema, Shown
from api.schemas.decisions import DECISION_EXAMPLE, DecisionOut, DueOut
from api.schemas.feedback import FeedbackOut, Reply
from api.schemas.orders import ORDER_EXAMPLE, OrderOut
from api.schemas.procedures import ProcedureOut
from tickets.records import Channel, Priority, TicketStatus
from tickets.stored import TicketOrder

TICKET_EXAMPLE: dict[str, Any] = {
    "id": "0193512c-7f60-7c3e-9a65-0f9d5a3c1b2e",
    "created_at": "2026-11-21T09:30:00Z",
    "updated_at": "2026-11-21T09:30:00Z",
    "version": 1,
    "status": "new",
    "priority": "high",
    "team": "logistics",
    "assignee": None,
    "labels": ["delivery", "delay"],
    "subject": "Lieferung",
    "preview": "Hallo, wo bleibt meine Bestellung HP-100017?",
    "channel": "email",
    "connector": "shop-form",
    "marketplace": None,
    "brand": None,
    "market": "DE",
    "customer": {
        "id": "c9",
        "name": "Anna Vogel",
        "email": None,
        "phone": None,
        "level": "vip",
        "language": None,
    },
    "order_id": "HP-100017",
    "language": "de",
    "intent": "delivery.delay",
    "sentiment": "negative",
    "sentiment_score": -0.71,
    "escalation": 0.12,
    "escalate": False,
    "triaged": True,
    "due": {"marketplace": None, "company": "2026-11-23T17:00:00Z"},
    "first_replied_at": None,
    "last_message_at": "2026-11-21T09:30:00Z",
}

MESSAGE_EXAMPLE: dict[str, Any] = {
    "id": "0193512c-8a11-7d0e-8f5c-3b1f8c0f2a77",
    "created_at": "2026-11-21T10:02:00Z",
    "sent_at": None,
    "direction": "out",
    "author": "mia",
    "subject": None,
    "text": "Guten Tag Anna, Ihr Paket kommt morgen an.",
    "html": False,
    "channel": "email",
    "external_id": None,
    "attachments": [],
    "suggestion_id": None,
    "triaged": True,
    "decision": None,
}
NOTE_EXAMPLE: dict[str, Any] = {
    "id": "0193512c-9b21-7a4e-b1d8-6a0e4c9b7f10",
    "created_at": "2026-11-21T10:00:00Z",
    "author": "mia",
    "text": "@tom please ask the carrier.",
    "mentions": ["tom"],
}


class CustomerOut(Shown):
    """Who wrote."""

    id: str | None
    name: str | None
    email: str | None
    phone: str | None
    level: str | None
    language: str | None


class TicketOut(Shown):
    """A ticket as lists show it."""

    model_config = ConfigDict(json_schema_extra={"examples": [TICKET_EXAMPLE]})

    id: str
    created_at: datetime
    updated_at: datetime
    version: int = Field(description="Rises with every change; sent back with PATCH it guards against lost updates.")
    status: TicketStatus
    priority: Priority
    team: str | None
    assignee: str | None
    labels: list[str]
    subject: str | None
    preview: str
    channel: Channel | None
    connector: str | None
    marketplace: str | None
    brand: str | None
    market: str | None
    customer: CustomerOut | None
    order_id: str | None
    language: str | None
    intent: str | None
    sentiment: str | None
    sentiment_score: float | None
    escalation: float | None
    escalate: bool
    triaged: bool = Field(description="False as long as the models have not read the ticket.")
    due: DueOut
    first_replied_at: datetime | None
    last_message_at: datetime


class IngestedOut(Shown):
    """The stored ticket and its decision; null while untriaged."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ticket": TICKET_EXAMPLE, "decision": DECISION_EXAMPLE}]}
    )

    ticket: TicketOut
    decision: DecisionOut | None


class AttachmentOut(Shown):
    """A file that came with a message."""

    name: str
    type: str
    size: int


class MessageOut(Shown):
    """A message of a ticket, with the newest decision on it."""

    model_config = ConfigDict(json_schema_extra={"examples": [MESSAGE_EXAMPLE]})

    id: str
    created_at: datetime
    sent_at: datetime | None
    direction: Literal["in", "out"]
    author: str | None
    subject: str | None
    text: str
    html: bool
    channel: Channel | None
    external_id: str | None
    attachments: list[AttachmentOut]
    suggestion_id: str | None
    triaged: bool
    decision: DecisionOut | None


class NoteOut(Shown):
    """An internal note."""

    model_config = ConfigDict(json_schema_extra={"examples": [NOTE_EXAMPLE]})

    id: str
    created_at: datetime
    author: str
    text: str
    mentions: list[str]


class NoticeOut(Shown):
    """What Deskhand told the customer by itself."""

    id: str
    created_at: datetime
    stage: Literal["received", "delayed", "waiting", "solved"]
    language: str
    subject: str
    text: str
    due: datetime | None = Field(description="The promise in it.")


class AuditOut(Shown):
    """Who did what, when."""

    id: str
    at: datetime
    actor: str
    action: str
    subject_id: str
    detail: dict[str, Any]


class TicketDetailOut(Shown):
    """A ticket with all that belongs to it, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ticket": TICKET_EXAMPLE,
                    "messages": [],
                    "notes": [],
                    "feedback": [],
                    "audit": [],
                    "notices": [],
                    "procedures": [],
                }
            ]
        }
    )

    ticket: TicketOut
    messages: list[MessageOut]
    notes: list[NoteOut]
    feedback: list[FeedbackOut]
    audit: list[AuditOut]
    notices: list[NoticeOut] = Field(description="What the customer was told automatically; no answers.")
    procedures: list[ProcedureOut] = Field(description="For what the ticket is about, the main one first.")


class TicketList(Shown):
    """One page of tickets."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [TICKET_EXAMPLE], "next": None}]})

    items: list[TicketOut]
    next: str | None = Field(description="The cursor of the following page.")


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=200, description="Entries per page.")
    cursor: str | None = Field(default=None, max_length=500, description="`next` of the page before.")


class TicketQuery(PageQuery):
    """What a list of tickets is narrowed to."""

    status: list[TicketStatus] | None = Field(default=None, max_length=10, description="One or more.")
    assignee: str | None = Field(default=None, max_length=200, description="Empty: nobody's.")
    team: str | None = Field(default=None, max_length=200)
    priority: Priority | None = None
    intent: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, max_length=35)
    escalate: bool | None = None
    customer: str | None = Field(
        default=None, max_length=200, description="Number, e-mail address or telephone number."
    )
    order: str | None = Field(default=None, max_length=200, description="An order number.")
    channel: Channel | None = None
    brand: str | None = Field(default=None, max_length=200)
    label: str | None = Field(default=None, max_length=200)
    text: str | None = Field(default=None, max_length=500, description="Words that the conversation holds.")
    triaged: bool | None = None
    created_after: Annotated[datetime | None, Field(description="Included.")] = None
    created_before: Annotated[datetime | None, Field(description="Not included.")] = None
    sort: TicketOrder = TicketOrder.NEWEST


class TicketPatch(Schema):
    """What to change; what is left out stays as it is, null or "" takes assignee or team away."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "pending", "assignee": "mia", "labels": ["delivery"]}]}
    )

    status: TicketStatus | None = None
    assignee: Name | None = None
    team: Name | None = None
    priority: Priority | None = None
    labels: Annotated[list[Identifier], Field(max_length=50)] | None = None
    version: int | None = Field(default=None, ge=0, le=2**31, description="The version that the change is based on.")


class ReplyIn(Schema):
    """An answer to the customer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Guten Tag Anna, Ihr Paket kommt morgen an."}]})

    text: Reply
    suggestion_id: Identifier | None = Field(default=None, description="The suggestion that the answer started from.")
    override: Annotated[list[Identifier], Field(max_length=50)] = Field(
        default=[],
        description="Ids of rules whose warnings somebody confirms; the audit trail keeps them.",
    )


class NoteIn(Schema):
    """A note for colleagues."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "@tom please ask the carrier."}]})

    text: Reply


class CallOut(Shown):
    """What is known of a caller, and the ticket that the call belongs to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ticket": TICKET_EXAMPLE,
                    "decision": DECISION_EXAMPLE,
                    "customer": TICKET_EXAMPLE["customer"],
                    "orders": ["HP-100017"],
                    "order_cards": [ORDER_EXAMPLE],
                }
            ]
        }
    )

    ticket: TicketOut
    decision: DecisionOut | None
    customer: CustomerOut | None
    orders: list[str]
    order_cards: list[OrderOut] = Field(
        description="The same orders in full, the newest first, for keys that may read orders; else empty."
    )
