"""The check of a reply against the rules of the marketplace that carries it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from replies.rules.book import RuleBook, Severity
from replies.rules.contact import Kind, Spot, contact_spots
from replies.rules.mending import mends
from replies.rules.numbers import MIN_DIGITS, phone_spots
from replies.rules.reading import Reading, canonical
from replies.rules.style import style_spots
from replies.rules.topics import ANY, shipped_topics
from replies.rules.vocabulary import guess_language
from tickets.marketplace_names import marketplace_family

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from replies.rules.book import Rule, Standing
    from replies.rules.mending import Mend
    from replies.rules.topics import Said
    from tickets.records import Channel, Order

MAX_FINDINGS_A_RULE = 20
MIN_LANGUAGE_CHARACTERS = 12

_STYLE = frozenset({Kind.EMOJI, Kind.LINE_BREAKS, Kind.MARKUP, Kind.LENGTH, Kind.IMPORTANT})
_CONTACT = frozenset({Kind.EMAIL, Kind.LINK, Kind.HANDLE, Kind.BANK_ACCOUNT, Kind.CARRIER_LINK, Kind.MARKETPLACE_LINK})
_PHONES = frozenset({Kind.PHONE, Kind.CARRIER_PHONE})
_MIN_KNOWN_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply goes, and what in it is known to be harmless.

    `known` holds order and tracking numbers and names of products: they may look like telephone numbers and links, and
    are not. `language` is the reply's own, None where nobody said.
    """

    marketplace: str | None = None
    channel: Channel | None = None
    market: str | None = None
    language: str | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule objects to: `start` and `end` are code points of the reply, `text` what stands there."""

    rule: str
    severity: Severity
    start: int
    end: int
    text: str
    explanation: str
    source: str
    standing: Standing
    mends: tuple[Mend, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hit:
    """A place in the plain reading (of a style check: in the text) that a rule objects to."""

    start: int
    end: int
    kind: Kind | None = None
    language: str | None = None

    def language_for(self, reply: str | None) -> str | None:
        """Return the language to mend in: the reply's, else that of the phrase."""
        return reply or (self.language if self.language != ANY else None)


@dataclass(frozen=True)
class RuleCheck:
    """Checks replies against a shop's rules. Threads may share it."""

    book: RuleBook = field(default_factory=RuleBook.load)

    def blocked(self, text: str, place: Place) -> bool:
        """Say whether a rule forbids a reply."""
        return any(finding.severity is Severity.BLOCK for finding in self.findings(text, place, with_mends=False))

    def findings(self, text: str, place: Place, *, with_mends: bool = True) -> tuple[Finding, ...]:
        """Return what the rules object to, in the order of the text.

        Args:
            text: A finished reply.
            place: Where it goes.
            with_mends: Whether somebody will look at them.

        """
        profile = self.book.profile(place.marketplace, place.channel)
        rules = self.book.rules(profile, place.channel)
        if not rules:
            return ()
        reading = _without_known(Reading.of(text), place.known)
        hits = self._hits(reading, rules, place)
        kept = [
            (rule, hit)
            for rule in rules
            for hit in _merged(hits[rule.id])[:MAX_FINDINGS_A_RULE]
            if not any(_same_sentence(reading, hit, other) for name in rule.yields_to for other in hits[name])
        ]
        language = place.language or _language(reading) if kept and with_mends else None
        found = [_finding(reading, rule, hit, language, with_mends) for rule, hit in kept]
        return tuple(sorted(found, key=lambda finding: (finding.start, finding.end, finding.rule)))

    def _hits(self, reading: Reading, rules: list[Rule], place: Place) -> dict[str, list[_Hit]]:
        wanted = {kind for rule in rules for kind in rule.find}
        spots = list(_spots(reading, wanted, marketplace_family(place.marketplace)))
        said: defaultdict[str, list[Said]] = defaultdict(list)
        if any(rule.topics for rule in rules):
            for item in shipped_topics().said(reading):
                said[item.topic].append(item)
        if self.book.own_topics is not None:
            for item in self.book.own_topics.said(reading):
                said[f"own:{item.topic}"].append(item)
        hits: dict[str, list[_Hit]] = {}
        for rule in rules:
            found = [_Hit(s.start, s.end, s.kind) for s in spots if s.kind in rule.find and _suits(rule, s)]
            for topic in (*rule.topics, f"own:{rule.id}"):
                found.extend(_Hit(item.start, item.end, None, item.language) for item in said[topic])
            found.extend(_matches(rule, reading))
            if Kind.LANGUAGE in rule.find:
                found.extend(_wrong_language(rule, reading, place))
            hits[rule.id] = found
        for rule in rules:
            for name in rule.yields_to:
                hits.setdefault(name, [])
        return hits


