"""Amounts of money as people of twelve languages write them: 1.234,56 €, $1,234.56, 1 234,56 zł, 12,000円, ٥٠ ريال, 五十块."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from triage.entities.source import Candidate, Source
from triage.folding import fold
from triage.rulefile import Rules, read_rules

SHIPPED = Path(__file__).with_name("currencies.yaml")
WEIGHT = 82.0

# Bounded on purpose, so that long runs of digits cost no more than their length.
_NUMBER = (
    r"(?:\d{1,3}(?:[.,'’٬ ]\d{3}){1,4}(?:[.,٫]\d{1,2})?|\d{1,9}(?:[.,٫]\d{1,3})?)(?:,-|,–|\.-|\.–|,--)?"
    r"(?:\s?(?:k|mil|tys\.?|bin|万|萬|千|億|亿)(?![a-z]))?"
)
_HANS = "〇零一二两兩三四五六七八九十百千万萬"
_HANS_DIGITS = {**dict(zip("〇零一二三四五六七八九", (0, 0, *range(1, 10)), strict=True)), "两": 2, "兩": 2}
_HANS_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "萬": 10_000}
_FACTORS = {"k": 1_000, "mil": 1_000, "tys": 1_000, "bin": 1_000, "万": 10_000, "萬": 10_000, "千": 1_000, "億": 10**8, "亿": 10**8}
_TAIL_CENTS = r"(?:\s?\d{2}(?!\d))?"


class Ambiguous(Rules):
    """What a sign that several countries share means, by market and by language."""

    markets: Mapping[str, str] = {}
    languages: Mapping[str, str] = {}


class Currencies(Rules):
    """The whole file of currencies."""

    signs: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    ambiguous: Mapping[str, Ambiguous]
    three_decimals: tuple[str, ...]
    numerals: Mapping[str, int]


class Amounts:
    """Finds amounts with the currencies of a file."""

    def __init__(self, currencies: Currencies) -> None:
        self._file = currencies
        self._codes = {fold(sign): code for sign, code in currencies.signs.items()}
        stems: list[str] = []
        words: list[str] = []
        for code, forms in currencies.words.items():
            for form in forms:
                self._codes[fold(form.rstrip("*"))] = code
                (stems if form.endswith("*") else words).append(fold(form.rstrip("*")))
        signs = _alternation(fold(sign) for sign in currencies.signs)
        word = rf"(?:(?:{_alternation(words)})(?![a-z0-9\u0620-\u064a])|(?:{_alternation(stems)})[a-z]{{0,8}})"
        numeral = rf"(?:{_alternation(map(fold, currencies.numerals))})"
        post = rf"(?:{signs}|{word})"
        pre = rf"(?:{signs}|(?<![a-z0-9])(?:eur|euro|usd|chf|pln|fr\.?|gbp|tl|try|rs\.?|sar|aed|qar|kwd|jpy|cny|rmb|brl|mxn))"
        # Currency first, number first, Chinese numerals, number words.
        self._pattern = re.compile(
            rf"(?P<pre>{pre})\s{{0,2}}(?P<first>{_NUMBER})(?:\s?(?P<also>usd|mxn|cop|cad|aud|ars|clp|us)(?![a-z]))?"
            rf"|(?<![\d.,#a-z/_-])(?P<number>{_NUMBER})\s{{0,2}}-?(?P<post>{post})(?P<cents>{_TAIL_CENTS})"
            rf"|(?P<hans>[{_HANS}]{{1,9}})(?P<unit>块|塊|元|円|欧元|歐元|美元|美金|蚊|万円|人民币)(?P<rest>[一二三四五六七八九]?)"
            rf"|(?<![a-z])(?P<numeral>{numeral})[\s-](?P<after>{word})"
        )

    def find(self, source: Source) -> Iterator[Candidate]:
        """Yield amounts; the value is the number with a point for decimals, and the currency's code where it is known."""
        for match in self._pattern.finditer(source.folded):
            number = self._number(match, source)
            if number is None:
                continue
            value, currency = number
            text = f"{value} {currency}" if currency else str(value)
            end = match.end() if not match["cents"] else match.end("cents")
            yield Candidate("amount", text, match.start(), end, WEIGHT)

    def _number(self, match: re.Match[str], source: Source) -> tuple[Decimal, str | None] | None:
        if match["hans"]:
            value = _hans(match["hans"])
            if value is None:
                return None
            if match["rest"]:
                value += Decimal(_HANS_DIGITS[match["rest"]]) / 10
            return value, self._currency(match["unit"], source)
        if match["numeral"]:
            return Decimal(self._file.numerals[match["numeral"]]), self._currency(match["after"], source)
        sign = match["also"] or match["pre"] or match["post"]
        currency = self._currency(sign, source)
        value = parse_number(match["first"] or match["number"], decimals=3 if currency in self._file.three_decimals else 2)
        if match["cents"] and match["cents"].strip():
            value += Decimal(match["cents"].strip()) / 100
        return value, currency

    def _currency(self, sign: str, source: Source) -> str | None:
        code = self._codes.get(sign)
        if code is None:
            code = next((known for form, known in self._codes.items() if sign.startswith(form) and len(form) > 2), None)  # noqa: PLR2004
        if code is None and len(sign) == 3:  # noqa: PLR2004
            return sign.upper()
        if code is None or not code.startswith("?"):
            return code
        choice = self._file.ambiguous[code[1:]]
        market = (source.market or "").upper()
        return choice.markets.get(market) or source.currency or choice.languages.get(source.language or "")


