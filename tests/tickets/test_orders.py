from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tickets.order_state import state_on
from tickets.orders import OrderStore
from tickets.records import Order, OrderItem, OrderState, Shipment

if TYPE_CHECKING:
    from tickets.database import Database

TODAY = date(2026, 11, 21)
FULL = Order(
    id="HP-100001",
    state=OrderState.SHIPPED,
    placed_at=date(2026, 11, 10),
    customer_id="C-1",
    customer_name="Isla Drummond",
    email="Isla@example.org",
    phone="+44 7700 900123",
    marketplace="amazon",
    market="GB",
    currency="GBP",
    total=Decimal("1234567890.10"),
    items=(OrderItem("Blanket, red", "DUN", 2, Decimal("0.10")), OrderItem("Mug")),
    carrier="Royal Mail",
    tracking="OA 6769 7696 2GB",
    tracking_url="https://example.org/track?n=1",
    shipped_at=date(2026, 11, 11),
    expected_at=date(2026, 11, 21),
    return_by=date(2026, 12, 21),
    refund_amount=Decimal("0"),
    refunded_at=None,
    shipments=(
        Shipment("Royal Mail", "OA 6769 7696 2GB", "https://example.org/track?n=1", date(2026, 11, 11)),
        Shipment("DHL", "3S-ABCD 12345", None, date(2026, 11, 11), date(2026, 11, 21), date(2026, 11, 14)),
    ),
    return_tracking="RR 111 222 333 GB",
    cancelled_at=date(2026, 11, 12),
    return_requested_at=date(2026, 11, 13),
    returned_at=date(2026, 11, 14),
)


@pytest.fixture
def orders(database: Database) -> OrderStore:
    return OrderStore(database, today=lambda: TODAY)


def test_an_order_comes_back_to_the_last_digit(orders: OrderStore) -> None:
    orders.put_many([FULL, Order("bare", OrderState.UNPAID)])
    assert orders.get("HP-100001") == FULL
    assert orders.get("bare") == Order("bare", OrderState.UNPAID)
    assert str(orders.get("HP-100001")) == str(FULL)
    assert list(orders.all()) == [Order("bare", OrderState.UNPAID), FULL]


@pytest.mark.parametrize(
    "value",
    [
        "HP-100001",
        "hp100001",
        "#HP 100001",
        "OA676976962GB",
        "oa-676976962 gb",
        "isla@EXAMPLE.org",
        "+447700900123",
        "3SABCD12345",
        "rr111222333gb",
    ],
)
def test_an_order_is_found_by_any_number_that_a_customer_gives(orders: OrderStore, value: str) -> None:
    orders.put_many([FULL])
    assert orders.find(value) == [FULL]


@pytest.mark.parametrize("value", ["", "#", "HP-10000", "7700900123", "C-1", "\x00", "\ud800", "%", "x" * 10_000])
def test_nothing_else_finds_it(orders: OrderStore, value: str) -> None:
    orders.put_many([FULL])
    assert orders.find(value) == []
    assert orders.get(value) is None


def test_a_customers_orders_come_newest_first(orders: OrderStore) -> None:
    older = replace(FULL, id="HP-1", placed_at=date(2026, 1, 1))
    undated = replace(FULL, id="HP-0", placed_at=None)
    orders.put_many([undated, older, FULL, replace(FULL, id="X", customer_id="C-2", email=None)])
    assert orders.of_customer("C-1") == [FULL, older, undated]
    assert orders.find("isla@example.org") == [FULL, older, undated]


def test_a_known_number_is_replaced_and_the_last_counts(orders: OrderStore) -> None:
    orders.put_many([FULL])
    bare = Order("hp-100001", OrderState.CANCELLED)
    orders.put_many([replace(FULL, total=None), bare])
    assert list(orders.all()) == [bare]


def test_a_parcel_that_is_gone_finds_the_order_no_more(orders: OrderStore) -> None:
    orders.put_many([FULL])
    orders.put_many([replace(FULL, shipments=FULL.shipments[:1], return_tracking=None)])
    assert orders.find("3SABCD12345") == []
    assert orders.find("RR111222333GB") == []
    assert [order.id for order in orders.find("OA676976962GB")] == [FULL.id]


def test_numbers_that_differ_by_a_hyphen_are_two_orders(orders: OrderStore) -> None:
    two = [Order("1-11", OrderState.PROCESSING), Order("11-1", OrderState.PROCESSING)]
    orders.put_many(two)
    assert orders.find("111") == two
    assert orders.get("11-1") == two[1]


def test_all_or_none_are_stored(orders: OrderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.orders._AT_ONCE", 1)
    broken = replace(FULL, id="2", items=(OrderItem("x", price=object()),))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        orders.put_many([FULL, broken])
    assert list(orders.all()) == []


def test_nothing_may_be_stored_too(orders: OrderStore) -> None:
    orders.put_many([])
    assert list(orders.all()) == []


def test_many_orders_are_read_page_by_page(orders: OrderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.orders._AT_ONCE", 3)
    many = [Order(f"n{n:02}", OrderState.PROCESSING) for n in range(10)]
    orders.put_many(many)
    assert list(orders.all()) == many


@pytest.mark.parametrize(
    ("state", "expected_at", "delivered_at", "seen"),
    [
        ("shipped", date(2026, 11, 20), None, "late"),
        ("processing", date(2026, 11, 20), None, "late"),
        ("shipped", TODAY, None, "shipped"),
        ("shipped", None, None, "shipped"),
        ("late", date(2026, 11, 25), None, "late"),
        ("shipped", date(2026, 11, 20), date(2026, 11, 20), "delivered"),
        ("late", date(2026, 11, 20), TODAY, "delivered"),
        ("shipped", date(2026, 11, 20), date(2026, 11, 22), "late"),
        ("delivered", date(2026, 11, 20), None, "delivered"),
        ("unpaid", date(2026, 11, 20), None, "unpaid"),
        ("cancelled", date(2026, 11, 20), None, "cancelled"),
        ("returning", date(2026, 11, 20), date(2026, 11, 19), "returning"),
    ],
)
def test_whether_an_order_is_late_depends_on_the_day(
    state: str, expected_at: date | None, delivered_at: date | None, seen: str
) -> None:
    order = Order("1", OrderState(state), expected_at=expected_at, delivered_at=delivered_at)
    assert state_on(order, TODAY) == seen


def test_the_store_tells_the_state_of_today(database: Database) -> None:
    OrderStore(database).put_many([FULL])
    late = OrderStore(database, today=lambda: date(2026, 11, 22))
    assert late.get(FULL.id) == replace(FULL, state=OrderState.LATE)
    assert late.find(FULL.id) == [replace(FULL, state=OrderState.LATE)]
    assert next(late.all()).state is OrderState.LATE
