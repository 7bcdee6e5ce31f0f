from __future__ import annotations

import json
import re
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.checkout import ROOT, needs_checkout
from tickets.errors import InvalidInputError
from tickets.order_fields import BadRow, money_of
from tickets.order_rows import _ALIASES
from tickets.orders import Refused, parse_orders, parse_rows
from tickets.records import Order, OrderItem, OrderState, Shipment


def _file(folder: Path, content: str | bytes, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _one(row: dict[str, object]) -> Order:
    orders, refused = parse_rows([row])
    assert refused == []
    return orders[0]


def _reason(row: dict[str, object]) -> str:
    orders, refused = parse_rows([row])
    assert orders == []
    return refused[0].reason


NESTED = {
    "id": "HP-1",
    "created_at": "2026-11-01T23:59:00+09:00",
    "customer": {"id": "C-1", "name": "Isla", "email": "i@example.org", "phone": "+44 7700 900123"},
    "line_items": [{"title": "Mug", "qty": 2, "unit_price": 9.9, "sku": None}, "Shirt"],
    "currency": "gbp",
    "total_price": 19.8,
    "fulfillments": [
        {"tracking_company": "DHL", "tracking_number": "1", "shipped_at": "2026-11-02", "delivered_at": "2026-11-05"},
        {"carrier": "UPS", "tracking": "2", "shipped_at": "2026-11-03", "expected_at": "2026-11-09"},
    ],
}


def test_nested_rows_are_unfolded() -> None:
    order = _one(dict(NESTED))
    assert order == Order(
        id="HP-1",
        state=OrderState.SHIPPED,
        placed_at=date(2026, 11, 1),
        customer_id="C-1",
        customer_name="Isla",
        email="i@example.org",
        phone="+44 7700 900123",
        currency="GBP",
        total=Decimal("19.8"),
        items=(OrderItem("Mug", None, 2, Decimal("9.9")), OrderItem("Shirt")),
        carrier="UPS",
        tracking="2",
        shipped_at=date(2026, 11, 2),
        expected_at=date(2026, 11, 9),
        shipments=(
            Shipment("DHL", "1", None, date(2026, 11, 2), None, date(2026, 11, 5)),
            Shipment("UPS", "2", None, date(2026, 11, 3), date(2026, 11, 9)),
        ),
    )


def test_an_order_is_delivered_once_all_its_parcels_are() -> None:
    both = [{"delivered_at": "2026-11-05", "tracking": "1"}, {"delivered_at": "2026-11-04", "tracking": "2"}]
    order = _one({"id": "1", "shipments": both})
    assert (order.state, order.delivered_at, order.tracking) == (OrderState.DELIVERED, date(2026, 11, 5), "2")


def test_a_shops_export_is_read_as_it_is(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "\ufeffName;Email;Financial Status;Fulfillment Status;Currency;Total;Lineitem quantity;Lineitem name;"
        "Lineitem price;Created at;Shipping Country;Vendor\r\n"
        '#1001;a@b.de;paid;fulfilled;EUR;1.234,50;1;"Jacke ""rot"", lang";59,90;2026-11-01 10:00:00 +0100;DE;x\r\n'
        "#1001;a@b.de;;;;;2;Mütze;9,90;;;x\r\n"
        "\r\n"
        '#1002;;pending;;EUR;12 €;1;"Hut\nmit Band";5;;DE;x\r\n',
    )
    orders, refused = parse_orders(path)
    assert refused == []
    first, second = orders
    assert (first.id, first.state, first.total) == ("#1001", OrderState.SHIPPED, Decimal("1234.50"))
    assert first.items == (
        OrderItem('Jacke "rot", lang', None, 1, Decimal("59.90")),
        OrderItem("Mütze", None, 2, Decimal("9.90")),
    )
    assert (first.placed_at, first.market, first.email) == (date(2026, 11, 1), "DE", "a@b.de")
    assert (second.state, second.total, second.items[0].name) == (OrderState.UNPAID, Decimal(12), "Hut mit Band")


def test_bad_rows_are_named_by_file_and_line_and_the_rest_is_taken(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        b"id,total,placed_at,items\n"
        b'1,10,2026-11-01,"2x Mug; Shirt"\n'
        b"2,ten,,\n"
        b'3,10,,"a\nb"\n'
        b",10,,\n"
        b"5,10,31.02.2026,\n"
        b"6,10,,\xff\xfe\n"
        b"7,10,,,,surplus\n"
        b"8,10,,,,\n"
        b"9,10,11/12/2026,\n",
    )
    orders, refused = parse_orders(path)
    assert [order.id for order in orders] == ["1", "3", "8"]
    assert orders[0].items == (OrderItem("Mug", quantity=2), OrderItem("Shirt"))
    assert [(r.file, r.line) for r in refused] == [("orders.csv", n) for n in (3, 6, 7, 8, 9, 11)]
    reasons = [r.reason for r in refused]
    assert reasons[0] == "total: 'ten' is not an amount that is zero or more"
    assert reasons[1] == "id: the order number is missing"
    assert "31.02.2026" in reasons[2]
    assert "not UTF-8" in reasons[3]
    assert reasons[4].startswith("6 columns, the header has 4")
    assert "2026-11-30" in reasons[5]


def test_json_lines_name_their_bad_lines(tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "1", "total": 0.1}),
        "{broken",
        "",
        "[1]",
        "42",
        '{"id": ' + "[" * 100_000,
        '{"id": "7", "items": [{"sku": "x"}]}',
        '{"id": "8", "state": "lost in space"}',
        '{"id": {"a": 1}}',
        '{"id": "10", "total": 59.90}\r',
        '{"id": "\\ud800"}',
        '{"id": "12"}',
    ]
    orders, refused = parse_orders(_file(tmp_path, "\n".join(lines), "orders.jsonl"))
    assert [order.id for order in orders] == ["1", "10", "12"]
    assert orders[1].total == Decimal("59.90")
    assert str(orders[1].total) == "59.90"
    assert [r.line for r in refused] == [2, 4, 5, 6, 7, 8, 9, 11]
    assert "expected one of unpaid, processing" in refused[5].reason


