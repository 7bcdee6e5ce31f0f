"""Tickets and all that people wrote in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tickets.tables.base import Base


class TicketRow(Base):
    """One conversation with a customer; what the last decision said is repeated here for lists and filters."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index(None, "status", "id"),
        Index(None, "assignee", "id"),
        Index(None, "customer_pk", "id"),
        Index("ix_tickets_thread", "connector", "thread_key", sqlite_where=text("thread_key IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]
    status: Mapped[str]
    priority: Mapped[str]
    team: Mapped[str | None]
    assignee: Mapped[str | None]
    subject: Mapped[str | None]
    preview: Mapped[str]
    channel: Mapped[str | None]
    connector: Mapped[str | None]
    thread_key: Mapped[str | None]
    marketplace: Mapped[str | None]
    brand: Mapped[str | None]
    market: Mapped[str | None]
    customer_pk: Mapped[str | None] = mapped_column(ForeignKey("customers.pk", ondelete="SET NULL"))
    order_id: Mapped[str | None]
    language: Mapped[str | None]
    intent: Mapped[str | None]
    sentiment: Mapped[str | None]
    sentiment_score: Mapped[float | None]
    escalation: Mapped[float | None]
    escalate: Mapped[bool] = mapped_column(default=False)
    triaged: Mapped[bool] = mapped_column(default=False)
    due_marketplace: Mapped[datetime | None]
    due_company: Mapped[datetime | None]
    first_replied_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime]


class TicketLabelRow(Base):
    """A label that routing or a person put on a ticket."""

    __tablename__ = "ticket_labels"
    __table_args__ = (Index(None, "label", "ticket_id"),)

    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)


class MessageRow(Base):
    """What a customer wrote (`direction` in) or an agent answered (out), with the raw body as it arrived.

    `search` is the folded start of the text; it stands before the long columns, so that a search need not read them.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("connector_key", "external_key"),
        Index(None, "ticket_id", "id"),
        Index(
            "ix_messages_untriaged",
            "triage_attempts",
            "id",
            sqlite_where=text("triaged = 0"),
            postgresql_where=text("triaged = false"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    direction: Mapped[str]
    author: Mapped[str | None]
    channel: Mapped[str | None]
    connector_key: Mapped[str]
    external_key: Mapped[str | None]
    body_digest: Mapped[str]
    triaged: Mapped[bool]
    triage_attempts: Mapped[int] = mapped_column(default=0)
    html: Mapped[bool] = mapped_column(default=False)
    suggestion_id: Mapped[str | None]
    subject: Mapped[str | None]
    search: Mapped[str]
    envelope: Mapped[dict[str, Any]]
    text: Mapped[str]
    raw: Mapped[bytes | None]


class AttachmentRow(Base):
    """A file of a message; `data` is empty where the sender only named it."""

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("message_id", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str | None]
    data: Mapped[bytes | None]


class NoteRow(Base):
    """An internal note; `mentions` are the names after an @."""

    __tablename__ = "notes"
    __table_args__ = (Index(None, "ticket_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    author: Mapped[str]
    text: Mapped[str]
    mentions: Mapped[list[Any]] = mapped_column(JSON)


class CallRow(Base):
    """A telephone call, by the identifier that the telephone system gave it."""

    __tablename__ = "calls"
    __table_args__ = (UniqueConstraint("connector_key", "external_key"), Index(None, "ticket_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    connector_key: Mapped[str]
    external_key: Mapped[str]
    state: Mapped[str]
    direction: Mapped[str]
    caller: Mapped[str | None]
    callee: Mapped[str | None]
    agent: Mapped[str | None]
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey("tickets.id", ondelete="SET NULL"))
    customer_pk: Mapped[str | None] = mapped_column(ForeignKey("customers.pk", ondelete="SET NULL"))
    order_id: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    transcript: Mapped[str | None]
