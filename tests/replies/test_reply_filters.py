"""Filters: dates, money and lists as each language writes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from replies.filters import locale_of

if TYPE_CHECKING:
    from tests.replies.conftest import Make

NBSP, NARROW = "\u00a0", "\u202f"


def filled(make: Make, body: str, language: str, market: str | None = None, **order: object) -> str | None:
    values: dict[str, object] = {"order": order, "locale": locale_of(language, market)}
    return make(body).render(values)


@pytest.mark.parametrize(
    ("language", "market", "expected"),
    [
        ("ar", None, "3 نوفمبر 2026"),
        ("ar", "EG", "3 نوفمبر 2026"),
        ("de", None, "3. November 2026"),
        ("en", None, "3 November 2026"),
        ("en", "US", "November 3, 2026"),
        ("en", "GB", "3 November 2026"),
        ("en", "DE", "3 November 2026"),
        ("es", None, "3 de noviembre de 2026"),
        ("fr", None, "3 novembre 2026"),
        ("it", None, "3 novembre 2026"),
        ("ja", None, "2026年11月3日"),
        ("nl", None, "3 november 2026"),
        ("pl", None, "3 listopada 2026"),
        ("pt", None, "3 de novembro de 2026"),
        ("tr", None, "3 Kasım 2026"),
        ("zh", None, "2026年11月3日"),
    ],
)
def test_days(make: Make, language: str, market: str | None, expected: str) -> None:
    day = date(2026, 11, 3)
    assert filled(make, "{{ order.shipped_at | day }}", language, market, shipped_at=day) == expected


@pytest.mark.parametrize(
    ("language", "market", "expected"),
    [
        ("fr", None, "1er novembre 2026"),
        ("fr", "CA", "1er novembre 2026"),
        ("it", None, "1º novembre 2026"),
        ("pt", "BR", "1º de novembro de 2026"),
        ("pt", "PT", "1 de novembro de 2026"),
        ("de", None, "1. November 2026"),
    ],
)
def test_the_first_of_a_month(make: Make, language: str, market: str | None, expected: str) -> None:
    assert filled(make, "{{ order.shipped_at | day }}", language, market, shipped_at=date(2026, 11, 1)) == expected
    tenth = filled(make, "{{ order.shipped_at | day }}", language, market, shipped_at=date(2026, 11, 10))
    assert tenth is not None
    assert tenth.startswith("10")


@pytest.mark.parametrize(
    ("language", "market", "currency", "expected"),
    [
        ("ar", None, "EUR", f"1,234.50{NBSP}€"),
        ("ar", "EG", "EGP", f"1,234.50{NBSP}ج.م."),
        ("de", None, "EUR", f"1.234,50{NBSP}€"),
        ("de", "CH", "CHF", f"CHF{NBSP}1’234.50"),
        ("en", None, "EUR", "€1,234.50"),
        ("en", "US", "USD", "$1,234.50"),
        ("fr", None, "EUR", f"1{NARROW}234,50{NBSP}€"),
        ("ja", None, "JPY", "￥1,234"),
        ("pl", None, "PLN", f"1{NBSP}234,50{NBSP}zł"),
        ("tr", None, "TRY", "₺1.234,50"),
        ("zh", None, "CNY", "¥1,234.50"),
    ],
)
def test_money(make: Make, language: str, market: str | None, currency: str, expected: str) -> None:
    shown = filled(make, "{{ order.total | money }}", language, market, total=Decimal("1234.50"), currency=currency)
    assert shown == expected


@pytest.mark.parametrize("name", ["day", "money"])
@pytest.mark.parametrize("language", ["ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh"])
def test_no_bidi_marks_come_from_the_locale(make: Make, language: str, name: str) -> None:
    body = "{{ order.shipped_at | day }}" if name == "day" else "{{ order.total | money }}"
    shown = filled(make, body, language, None, shipped_at=date(2026, 1, 31), total=Decimal(-5), currency="SAR")
    assert shown
    assert not set(shown) & {"\u200e", "\u200f", "\u061c"}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ar", "A وB وC"),
        ("de", "A, B und C"),
        ("en", "A, B and C"),
        ("fr", "A, B et C"),
        ("ja", "A、B、C"),
        ("tr", "A, B ve C"),
        ("zh", "A、B和C"),
    ],
)
def test_lists(make: Make, language: str, expected: str) -> None:
    assert filled(make, "{{ order.item_names | and_list }}", language, item_names=["A", "B", "C"]) == expected


def test_long_lists_end_with_an_ellipsis(make: Make) -> None:
    names = [f"N{number}" for number in range(30)]
    shown = filled(make, "{{ order.item_names | and_list }}", "en", item_names=names)
    assert shown is not None
    assert shown.endswith("N9 and …")


def test_an_instant_is_shown_as_its_day(make: Make) -> None:
    moment = datetime(2026, 11, 3, 23, 59)  # noqa: DTZ001 a shop's local time
    assert filled(make, "{{ order.shipped_at | day }}", "en", shipped_at=moment) == "3 November 2026"


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ("{{ order.shipped_at | day }}", {"shipped_at": "2026-11-03"}),
        ("{{ order.total | money }}", {"total": "12.50", "currency": "EUR"}),
        ("{{ order.total | money }}", {"total": True, "currency": "EUR"}),
        ("{{ order.total | money }}", {"total": Decimal("NaN"), "currency": "EUR"}),
        ("{{ order.total | money }}", {"total": Decimal("sNaN"), "currency": "EUR"}),
        ("{{ order.total | money }}", {"total": Decimal("1e999999"), "currency": "EUR"}),
        ("{{ order.total | money }}", {"total": Decimal(1), "currency": "Euro"}),
        ("{{ order.item_names | and_list }}", {"item_names": "Tent"}),
        ("{{ order.item_names | and_list: 1 }}", {"item_names": ["Tent"]}),
    ],
)
def test_values_of_the_wrong_kind_are_not_shown(make: Make, body: str, order: dict[str, Any]) -> None:
    assert filled(make, body, "en", **order) is None


def test_another_currency_can_be_named(make: Make) -> None:
    assert filled(make, "{{ order.total | money: 'GBP' }}", "en", total=Decimal(5)) == "£5.00"


@pytest.mark.parametrize(
    ("language", "market", "expected"),
    [
        ("de", "AT", "de_AT"),
        ("de", "at", "de_AT"),
        ("de", "JP", "de"),
        ("de", "../..", "de"),
        ("pt", "BR", "pt_BR"),
        ("zz", None, "en_001"),
        ("und", None, "en_001"),
        ("", None, "en_001"),
    ],
)
def test_locales(language: str, market: str | None, expected: str) -> None:
    assert locale_of(language, market) == expected
