"""Dates in the writing of twelve languages; ISO where the year is known, --MM-DD where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice, product

from babel import Locale

from models.text.folding import fold
from triage.entities.source import MAX_READ, Candidate, Source

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
_FRACTIONS = frozenset({("24", "7"), ("1", "2"), ("1", "3"), ("1", "4"), ("2", "3"), ("3", "4")})
# A number can begin a date, or be the day or year behind a month, only if such signs or a word stand beside it.
_RUN = re.compile(
    r"(?<![\d.,/#-])\d{1,4}(?!\d)(?:(?=[-/.年月号號]|[ªº°]|\s{0,2}[^\W\d_])"
    r"|(?<=[^\W\d_][ \t\n]\d)|(?<=[^\W\d_][ \t\n]\d\d)|(?<=[^\W\d_][ \t\n]\d{4})"
    r"|(?<=[^\W\d_]\.[ \t\n]\d)|(?<=[^\W\d_]\.[ \t\n]\d\d))"
)
_MONTH_REACH = 24
_SHORT = 3
_YEAR = r"(?:19|20)\d{2}"


@dataclass(frozen=True, slots=True)
class _Months:
    """Month names by their number; a name of three letters or less counts only in its own languages."""

    numbers: Mapping[str, int]
    short_in: Mapping[str, frozenset[str]]

    def number(self, name: str, language: str | None) -> int | None:
        languages = self.short_in.get(name)
        if languages is not None and (language or "en") not in languages:
            return None
        return self.numbers[name]


@lru_cache(maxsize=1)
def _months() -> _Months:
    """Collect every month's name, folded, from Babel's data."""
    numbers: dict[str, int] = {}
    short: dict[str, set[str]] = {}
    for language in LANGUAGES:
        months = Locale(language).months
        for context, width in product(("format", "stand-alone"), ("wide", "abbreviated")):
            for number, name in months[context][width].items():
                form = fold(str(name)).rstrip(".")
                if len(form) > 2 and not form[0].isdecimal():
                    numbers.setdefault(form, int(number))
                    if len(form) <= _SHORT and form.isascii():
                        short.setdefault(form, set()).add(language)
    numbers |= {fold(name): number for name, number in _MORE_MONTHS.items()}
    return _Months(numbers, {name: frozenset(languages) for name, languages in short.items()})


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Tried at each run of digits: what may follow its beginning, and what may stand before it."""

    forward: re.Pattern[str]
    month_before: re.Pattern[str]
    day_behind: re.Pattern[str]


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    month = "|".join(re.escape(name) for name in sorted(_months().numbers, key=lambda text: (-len(text), text)))
    day = r"(?:0?[1-9]|[12]\d|3[01])"
    ordinal = r"(?:st|nd|rd|th|er|re|º|ª|°|\.)?"
    forward = (
        rf"(?P<y1>{_YEAR})[-/.](?P<m1>0?[1-9]|1[0-2])[-/.](?P<d1>{day})(?![\d/-])"
        rf"|(?:(?P<y2>{_YEAR})年\s?)?(?P<m2>0?[1-9]|1[0-2])月\s?(?P<d2>{day})(?!\d)[日号號]?"
        rf"|(?P<y7>{_YEAR})年\s?(?P<m7>0?[1-9]|1[0-2])月(?!\s?\d)"
        rf"|(?P<d9>{day})[号號](?![\u4e00-\u9fff]?[楼樓线門门店码碼])"
        rf"|(?P<a>\d{{1,2}})(?P<sep>[./-])(?P<b>\d{{1,2}})(?P=sep)(?P<y3>{_YEAR}|\d{{2}})(?![\d/-]|\.\d)"
        rf"|(?P<a4>\d{{1,2}})(?P<sep4>[./])(?P<b4>\d{{1,2}})(?P<dot>\.?)(?![\d/%-]|[.,]\d|\s?[€$£%°])"
        rf"|(?P<d5>{day}){ordinal}(?:\s{{1,2}}|-)?(?:de |of |d'|di |do )?(?P<n5>{month})(?![a-z])"
        rf"(?:\.?,?\s(?:de |del )?(?P<y5>{_YEAR})(?!\d))?"
    )
    month_before = rf"(?<![a-z])(?P<name>{month})\.?\s{{1,2}}(?:de |del )?$"
    day_behind = (
        rf"(?:(?P<year>{_YEAR})|(?P<day>{day})(?:st|nd|rd|th)?(?:,?\s(?P<of>{_YEAR})(?!\d))?)"
        r"(?![\d:%]|[.,]\d|\s?[€$£%])"
    )
    return _Patterns(re.compile(forward), re.compile(month_before), re.compile(day_behind))


def find(source: Source) -> Iterator[Candidate]:
    """Yield dates with day and month, months with a year, and Chinese days of this month; a weekday alone is none."""
    text, patterns = source.folded, _patterns()
    read_to = 0
    for run in islice(_RUN.finditer(text), MAX_READ):
        if run.start() < read_to:
            continue
        match = patterns.forward.match(text, run.start())
        value = _value(match, source) if match else None
        if match and value:
            read_to = match.end()
            yield Candidate("date", value, match.start(), match.end(), WEIGHT)
            continue
        before = patterns.month_before.search(text, max(0, run.start() - _MONTH_REACH), run.start())
        behind = patterns.day_behind.match(text, run.start()) if before else None
        month = _months().number(before["name"], source.language) if before else None
        if before and behind and month:
            year = behind["year"]
            value = f"{year}-{month:02d}" if year else _iso(behind["of"], month, int(behind["day"]))
            if value:
                read_to = behind.end()
                yield Candidate("date", value, before.start(), behind.end(), WEIGHT)


def _value(match: re.Match[str], source: Source) -> str | None:
    group = match.groupdict()
    if group["m7"]:
        return f"{group['y7']}-{int(group['m7']):02d}"
    if group["d9"]:
        return f"---{int(group['d9']):02d}" if source.language in {"zh", None} else None
    for year, month, day in (("y1", "m1", "d1"), ("y2", "m2", "d2")):
        if group[day]:
            return _iso(group[year], int(group[month]), int(group[day]))
    if group["d5"]:
        number = _months().number(group["n5"], source.language)
        return _iso(group["y5"], number, int(group["d5"])) if number else None
    return _numeric(group, source)


def _numeric(group: Mapping[str, str | None], source: Source) -> str | None:
    """Read dd.mm and mm/dd: by what is possible, else by market and language; as written where neither says."""
    first, second, year = (group["a"], group["b"], group["y3"]) if group["a"] else (group["a4"], group["b4"], None)
    left, right = int(first or 0), int(second or 0)
    separator = group["sep"] or group["sep4"] or "/"
    if not group["a"] and not _is_short_date(group, separator, source):
        return None
    if left > 12 or separator == ".":
        return _iso(year, right, left)
    if right > 12:
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
        closed = len(group["b4"] or "") == 2 or bool(group["dot"])
        return closed and source.language in {"de", "pl", "tr", None}
    return group["a4"] != group["b4"] and (group["a4"], group["b4"]) not in _FRACTIONS


def _iso(year: str | None, month: int, day: int) -> str | None:
    """Return the date as ISO 8601, or None where there is no such day."""
    number = int(year) + (2000 if len(year) == 2 else 0) if year else 2000
    try:
        valid = date(number, month, day)
    except ValueError:
        return None
    return valid.isoformat() if year else f"--{month:02d}-{day:02d}"