def test_a_json_array_is_read_too(tmp_path: Path) -> None:
    orders, refused = parse_orders(_file(tmp_path, '\n [{"id": "1"}, 7]', "orders.json"))
    assert [order.id for order in orders] == ["1"]
    assert refused == [Refused("orders.json", 2, "no JSON object")]
    assert parse_orders(_file(tmp_path, "[" * 100_000, "deep.json"))[1][0].line == 1


@pytest.mark.parametrize("content", ["", "\ufeff", " \n \n"])
def test_an_empty_file_is_an_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(InvalidInputError, match="is empty"):
        parse_orders(_file(tmp_path, content))


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.csv"):
        with pytest.raises(InvalidInputError, match="cannot be read") as caught:
            parse_orders(path)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("59.90", "59.90"),
        ("59,90", "59.90"),
        ("0", "0"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567"),
        ("1'234.50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50 €", "1234.50"),
        ("€59.90", "59.90"),
        ("59.90 EUR", "59.90"),
        ("R$ 12", "12"),
        ("12 kr", "12"),
        ("99 zł", "99"),
        (" 7 ", "7"),
        (7, "7"),
        (7.25, "7.25"),
        (Decimal("0.10"), "0.10"),
    ],
)
def test_amounts_are_read_as_people_write_them(written: object, amount: str) -> None:
    assert str(money_of({"total": written}, "total")) == amount


@pytest.mark.parametrize(
    "written",
    [
        *("1,234", "-5", "−5", "(5)", "abc", "x12", "12x3", "NaN", "inf", "1e400", "1.23456", "9" * 50, "=1+1"),
        *(True, [], {}, float("nan"), float("inf"), -1, -0.5, "1.2,3.4"),
    ],
)
def test_what_may_be_no_amount_or_two_is_refused(written: object) -> None:
    with pytest.raises(BadRow, match=r"^total: "):
        money_of({"total": written}, "total")


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({}, "processing"),
        ({"payment_status": "pending"}, "unpaid"),
        ({"payment_status": "paid"}, "processing"),
        ({"payment_status": "refunded"}, "refunded"),
        ({"financial_status": "paid", "fulfillment_status": "in transit"}, "shipped"),
        ({"tracking": "1"}, "shipped"),
        ({"shipped_at": "2026-11-01"}, "shipped"),
        ({"shipped_at": "2026-11-01", "delivered_at": "2026-11-02"}, "delivered"),
        ({"cancelled_at": "2026-11-01"}, "cancelled"),
        ({"delivered_at": "2026-11-02", "return_requested_at": "2026-11-05"}, "returning"),
        ({"delivered_at": "2026-11-02", "returned_at": "2026-11-09"}, "returned"),
        ({"returned_at": "2026-11-09", "refunded_at": "2026-11-10"}, "refunded"),
        ({"refunded_at": "2026-11-10"}, "refunded"),
        ({"status": "Canceled"}, "cancelled"),
        ({"status": "Out for  delivery"}, "shipped"),
        ({"state": "late", "delivered_at": "2026-11-02"}, "late"),
    ],
)
def test_the_state_is_derived(row: dict[str, object], state: str) -> None:
    assert _one({"id": "1", **row}).state == state


