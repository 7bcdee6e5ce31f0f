"""Customers and their orders."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from tickets.tables.base import Base


class CustomerRow(Base):
    """A customer; `customer_id` is the shop's own number, the keys are normalised for look-up."""

    __tablename__ = "customers"

    pk: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str | None]
    customer_key: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str | None]
    email: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(index=True)
    phone: Mapped[str | None]
    phone_key: Mapped[str | None] = mapped_column(index=True)
    level: Mapped[str | None]
    language: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class OrderRow(Base):
    """An order as the shop told it; whether it is late is worked out when it is read."""

    __tablename__ = "orders"
    __table_args__ = (
        Index(None, "number_key"),
        Index(None, "tracking_key"),
        Index(None, "email_key"),
        Index(None, "phone_key"),
        Index(None, "customer_key"),
    )

    order_key: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str]
    number_key: Mapped[str]
    state: Mapped[str]
    placed_at: Mapped[date | None]
    customer_id: Mapped[str | None]
    customer_key: Mapped[str | None]
    customer_name: Mapped[str | None]
    email: Mapped[str | None]
    email_key: Mapped[str | None]
    phone: Mapped[str | None]
    phone_key: Mapped[str | None]
    marketplace: Mapped[str | None]
    market: Mapped[str | None]
    currency: Mapped[str | None]
    total: Mapped[Decimal | None]
    items: Mapped[list[Any]] = mapped_column(JSON)
    carrier: Mapped[str | None]
    tracking: Mapped[str | None]
    tracking_key: Mapped[str | None]
    tracking_url: Mapped[str | None]
    shipped_at: Mapped[date | None]
    expected_at: Mapped[date | None]
    delivered_at: Mapped[date | None]
    return_by: Mapped[date | None]
    refund_amount: Mapped[Decimal | None]
    refunded_at: Mapped[date | None]
    updated_at: Mapped[datetime]
    shipments: Mapped[list[Any] | None] = mapped_column(JSON)
    return_tracking: Mapped[str | None]
    cancelled_at: Mapped[date | None]
    return_requested_at: Mapped[date | None]
    returned_at: Mapped[date | None]


class OrderParcelRow(Base):
    """A tracking number of an order beside its main one: of a further parcel, or of one on its way back."""

    __tablename__ = "order_parcels"
    __table_args__ = (Index(None, "tracking_key"),)

    order_key: Mapped[str] = mapped_column(ForeignKey("orders.order_key", ondelete="CASCADE"), primary_key=True)
    tracking_key: Mapped[str] = mapped_column(primary_key=True)
