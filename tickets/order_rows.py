"""One row of a shop's export becomes an order, whatever the shop calls its columns."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from tickets.order_fields import BadRow, count_of, date_of, money_of, shown, text_of
from tickets.order_parts import with_refunds, with_returns, with_shipments
from tickets.order_state import derived_state, state_named
from tickets.records import Order, OrderItem, OrderState

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

_MOST_ITEMS = 500
_WORD = re.compile(r"[^a-z0-9]+")
_COUNTED = re.compile(r"([0-9]{1,6})\s{0,3}[x×]\s{0,3}", re.IGNORECASE)
# Our name: what shops call it.
_ALIASES = {
    "id": "order_id order_number order number name increment_id amazon_order_id purchase_order_id order_no",
    "state": "status order_status",
    "placed_at": "created_at ordered_at order_date purchase_date date processed_at",
    "customer_id": "buyer_id user_id",
    "customer_name": "buyer_name shipping_name billing_name recipient full_name",
    "email": "customer_email buyer_email contact_email e_mail mail",
    "phone": "customer_phone telephone shipping_phone billing_phone buyer_phone phone_number",
    "marketplace": "sales_channel source_name platform",
    "market": "country country_code shipping_country shipping_country_code site",
    "currency": "currency_code order_currency",
    "total": "total_price grand_total amount order_total",
    "items": "line_items lines products",
    "shipments": "fulfillments fulfilments parcels deliveries",
    "carrier": "tracking_company shipping_carrier carrier_name courier",
    "tracking": "tracking_number tracking_no tracking_code parcel_number",
    "tracking_url": "tracking_link",
    "shipped_at": "fulfilled_at dispatched_at ship_date shipping_date",
    "expected_at": "expected_delivery estimated_delivery estimated_delivery_at latest_delivery_date promised_at due",
    "delivered_at": "delivery_date received_at",
    "return_by": "return_until returnable_until",
    "refund_amount": "refunded_amount refund_total total_refunded",
    "refunded_at": "refund_date",
    "refunds": "refund_list",
    "cancelled_at": "canceled_at",
    "returns": "return_requests",
    "return_tracking": "return_tracking_number return_tracking_code",
    "returned_at": "return_received_at",
    "return_requested_at": "return_started_at",
    "payment_status": "financial_status payment_state",
    "shipping_status": "fulfillment_status fulfilment_status shipment_status",
    "item_name": "lineitem_name product_name product_title item_title title product",
    "item_sku": "lineitem_sku sku product_sku",
    "item_quantity": "lineitem_quantity quantity qty quantity_purchased",
    "item_price": "lineitem_price item_unit_price unit_price price",
}
_OURS = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases.split())}
# The row itself and its nested parts, in the order in which they are unfolded.
_PREFIXES = ("", "customer_", "customer_", "shipping_", "refund_")
_UNPREFIXED = frozenset({"email", "phone"})
_ITEM = {"name": "name title item_name product_name", "sku": "sku item_sku", "quantity": "quantity qty count"}
_ITEM["price"] = "price unit_price item_price"
_ITEM_NAMES = {alias: name for name, aliases in _ITEM.items() for alias in aliases.split()}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A row that only adds an item to the order above it."""

    order_id: str
    item: OrderItem


