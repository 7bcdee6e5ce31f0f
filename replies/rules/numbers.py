"""Telephone numbers in a reply, told from order numbers, dates and amounts by form and by the words beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from replies.rules.contact import Kind, Spot
from replies.rules.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from replies.rules.reading import Reading
    from replies.rules.vocabulary import Vocabulary

MIN_DIGITS = 7
_MAX_DIGITS = 15
_CUE_CHARACTERS = 45
_BEHIND_CHARACTERS = 25
_CARRIER_CHARACTERS = 60
_SPELLED_WORDS = 3

# An o between digits is read as a zero.
_CANDIDATE = re.compile(
    r"(?<![a-z0-9.,#/_-])(?:\+ ?|\( ?)?(?:\d|o(?=\d))(?:[ ()./*_-]{0,3}(?:\d|o(?![a-z]))){5,21}(?![a-z0-9])"
)
_DATE = re.compile(r"(?<!\d)(?:[0-3]?\d[./-][01]?\d[./-](?:19|20)\d\d|(?:19|20)\d\d[./-][01]?\d[./-][0-3]?\d)(?!\d)")
_AMOUNT = re.compile(r"\d{1,3}(?:[ .]\d{3}){1,3}")
_ORDER_FORMS = re.compile(r"\d{3}-\d{7}-\d{7}|\d{2}-\d{5}-\d{5}|\d{4}-\d{5,8}|(?:19|20)\d{6}-\d{1,4}")
_PHONE_FORMS = re.compile(
    r"(?:\+|00)\d[\d ()./*_-]{6,22}"  # +49 30 123456
    r"|\(?0\d{1,5}\)?[ /.-]{1,3}\d[\d /.-]{4,14}"  # 030 / 123 456
    r"|\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}"  # (555) 123-4567
    r"|\(\d{2}\) ?9?\d{4}-\d{4}"  # (11) 91234-5678
    r"|0\d{9,10}"  # 0301234567
    r"|1[3-9]\d{9}"  # a Chinese mobile number
    r"|(?:\d[ ._*-]{1,3}){6,14}\d"  # a space behind every digit
    r"|0\d(?:[ .]\d\d){4}"  # 06 12 34 56 78
)
_MONEY = re.compile(r"[€$£¥₺]|(?<![a-z])(?:eur|usd|gbp|zl|tl|try|pln|aed|sar|jpy|cny|rmb|r\$)(?![a-z])|円|元|درهم|ريال")
_CHINESE = re.compile("[〇零一二三四五六七八九幺](?:[ ,、,，の-]{0,2}[〇零一二三四五六七八九幺]){6,14}")
_TOKENS = re.compile(r"[^\W\d_]+|\d+")
_GAP = re.compile(r"[\s,.;:/()'-]{1,4}")


def phone_spots(reading: Reading) -> Iterator[Spot]:
    """Yield the telephone numbers of a text, in digits or in words."""
    words = vocabulary()
    for match in _CANDIDATE.finditer(reading.plain):
        if _is_phone(reading, match, words):
            yield _spot(reading, match.start(), match.end(), words, masked="o" in match.group())
    if sum(map(words.digits.__contains__, reading.words)) >= _SPELLED_WORDS:
        yield from _in_words(reading, words)
    for match in _CHINESE.finditer(reading.plain):
        yield Spot(Kind.PHONE, match.start(), match.end(), masked=True)


def _is_phone(reading: Reading, match: re.Match[str], words: Vocabulary) -> bool:
    written = match.group().replace("o", "0").strip()
    count = sum(letter.isdigit() for letter in written)
    if not MIN_DIGITS <= count <= _MAX_DIGITS or _ORDER_FORMS.fullmatch(written):
        return False
    if _DATE.sub("", written).strip(" -./") != written.strip(" -./") and not written.startswith("+"):
        return False
    money = (
        reading.plain[max(0, match.start() - 5) : match.start()] + "|" + reading.plain[match.end() : match.end() + 5]
    )
    if _MONEY.search(money):
        return False
    cue = _cue(reading, match, words)
    if cue is not None:
        return cue
    return bool(_PHONE_FORMS.fullmatch(written)) and not (_AMOUNT.fullmatch(written) and written[0] != "0")


def _cue(reading: Reading, match: re.Match[str], words: Vocabulary) -> bool | None:
    """Say what the nearest word beside a number makes of it: a telephone number, something else, or nothing known."""
    first, last = reading.sentence(match.start(), match.end())
    begin = max(first, match.start() - _CUE_CHARACTERS)
    before = reading.plain[begin : match.start()]
    phone = max((found.end() for found in words.phone.finditer(before)), default=-1)
    other = max((found.end() for found in words.other.finditer(before)), default=-1)
    international = match.group()[0] == "+"
    if other > phone and not international:
        return False
    if phone >= 0 and phone > other:
        return True
    behind = reading.plain[match.end() : min(last, match.end() + _BEHIND_CHARACTERS)]
    if words.phone.search(behind):
        return True
    return None


def _in_words(reading: Reading, words: Vocabulary) -> Iterator[Spot]:
    """Yield runs of number words that have as many digits as a telephone number."""
    run: list[re.Match[str]] = []
    for token in _TOKENS.finditer(reading.plain):
        counts = token.group().isdigit() or token.group() in words.digits
        if run and not (counts and _GAP.fullmatch(reading.plain, run[-1].end(), token.start())):
            yield from _run(reading, run, words)
            run = []
        if counts:
            run.append(token)
    yield from _run(reading, run, words)


def _run(reading: Reading, run: list[re.Match[str]], words: Vocabulary) -> Iterator[Spot]:
    spelled = sum(not token.group().isdigit() for token in run)
    digits = sum(words.digits.get(token.group()) or len(token.group()) for token in run)
    if spelled >= _SPELLED_WORDS and digits >= MIN_DIGITS:
        yield _spot(reading, run[0].start(), run[-1].end(), words, masked=True)


def _spot(reading: Reading, start: int, end: int, words: Vocabulary, *, masked: bool) -> Spot:
    """Return a number as the shop's, or as a carrier's where one is named just before it."""
    first, _ = reading.sentence(start, end)
    before = reading.plain[max(first, start - _CARRIER_CHARACTERS) : start]
    return Spot(Kind.CARRIER_PHONE if words.carrier.search(before) else Kind.PHONE, start, end, masked)
