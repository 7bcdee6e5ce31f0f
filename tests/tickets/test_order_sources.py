"""What every source of orders promises: found by any number of theirs, by nothing that only looks like one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tickets.orders import OrderStore
from tickets.records import Order, OrderState, Shipment
from tickets.sources import OrderSource

if TYPE_CHECKING:
    from tickets.database import Database

ORDERS = (
    Order(
        "HP-100017",
        OrderState.SHIPPED,
        placed_at=date(2026, 11, 1),
        email="Anna.Vogel@Example.com",
        phone="+49 171 5550148",
        tracking="00340434161094042557",
        shipments=(Shipment("UPS", "1Z999AA10123456784"), Shipment("DHL", "00340434161094042557")),
        return_tracking="RR111222333DE",
    ),
    Order("HP-100018", OrderState.DELIVERED, placed_at=date(2026, 11, 2), email="anna.vogel@example.com"),
    Order("HP-1000170", OrderState.DELIVERED, email="anna@example.com", phone="+49 171 5550149", market="DE"),
    Order("HP-10001", OrderState.DELIVERED, email="anna.vogel@example.co"),
    Order("114-3941689-8772232", OrderState.SHIPPED, phone="0171 5550150", market="DE"),
)


@pytest.fixture
def source(database: Database) -> OrderSource:
    """Return each implementation in turn: the database store on SQLite and on PostgreSQL."""
    store = OrderStore(database, today=lambda: date(2026, 11, 21))
    store.put_many(ORDERS)
    return store


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("HP-100017", ["HP-100017"]),
        ("hp 100017", ["HP-100017"]),
        ("#HP-100017", ["HP-100017"]),
        ("00340434161094042557", ["HP-100017"]),
        ("0034 0434 1610 9404 2557", ["HP-100017"]),
        ("1z999aa10123456784", ["HP-100017"]),
        ("RR 111 222 333 DE", ["HP-100017"]),
        ("ANNA.VOGEL@example.COM", ["HP-100018", "HP-100017"]),
        ("+491715550148", ["HP-100017"]),
        ("0049 171 5550148", ["HP-100017"]),
        ("+49 (171) 555-01-50", ["114-3941689-8772232"]),
        ("1143941689 8772232", ["114-3941689-8772232"]),
    ],
)
def test_an_order_is_found_by_each_of_its_numbers(source: OrderSource, value: str, found: list[str]) -> None:
    assert [order.id for order in source.find(value)] == found


@pytest.mark.parametrize(
    "value",
    [
        "HP-1000",
        "HP-10001O",
        "HP-1OOO17",
        "100017",
        "HP-1000171",
        "0034043416109404255",
        "003404341610940425577",
        "1Z999AA1012345678",
        "anna.vogel@example",
        "vogel@example.com",
        "%@example.com",
        "+49171555014",
        "+4917155501480",
        "5550148",
        "",
        " ",
        "%",
        "_",
        "'; DROP TABLE orders; --",
        "{{ order.id }}",
    ],
)
def test_what_looks_alike_finds_nothing(source: OrderSource, value: str) -> None:
    assert list(source.find(value)) == []


def test_a_longer_number_is_another_order(source: OrderSource) -> None:
    assert [order.id for order in source.find("HP-1000170")] == ["HP-1000170"]
    assert [order.id for order in source.find("HP-10001")] == ["HP-10001"]