def test_texts_are_plain() -> None:
    name = '<b onclick="x()">Lamp</b> <3\x00\u202e "=1+1"\u200b\n</script >'
    order = _one({"id": " 1 ", "customer_name": "=cmd|' /C calc'!A0", "items": [{"name": name.replace("\x00", "")}]})
    assert order.id == "1"
    assert order.items[0].name == 'Lamp <3 "=1+1"'
    assert order.customer_name == "=cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"tracking_url": "javascript:alert(1)"}, "tracking_url"),
        ({"tracking_url": 'https://a.b/"><script>'}, "tracking_url"),
        ({"market": "Germany"}, "market"),
        ({"currency": "€"}, "currency"),
        ({"items": {"a": 1}}, "items"),
        ({"items": [[]]}, "items"),
        ({"items": "[broken"}, "items"),
        ({"items": [{"name": "x", "quantity": 0}]}, "quantity"),
        ({"items": [{"name": "x", "quantity": "many"}]}, "quantity"),
        ({"items": [{"name": "x"}] * 501}, "items"),
        ({"shipments": "DHL"}, "shipments"),
        ({"customer_name": "x" * 501}, "customer_name"),
        ({"customer_name": ["x"]}, "customer_name"),
        ({"email": True}, "email"),
        ({"placed_at": 20261101}, "placed_at"),
        ({"placed_at": "2026-13-01"}, "placed_at"),
    ],
)
def test_wrong_values_name_their_field(row: dict[str, object], field: str) -> None:
    assert _reason({"id": "1", **row}).startswith(f"{field}: ")


def test_all_wrong_values_of_a_row_are_named() -> None:
    row: dict[str, object] = {
        "total": "ten",
        "placed_at": "soon",
        "items": [[]],
        "tracking_url": "x",
        "state": "lost",
        "market": "Germany",
    }
    faults = _reason(row).split("; ")
    named = ["id", "items", "placed_at", "market", "total", "tracking_url", "state"]
    assert [fault.partition(":")[0] for fault in faults] == named


@needs_checkout
def test_the_examples_of_the_guide_are_taken_and_it_names_all_states_and_columns(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "orders.md").read_text(encoding="utf-8")
    examples = re.findall(r"```(?:csv|json)\n(.+?)```", guide, re.DOTALL)
    found = []
    for example in examples:
        orders, refused = parse_orders(_file(tmp_path, example.encode()))
        assert refused == []
        found += orders
    assert [(order.id, len(order.items), order.total) for order in found] == [
        ("HP-100017", 2, Decimal("74.95")),
        ("HP-100018", 2, Decimal("89.70")),
        ("HP-100019", 1, Decimal("74.95")),
    ]
    assert all(f"| `{state}` |" in guide for state in OrderState)
    assert all(f"`{name}`" in guide for name in _ALIASES)


def test_repeated_orders_of_json_lines_are_not_merged() -> None:
    row = {"id": "1", "items": [{"name": "Mug"}]}
    orders, _ = parse_rows([row, row])
    assert [len(order.items) for order in orders] == [1, 1]


def test_an_item_row_needs_its_order() -> None:
    orders, refused = parse_rows([{"id": "1", "item_name": "Mug"}])
    assert orders == []
    assert "whose own row is not above it" in refused[0].reason


def test_our_own_names_go_first() -> None:
    assert _one({"name": "#1001", "id": "5551", "order_number": 1001}).id == "5551"
    assert _one({"name": "#1001", "customer": {"name": "Ann"}}).customer_name == "Ann"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=400))
def test_no_file_breaks_the_import(tmp_path: Path, content: bytes) -> None:
    try:
        orders, refused = parse_orders(_file(tmp_path, content))
    except InvalidInputError:
        return
    assert all(r.line >= 1 and r.reason for r in refused)
    assert all(order.id for order in orders)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "id",
        "name",
        "state",
        "total",
        "items",
        "item_name",
        "shipments",
        "customer",
        "placed_at",
        "tracking_url",
        "market",
    ]
)