def canonical(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row under our names, nested parts unfolded. What we do not know is left out; the first name wins."""
    found: dict[str, object] = {}
    parts = [row, _part(row, "customer"), _part(row, "buyer"), _part(row, "shipping_address"), _part(row, "refund")]
    # Our own names go first: "id" is the order's number even where "name" is there too.
    for exact in (True, False):
        for prefix, part in zip(_PREFIXES, parts, strict=True):
            for key, value in part.items():
                word = _word(str(key)[:60])
                name = _OURS.get(prefix + word) or (_OURS.get(word) if word in _UNPREFIXED else None)
                if name is not None and value not in (None, "") and (not exact or name == word):
                    found.setdefault(name, value)
    return found


def columns(row: Mapping[str, object]) -> frozenset[str]:
    """Return our names of all columns that a row has, filled or not."""
    nested = (_part(row, "customer"), _part(row, "buyer"), _part(row, "shipping_address"), _part(row, "refund"))
    return _columns(tuple(map(str, row)), tuple(tuple(map(str, part)) for part in nested))


@lru_cache(maxsize=256)
def _columns(own: tuple[str, ...], nested: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    # A file has the same columns in every row.
    found = set()
    for prefix, keys in zip(_PREFIXES, (own, *nested), strict=True):
        for word in (_word(key[:60]) for key in keys):
            found.add(_OURS.get(prefix + word) or (_OURS.get(word) if word in _UNPREFIXED else None))
    return frozenset(name for name in found if name is not None)


@lru_cache(maxsize=4096)
def _word(column: str) -> str:
    # A file has the same few columns in every row.
    return _WORD.sub("_", column.casefold()).strip("_")


def _part(row: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = row.get(name)
    return value if isinstance(value, Mapping) else {}


def as_order(row: Mapping[str, object]) -> Order | ItemRow:
    """Build an order from a row under our names.

    Raises:
        BadRow: Values cannot be used; it names all of their fields.
    """
    reading = _Reading()
    number = reading.of(text_of, row, "id")
    if number is None and not reading.faults:
        reading.faults.append("id: the order number is missing")
    items = reading.of(_items, row) or ()
    if (
        not reading.faults
        and number is not None
        and set(row) <= {"id", "item_name", "item_sku", "item_quantity", "item_price", "email"}
        and "item_name" in row
    ):
        return ItemRow(number, items[0])
    order = Order(
        id=number or "",
        state=OrderState.PROCESSING,
        placed_at=reading.of(date_of, row, "placed_at"),
        customer_id=reading.of(text_of, row, "customer_id"),
        customer_name=reading.of(text_of, row, "customer_name"),
        email=reading.of(text_of, row, "email"),
        phone=reading.of(text_of, row, "phone"),
        marketplace=(reading.of(text_of, row, "marketplace") or "").casefold() or None,
        market=reading.of(_code, row, "market", 2),
        currency=reading.of(_code, row, "currency", 3),
        total=reading.of(money_of, row, "total"),
        items=items,
        return_by=reading.of(date_of, row, "return_by"),
        cancelled_at=reading.of(date_of, row, "cancelled_at"),
    )
    order = reading.of(with_shipments, order, row, canonical) or order
    order = reading.of(with_returns, order, row) or order
    order = reading.of(with_refunds, order, row) or order
    state = reading.of(state_of, order, row) or order.state
    if reading.faults:
        raise BadRow("; ".join(reading.faults))
    return replace(order, state=state)


class _Reading:
    """Reads values one by one and keeps what is wrong with each: one look at the report mends the whole row."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def of(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what `read` returns, None where the value cannot be used."""
        try:
            return read(*args, **kwargs)
        except BadRow as fault:
            self.faults.append(str(fault))
            return None


def _items(row: Mapping[str, object]) -> tuple[OrderItem, ...]:
    given = row.get("items")
    if given is None:
        one = {name: row.get(f"item_{name}") for name in ("name", "sku", "quantity", "price")}
        return (_item(one),) if one["name"] is not None else ()
    if isinstance(given, str):
        given = _written_items(given)
    if not isinstance(given, list) or len(given) > _MOST_ITEMS:
        raise BadRow(f"items: not a list of at most {_MOST_ITEMS} items")
    return tuple(_item(entry) for entry in given)


def _written_items(written: str) -> object:
    """Read items in one cell: JSON, or names with an optional count such as `2x Mug; Shirt`."""
    if written.lstrip().startswith("["):
        try:
            value: object = json.loads(written)
        except (ValueError, RecursionError):
            raise BadRow("items: the JSON list cannot be read") from None
        return value
    found: list[dict[str, object]] = []
    for part in re.split(r"[;|\n]", written[:100_000]):
        name = part.strip()
        counted = _COUNTED.match(name)
        if name:
            found.append({"name": name[counted.end() :] if counted else name, "quantity": counted[1] if counted else 1})
    return found


def _item(entry: object) -> OrderItem:
    if isinstance(entry, str):
        entry = {"name": entry}
    if not isinstance(entry, Mapping):
        raise BadRow(f"items: {shown(entry)} is not an item")
    named: dict[str, object] = {}
    for key, value in entry.items():
        name = _ITEM_NAMES.get(_word(str(key)[:60]))
        if name is not None and value is not None:
            named.setdefault(name, value)
    name = text_of(named, "name")
    if name is None:
        raise BadRow("items: an item has no name")
    return OrderItem(name, text_of(named, "sku"), count_of(named, "quantity"), money_of(named, "price"))


def state_of(order: Order, row: Mapping[str, object]) -> OrderState:
    """Return the state that a row names, else the one that follows from the order's dates and the row's payment.

    Raises:
        BadRow: The row names an unknown one.
    """
    written = text_of(row, "state")
    if written is not None:
        state = state_named(written)
        if state is None:
            names = ", ".join(OrderState)
            raise BadRow(f"state: {shown(written)} is unknown, expected one of {names}")
        return state
    payment = state_named(text_of(row, "payment_status") or "")
    shipping = state_named(text_of(row, "shipping_status") or "")
    if payment is OrderState.REFUNDED:
        return payment
    for day, state in (
        (order.cancelled_at, OrderState.CANCELLED),
        (order.returned_at, OrderState.RETURNED),
        (order.return_requested_at, OrderState.RETURNING),
    ):
        if day is not None:
            return OrderState.REFUNDED if order.refunded_at and state is OrderState.RETURNED else state
    derived = derived_state(order, paid=payment is not OrderState.UNPAID)
    return shipping if shipping and derived is OrderState.PROCESSING else derived


def _code(row: Mapping[str, object], name: str, length: int) -> str | None:
    code = (text_of(row, name) or "").upper()
    if code and (len(code) != length or not code.isascii() or not code.isalpha()):
        raise BadRow(f"{name}: {shown(row.get(name))} is not a code of {length} letters")
    return code or None
