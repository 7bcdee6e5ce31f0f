"""What the house itself needs: audit trail, outbox, keys, idempotency, settings."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from tickets.tables.base import Base


class AuditRow(Base):
    """Who did what, when. Append-only; holds no message text, and outlives what it speaks of."""

    __tablename__ = "audit_events"
    __table_args__ = (Index(None, "subject_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject_id: Mapped[str]
    detail: Mapped[dict[str, Any]]


class OutboxRow(Base):
    """Something that must leave the house, written in the transaction that made it necessary."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "next_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str]
    target: Mapped[str]
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str]
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    lease: Mapped[str | None]
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None]


class ApiKeyRow(Base):
    """An API key; only the SHA-256 of the plain key is kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class IdempotencyRow(Base):
    """The message that an Idempotency-Key belongs to."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    body_digest: Mapped[str]
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class SettingRow(Base):
    """A shop fact or counter."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    updated_at: Mapped[datetime]
