"""What Deskhand decided, what it suggested and what people thought of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from tickets.tables.base import Base


class DecisionRow(Base):
    """One decision about one message. Append-only: a trigger refuses changes, and removal while the ticket lives."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "message_id", "id"), Index(None, "ticket_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    model: Mapped[str]
    language: Mapped[str]
    intent: Mapped[str | None]
    sentiment: Mapped[str]
    escalate: Mapped[bool]
    document: Mapped[dict[str, Any]]


class SuggestionRow(Base):
    """A reply that was offered; `withdrawn_at` is set once somebody answered the customer."""

    __tablename__ = "suggestions"
    __table_args__ = (Index(None, "decision_id", "position"), Index(None, "ticket_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id", ondelete="CASCADE"))
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    position: Mapped[int]
    template: Mapped[str]
    version: Mapped[int]
    language: Mapped[str]
    score: Mapped[float]
    why: Mapped[list[Any]] = mapped_column(JSON)
    text: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]


class FeedbackRow(Base):
    """What a person did with a suggestion, or which labels they put right; it stands beside the prediction."""

    __tablename__ = "feedback"
    __table_args__ = (Index(None, "message_id", "id"), Index(None, "suggestion_id"), Index(None, "ticket_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    suggestion_id: Mapped[str | None] = mapped_column(ForeignKey("suggestions.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    text: Mapped[str | None]
    labels: Mapped[dict[str, Any]]
