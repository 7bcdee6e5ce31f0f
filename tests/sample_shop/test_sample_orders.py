"""The sample shop's orders are ones that a real shop could have: sums, dates and check digits hold."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import pytest
from pydantic import JsonValue, TypeAdapter

from api.demo_shop import FOLDER, resolve_dates
from tickets.records import Order, OrderItem, OrderState

if TYPE_CHECKING:
    from collections.abc import Callable

Row: TypeAlias = "dict[str, JsonValue]"

# Standard and express shipping by currency; EUR is 9.90 outside the EU.
SHIPPING = {
    "EUR": ("4.90", "9.90"), "GBP": ("3.90", "7.90"), "USD": ("5.90", "12.90"), "PLN": ("20.90", "42.90"),
    "SEK": ("55.00", "109.00"), "CZK": ("119.00", "249.00"), "CHF": ("9.50",), "TRY": ("480.00", "890.00"),
    "JPY": ("1650", "2900"), "CNY": ("78.00", "138.00"), "AED": ("42.00", "75.00"), "SAR": ("43.00", "76.00"),
    "BRL": ("62.00",), "MXN": ("210.00",), "CAD": ("15.50",), "AUD": ("17.50",),
}  # fmt: skip
FREE_FROM = {"EUR": 60, "GBP": 55, "USD": 65, "PLN": 260, "SEK": 700, "CZK": 1500}
FREE_MARKETS = {"NL", "DE", "AT", "FR", "BE", "ES", "IT", "PT", "PL", "IE", "SE", "CZ", "GB", "US"}
ORDER_NUMBERS = {
    None: r"HP-100(?!000)[01][0-9]{2}|HP-100200",
    "amazon": r"[0-9]{3}-[0-9]{7}-[0-9]{7}",
    "ebay": r"[0-9]{2}-[0-9]{5}-[0-9]{5}",
    "walmart": r"[0-9]{15}",
    "aliexpress": r"[0-9]{16}",
}
FICTION_PHONES = re.compile(
    r"\+1[2-9][0-9]{2}55501[0-9]{2}|\+447700900[0-9]{3}|\+442079460[0-9]{3}|\+441614960[0-9]{3}|\+4917139200[0-9]{2}"
    r"|\+493023125[0-9]{3}|\+494066969[0-9]{3}|\+496990009[0-9]{3}|\+3363998[0-9]{4}|\+3319900[0-9]{4}|\+3532091[0-9]{5}"
    r"|\+467017406[0-9]{2}|\+61491570(?:006|156|157|158|159|110|313|737)"
)
ORDERS: list[Row] = [json.loads(line) for line in (FOLDER / "orders.jsonl").read_text(encoding="utf-8").splitlines()]


def days(row: Row, name: str) -> int:
    value = row[name]
    assert isinstance(value, str)
    assert re.fullmatch(r"0d|[+-][1-9][0-9]*d", value), f"{row['id']}: {name} is {value}"
    return int(value[:-1])


def test_two_hundred_orders_with_their_own_numbers() -> None:
    assert len(ORDERS) == len({row["id"] for row in ORDERS}) == 200
    for row in ORDERS:
        marketplace = row.get("marketplace")
        assert marketplace is None or isinstance(marketplace, str)
        assert re.fullmatch(ORDER_NUMBERS[marketplace], str(row["id"])), row["id"]
    assert sum("marketplace" in row for row in ORDERS) == 40
    tracking = [row["tracking"] for row in ORDERS if "tracking" in row]
    assert len(set(tracking)) == len(tracking)


def test_orders_use_the_fields_of_the_record_and_every_state() -> None:
    names = {field.name for field in dataclasses.fields(Order)}
    assert all(set(row) <= names for row in ORDERS)
    states = Counter(row["state"] for row in ORDERS)
    assert set(states) == set(OrderState)
    assert min(states.values()) >= 10
    assert len({row["market"] for row in ORDERS}) == 25


def test_resolved_orders_are_records() -> None:
    adapter = TypeAdapter(Order)
    for row in ORDERS:
        order = adapter.validate_python(resolve_dates(row, date(2030, 6, 15)))
        assert order.placed_at is not None
        assert all(isinstance(item, OrderItem) for item in order.items)


def test_totals_add_up() -> None:
    for row in ORDERS:
        items = row["items"]
        currency = str(row["currency"])
        assert isinstance(items, list)
        goods = sum(
            (Decimal(str(item["price"])) * int(str(item["quantity"])) for item in items if isinstance(item, dict)),
            Decimal(0),
        )
        shipping = Decimal(str(row["total"])) - goods
        free = row["market"] in FREE_MARKETS and goods >= FREE_FROM[currency]
        allowed = {Decimal(0)} if "marketplace" in row else {Decimal(fee) for fee in SHIPPING[currency]}
        if free:
            allowed |= {Decimal(0)}
        assert shipping in allowed, f"{row['id']}: {shipping} of shipping"
        assert Decimal(str(row.get("refund_amount", "0"))) <= Decimal(str(row["total"]))


def test_dates_fit_the_state() -> None:
    for row in ORDERS:
        state = row["state"]
        assert days(row, "placed_at") <= 0
        assert ("shipped_at" in row) == ("tracking" in row) == ("carrier" in row)
        assert ("shipped_at" in row) == (state not in {"unpaid", "processing", "cancelled"})
        assert ("delivered_at" in row) == (state in {"delivered", "returning", "returned", "refunded"})
        assert ("refund_amount" in row) or state not in {"returned", "refunded"}
        assert ("refunded_at" in row) == ("refund_amount" in row and state != "returned")
        if "shipped_at" in row:
            assert days(row, "placed_at") <= days(row, "shipped_at") <= days(row, "expected_at")
        if state in {"shipped", "processing"}:
            assert days(row, "expected_at") >= 0
        if state == "late":
            assert days(row, "expected_at") < 0
        if "delivered_at" in row:
            assert days(row, "shipped_at") < days(row, "delivered_at") < 0
            assert days(row, "return_by") == days(row, "delivered_at") + 30
        if state == "unpaid":
            assert days(row, "placed_at") >= -1


def test_marketplace_orders_hold_no_link_to_the_shop() -> None:
    for row in ORDERS:
        assert ("tracking_url" in row) == ("tracking" in row and "marketplace" not in row)
        assert str(row.get("tracking_url", "")).endswith(str(row["tracking"]) if "tracking_url" in row else "")


def modulo_7(number: str) -> bool:
    return int(number[:-1]) % 7 == int(number[-1])


def modulo_10(number: str) -> bool:
    """Check by GS1's rule: from the right, digits weigh 1, 3, 1, 3 … and sum to a multiple of ten."""
    return sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(reversed(number))) % 10 == 0


