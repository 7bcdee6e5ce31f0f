"""The one state of an order, worked out from what the shop tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickets.records import OrderState

if TYPE_CHECKING:
    from datetime import date

    from tickets.records import Order

_ON_ITS_WAY = {OrderState.PROCESSING, OrderState.SHIPPED, OrderState.LATE}

# What shops call it, by the state that it means; spaces, hyphens and case do not matter.
_SAID = {
    OrderState.UNPAID: "unpaid pending awaiting_payment payment_pending pending_payment authorized voided on_hold",
    OrderState.PROCESSING: "processing open paid unfulfilled unshipped new confirmed packed ready_to_ship in_progress"
    " partially_shipped partially_fulfilled partial partially_paid acknowledged scheduled",
    OrderState.SHIPPED: "shipped fulfilled in_transit dispatched out_for_delivery sent",
    OrderState.LATE: "late delayed overdue",
    OrderState.DELIVERED: "delivered complete completed closed received",
    OrderState.CANCELLED: "cancelled canceled",
    OrderState.RETURNING: "returning return_requested return_started return_in_transit return_in_progress",
    OrderState.RETURNED: "returned return_received",
    OrderState.REFUNDED: "refunded",
}
_MEANT = {word: state for state, words in _SAID.items() for word in words.split()}


def state_named(word: str) -> OrderState | None:
    """Return the state that a shop's word means, or None."""
    return _MEANT.get("_".join(word.casefold().replace("-", " ").replace("_", " ").split()))


def derived_state(order: Order, *, paid: bool = True) -> OrderState:
    """Work out the state of an order that came without one, from its dates."""
    if order.refunded_at is not None:
        return OrderState.REFUNDED
    if order.delivered_at is not None:
        return OrderState.DELIVERED
    if order.shipped_at is not None or order.tracking:
        return OrderState.SHIPPED
    return OrderState.PROCESSING if paid else OrderState.UNPAID


def state_on(order: Order, today: date) -> OrderState:
    """Return the state of an order on a day: one on its way is late once its expected day is over."""
    if order.state not in _ON_ITS_WAY:
        return order.state
    if order.delivered_at is not None and order.delivered_at <= today:
        return OrderState.DELIVERED
    if order.expected_at is not None and order.expected_at < today:
        return OrderState.LATE
    return order.state
