"""Phone numbers, judged by Google's phone number data for the regions that market and language suggest."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from triage.entities.source import Candidate, Source

_REGIONS: Mapping[str, tuple[str, ...]] = {
    "ar": ("SA", "AE", "EG", "KW", "MA", "JO"),
    "de": ("DE", "AT", "CH"),
    "en": ("US", "GB", "AU", "IN", "IE"),
    "es": ("ES", "MX", "CO", "AR"),
    "fr": ("FR", "BE", "CH", "CA"),
    "it": ("IT", "CH"),
    "ja": ("JP",),
    "nl": ("NL", "BE"),
    "pl": ("PL",),
    "pt": ("BR", "PT"),
    "tr": ("TR",),
    "zh": ("CN", "TW", "HK"),
}
_INTERNATIONAL, _NAMED, _VALID = 95.0, 72.0, 58.0

_MIN_DIGITS, _MAX_DIGITS = 7, 15
# Reading one number costs some 30 µs; nobody writes more of them than this.
_MAX_READ = 32
_CUE_REACH = 30
_RUN = re.compile(
    r"(?<![A-Za-z0-9_@#.,/\-])(?:\+|00)?(?:\(\d{1,5}\)|\d)(?:[ ().\-/]{0,2}\d){5,15}(?![A-Za-z0-9_@]|[-/.,]\d)"
)
_CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
_BREAK = re.compile(r"[!?。！？]|\.\s+(?=[^\W\d_])")


def find(source: Source) -> Iterator[Candidate]:
    """Yield phone numbers; the value is E.164 where the region is known, else the digits as written.

    A number with a country's prefix needs to be possible, one beside a word such as "call" too, any other one valid and
    written as people write phone numbers.
    """
    runs = [match for _, match in zip(range(_MAX_READ), _RUN.finditer(source.plain), strict=False)]
    if not runs:
        return
    ends = [hit.end for hit in source.cues]
    for match in runs:
        digits = re.sub(r"\D", "", match.group())
        if _MIN_DIGITS <= len(digits) <= _MAX_DIGITS:
            near = source.cues[bisect_left(ends, match.start() - _CUE_REACH) : bisect_right(ends, match.start())]
            label = near[-1].label if near and not _BREAK.search(source.plain[near[-1].end : match.start()]) else None
            named = any(hit.label == "phone" for hit in near[-4:]) and label is not None
            if label != "none":
                yield from _judge(match, digits, source, named=named)


def _judge(match: re.Match[str], digits: str, source: Source, *, named: bool) -> Iterator[Candidate]:
    text = match.group()
    span = match.span()
    if text.startswith(("+", "00")):
        number = _parse(text if text.startswith("+") else f"+{digits[2:]}", None)
        if number and phonenumbers.is_possible_number(number):
            yield Candidate("phone", _e164(number), *span, _INTERNATIONAL if text.startswith("+") else _VALID)
            return
    regions = _regions(source)
    valid = _first_valid(text, regions)
    if valid and (named or _looks_like_phone(text, digits)):
        mobile = _CHINESE_MOBILE.fullmatch(digits) is not None
        yield Candidate("phone", _e164(valid), *span, _NAMED if named or mobile else _VALID)
    elif named and _looks_like_phone(text, digits) and (digits.startswith("0") or source.language not in {"ja", "zh"}):
        yield Candidate("phone", digits, *span, _NAMED)


def _regions(source: Source) -> tuple[str, ...]:
    by_language = _REGIONS.get(source.language or "", ())
    market = (source.market or "").upper()
    return tuple(dict.fromkeys(((market,) if market else ()) + by_language))


def _first_valid(text: str, regions: tuple[str, ...]) -> PhoneNumber | None:
    numbers = (_parse(text, region) for region in regions)
    return next((number for number in numbers if number and phonenumbers.is_valid_number(number)), None)


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _looks_like_phone(text: str, digits: str) -> bool:
    """Say whether it is written as phone numbers are: a leading zero, or groups of two to four digits."""
    if digits.startswith("0") or _CHINESE_MOBILE.fullmatch(digits):
        return True
    groups = re.split(r"\D+", text.strip("()"))
    return len(groups) > 1 and all(2 <= len(group) <= 5 for group in groups if group)