def fedex(number: str) -> bool:
    weighed = sum(int(digit) * weight for digit, weight in zip(number[:-1], (3, 1, 7) * 4, strict=False))
    return weighed % 11 % 10 == int(number[-1])


def ups(number: str) -> bool:
    values = [int(sign) if sign.isdigit() else (ord(sign) - ord("A") + 2) % 10 for sign in number[2:]]
    weighed = sum(value * (1, 2)[place % 2] for place, value in enumerate(values[:-1]))
    return (weighed + values[-1]) % 10 == 0


def postal_union(number: str) -> bool:
    """Check by UPU S10: eight digits weighed, 11 less the remainder; 10 becomes 0 and 11 becomes 5."""
    serial, check = number[2:10], number[10]
    rest = 11 - sum(int(digit) * int(weight) for digit, weight in zip(serial, "86423597", strict=True)) % 11
    return {10: "0", 11: "5"}.get(rest, str(rest)) == check


S10 = r"[A-Z]{2}[0-9]{9}"
CARRIERS: dict[str, tuple[str, Callable[[str], bool] | None]] = {
    "UPS": (r"1Z[A-Z0-9]{16}", ups),
    "DHL": (r"00340434[0-9]{12}", lambda number: modulo_10(number[2:])),
    "DHL Express": (r"[0-9]{10}", modulo_7),
    "FedEx": (r"[0-9]{12}", fedex),
    "USPS": (r"94[0-9]{20}", modulo_10),
    "Yamato Transport": (r"[0-9]{12}", modulo_7),
    "InPost": (r"6[0-9]{23}", None),
    "PostNL": (r"3S[A-Z]{4}[0-9]{9}", None),
    "SF Express": (r"SF[0-9]{13}", None),
    "Aramex": (r"[0-9]{11}", None),
    "Yurtiçi Kargo": (r"[0-9]{12}", None),
    "Royal Mail": (S10 + "GB", postal_union),
    "An Post": (S10 + "IE", postal_union),
    "Colissimo": (S10 + "FR", postal_union),
    "Correos": (S10 + "ES", postal_union),
    "CTT": (S10 + "PT", postal_union),
    "Poste Italiane": (S10 + "IT", postal_union),
    "Österreichische Post": (S10 + "AT", postal_union),
    "Swiss Post": (S10 + "CH", postal_union),
    "PostNord": (S10 + "SE", postal_union),
    "Česká pošta": (S10 + "CZ", postal_union),
    "Canada Post": (S10 + "CA", postal_union),
    "Correios": (S10 + "BR", postal_union),
    "Australia Post": (S10 + "AU", postal_union),
}


def test_the_checks_know_published_numbers() -> None:
    assert ups("1Z999AA10123456784")
    assert postal_union("RB123456785GB")
    assert modulo_7("3318810025")
    assert fedex("986578788855")
    assert modulo_10("9400111202555842332669")
    assert not ups("1Z999AA10123456785")
    assert not postal_union("RB123456784GB")


@pytest.mark.parametrize("row", [row for row in ORDERS if "tracking" in row], ids=lambda row: str(row["id"]))
def test_tracking_numbers_carry_their_check_digit(row: Row) -> None:
    number = str(row["tracking"])
    form, check = CARRIERS[str(row["carrier"])]
    assert re.fullmatch(form, number)
    assert check is None or check(number)


def test_phone_numbers_are_kept_free_for_fiction() -> None:
    phones = [str(row["phone"]) for row in ORDERS if "phone" in row]
    assert len(phones) > 30
    assert [phone for phone in phones if not FICTION_PHONES.fullmatch(phone)] == []
