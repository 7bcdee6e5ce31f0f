"""Single values of an order row: text, money, dates, counts, as shops write them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from tickets.texts import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_LIMIT = 500
_MARKUP = re.compile(r"<[A-Za-z/!][^<>]{0,500}>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_AMOUNT = re.compile(r"[0-9][0-9.,' \xa0\u202f]*")
# What may stand beside an amount: a currency's sign, code or short name.
_CURRENCY = re.compile(r"[^\w\s<>=+@()−-]{0,2}|[A-Z]{1,3}\$?|kr\.?|zł|Kč|Fr\.?|Ft|lei|円|元")
_ISO = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})(?![0-9])")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?![0-9])")
_MOST_MONEY = Decimal("1e12")


class BadRow(Exception):  # noqa: N818 it names the row, and never leaves the import
    """Why a row is refused, in words for the person who wrote it."""


def shown(value: object) -> str:
    """Return the start of a value for a message."""
    return repr(value)[:60]


def text_of(row: Mapping[str, object], name: str) -> str | None:
    """Return a text on one line without markup and control characters, None where it is empty.

    Raises:
        BadRow: It is no text, too long, or was not UTF-8.
    """
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadRow(f"{name}: {shown(value)} is not a text")
    text = str(value)
    if storable(text) != text:
        raise BadRow(f"{name}: {shown(value)} is not UTF-8 text: save the file as UTF-8")
    text = " ".join(_CONTROL.sub(" ", _MARKUP.sub(" ", text[: TEXT_LIMIT * 20])).split())
    if len(text) > TEXT_LIMIT:
        raise BadRow(f"{name}: {len(text)} characters, at most {TEXT_LIMIT} are allowed")
    return text or None


def money_of(row: Mapping[str, object], name: str) -> Decimal | None:
    """Return an exact amount that is not negative.

    A point or comma before one, two or four digits at the end is the decimal mark; the other one groups thousands.

    Raises:
        BadRow: It is no amount, or could be two.
    """
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise BadRow(f"{name}: {shown(value)} is not an amount")
    try:
        amount = Decimal(_plain_amount(value[:60], name)) if isinstance(value, str) else Decimal(str(value))
    except InvalidOperation:
        raise BadRow(f"{name}: {shown(value)} is not an amount") from None
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or not 0 <= amount <= _MOST_MONEY or exponent < -4:
        raise BadRow(f"{name}: {shown(value)} is not an amount from 0 with at most 4 decimals")
    return amount


def _plain_amount(written: str, name: str) -> str:
    written = written.strip()
    found = _AMOUNT.search(written)
    around = (written[: found.start()].strip(), written[found.end() :].strip()) if found else ("?", "?")
    if found is None or not all(_CURRENCY.fullmatch(part) for part in around):
        raise BadRow(f"{name}: {shown(written)} is not an amount that is zero or more")
    digits = re.sub(r"[' \xa0\u202f]", "", found.group()).rstrip(".,")
    point, comma = digits.rfind("."), digits.rfind(",")
    if point >= 0 and comma >= 0:
        group = "," if point > comma else "."
        return digits.replace(group, "").replace(",", ".")
    if digits.count(".") > 1 or digits.count(",") > 1:
        return digits.replace(".", "").replace(",", "")
    if comma >= 0 and len(digits) - comma - 1 == 3:
        raise BadRow(f"{name}: {shown(written)} may be two amounts: write it with a decimal point, for example 1234.00")
    return digits.replace(",", ".")


def date_of(row: Mapping[str, object], name: str) -> date | None:
    """Return a day: YYYY-MM-DD, with or without a time, or DD.MM.YYYY.

    Raises:
        BadRow: It is no day, or written in a form that could be two.
    """
    value = row.get(name)
    if value is None or value == "":
        return None
    written = value.strip() if isinstance(value, str) else ""
    if found := _ISO.match(written):
        year, month, day = map(int, found.groups())
    elif found := _DOTTED.match(written):
        day, month, year = map(int, found.groups())
    else:
        raise BadRow(f"{name}: {shown(value)} is not a date such as 2026-11-30")
    try:
        return date(year, month, day)
    except ValueError:
        raise BadRow(f"{name}: {shown(value)} is not a day of the calendar") from None


def count_of(row: Mapping[str, object], name: str) -> int:
    """Return a number of pieces, 1 where none is given.

    Raises:
        BadRow: It is no whole number from 1 to a million.
    """
    value = row.get(name)
    if value is None or value == "":
        return 1
    try:
        number = int(str(value)[:20])
    except ValueError:
        number = 0
    if isinstance(value, bool) or not 1 <= number <= 1_000_000:
        raise BadRow(f"{name}: {shown(value)} is not a whole number from 1")
    return number


def web_address_of(row: Mapping[str, object], name: str) -> str | None:
    """Return a web address that may stand in a reply.

    Raises:
        BadRow: It is something else.
    """
    value = row.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 2000 or not re.fullmatch(r"https?://[^\s<>\"'\\\x00-\x1f]+", value):
        raise BadRow(f"{name}: {shown(value)} is not a web address that starts with https://")
    if storable(value) != value:
        raise BadRow(f"{name}: {shown(value)} is not UTF-8 text: save the file as UTF-8")
    return value
