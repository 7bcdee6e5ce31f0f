"""What hangs on an order: its parcels, what comes back, and what is paid back; one by one or in the order's own row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tickets.order_fields import BadRow, date_of, money_of, text_of, web_address_of
from tickets.records import Shipment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from tickets.records import Order

Row = Mapping[str, object]

MOST_PARTS = 500
# Our name of a part's field: what shops call it.
_RETURN = {
    "requested_at": "return_requested_at return_started_at created_at opened_at",
    "received_at": "returned_at return_received_at closed_at",
    "tracking": "tracking_number tracking_code return_tracking return_tracking_number",
}
_REFUND = {
    "amount": "refund_amount refunded_amount total total_refunded",
    "refunded_at": "refund_date date processed_at created_at",
    "transactions": "",
}


def with_shipments(order: Order, row: Row, canonical: Callable[[Row], dict[str, object]]) -> Order:
    """Put the shipping data in: of several parcels the one that is still on its way, else the last."""
    given = row.get("shipments")
    parcels = [dict(row)] if given is None else [canonical(part) for part in _list(given, "shipments")] or [{}]
    shipments = tuple(_shipment(parcel) for parcel in parcels)
    under_way = [parcel for parcel in shipments if parcel.delivered_at is None]
    told = (under_way or shipments)[-1]
    return replace(
        order,
        carrier=told.carrier,
        tracking=told.tracking,
        tracking_url=told.tracking_url,
        shipped_at=min((parcel.shipped_at for parcel in shipments if parcel.shipped_at), default=None),
        expected_at=max(
            (parcel.expected_at for parcel in shipments if parcel.expected_at), default=date_of(row, "expected_at")
        ),
        delivered_at=None
        if under_way
        else max(parcel.delivered_at for parcel in shipments if parcel.delivered_at is not None),
        shipments=() if given is None else shipments,
    )


def _shipment(parcel: Row) -> Shipment:
    return Shipment(
        carrier=text_of(parcel, "carrier"),
        tracking=text_of(parcel, "tracking"),
        tracking_url=web_address_of(parcel, "tracking_url"),
        shipped_at=date_of(parcel, "shipped_at"),
        expected_at=date_of(parcel, "expected_at"),
        delivered_at=date_of(parcel, "delivered_at"),
    )


def with_returns(order: Order, row: Row) -> Order:
    """Put in what comes back: it has arrived once all of it has."""
    given = row.get("returns")
    parts = [_named(part, _RETURN) for part in _list(given, "returns")] if given is not None else []
    requested = _days(parts, "requested_at") or _days([row], "return_requested_at")
    received = _days(parts, "received_at")
    if parts and len(received) < len(parts):
        received = []
        requested = requested or _days(parts, "received_at")
    received = received or ([] if parts else _days([row], "returned_at"))
    tracking = next((found for found in (text_of(part, "tracking") for part in parts) if found), None)
    return replace(
        order,
        return_requested_at=min(requested, default=None),
        returned_at=max(received, default=None),
        return_tracking=tracking or text_of(row, "return_tracking"),
    )


def with_refunds(order: Order, row: Row) -> Order:
    """Put in what is paid back: the sum of all refunds, and the day of the last."""
    given = row.get("refunds")
    parts = [_named(part, _REFUND) for part in _list(given, "refunds")] if given is not None else []
    amounts = [amount for amount in (_refunded(part) for part in parts) if amount is not None]
    day = max(_days(parts, "refunded_at"), default=None)
    return replace(
        order,
        refund_amount=sum(amounts, Decimal(0)) if amounts else money_of(row, "refund_amount"),
        refunded_at=day or date_of(row, "refunded_at"),
    )


def _refunded(part: Row) -> Decimal | None:
    """Return what one refund pays back; some shops tell only the payments that it was made of."""
    amount = money_of(part, "amount")
    payments = part.get("transactions")
    if amount is not None or payments is None:
        return amount
    paid = [money_of(_named(payment, _REFUND), "amount") for payment in _list(payments, "refunds.transactions")]
    return sum((one for one in paid if one is not None), Decimal(0)) if paid else None


def _list(given: object, name: str) -> Sequence[Row]:
    if isinstance(given, list) and len(given) <= MOST_PARTS and all(isinstance(part, Mapping) for part in given):
        return given
    raise BadRow(f"{name}: not a list of at most {MOST_PARTS} objects")


def _named(part: Row, names: Mapping[str, str]) -> dict[str, object]:
    """Return a part under our names; our own go first."""
    words = {str(key)[:60].casefold().replace(" ", "_").replace("-", "_"): value for key, value in part.items()}
    found: dict[str, object] = {}
    for name, aliases in names.items():
        for word in (name, *aliases.split()):
            if words.get(word) not in (None, ""):
                found.setdefault(name, words[word])
    return found


def _days(parts: Sequence[Row], name: str) -> list[date]:
    return [day for day in (date_of(part, name) for part in parts) if day is not None]
