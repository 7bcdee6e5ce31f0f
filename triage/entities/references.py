"""Numbers and codes: one scan finds them, and shape and neighbouring words together say what each of them is."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints, field_validator

from models.text.phrases import Hit, PhraseBook
from tickets.rulefile import Rules, read_rules
from triage.entities.carriers import CHECKS
from triage.entities.source import MAX_READ, Candidate, Source

SHIPPED = Path(__file__).with_name("patterns.yaml")

Kind = Literal["order", "tracking", "code", "sku", "invoice"]
Cue = Literal["order", "tracking", "code", "sku", "invoice", "none", "phone"]
KINDS: tuple[Kind, ...] = ("order", "tracking", "code", "sku", "invoice")

THRESHOLD = 0.8
"""A number whose best kind scores less is not reported."""

_MAX_LENGTH = 40
_LEFT_REACH = 42
_RIGHT_REACH = 18
_WEIGHT_BASE = 40.0
_WEIGHT_SCALE = 20.0
# A number that a word names as something else is reported only if its shape leaves no doubt.
_CERTAIN_SHAPE = 1.2

_TOKEN = re.compile(r"#?(?<![A-Za-z0-9@_])[A-Za-z0-9]+(?:(?:[-/_]|\.(?=\d))[A-Za-z0-9]+){0,6}")
_GROUPS = re.compile(
    r"(?<![A-Za-z0-9+.,/-])#?(?:[A-Z]{2} )?(?=[A-Z]{0,3}\d)[A-Z0-9]{2,4}"
    r"(?: (?=[A-Z]{0,3}\d)[A-Z0-9]{2,4}){1,6}(?![A-Za-z0-9])"
)
_WORD_GROUP = re.compile(r"(?<![A-Za-z0-9])(?:FT|FV|NF|INV) (?:20)?\d{2,4}/\d{2,8}(?![A-Za-z0-9])")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"']{1,2000}", re.IGNORECASE)
# What follows a plain number and makes it a measure, a time or a share.
_MEASURE = re.compile(
    r"\s?(?:%|°|€|\$|£|cm|mm|ml|kg|gb|tb|mb|watt|volt|mah|km|gr?|l|m|kw|hz|zoll|inch|h|uhr|mg|x|stück|pcs|days?|tage?n?|"
    r"元|円|块|個|个|本|枚|月|年|日|号|號|歳|点|件|時|分|人|回|天|次|小时|만)(?![A-Za-z])",
    re.IGNORECASE,
)
_SHOUTED = re.compile(r"[ ,!?.]{1,3}[A-ZÀ-Þ]{2}")
_BREAK = re.compile(r"[!?。！？؟;；]|[.]\s+(?=[^\W\d_])|\n\s*\n")


class Shape(Rules):
    """What a number's form says: the whole of it matches the pattern, and the check digit, if any, is right."""

    kind: Kind
    name: str
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    score: float
    check: str | None = None
    unchecked: float = 0.3

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return value

    @field_validator("check")
    @classmethod
    def _is_known(cls, value: str | None) -> str | None:
        if value is not None and value not in CHECKS:
            raise ValueError(f"unknown check {value!r}; known: {', '.join(sorted(CHECKS))}")
        return value