def parse_number(text: str, *, decimals: int = 2) -> Decimal:
    """Read a number in any locale's writing.

    The last point or comma is decimal if at most `decimals` digits follow it and, for three digits, if the currency has
    three decimals; every other sign only groups. "12.000" is twelve thousand, "2,4k" two thousand four hundred.
    """
    body = text.strip()
    factor = next((value for unit, value in _FACTORS.items() if body.rstrip(".").endswith(unit)), 1)
    body = re.sub(r"[^\d.,٫]", "", re.sub(r"[,.]?[-–]+$", "", body)).rstrip(".,").replace("٫", ".")
    place = max(body.rfind("."), body.rfind(","))
    behind = len(body) - place - 1
    is_decimal = place >= 0 and (behind <= 2 or (behind == decimals == 3))  # noqa: PLR2004
    if is_decimal and body.count(body[place]) > 1:
        is_decimal = False
    whole = re.sub(r"\D", "", body[:place] if is_decimal else body) or "0"
    number = Decimal(f"{whole}.{body[place + 1 :]}") if is_decimal else Decimal(whole)
    if factor == 1:
        return number
    return (number * factor).quantize(Decimal(1))


def _hans(text: str) -> Decimal | None:
    """Read a number in Chinese numerals; a lone unit such as 十万 counts as one of it."""
    if not any(sign in _HANS_DIGITS or sign == "十" for sign in text):
        return None
    total = section = digit = 0
    last = 1
    for sign in text:
        if sign in _HANS_DIGITS:
            digit = _HANS_DIGITS[sign]
        elif _HANS_UNITS[sign] == 10_000:  # noqa: PLR2004
            total += (section + digit or 1) * 10_000
            section = digit = 0
            last = 10_000
        else:
            section += (digit or 1) * _HANS_UNITS[sign]
            digit, last = 0, _HANS_UNITS[sign]
    # 四千六 is 4,600: a last digit without its unit belongs to the next one down.
    if digit and last >= 100 and "零" not in text and "〇" not in text:  # noqa: PLR2004
        digit *= last // 10
    return Decimal(total + section + digit)


def _alternation(items: Iterator[str] | list[str] | map[str]) -> str:
    return "|".join(re.escape(item) for item in sorted(set(items), key=lambda text: (-len(text), text)))


@lru_cache(maxsize=1)
def shipped() -> Amounts:
    """Return the finder made from the shipped currencies."""
    return Amounts(read_rules(SHIPPED, Currencies))


def find(source: Source) -> Iterator[Candidate]:
    """Yield amounts by the shipped currencies."""
    return shipped().find(source)
