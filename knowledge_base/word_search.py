"""BM25 over the segments of one language, as if they were one; only as much of it is read as the best need."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from knowledge_base.lexical import LexicalSegment

# A word of a question: as it stands, or as the words that it may stand for in another language, with their shares.
Word = str | Mapping[str, float]
MAX_QUERY_TOKENS = 48
# How much a repeated word counts, and how much the length of a passage (the usual values).
_SATURATION, _LENGTH = 1.5, 0.75
_COMMON_SHARE = 0.5
_COMMON_FROM = 50
# A word of fewer passages is read without asking whether it still matters: the question would cost more.
_CHEAP = 1_000
# Where a segment and what it holds of a query's words come to no more rows than this, all of it is read at once: asking
# word by word what still matters would cost more than it saves.
_AT_ONCE = 30_000
# Sums of rounded numbers may exceed what was computed as their bound by a little.
_ROUNDING = np.float32(1.0001)


class Term(NamedTuple):
    """A word of a query: its weight, and its number in the vocabulary of each segment, None where it is not there."""

    idf: float
    positions: tuple[int | None, ...]
    token: str = ""


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """The words of a query, the rarest first; `ceiling` is what a passage that says all of it could reach at most.

    `known` is the part of that which belongs to words that any passage holds.
    """

    terms: tuple[Term, ...]
    ceiling: float
    known: float = 0.0

    def weights(self) -> dict[str, float]:
        """Give what each word weighs, as a share of the whole query."""
        found: dict[str, float] = {}
        for term in self.terms:
            found[term.token] = found.get(term.token, 0.0) + term.idf / self.ceiling
        return found


class Reading(Protocol):
    """What one segment holds of a query."""

    def best(self, allowed: NDArray[np.bool_] | None, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the passages with the highest scores above zero.

        Args:
            allowed: Which passages may be found; None where all may.
            limit: How many; those that tie with the last one come too.

        Returns:
            Rows and scores, in no promised order.

        """
        ...

    def matched(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Score given passages, and weigh how much of the query each holds, however often."""
        ...


@dataclass(frozen=True, eq=False)
class WordSearch:
    """The inverted files of one language; `norms` holds what the length of each passage takes off its weights."""

    segments: tuple[LexicalSegment, ...]
    size: int
    norms: tuple[NDArray[np.float32], ...]
    peaks: tuple[NDArray[np.float32], ...]

    @classmethod
    def over(cls, segments: Sequence[LexicalSegment]) -> WordSearch:
        """Weigh segments together."""
        # What holds no word at all is no passage.
        size = sum(int(np.count_nonzero(segment.lengths)) for segment in segments)
        mean = sum(int(segment.lengths.sum()) for segment in segments) / size if size else 0.0
        norms = tuple(_norm(segment.lengths, mean) for segment in segments)
        peaks = tuple(_weight(segment.peaks, _norm(segment.shortest, mean)) for segment in segments)
        return cls(tuple(segments), size, norms, peaks)

    def query(self, words: Sequence[Word]) -> LexicalQuery:
        """Choose the words that a query is searched by; repeated ones count once.

        Of a long query the rarest words are used, and words that stand in most passages are left out. Unknown words
        count too, for they show what is not answered. A word that is given by its translations counts as often as
        these do by their shares ("probabilistic structured queries"; Darwish and Oard, 2003).
        """
        found: list[tuple[float, str, list[tuple[str, float, tuple[int | None, ...]]]]] = []
        named = {word if isinstance(word, str) else "|".join(word): word for word in words}
        for name, word in named.items():
            placed, held = [], 0.0
            for token, share in ((word, 1.0),) if isinstance(word, str) else word.items():
                positions, count = self._placed(token)
                if count:
                    placed.append((token, share, positions))
                    held += share * count
            found.append((held, name, placed))
        found.sort(key=lambda item: item[:2])
        if self.size >= _COMMON_FROM:
            found = [item for item in found if item[0] <= self.size * _COMMON_SHARE] or found
        known = [item for item in found if item[0]][:MAX_QUERY_TOKENS]
        unknown = min(len(found) - sum(item[0] > 0 for item in found), MAX_QUERY_TOKENS - len(known))
        terms: list[Term] = []
        total = 0.0
        for held, _, placed in known:
            idf = _idf(held, self.size)
            total += idf
            terms.extend(Term(idf * share, positions, token) for token, share, positions in placed)
        return LexicalQuery(tuple(terms), total + unknown * _idf(0, self.size), total)

    def reading(self, query: LexicalQuery, number: int) -> Reading:
        """Read what a segment holds of a query.

        Args:
            query: What `query` gave.
            number: Which segment.

        """
        segment, norm = self.segments[number], self.norms[number]
        terms = [(term.idf, position) for term in query.terms if (position := term.positions[number]) is not None]
        sizes = [segment.held(position) for _, position in terms]
        if segment.size + sum(sizes) <= _AT_ONCE:
            return _AtOnce.over(segment, norm, terms, sizes)
        return _ByWord(segment, norm, self.peaks[number], terms)

    def best(
        self, query: LexicalQuery, number: int, allowed: NDArray[np.bool_] | None, limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the passages of one segment with the highest scores above zero, as `Reading.best` does."""
        return self.reading(query, number).best(allowed, limit)

    def scores(self, query: LexicalQuery, number: int, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score given passages of one segment."""
        return self.reading(query, number).matched(rows)[0]

    def _placed(self, token: str) -> tuple[tuple[int | None, ...], int]:
        """Find a token in the vocabulary of each segment, and count the passages that hold it."""
        positions: list[int | None] = []
        held = 0
        for segment in self.segments:
            position = segment.vocabulary.get(token)
            positions.append(position)
            if position is not None:
                held += segment.held(position)
        return tuple(positions), held


@dataclass(frozen=True, slots=True, eq=False)
class _AtOnce:
    """Every passage with its score, and with how much of the query it holds."""

    scores: NDArray[np.float32]
    covered: NDArray[np.float32]

    @classmethod
    def over(
        cls,
        segment: LexicalSegment,
        norm: NDArray[np.float32],
        terms: Sequence[tuple[float, int]],
        sizes: Sequence[int],
    ) -> _AtOnce:
        """Read all passages of all words; `sizes` counts those of each."""
        if not terms:
            nothing = np.zeros(segment.size, dtype=np.float32)
            return cls(nothing, nothing)
        rows, counts = (np.concatenate(part) for part in zip(*(segment.postings(at) for _, at in terms), strict=True))
        idfs = np.repeat([idf for idf, _ in terms], sizes)
        scores = np.bincount(rows, idfs * _weight(counts, norm[rows]), segment.size)
        return cls(scores.astype(np.float32), np.bincount(rows, idfs, segment.size).astype(np.float32))

    def best(self, allowed: NDArray[np.bool_] | None, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the passages with the highest scores above zero, as `Reading.best` does."""
        rows = np.flatnonzero(self.scores if allowed is None else self.scores * allowed)
        scores = self.scores[rows]
        keep = scores >= _floor(scores, limit)
        return rows[keep], scores[keep]

    def matched(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Look up the scores of given passages, and how much of the query each holds."""
        return self.scores[rows], self.covered[rows]


@dataclass(frozen=True, slots=True, eq=False)
class _ByWord:
    """A large segment, of which only as much is read as the best need; `terms` are weights and places of words."""

    segment: LexicalSegment
    norm: NDArray[np.float32]
    peaks: NDArray[np.float32]
    terms: Sequence[tuple[float, int]]

    def best(self, allowed: NDArray[np.bool_] | None, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the passages with the highest scores above zero, as `Reading.best` does."""
        scan = _Scan(self.segment, self.norm, allowed, limit)
        terms = self.terms
        bounds = [np.float32(idf * self.peaks[position]) for idf, position in terms]
        # What all the words from here on can still add.
        rest = np.cumsum([np.float32(0), *bounds[::-1]], dtype=np.float32)[::-1] * _ROUNDING
        place = 0
        while place < len(terms) and not scan.settled(terms[place][1], rest[place]):
            scan.add(*terms[place])
            place += 1
        return scan.finish(terms[place:], rest[place:])

    def matched(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Score given passages, and weigh how much of the query each holds, however often."""
        total, covered = np.zeros((2, len(rows)), dtype=np.float32)
        wanted = rows.astype(np.int32)
        for idf, position in self.terms:
            weights = _looked_up(self.segment, self.norm, idf, position, wanted)
            total += weights
            covered += np.float32(idf) * (weights > 0)
        return total, covered


class _Scan:
    """The search in one segment, word by word from the rarest (MaxScore; Turtle and Flood, 1995).

    Once no passage without a rare word can come among the best any more, the common words are only looked up for the
    passages that were found. The result is the same as if all were read.
    """

    def __init__(
        self,
        segment: LexicalSegment,
        norm: NDArray[np.float32],
        allowed: NDArray[np.bool_] | None,
        limit: int,
    ) -> None:
        self._segment = segment
        self._norm = norm
        self._allowed = allowed
        self._limit = limit
        self._scores = np.zeros(segment.size, dtype=np.float32)
        # The passages that are among the best so far, and the score of the last of them; zero while there are fewer.
        self._best = np.zeros(0, dtype=np.int32)
        self._floor = np.float32(0)

    def settled(self, position: int, rest: np.float32) -> bool:
        """Tell whether a passage that is not found yet cannot come among the best any more."""
        return self._segment.held(position) >= _CHEAP and bool(self._floor > rest)

    def add(self, idf: float, position: int) -> None:
        """Read all passages of a word."""
        rows, counts = self._segment.postings(position)
        if self._allowed is not None:
            allowed = self._allowed[rows]
            rows, counts = rows[allowed], counts[allowed]
        scores = self._scores[rows] + np.float32(idf) * _weight(counts, self._norm[rows])
        # A passage stands once in a list, so plain indexed assignment is exact.
        self._scores[rows] = scores
        # Scores only grow: what came among the best is in this list, or was among them before.
        best = np.unique(np.concatenate([self._best, rows[scores >= self._floor]]))
        scores = self._scores[best]
        self._floor = _raised(scores, self._floor, self._limit)
        self._best = best[scores >= self._floor]

    def finish(
        self, terms: Sequence[tuple[float, int]], rest: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Look up the words that are left for those that can still come among the best."""
        if not terms:
            return self._best.astype(np.int64), self._scores[self._best]
        floor = self._floor
        # In the order of their rows, for to look up neighbours one after another is several times as fast.
        rows = np.flatnonzero(self._scores >= (floor - rest[0]) / _ROUNDING**2).astype(np.int32)
        scores = self._scores[rows]
        for (idf, position), possible in zip(terms, rest, strict=False):
            keep = scores * _ROUNDING + possible >= floor
            rows, scores = rows[keep], scores[keep]
            scores = scores + _looked_up(self._segment, self._norm, idf, position, rows)
            floor = _raised(scores, floor, self._limit)
        keep = scores >= floor
        return rows[keep].astype(np.int64), scores[keep]


def _looked_up(
    segment: LexicalSegment, norm: NDArray[np.float32], idf: float, position: int, rows: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Weigh one word in given passages: zero where it does not stand."""
    holders, counts = segment.postings(position)
    places = holders.searchsorted(rows)
    places[places == len(holders)] = 0
    found = holders[places] == rows
    if not found.any():
        return np.zeros(len(rows), dtype=np.float32)
    weights = np.float32(idf) * _weight(counts[places], norm[rows])
    return np.where(found, weights, np.float32(0))


def _floor(scores: NDArray[np.float32], limit: int) -> np.float32:
    """Give the score of the last one that comes among the best; zero where all do."""
    if len(scores) <= limit:
        return np.float32(0)
    return np.float32(np.partition(scores, -limit)[-limit])


def _raised(scores: NDArray[np.float32], floor: np.float32, limit: int) -> np.float32:
    """Give the score of the last one that comes among the best, after scores grew; `floor` was that before."""
    best = scores[scores >= floor]
    return max(floor, np.float32(np.partition(best, -limit)[-limit])) if len(best) >= limit else floor


def _norm(lengths: NDArray[np.int32], mean: float) -> NDArray[np.float32]:
    shares = lengths.astype(np.float32) / np.float32(mean or 1.0)
    return np.asarray(_SATURATION * (1 - _LENGTH + _LENGTH * shares), dtype=np.float32)


def _weight(counts: NDArray[np.uint8], norms: NDArray[np.float32]) -> NDArray[np.float32]:
    often = counts.astype(np.float32)
    return np.asarray(often / (often + norms), dtype=np.float32)


def _idf(count: float, size: int) -> float:
    """Weigh a token as Lucene does."""
    return math.log1p((size - count + 0.5) / (count + 0.5))
