"""Orders as shops tell them and as callers read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.schemas.base import Currency, Identifier, Market, Name, Schema, Shown, refuse_nul
from tickets.records import Order, OrderItem, OrderState, Shipment

MAX_ORDERS = 1_000
Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4)]
WebAddress = Annotated[
    str, StringConstraints(max_length=2_000, pattern=r"^https?://[^\s<>\"]+$"), AfterValidator(refuse_nul)
]

ORDER_EXAMPLE: dict[str, Any] = {
    "id": "HP-100017",
    "state": "shipped",
    "placed_at": "2026-11-10",
    "customer_id": "c9",
    "customer_name": "Anna Vogel",
    "email": "anna@example.com",
    "phone": "+49 30 901820",
    "marketplace": None,
    "market": "DE",
    "currency": "EUR",
    "total": "59.90",
    "items": [{"name": "Trail jacket", "sku": "HP-TJ-M", "quantity": 1, "price": "59.90"}],
    "carrier": "DHL",
    "tracking": "00340434161094015902",
    "tracking_url": "https://www.dhl.de/track?id=00340434161094015902",
    "shipped_at": "2026-11-12",
    "expected_at": "2026-11-16",
    "delivered_at": None,
    "return_by": None,
    "refund_amount": None,
    "refunded_at": None,
    "cancelled_at": None,
    "return_requested_at": None,
    "returned_at": None,
    "return_tracking": None,
    "shipments": [],
}


class OrderItemIn(Schema):
    """One line of an order; `price` is for one piece."""

    name: Identifier
    sku: Name | None = None
    quantity: int = Field(default=1, ge=1, le=1_000_000)
    price: Money | None = None


class ShipmentIn(Schema):
    """One parcel of several."""

    carrier: Name | None = None
    tracking: Name | None = None
    tracking_url: WebAddress | None = None
    shipped_at: date | None = None
    expected_at: date | None = None
    delivered_at: date | None = None


class OrderIn(Schema):
    """An order; what is left out is unknown."""

    model_config = ConfigDict(json_schema_extra={"examples": [ORDER_EXAMPLE]})

    id: Identifier
    state: OrderState
    placed_at: date | None = None
    customer_id: Identifier | None = None
    customer_name: Name | None = None
    email: Name | None = None
    phone: Name | None = None
    marketplace: Name | None = None
    market: Market | None = None
    currency: Currency | None = None
    total: Money | None = None
    items: list[OrderItemIn] = Field(default_factory=list, max_length=500)
    carrier: Name | None = None
    tracking: Name | None = None
    tracking_url: WebAddress | None = None
    shipped_at: date | None = None
    expected_at: date | None = None
    delivered_at: date | None = None
    return_by: date | None = None
    refund_amount: Money | None = None
    refunded_at: date | None = None
    cancelled_at: date | None = None
    return_requested_at: date | None = None
    returned_at: date | None = None
    return_tracking: Name | None = Field(default=None, description="Of the parcel that comes back.")
    shipments: list[ShipmentIn] = Field(
        default_factory=list,
        max_length=500,
        description="All parcels, where there are several; each tracking number finds the order.",
    )

    def record(self) -> Order:
        """Return the domain record."""
        fields = {name: getattr(self, name) for name in type(self).model_fields if name not in ("items", "shipments")}
        items = tuple(OrderItem(item.name, item.sku, item.quantity, item.price) for item in self.items)
        return Order(**fields, items=items, shipments=tuple(Shipment(**dict(part)) for part in self.shipments))


class OrdersIn(Schema):
    """Up to a thousand orders, taken all or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"orders": [ORDER_EXAMPLE]}]})

    orders: list[OrderIn] = Field(min_length=1, max_length=MAX_ORDERS)


class OrderItemOut(Shown):
    """One line of an order."""

    name: str
    sku: str | None
    quantity: int
    price: str | None


class ShipmentOut(Shown):
    """One parcel."""

    carrier: str | None
    tracking: str | None
    tracking_url: str | None
    shipped_at: date | None
    expected_at: date | None
    delivered_at: date | None


class OrderOut(Shown):
    """What is known of an order; money as decimal strings."""

    model_config = ConfigDict(json_schema_extra={"examples": [ORDER_EXAMPLE]})

    id: str
    state: OrderState = Field(description="`late` is worked out from `expected_at` when the order is read.")
    placed_at: date | None
    customer_id: str | None
    customer_name: str | None
    email: str | None
    phone: str | None
    marketplace: str | None
    market: str | None
    currency: str | None
    total: str | None
    items: list[OrderItemOut]
    carrier: str | None
    tracking: str | None
    tracking_url: str | None
    shipped_at: date | None
    expected_at: date | None
    delivered_at: date | None
    return_by: date | None
    refund_amount: str | None
    refunded_at: date | None
    cancelled_at: date | None
    return_requested_at: date | None
    returned_at: date | None
    return_tracking: str | None
    shipments: list[ShipmentOut]


class OrderList(Shown):
    """The orders that were found."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [ORDER_EXAMPLE], "next": None}]})

    items: list[OrderOut]
    next: str | None


class StoredOut(Shown):
    """How many orders were stored."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"stored": 1}]})

    stored: int
