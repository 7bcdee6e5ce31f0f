"""Dates in the writing of twelve languages; ISO where the year is known, --MM-DD where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache

from babel import Locale

from triage.entities.source import Candidate, Source
from triage.folding import fold

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh")
WEIGHT = 75.0

# Months of Iraq and the Levant, and of Algeria and Morocco, which the locale "ar" does not list.
_MORE_MONTHS: Mapping[str, int] = {
    "كانون الثاني": 1, "شباط": 2, "اذار": 3, "نيسان": 4, "ايار": 5, "حزيران": 6, "تموز": 7, "اب": 8, "ايلول": 9,
    "تشرين الاول": 10, "تشرين الثاني": 11, "كانون الاول": 12, "جانفي": 1, "فيفري": 2, "افريل": 4, "ماي": 5, "جوان": 6,
    "جويليه": 7, "اوت": 8, "غشت": 8, "شتنبر": 9, "نونبر": 11, "دجنبر": 12, "sept": 9, "dez": 12, "fev": 2, "ago": 8,
}  # fmt: skip
_MONTH_FIRST_MARKETS = frozenset({"US", "PH", "JP", "CN", "TW", "KR"})
_MONTH_FIRST_LANGUAGES = frozenset({"ja", "zh"})
_YEAR = r"(?:19|20)\d{2}"


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Return every month's name, folded, by Babel's data; short forms of three letters and more."""
    names: dict[str, int] = {}
    for language in LANGUAGES:
        months = Locale(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    form = fold(str(name)).rstrip(".")
                    if len(form) > 2 and not form[0].isdecimal():  # noqa: PLR2004
                        names.setdefault(form, int(number))
    return names | {fold(name): number for name, number in _MORE_MONTHS.items()}


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    month = "|".join(re.escape(name) for name in sorted(_months(), key=lambda text: (-len(text), text)))
    day = r"(?:0?[1-9]|[12]\d|3[01])"
    # In Arabic letters there is no lower and upper case, and prefixes stick to the word: only Latin ones need boundaries.
    after = r"\.?(?![a-z])"
    ordinal = r"(?:st|nd|rd|th|er|re|º|ª|°|\.)?"
    return re.compile(
        rf"(?<![\d.,/-])(?P<y1>{_YEAR})[-/.](?P<m1>0?[1-9]|1[0-2])[-/.](?P<d1>{day})(?![\d/-])"
        rf"|(?:(?P<y2>{_YEAR})年\s?)?(?<!\d)(?P<m2>0?[1-9]|1[0-2])月\s?(?P<d2>{day})(?!\d)[日号號]?"
        rf"|(?<!\d)(?P<y7>{_YEAR})年\s?(?P<m7>0?[1-9]|1[0-2])月(?!\s?\d)"
        rf"|(?<![\d.,/-])(?P<a>\d{{1,2}})(?P<sep>[./-])(?P<b>\d{{1,2}})(?P=sep)(?P<y3>{_YEAR}|\d{{2}})(?![\d/-]|\.\d)"
        rf"|(?<![\d.,/-])(?P<a4>\d{{1,2}})(?P<sep4>[./])(?P<b4>\d{{1,2}})(?:(?<=\d\.\d\d)\.|(?<=\d\.\d)\.)?(?![\d/%-]|[.,]\d|\s?[€$£%a-z°]{{1,2}}\b)"
        rf"|(?<![\d.,/#-])(?P<d5>{day}){ordinal}(?:\s{{1,2}}|-)?(?:de |of |d'|di |do )?(?P<n5>{month}){after}(?:[\s,]{{0,2}}(?:de |del )?(?P<y5>{_YEAR})(?!\d))?"
        rf"|(?<![a-z])(?P<n6>{month}){after}\s{{1,2}}(?P<d6>{day})(?:st|nd|rd|th)?(?![\d:.,%]\d|\d|\s?[€$£%])(?:,?\s(?P<y6>{_YEAR})(?!\d))?"
        rf"|(?<![a-z\u0620-\u064a])(?P<n8>{month}){after}\s(?:de |del )?(?P<y8>{_YEAR})(?!\d)"
    )


def find(source: Source) -> Iterator[Candidate]:
    """Yield dates with day and month, and months with a year; a weekday alone is none."""
    for match in _pattern().finditer(source.folded):
        value = _value(match, source)
        if value:
            yield Candidate("date", value, match.start(), match.end(), WEIGHT)


def _value(match: re.Match[str], source: Source) -> str | None:
    group = match.groupdict()
    if group["m7"]:
        return f"{group['y7']}-{int(group['m7']):02d}"
    if group["n8"]:
        return f"{group['y8']}-{_months()[group['n8']]:02d}"
    for year, month, day in (("y1", "m1", "d1"), ("y2", "m2", "d2")):
        if group[day]:
            return _iso(group[year], int(group[month]), int(group[day]))
    for year, name, day in (("y5", "n5", "d5"), ("y6", "n6", "d6")):
        if group[day]:
            return _iso(group[year], _months()[group[name]], int(group[day]))
    return _numeric(group, source)


def _numeric(group: Mapping[str, str | None], source: Source) -> str | None:
    """Read dd.mm and mm/dd: by what is possible, else by market and language; as written where neither says."""
    first, second, year = (group["a"], group["b"], group["y3"]) if group["a"] else (group["a4"], group["b4"], None)
    left, right = int(first or 0), int(second or 0)
    separator = group["sep"] or group["sep4"] or "/"
    if not group["a"] and not _is_short_date(group, separator, source):
        return None
    if left > 12 or separator == ".":  # noqa: PLR2004
        return _iso(year, right, left)
    if right > 12:  # noqa: PLR2004
        return _iso(year, left, right)
    market = (source.market or "").upper()
    if market in _MONTH_FIRST_MARKETS or (not market and source.language in _MONTH_FIRST_LANGUAGES):
        return _iso(year, left, right)
    if not market and source.language == "en" and left != right:
        # British or American: nobody can know.
        return f"{first}/{second}/{year}" if year else f"{first}/{second}"
    return _iso(year, right, left)


def _is_short_date(group: Mapping[str, str | None], separator: str, source: Source) -> bool:
    """Tell "12.06." and "9/14" from "4.5 stars", "24/7" and "1/2"."""
    if separator == ".":
        return source.language in {"de", "pl", "tr", None} and len(group["b4"] or "") == 2  # noqa: PLR2004
    return (group["a4"], group["b4"]) not in {("24", "7"), ("1", "2"), ("1", "3"), ("1", "4"), ("1", "1"), ("2", "3")}


def _iso(year: str | None, month: int, day: int) -> str | None:
    """Return the date as ISO 8601, or None where there is no such day."""
    number = int(year) + (2000 if len(year) == 2 else 0) if year else 2000  # noqa: PLR2004
    try:
        valid = date(number, month, day)
    except ValueError:
        return None
    return valid.isoformat() if year else f"--{month:02d}-{day:02d}"