def known_of(order: Order | None) -> tuple[str, ...]:
    """Return what of an order a reply may hold: its numbers, and what it is made of."""
    if order is None:
        return ()
    tracking = (order.tracking, *(parcel.tracking for parcel in order.shipments))
    return tuple(value for value in (order.id, *tracking, *(item.name for item in order.items)) if value)


@lru_cache(maxsize=1)
def shipped_check() -> RuleCheck:
    """Return the check by the shipped rules."""
    return RuleCheck()


def _spots(reading: Reading, wanted: set[Kind], marketplace: str) -> Iterator[Spot]:
    if wanted & _CONTACT:
        yield from contact_spots(reading, marketplace)
    if wanted & _PHONES:
        yield from phone_spots(reading)
    if wanted & _STYLE:
        yield from style_spots(reading.text)


def _suits(rule: Rule, spot: Spot) -> bool:
    return rule.masked is None or spot.masked is (rule.masked == "only")


def _matches(rule: Rule, reading: Reading) -> Iterator[_Hit]:
    if rule.pattern is not None:
        for match in re.finditer(rule.pattern, reading.plain, re.IGNORECASE):
            if match.end() > match.start():
                yield _Hit(match.start(), match.end())


def _wrong_language(rule: Rule, reading: Reading, place: Place) -> Iterator[_Hit]:
    if (place.market or "").upper() in rule.except_markets or len(reading.plain) < MIN_LANGUAGE_CHARACTERS:
        return
    language = (place.language or _language(reading) or "").partition("-")[0].lower()
    if language and language not in rule.languages:
        yield _Hit(0, len(reading.text), Kind.LANGUAGE)


def _language(reading: Reading) -> str | None:
    return guess_language(reading.words, reading.plain)


def _without_known(reading: Reading, known: Iterable[str]) -> Reading:
    """Blank out what is known to be harmless; offsets stay."""
    plain = reading.plain
    for value in known:
        written = canonical(value).strip()
        # Of a product's name the parts that look like a link or a number are enough: replies shorten it.
        parts = [part for part in written.split() if "." in part or sum(map(str.isdigit, part)) >= 6]
        for item in (written, *parts):
            if len(item) >= _MIN_KNOWN_CHARACTERS and not _is_part_of_a_number(item):
                whole = rf"(?<![a-z0-9]){re.escape(item)}(?![a-z0-9])"
                plain = re.sub(whole, " " * len(item), plain)
    return reading if plain == reading.plain else Reading(reading.text, plain, reading.places)


def _is_part_of_a_number(item: str) -> bool:
    """Tell an order number like 1234, which nobody takes for a telephone number, and which stands in many of those."""
    letters = [letter for letter in item if letter.isalnum()]
    return len(letters) < MIN_DIGITS and all(letter.isdigit() for letter in letters)


def _merged(hits: list[_Hit]) -> list[_Hit]:
    """Make one of hits that overlap."""
    found: list[_Hit] = []
    for hit in sorted(hits, key=lambda item: (item.start, -item.end)):
        last = found[-1] if found else None
        if last is not None and hit.start < last.end and (hit.kind in _STYLE) is (last.kind in _STYLE):
            found[-1] = _Hit(last.start, max(last.end, hit.end), last.kind, last.language)
        else:
            found.append(hit)
    return found


def _same_sentence(reading: Reading, hit: _Hit, other: _Hit) -> bool:
    first, last = reading.sentence(hit.start, hit.end)
    return first < other.end and other.start < last


def _finding(reading: Reading, rule: Rule, hit: _Hit, language: str | None, with_mends: bool) -> Finding:
    in_text = hit.kind in _STYLE or hit.kind is Kind.LANGUAGE
    start, end = (hit.start, hit.end) if in_text else reading.span(hit.start, hit.end)
    span = (hit.start, hit.end)
    offered = mends(reading, rule, hit.kind, span, hit.language_for(language)) if with_mends else []
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        start=start,
        end=end,
        text=reading.text[start:end],
        explanation=rule.explanation,
        source=rule.source,
        standing=rule.standing,
        mends=tuple(offered),
    )