@settings(max_examples=300, deadline=None)
@given(row=st.dictionaries(NAMES, JSON, max_size=6))
def test_no_row_breaks_the_import(row: dict[str, object]) -> None:
    orders, refused = parse_rows([row])
    assert len(orders) + len(refused) == 1


@pytest.mark.parametrize(
    "content",
    [
        'id,items\n1,"' + "<a" * 200_000,
        "id,items\n" + '1,"\n' * 20_000,
        "id,total\n1," + "1," * 100_000,
        '{"id": "1", "items": "' + "9x " * 100_000 + '"}',
        '{"id": "1", "total": "' + "1'" * 100_000 + '"}',
        "{" * 400_000,
        "," * 400_000,
        "id\n" + "\n" * 200_000,
    ],
)
def test_hostile_files_take_no_long_time(tmp_path: Path, content: str) -> None:
    start = time.process_time()
    parse_orders(_file(tmp_path, content))
    assert time.process_time() - start < 5


def test_ten_thousand_rows_are_quick(tmp_path: Path) -> None:
    rows = "".join(f"HP-{n},shipped,59.90,a{n}@example.org,Mug,2,9.90\n" for n in range(10_000))
    path = _file(tmp_path, "id,state,total,email,item_name,item_quantity,item_price\n" + rows)
    start = time.process_time()
    orders, refused = parse_orders(path)
    assert (len(orders), refused) == (10_000, [])
    assert time.process_time() - start < 20


def test_returns_and_refunds_come_one_by_one_or_in_the_row() -> None:
    order = _one(
        {
            "id": "1",
            "delivered_at": "2026-11-01",
            "returns": [
                {"created_at": "2026-11-05", "received_at": "2026-11-09", "tracking_number": "RR1"},
                {"requested_at": "2026-11-04", "received_at": "2026-11-10"},
            ],
        }
    )
    assert (order.state, order.return_requested_at, order.returned_at, order.return_tracking) == (
        OrderState.RETURNED,
        date(2026, 11, 4),
        date(2026, 11, 10),
        "RR1",
    )
    half = _one({"id": "1", "returns": [{"received_at": "2026-11-09"}, {"requested_at": "2026-11-05"}]})
    assert (half.state, half.returned_at) == (OrderState.RETURNING, None)
    paid = _one(
        {
            "id": "1",
            "currency": "EUR",
            "refunds": [
                {"amount": "10.50", "refunded_at": "2026-11-09"},
                {"processed_at": "2026-11-11T09:00:00Z", "transactions": [{"amount": "1.00"}, {"amount": 2}]},
            ],
        }
    )
    assert (paid.state, paid.refund_amount, paid.refunded_at) == (
        OrderState.REFUNDED,
        Decimal("13.50"),
        date(2026, 11, 11),
    )
    flat = _one({"id": "1", "return_requested_at": "2026-11-05", "return_tracking": "RR2"})
    assert (flat.state, flat.return_tracking) == (OrderState.RETURNING, "RR2")


@pytest.mark.parametrize("name", ["shipments", "returns", "refunds"])
@pytest.mark.parametrize("given", ["x", {"a": 1}, [1], [[]], [{}] * 501])
def test_what_is_no_list_of_parts_is_refused_by_name(name: str, given: object) -> None:
    assert _reason({"id": "1", name: given}).startswith(f"{name}: not a list")


HOSTILE = '{{ shop.name }}{% for a in b %}<script>alert(1)</script>=HYPERLINK("http://evil.example")'


def test_hostile_parts_lose_their_markup_or_are_refused() -> None:
    order = _one({"id": "1", "items": [{"name": HOSTILE}], "shipments": [{"carrier": HOSTILE, "tracking": HOSTILE}]})
    for text in (order.items[0].name, order.carrier or "", order.tracking or ""):
        assert "<" not in text
    assert "is not an amount" in _reason({"id": "1", "refunds": [{"amount": "=1+1"}]})
    assert "is not a date" in _reason({"id": "1", "returns": [{"requested_at": "{{ now }}"}]})
    assert "tracking_url" in _reason({"id": "1", "shipments": [{"tracking_url": "javascript:alert(1)"}]})
