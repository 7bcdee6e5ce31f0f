"""Filters that write dates, money and lists as the reader's language and country do."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency
from liquid.exceptions import FilterArgumentError
from liquid.filter import with_context
from liquid.undefined import is_undefined

if TYPE_CHECKING:
    from liquid import RenderContext

LOCALE_SLOT = "locale"
MAX_LIST_NAMES = 10
MAX_AMOUNT = Decimal(10) ** 12

# English without a known market is written as most of the world writes it, not as the United States do.
_DEFAULT_LOCALES = {"en": "en_001"}
# The first of a month is an ordinal where printed texts say so; the locale data of Unicode write a bare 1.
_FIRST_OF_MONTH = {"fr": "1er", "it": "1º", "pt": "1º", "pt_PT": "1"}
_BIDI_MARKS = re.compile("[\u200e\u200f\u061c]")
_CURRENCY = re.compile(r"[A-Z]{3}")


@lru_cache(maxsize=512)
def locale_of(language: str, market: str | None) -> str:
    """Return the name of the locale to write dates and money in.

    Args:
        language: ISO 639-1 code of the reply.
        market: ISO 3166-1 code of the shop's market, where known; ignored where the two are no known pair.

    """
    if market and re.fullmatch(r"[A-Za-z]{2}", market):
        name = f"{language}_{market.upper()}"
        try:
            return str(Locale.parse(name))
        except (UnknownLocaleError, ValueError):
            pass
    name = _DEFAULT_LOCALES.get(language, language)
    try:
        locale = Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return _DEFAULT_LOCALES["en"]
    # Babel reads "und" as the world's likeliest language in the likeliest country.
    return str(locale) if locale.language == language else _DEFAULT_LOCALES["en"]


def _locale(context: RenderContext) -> str:
    return str(context.globals.get(LOCALE_SLOT, _DEFAULT_LOCALES["en"]))


@lru_cache(maxsize=8192)
def _day(value: date, locale: str) -> str:
    text = _BIDI_MARKS.sub("", format_date(value, format="long", locale=locale))
    first = _FIRST_OF_MONTH.get(locale) or _FIRST_OF_MONTH.get(locale.partition("_")[0])
    return f"{first}{text[1:]}" if first and value.day == 1 and text.startswith("1 ") else text


@lru_cache(maxsize=8192)
def _money(amount: Decimal, currency: str, locale: str) -> str:
    # Arabic shops print prices and order numbers in Latin digits; Babel does so unless asked for native ones.
    return _BIDI_MARKS.sub("", format_currency(amount, currency, locale=locale, numbering_system="latn"))


@with_context
def day(value: object, *, context: RenderContext) -> str:
    """Write a date in the reply's locale: `21 November 2026`, `2026年11月21日`."""
    if is_undefined(value):
        return str(value)
    if not isinstance(value, date):
        raise FilterArgumentError(f"day expects a date, found {type(value).__name__}", token=None)
    return _day(value, _locale(context))


@with_context
def money(value: object, currency: object = None, *, context: RenderContext) -> str:
    """Write an amount in the reply's locale, in the order's currency unless another is given."""
    if is_undefined(value):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        raise FilterArgumentError(f"money expects an amount, found {type(value).__name__}", token=None)
    amount = Decimal(value)
    if not amount.is_finite() or abs(amount) >= MAX_AMOUNT:
        raise FilterArgumentError("money expects an amount below a trillion", token=None)
    code = currency if currency is not None else context.get(["order", "currency"], token=None)
    if is_undefined(code):
        return str(code)
    if not isinstance(code, str) or not _CURRENCY.fullmatch(code):
        raise FilterArgumentError("money expects a currency of three letters", token=None)
    return _money(amount, code, _locale(context))


@with_context
def and_list(value: object, *, context: RenderContext) -> str:
    """Join names as the reply's language does: `A, B and C`; after ten names comes an ellipsis."""
    if is_undefined(value):
        return str(value)
    if not isinstance(value, (list, tuple)):
        raise FilterArgumentError(f"and_list expects a list of names, found {type(value).__name__}", token=None)
    names = [name for name in value[:MAX_LIST_NAMES] if isinstance(name, str)]
    if len(names) < len(value[:MAX_LIST_NAMES]):
        raise FilterArgumentError("and_list expects names, found something else among them", token=None)
    if len(value) > MAX_LIST_NAMES:
        names.append("…")
    return format_list(names, style="standard", locale=_locale(context))
