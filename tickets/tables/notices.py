"""What Deskhand told a customer by itself: receipts and notices, which are no answers."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from tickets.tables.base import Base


class NoticeRow(Base):
    """A notice that was queued for the customer.

    It stands beside the messages, so that nothing that counts answers can count it. `dedupe_key` names what it was
    for; `recipient` is whom it went to, normalised, for the limit on notices a day.
    """

    __tablename__ = "notices"
    __table_args__ = (Index(None, "ticket_id", "id"), Index(None, "recipient", "created_at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    stage: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    recipient: Mapped[str]
    due_at: Mapped[datetime | None]
    dedupe_key: Mapped[str] = mapped_column(unique=True)
