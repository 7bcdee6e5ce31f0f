"""Contact data in a reply: e-mail addresses, links, accounts, bank accounts, plain or masked."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from replies.rules.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from replies.rules.reading import Reading
    from replies.rules.vocabulary import Vocabulary


class Kind(StrEnum):
    """What a check finds; rules name these."""

    EMAIL = "email"
    PHONE = "phone"
    LINK = "link"
    HANDLE = "handle"
    BANK_ACCOUNT = "bank_account"
    MASKED = "masked"
    CARRIER_LINK = "carrier_link"
    CARRIER_PHONE = "carrier_phone"
    MARKETPLACE_LINK = "marketplace_link"
    EMOJI = "emoji"
    LINE_BREAKS = "line_breaks"
    MARKUP = "markup"
    LENGTH = "length"
    LANGUAGE = "language"
    IMPORTANT = "important"


@dataclass(frozen=True, slots=True)
class Spot:
    """Something found, as a range of the plain reading; `masked` where it was written so that no filter sees it."""

    kind: Kind
    start: int
    end: int
    masked: bool = False


class _Ranges:
    """What some spots take up together; a question costs the logarithm of their number."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for spot in sorted(spots, key=lambda item: item.start):
            if self._ends and spot.start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], spot.end)
            else:
                self._starts.append(spot.start)
                self._ends.append(spot.end)

    def cover(self, spot: Spot) -> bool:
        """Say whether a spot lies within."""
        place = bisect_right(self._starts, spot.start) - 1
        return place >= 0 and spot.end <= self._ends[place]

    def touch(self, spot: Spot) -> bool:
        """Say whether a spot shares a character."""
        place = bisect_left(self._starts, spot.end) - 1
        return place >= 0 and self._ends[place] > spot.start


_BEFORE_CHARACTERS = 160
_MIN_LABEL = 2
_MIN_SPELLED = 6
_MIN_IBAN_DIGITS = 10
_DOT_MARKS = (" .", "(.)", "[.]", "ドット", "点", "دوت")
_ADDRESS = re.compile(r"(?:https?|ftp|hxxps?)\s?:\s?//\s?[^\s<>\"']{1,500}|(?<![a-z0-9.@-])www\.[^\s<>\"']{1,500}")
_PATH = re.compile(r"(?::\d{1,5})?/[^\s<>\"'）)]{0,500}")
_TRAILING = ".,;:!?)]}»”’、。"
_HOST = re.compile(r"^(?:(?:https?|ftp|hxxps?)\s?:\s?//\s?)?(?:www\.)?([a-z0-9.-]{1,253})")
_HANDLE = re.compile(r"(?<![\w.@/])@[a-z0-9_][a-z0-9_.]{2,29}")
_SPELLED = re.compile(r"(?<!\S)(?:[a-z0-9@._-] ){5,80}[a-z0-9@._-](?!\S)")
_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?(?![a-z0-9])")
_CLEAR_DOMAINS = frozenset({"com", "net", "org", "info", "biz", "shop", "كوم", "コム"})
_BARE_AT = re.compile(r"(?<![a-z(\[{<])(?:at|ات|et)\s{1,3}$")


def contact_spots(reading: Reading, marketplace: str = "") -> Iterator[Spot]:
    """Yield the addresses, links and accounts of a text; where two overlap, what is an e-mail address is no link."""
    plain, words = reading.plain, vocabulary()
    spots: list[Spot] = []
    if "://" in plain or "www." in plain or ": //" in plain:
        spots.extend(_addresses(plain, words, marketplace))
    if "." in plain or _may_be_masked(reading, words):
        whole = _Ranges(spots)
        spots.extend(spot for spot in _domains(reading, words, marketplace) if not whole.cover(spot))
    if not words.providers.isdisjoint(reading.words):
        spots.extend(Spot(Kind.EMAIL, m.start(), m.end(), masked=True) for m in words.provider.finditer(plain))
    if "@" in plain:
        spots.extend(Spot(Kind.HANDLE, m.start(), m.end()) for m in _HANDLE.finditer(plain))
    if sum(len(word) == 1 for word in plain.split()) >= _MIN_SPELLED:
        spots.extend(_spelled_out(plain, words))
    if sum(map(plain.count, "0123456789")) >= _MIN_IBAN_DIGITS:
        spots.extend(Spot(Kind.BANK_ACCOUNT, m.start(), m.end()) for m in _IBAN.finditer(plain) if _is_iban(m.group()))
    emails = _Ranges(spot for spot in spots if spot.kind is Kind.EMAIL)
    yield from (spot for spot in spots if spot.kind is Kind.EMAIL or not emails.touch(spot))


