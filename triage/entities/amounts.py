"""Amounts of money as people write them: 1.234,56 €, $1,234.56, 1 234,56 zł, 12,000円, ٥٠ ريال, 五十块."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path

from models.text.folding import fold
from models.text.phrases import PhraseBook
from tickets.rulefile import Rules, read_rules
from triage.entities.source import MAX_READ, Candidate, Source

SHIPPED = Path(__file__).with_name("currencies.yaml")
WEIGHT = 82.0

BARE_WEIGHT = 45.0

# Bounded on purpose, so that long runs of digits cost no more than their length.
_NUMBER = re.compile(
    r"(?<![\d.,#_/-])(?:\d{1,3}(?:[.,'٬ ]\d{3}){1,4}(?:[.,٫]\d{1,2})?|\d{1,9}(?:[.,٫]\d{1,3})?)(?![\d])"
    r"(?:\s?(?:k|mil|tys\.?|bin|万|萬|千|億|亿)(?![a-z]))?"
)
_TWO_DECIMALS = re.compile(r"\d{1,6}[.,]\d{2}")
_BEFORE = r"(?:eur|euro|usd|chf|pln|fr\.?|gbp|tl|try|rs\.?|sar|aed|qar|kwd|jpy|cny|rmb|brl|mxn|cad|aud)"
_ALSO = re.compile(r"\s?(?P<also>usd|mxn|cop|cad|aud|ars|clp|uyu|us)(?![a-z])")
_COMPOUND = re.compile(r"(?:^|[\s-])(?:e|y|i|et|en|and|und|ve)\s$")
_SIGN_REACH = 8
_BEHIND_ONLY = frozenset("元块塊円圓圆蚊刀欧") | {"lira", ",-", ".-", ",--"}
_MONEY_REACH = 36
_NUMERAL_ROOTS = (
    "eur",
    "lira",
    "rea",
    "pound",
    "yen",
    "zlot",
    "dol",
    "quid",
    "fran",
    "balles",
    "pila",
    "conto",
    "luca",
    "peso",
    "tl",
)
_HANS = "〇零一二两兩三四五六七八九十百千万萬"
_HANS_DIGITS = {**dict(zip("〇零一二三四五六七八九", (0, 0, *range(1, 10)), strict=True)), "两": 2, "兩": 2}
_HANS_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "萬": 10_000}
_FACTORS = {
    "k": 1_000,
    "mil": 1_000,
    "tys": 1_000,
    "bin": 1_000,
    "万": 10_000,
    "萬": 10_000,
    "千": 1_000,
    "億": 10**8,
    "亿": 10**8,
}
_HANS_UNIT_SIGNS = ("块", "塊", "元", "円", "蚊", "美金")
_HANS_AMOUNT = re.compile(
    rf"(?P<hans>[{_HANS}]{{1,9}})(?P<unit>块|塊|元|円|欧元|歐元|美元|美金|蚊)(?P<rest>[一二三四五六七八九]?)"
)


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
    money: tuple[str, ...] = ()


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
        self._stems = sorted(stems, key=len, reverse=True)
        signs = _alternation(fold(sign) for sign in currencies.signs)
        word = rf"(?:(?:{_alternation(words)})(?![a-z0-9\u0620-\u064a])|(?:{_alternation(stems)})[a-z]{{0,8}})"
        # 元, 円 and their like never stand in front.
        signs_before = _alternation(fold(sign) for sign in currencies.signs if sign not in _BEHIND_ONLY)
        self._pre = re.compile(rf"(?:{signs_before}|(?<![a-z0-9]){_BEFORE})\s{{0,2}}$")
        self._post = re.compile(rf"\s{{0,2}}-?(?P<post>{signs}|{word})(?:\s(?P<cents>\d{{2}})(?![\d.,%a-z]))?")
        self._numeral = re.compile(
            rf"(?<![a-z-])(?P<numeral>{_alternation(map(fold, currencies.numerals))})[\s-](?P<post>{word})"
        )
        self._money = PhraseBook({"money": currencies.money})

    def find(self, source: Source) -> Iterator[Candidate]:
        """Yield amounts; the value is the number with a decimal point, and the currency's code where it is known."""
        folded = source.folded
        if source.has_digits:
            yield from self._in_digits(source)
        if any(root in folded for root in _NUMERAL_ROOTS):
            yield from self._in_words(source)
        if any(unit in folded for unit in _HANS_UNIT_SIGNS):
            yield from self._in_hans(source)

    def _in_digits(self, source: Source) -> Iterator[Candidate]:
        folded = source.folded
        bare: list[re.Match[str]] = []
        for match in islice(_NUMBER.finditer(folded), MAX_READ):
            start, end = match.span()
            before = self._pre.search(folded, max(0, start - _SIGN_REACH), start)
            after = self._post.match(folded, end)
            also = _ALSO.match(folded, end) if before else None
            if before and after and before.group()[0].isalpha():
                # "in euro 189 EUR": the nearer one belongs to the number.
                before = also = None
            if before:
                start, sign = before.start(), (also["also"] if also else before.group().strip())
                end = also.end() if also else end
            elif after:
                sign, end = after["post"], after.end()
            else:
                if _TWO_DECIMALS.fullmatch(match.group()):
                    bare.append(match)
                continue
            currency = self._currency(sign, source)
            value = parse_number(match.group(), decimals=3 if currency in self._file.three_decimals else 2)
            if after and not before and after["cents"] and value == value.to_integral_value():
                value += Decimal(after["cents"]) / 100
            yield _candidate(value, currency, start, _over_marks(source.text, end))
        if bare:
            yield from self._bare(source, bare)

    def _bare(self, source: Source, matches: list[re.Match[str]]) -> Iterator[Candidate]:
        """Yield numbers with two decimals that stand near a word for paying; their currency is not known."""
        places = [hit.start for hit in self._money.find(source.folded)]
        for match in matches:
            nearest = bisect_left(places, match.start() - _MONEY_REACH)
            if nearest < len(places) and places[nearest] <= match.end() + _MONEY_REACH:
                yield Candidate("amount", str(parse_number(match.group())), *match.span(), BARE_WEIGHT)

    def _in_words(self, source: Source) -> Iterator[Candidate]:
        for match in islice(self._numeral.finditer(source.folded), MAX_READ):
            # "vinte e cinco reais" is not five.
            if not _COMPOUND.search(source.folded, max(0, match.start() - 8), match.start()):
                value = Decimal(self._file.numerals[match["numeral"]])
                yield _candidate(value, self._currency(match["post"], source), *match.span())

    def _in_hans(self, source: Source) -> Iterator[Candidate]:
        for match in islice(_HANS_AMOUNT.finditer(source.folded), MAX_READ):
            value = _hans(match["hans"])
            # 一块 alone is mostly "a piece" or "together".
            if value is None or (value == 1 and not match["rest"]):
                continue
            if match["rest"]:
                value += Decimal(_HANS_DIGITS[match["rest"]]) / 10
            yield _candidate(value, self._currency(match["unit"], source), *match.span())

    def _currency(self, sign: str, source: Source) -> str | None:
        code = self._codes.get(sign)
        if code is None:
            code = next((self._codes[stem] for stem in self._stems if sign.startswith(stem)), None)
        if code is None and len(sign) == 3:
            return sign.upper()
        if code is None or not code.startswith("?"):
            return code
        choice = self._file.ambiguous[code[1:]]
        market = (source.market or "").upper()
        return choice.markets.get(market) or source.currency or choice.languages.get(source.language or "")