class Patterns(Rules):
    """The whole file: shapes and cues."""

    shapes: tuple[Shape, ...]
    cues: Mapping[Cue, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int


class References:
    """Reads numbers by the shapes and cues of a file."""

    def __init__(self, patterns: Patterns) -> None:
        self._shapes = [(shape, re.compile(shape.pattern)) for shape in patterns.shapes]
        self.book = PhraseBook(
            {
                cue: [word for words in by_language.values() for word in words]
                for cue, by_language in patterns.cues.items()
            }
        )

    def find(self, source: Source) -> Iterator[Candidate]:
        """Yield the numbers and codes of a text with their most likely kind."""
        tokens = list(islice(_tokens(source.plain), MAX_READ))
        if not tokens:
            return
        hits = _Hits(source.cues)
        for token in tokens:
            candidate = self._read(token, source, hits)
            if candidate:
                yield candidate

    def _read(self, token: _Token, source: Source, hits: _Hits) -> Candidate | None:
        near = hits.near(token, source)
        wordlike = not any(sign.isdecimal() for sign in token.text)
        if wordlike and near.get("code", 0.0) < 0.6:
            return None
        if token.text.isdecimal() and not near and len(token.text) < 9:
            return None
        shapes = self._shape_scores(token.text)
        scores = {kind: score + near.get(kind, 0.0) for kind, score in shapes.items()}
        if not scores:
            return None
        kind = max(KINDS, key=lambda item: scores.get(item, -9.0))
        if scores[kind] < THRESHOLD or (
            near.get("none", 0.0) >= near.get(kind, 0.0) > 0 and shapes[kind] < _CERTAIN_SHAPE
        ):
            return None
        weight = _WEIGHT_BASE + _WEIGHT_SCALE * scores[kind] + len(token.text) / 100
        return Candidate(kind, _normal(token.text, kind), token.start, token.end, weight)

    def _shape_scores(self, text: str) -> dict[Kind, float]:
        scores: dict[Kind, float] = {}
        for shape, pattern in self._shapes:
            if pattern.fullmatch(text):
                score = shape.score
                if shape.check and not CHECKS[shape.check](text):
                    score = shape.unchecked
                # A shape with a negative score speaks against the kind, whatever others say.
                scores[shape.kind] = score if score < 0 else max(score, scores.get(shape.kind, score))
        return scores


class _Hits:
    """The cue words of a text, ready to be asked what stands near a number."""

    def __init__(self, hits: list[Hit]) -> None:
        self._by_end = hits
        self._ends = [hit.end for hit in hits]
        self._by_start = sorted(hits, key=lambda hit: hit.start)
        self._starts = [hit.start for hit in self._by_start]

    def near(self, token: _Token, source: Source) -> dict[str, float]:
        """Return how strongly each cue speaks for a number: one beside it counts most, none beyond a sentence's end."""
        found: dict[str, float] = {}
        text = source.plain
        first = bisect_left(self._ends, token.start - _LEFT_REACH)
        for hit in self._by_end[first : bisect_right(self._ends, token.start)][-12:]:
            between = text[hit.end : token.start]
            if not _BREAK.search(between):
                found[hit.label] = max(found.get(hit.label, 0.0), _left_weight(len(between)))
        first = bisect_left(self._starts, token.end)
        for hit in self._by_start[first : bisect_right(self._starts, token.end + _RIGHT_REACH)][:8]:
            between = text[token.end : hit.start]
            if not re.search(r"[.,;:!?。、，！？\n(]", between):
                found[hit.label] = max(found.get(hit.label, 0.0), _right_weight(len(between), source.language))
        return found


def _left_weight(gap: int) -> float:
    return 1.0 - min(max(gap - 2, 0), 40) * 0.016


def _right_weight(gap: int, language: str | None) -> float:
    # Turkish, Japanese and Chinese name the thing behind its number.
    full = 0.95 if language in {"tr", "ja", "zh"} else 0.6
    return full - min(gap, 20) * 0.01


def _tokens(text: str) -> Iterator[_Token]:
    """Yield everything that may be a number or a code: no measures, no web addresses, nothing too long."""
    addresses = [match.span() for match in _URL.finditer(text)]
    place = 0
    for pattern in (_TOKEN, _GROUPS, _WORD_GROUP):
        place = 0
        for match in pattern.finditer(text):
            while place < len(addresses) and addresses[place][1] <= match.start():
                place += 1
            inside = place < len(addresses) and addresses[place][0] <= match.start()
            if not inside and _is_worth_reading(match.group(), text, match.end()):
                yield _Token(match.group(), *match.span())


def _is_worth_reading(token: str, text: str, end: int) -> bool:
    if not 4 <= len(token) <= _MAX_LENGTH:
        return False
    if token.isdecimal():
        return not _MEASURE.match(text, end) and not text.startswith(("@",), end)
    if any(sign.isdecimal() for sign in token):
        return True
    # A capital word may be a voucher; in a shouted sentence it is not.
    return token.isupper() and token.isalpha() and not _SHOUTED.match(text, end)


def _normal(text: str, kind: str) -> str:
    """Return a number without blanks; tracking numbers in capitals, and without hyphens where they are digits only."""
    value = text.replace(" ", "")
    if kind == "tracking":
        digits = value.replace("-", "")
        return digits if digits.isdecimal() else value.upper()
    return value


@lru_cache(maxsize=1)
def shipped() -> References:
    """Return the reader made from the shipped patterns."""
    return References(read_rules(SHIPPED, Patterns))


def find(source: Source) -> Iterator[Candidate]:
    """Yield orders, tracking numbers, codes, article numbers and invoices by the shipped patterns."""
    return shipped().find(source)
