"""What a file tells of an order that is known already: what it has no column for stays as it was."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from tickets.order_rows import state_of
from tickets.records import Order, OrderState

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARCEL = frozenset({"carrier", "tracking", "tracking_url", "shipped_at", "expected_at", "delivered_at"})
# Columns that fill more fields than the one of their name.
_FILLS: Mapping[str, frozenset[str]] = {
    "item_name": frozenset({"items"}),
    "shipments": _PARCEL | {"shipments"},
    "returns": frozenset({"return_requested_at", "returned_at", "return_tracking"}),
    "refunds": frozenset({"refund_amount", "refunded_at"}),
    # A parcel told by its number takes the place of those told one by one.
    "tracking": frozenset({"tracking", "shipments"}),
}
_FIELDS = frozenset(field.name for field in fields(Order)) - {"id", "state"}
# How far an order has come.
_STAGES = tuple(OrderState)


@dataclass(frozen=True, slots=True)
class Told:
    """An order as a file tells it: `row` holds its values under our names, `columns` the names that the file has."""

    order: Order
    row: Mapping[str, object]
    columns: frozenset[str]


def completed(known: Order, told: Told) -> Order:
    """Return a known order with what a file tells of it.

    The state is the one that the file names, else follows from all that is known now. Where the known one says more
    than its dates (somebody named it), it is never taken back by a file that names none.
    """
    news = frozenset().union(*(_FILLS.get(name, {name}) for name in told.columns)) & _FIELDS
    order = replace(known, **{name: getattr(told.order, name) for name in sorted(news)})
    if told.row.get("state"):
        return replace(order, state=told.order.state)
    state = state_of(order, told.row)
    if known.state is not state_of(known, {}):
        state = max(known.state, state, key=_STAGES.index)
    return replace(order, state=state)