def _candidate(value: Decimal, currency: str | None, start: int, end: int) -> Candidate:
    return Candidate("amount", f"{value} {currency}" if currency else str(value), start, end, WEIGHT)


def _over_marks(text: str, end: int) -> int:
    """Move an end behind the vowel marks that Arabic words may carry on their last letter."""
    while end < len(text) and "\u064b" <= text[end] <= "\u0652":
        end += 1
    return end


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
    is_decimal = place >= 0 and (behind <= 2 or (behind == decimals == 3))
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
        elif _HANS_UNITS[sign] == 10_000:
            total += (section + digit or 1) * 10_000
            section = digit = 0
            last = 10_000
        else:
            section += (digit or 1) * _HANS_UNITS[sign]
            digit, last = 0, _HANS_UNITS[sign]
    # 四千六 is 4,600: a last digit without its unit belongs to the next one down.
    if digit and last >= 100 and "零" not in text and "〇" not in text:
        digit *= last // 10
    return Decimal(total + section + digit)


def _alternation(items: Iterable[str]) -> str:
    return "|".join(re.escape(item) for item in sorted(set(items), key=lambda text: (-len(text), text)))


@lru_cache(maxsize=1)
def shipped() -> Amounts:
    """Return the finder made from the shipped currencies."""
    return Amounts(read_rules(SHIPPED, Currencies))


def find(source: Source) -> Iterator[Candidate]:
    """Yield amounts by the shipped currencies."""
    return shipped().find(source)
