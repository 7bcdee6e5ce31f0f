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
    """A reply that was offered; `withdrawn_at` is set once somebody answered the customer.

    `intent` and `order_state` are what it was offered for; `verdict` and `credit` are what became of it, as it is
    counted for the ranking, and `half_lives` those of the count just then.
    """

    __tablename__ = "suggestions"
    __table_args__ = (
        Index(None, "decision_id", "position"),
        Index(None, "ticket_id"),
        Index(None, "template", "language"),
    )

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
    missing: Mapped[list[Any] | None] = mapped_column(JSON)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    intent: Mapped[str | None]
    order_state: Mapped[str | None]
    verdict: Mapped[str | None]
    credit: Mapped[float | None]
    half_lives: Mapped[float | None]


class FeedbackRow(Base):
    """What a person did with a suggestion, or which labels they put right; it stands beside the prediction.

    What the suggestion was (model, template, version, language, intent, rank from 1) is repeated here, so that one row
    tells the whole; `kept` is the share of its text that was sent, `diff` what was changed in it.
    """

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
    reason: Mapped[str | None]
    comment: Mapped[str | None]
    kept: Mapped[float | None]
    diff: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    model: Mapped[str | None]
    template: Mapped[str | None]
    template_version: Mapped[int | None]
    language: Mapped[str | None]
    intent: Mapped[str | None]
    rank: Mapped[int | None]


class AcceptanceRow(Base):
    """What people made of a template for one intent and state of the order, kept up to date with each verdict.

    `order_state` is empty where no order was known. `gained` and `lost` fade with events and days (as of
    `updated_at`), altogether by so many `half_lives`; the other numbers are plain counts. `generation` tells a reader
    what is new.
    """

    __tablename__ = "template_acceptance"
    __table_args__ = (Index(None, "generation"), Index(None, "template", "language"))

    intent: Mapped[str] = mapped_column(primary_key=True)
    order_state: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    template: Mapped[str] = mapped_column(primary_key=True)
    seen: Mapped[int]
    accepted: Mapped[int]
    edited: Mapped[int]
    rejected: Mapped[int]
    passed_over: Mapped[int]
    gained: Mapped[float]
    lost: Mapped[float]
    half_lives: Mapped[float] = mapped_column(server_default="0")
    updated_at: Mapped[datetime]
    generation: Mapped[int]