def _may_be_masked(reading: Reading, words: Vocabulary) -> bool:
    """Say whether a text holds a word for a dot, or a dot as nobody ends a sentence with one."""
    plain = reading.plain
    return not words.dots.isdisjoint(reading.words) or any(mark in plain for mark in _DOT_MARKS)


def _domains(reading: Reading, words: Vocabulary, marketplace: str) -> Iterator[Spot]:
    """Yield what ends like a domain, and the address that it belongs to."""
    plain = reading.plain
    for match in words.domain_end.finditer(plain):
        if _begins_a_sentence(reading, match, words):
            continue
        yield from _domain(plain, words, match, marketplace)
    if _may_be_masked(reading, words):
        for match in words.masked_end.finditer(plain):
            yield from _masked_domain(plain, words, match)


def _begins_a_sentence(reading: Reading, match: re.Match[str], words: Vocabulary) -> bool:
    """Tell "Thank you.It is here" from a domain: a word that a sentence begins with has a capital."""
    if match.group()[1:] not in words.word_domains:
        return False
    start, _ = reading.span(match.start() + 1, match.start() + 2)
    return reading.text[start].isupper()


def _domain(plain: str, words: Vocabulary, match: re.Match[str], marketplace: str) -> Iterator[Spot]:
    begin = max(0, match.start() - _BEFORE_CHARACTERS)
    before = plain[begin : match.start()]
    label = words.label.search(before)
    if label is None or not any(letter.isalpha() for letter in label.group().rpartition(".")[2]):
        return
    head = before[: label.start()]
    name = words.before_at.search(head)
    bare = _BARE_AT.search(head)
    if name and (not bare or label.group() in words.providers):
        masked = not head.rstrip().endswith("@")
        yield Spot(Kind.EMAIL, begin + name.start(), match.end(), masked)
        return
    if len(label.group()) < _MIN_LABEL:
        return
    path = _PATH.match(plain, match.end())
    end = match.end() if path is None else match.end() + len(path.group().rstrip(_TRAILING))
    host = label.group() + match.group()
    kind = _kind_of_link(host, words, marketplace, secure=False)
    if kind is not Kind.MARKETPLACE_LINK or path is not None:  # "Amazon.de" alone is a name
        yield Spot(kind, begin + label.start(), end)


def _masked_domain(plain: str, words: Vocabulary, match: re.Match[str]) -> Iterator[Spot]:
    begin = max(0, match.start() - _BEFORE_CHARACTERS)
    before = plain[begin : match.start()]
    label = words.masked_label.search(before)
    if label is None:
        return
    name = words.before_at.search(before[: label.start()])
    if name and not _is_no_name(name.group(), words):
        yield Spot(Kind.EMAIL, begin + name.start(), match.end(), masked=True)
    elif match.group()[0] in "([{<" or match.group("top") in _CLEAR_DOMAINS:
        yield Spot(Kind.LINK, begin + label.start(), match.end(), masked=True)


def _is_no_name(before: str, words: Vocabulary) -> bool:
    """Tell "have a look at shop dot com" from "tom at shop dot com"."""
    return before.split(maxsplit=1)[0] in words.no_names and bool(_BARE_AT.search(before))


def _addresses(plain: str, words: Vocabulary, marketplace: str) -> Iterator[Spot]:
    for match in _ADDRESS.finditer(plain):
        written = match.group().rstrip(_TRAILING)
        host = _HOST.match(written)
        secure = written.startswith("https")
        kind = _kind_of_link(host.group(1) if host else "", words, marketplace, secure=secure)
        yield Spot(kind, match.start(), match.start() + len(written), masked=written.startswith("hxxp"))


def _kind_of_link(host: str, words: Vocabulary, marketplace: str, *, secure: bool) -> Kind:
    parts = host.removeprefix("www.").split(".")
    if any(name in parts[:-1] for name in words.marketplace_domains.get(marketplace, ())) and len(parts) <= 4:
        return Kind.MARKETPLACE_LINK
    if secure and any(host == domain or host.endswith(f".{domain}") for domain in words.carrier_domains):
        return Kind.CARRIER_LINK
    return Kind.LINK


def _spelled_out(plain: str, words: Vocabulary) -> Iterator[Spot]:
    """Yield addresses written with a space behind every letter."""
    for match in _SPELLED.finditer(plain):
        joined = match.group().replace(" ", "")
        end = words.domain_end.search(joined)
        if end and words.label.search(joined[: end.start()]):
            yield Spot(Kind.EMAIL if "@" in joined else Kind.LINK, match.start(), match.end(), masked=True)


def _is_iban(written: str) -> bool:
    number = written.replace(" ", "").upper()
    moved = number[4:] + number[:4]
    return int("".join(str(int(letter, 36)) for letter in moved)) % 97 == 1
