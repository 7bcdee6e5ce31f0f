"""Files that tell only a part of an order: returns, refunds, parcels; the rest stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tickets.order_rows import columns
from tickets.orders import OrderStore, read_orders
from tickets.records import Order, OrderItem, OrderState, Shipment

if TYPE_CHECKING:
    from pathlib import Path

    from tickets.database import Database

TODAY = date(2026, 11, 21)
BLANKET = Order(
    id="HP-100017",
    state=OrderState.DELIVERED,
    placed_at=date(2026, 11, 2),
    customer_name="Anna Vogel",
    email="anna@example.org",
    market="DE",
    currency="EUR",
    total=Decimal("74.95"),
    items=(OrderItem("Dune wool blanket", "DUN", 2, Decimal("29.90")), OrderItem("Rill bottle")),
    carrier="DHL",
    tracking="00340434286938520951",
    shipped_at=date(2026, 11, 3),
    delivered_at=date(2026, 11, 6),
    return_by=date(2026, 12, 6),
)


@pytest.fixture
def orders(database: Database) -> OrderStore:
    return OrderStore(database, today=lambda: TODAY)


def imported(orders: OrderStore, folder: Path, text: str, name: str = "part.csv") -> Order:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    told, refused = read_orders(path)
    assert refused == []
    orders.merge_many(told)
    found = orders.get(BLANKET.id)
    assert found is not None
    return found


def test_a_file_of_returns_leaves_the_rest_of_the_order(orders: OrderStore, tmp_path: Path) -> None:
    orders.put_many([BLANKET])
    returns = "Order Number;Return Requested At;Returned At;Return Tracking\nhp-100017;2026-11-10;;RR 123 456 789 DE\n"
    found = imported(orders, tmp_path, returns)
    assert found == replace(
        BLANKET,
        state=OrderState.RETURNING,
        return_requested_at=date(2026, 11, 10),
        return_tracking="RR 123 456 789 DE",
    )
    assert [order.id for order in orders.find("RR123456789DE")] == [BLANKET.id]
    assert [order.id for order in orders.find(BLANKET.tracking or "")] == [BLANKET.id]
    arrived = imported(orders, tmp_path, returns.replace(";;", ";2026-11-14;"))
    assert (arrived.state, arrived.items) == (OrderState.RETURNED, BLANKET.items)
    paid = imported(orders, tmp_path, "id,refund_amount,refunded_at\nHP-100017,59.80,2026-11-16\n")
    assert (paid.state, paid.refund_amount, paid.total) == (OrderState.REFUNDED, Decimal("59.80"), BLANKET.total)
    assert paid.returned_at == date(2026, 11, 14)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("id,state\nHP-100017,refunded\n", {"state": OrderState.REFUNDED}),
        ("id,total\nHP-100017,80.00\n", {"total": Decimal("80.00")}),
        ("id,email,total\nHP-100017,,80\n", {"email": None, "total": Decimal(80)}),
        ("id,item_name\nHP-100017,Mug\n", {"items": (OrderItem("Mug"),)}),
        ("id,items\nHP-100017,\n", {"items": ()}),
    ],
    ids=["state", "value", "empty cell", "items", "no items"],
)
def test_what_a_file_has_a_column_for_is_replaced(
    orders: OrderStore, tmp_path: Path, text: str, changed: dict[str, object]
) -> None:
    orders.put_many([BLANKET])
    # A row of items alone is refused: it belongs to the order above it.
    text = text.replace("id,item_name", "id,market,item_name").replace("7,Mug", "7,DE,Mug")
    assert imported(orders, tmp_path, text) == replace(BLANKET, **changed)  # type: ignore[arg-type]


def test_json_lines_tell_what_they_name(orders: OrderStore, tmp_path: Path) -> None:
    orders.put_many([replace(BLANKET, shipments=(Shipment("DHL", BLANKET.tracking),))])
    rows = (
        '{"id": "HP-100017", "returns": [{"requested_at": "2026-11-10", "received_at": "2026-11-12"}]}\n'
        '{"id": "HP-100017", "customer": {"email": "vogel@example.org"}, "refund": {"amount": "9.95"}}\n'
        '{"id": "HP-100017", "tracking": "3S-ABCD 12345", "total": null}\n'
    )
    found = imported(orders, tmp_path, rows, "part.jsonl")
    assert (found.state, found.returned_at) == (OrderState.RETURNED, date(2026, 11, 12))
    assert (found.email, found.refund_amount, found.total) == ("vogel@example.org", Decimal("9.95"), None)
    assert (found.tracking, found.carrier, found.shipments) == ("3S-ABCD 12345", "DHL", ())
    assert found.items == BLANKET.items
    assert orders.find("00340434286938520951") == []


@pytest.mark.parametrize(
    ("known", "text", "state"),
    [
        # A state that somebody named says more than the dates.
        (replace(BLANKET, state=OrderState.REFUNDED), "id,return_requested_at\nHP-100017,2026-11-10\n", "refunded"),
        (Order("HP-100017", OrderState.CANCELLED), "id,tracking\nHP-100017,X123456789\n", "cancelled"),
        # One that followed from dates goes with them.
        (replace(BLANKET, state=OrderState.DELIVERED), "id,delivered_at\nHP-100017,\n", "shipped"),
        (Order("HP-100017", OrderState.PROCESSING), "id,tracking\nHP-100017,X123456789\n", "shipped"),
        (Order("HP-100017", OrderState.UNPAID), "id,payment_status\nHP-100017,paid\n", "processing"),
    ],
)
def test_the_state_follows_from_what_is_known_now(
    orders: OrderStore, tmp_path: Path, known: Order, text: str, state: str
) -> None:
    orders.put_many([known])
    assert imported(orders, tmp_path, text).state == state


def test_what_is_not_known_yet_is_taken_as_it_comes(orders: OrderStore, tmp_path: Path) -> None:
    found = imported(orders, tmp_path, "id,return_requested_at\nHP-100017,2026-11-10\n")
    assert found == Order("HP-100017", OrderState.RETURNING, return_requested_at=date(2026, 11, 10))


def test_a_whole_file_may_be_imported_again(orders: OrderStore, tmp_path: Path) -> None:
    text = "id,email,items,tracking,shipped_at\nHP-100017,a@example.org,2x Mug; Shirt,X123456789,2026-11-03\n"
    first = imported(orders, tmp_path, text)
    assert imported(orders, tmp_path, text) == first
    assert [item.quantity for item in first.items] == [2, 1]


def test_many_orders_are_merged_page_by_page(
    orders: OrderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.orders._AT_ONCE", 2)
    orders.put_many([replace(BLANKET, id=f"HP-10001{number}") for number in range(5, 10)])
    rows = "".join(f"HP-10001{number},2026-11-10\n" for number in (5, 6, 7, 8, 9, 7))
    found = imported(orders, tmp_path, f"id,return_requested_at\n{rows}")
    assert (found.state, found.items) == (OrderState.RETURNING, BLANKET.items)
    assert all(order.items == BLANKET.items for order in orders.all())


def test_columns_are_known_by_our_names_filled_or_not() -> None:
    row = {"Order Number": "", "buyer": {"Email": None}, "refund": {"amount": 1}, "colour": "red", "phone": ""}
    assert columns(row) == {"id", "email", "refund_amount", "phone"}
