"""The searchable picture of the knowledge base: for each language some segments; replaced as a whole, never changed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from knowledge_base.entries import Entry, Scope
from knowledge_base.found import MATCH, Candidate, Found
from knowledge_base.known_questions import Weights, nearest
from knowledge_base.ranking import DEPTH, fused, ranked
from knowledge_base.tokens import tokenize
from knowledge_base.word_search import WordSearch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from knowledge_base.dense import Cosines
    from knowledge_base.known_questions import Near
    from knowledge_base.segments import Segment
    from knowledge_base.word_search import LexicalQuery, Reading, Word

    _Masks = tuple[NDArray[np.bool_] | None, ...]
__all__ = ["Entry", "Partition", "Scope", "SearchIndex"]

_SCOPES_KEPT = 64
_HEADINGS_KEPT = 50_000
# So many of the questions that articles name are compared with what is asked; fewer make answers less certain.
_ASKED_DEPTH = 400
_NO_KEYS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Partition:
    """The passages of one language. A passage's row counts through all segments, in order.

    `gone` marks, for each segment, the passages of articles that were removed or replaced; None where all are there.
    `keys` holds the article of each row.
    """

    segments: tuple[Segment, ...]
    gone: tuple[NDArray[np.bool_] | None, ...]
    words: WordSearch
    starts: tuple[int, ...]
    keys: NDArray[np.int64]
    _scopes: dict[Scope, _Seen] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, segments: Sequence[Segment], gone: Sequence[NDArray[np.bool_] | None], before: Partition | None = None
    ) -> Partition:
        """Put segments together.

        Args:
            segments: At least one.
            gone: For each one the passages that are not to be found.
            before: The partition that this one takes the place of: what did not change is taken over from it.

        """
        held = tuple(segments)
        same = before is not None and [s.lexical for s in before.segments] == [s.lexical for s in held]
        words = before.words if before is not None and same else WordSearch.over([one.lexical for one in held])
        starts = tuple(accumulate((segment.size for segment in held), initial=0))[:-1]
        return cls(held, tuple(gone), words, starts, np.concatenate([_NO_KEYS, *(segment.keys for segment in held)]))

    @property
    def size(self) -> int:
        """Count the passages that can be found."""
        return sum(int(self.kept(number).sum()) for number in range(len(self.segments)))

    @property
    def encoded(self) -> int:
        """Count the passages that have a vector, and so can be found by their meaning."""
        return sum(int((self.kept(n) & ~segment.dense.blank).sum()) for n, segment in enumerate(self.segments))

    def kept(self, number: int) -> NDArray[np.bool_]:
        """Tell which passages of a segment can be found."""
        gone = self.gone[number]
        return np.ones(self.segments[number].size, dtype=np.bool_) if gone is None else ~gone

    def search(
        self,
        tokens: Sequence[Word],
        vector: NDArray[np.float32],
        scope: Scope,
        limit: int = 25,
        topics: Mapping[str, float] | None = None,
    ) -> list[Candidate]:
        """Find passages by words, by meaning and by topic, best first by fused rank.

        Args:
            tokens: The query's words as `tokenize` gives them for this language, or what they may stand for in it.
            vector: The query's vector of unit length, or zeros where it says nothing.
            scope: What the asker may see.
            limit: How many candidates.
            topics: Intents of the question with their probabilities: of what words and meaning found, passages that
                are tagged with one move up.

        """
        reading = self._read(tokens, vector, scope, topics or {})
        rows = reading.fused[:limit]
        found = self._found(rows, reading)
        by_words, by_meaning = (
            {row: rank for rank, row in enumerate(ranked.tolist(), start=1)} for ranked in reading.rankings
        )
        return [
            Candidate(entry, cosine, share, by_words.get(row), by_meaning.get(row), coverage, heading, mean)
            for row, entry, (share, coverage, heading, cosine, mean, _) in zip(
                rows.tolist(), found.entries, found.signs.T.tolist(), strict=True
            )
        ]

    def find(
        self,
        tokens: Sequence[Word],
        vector: NDArray[np.float32],
        scope: Scope,
        limit: int = 25,
        topics: Mapping[str, float] | None = None,
        wanted: Sequence[str] = (),
    ) -> Found:
        """Search as `search` does, and tell how much of the query is known here at all.

        Passages of the articles in `wanted` are looked at, too, even if nothing found them.
        """
        reading = self._read(tokens, vector, scope, topics or {})
        return self._found(self._with_articles(reading.fused[:limit], wanted, scope), reading)

    def _read(
        self, tokens: Sequence[Word], vector: NDArray[np.float32], scope: Scope, topics: Mapping[str, float]
    ) -> _Reading:
        seen = self._seen_in(scope).passages
        read = self._looked(tokens, vector, topics)
        by_words = self._ranked([one.best(mask, DEPTH) for one, mask in zip(read.words, seen, strict=True)])
        by_meaning = _NO_KEYS
        if vector.any():
            by_meaning = self._ranked([one.nearest(mask, DEPTH) for one, mask in zip(read.cosines, seen, strict=True)])
        likely = partial(self._likely, read) if topics else None
        rankings = by_words, by_meaning
        return replace(read, count=len(tokens), rankings=rankings, fused=fused(rankings, self.keys, likely))

    def _looked(self, tokens: Sequence[Word], vector: NDArray[np.float32], topics: Mapping[str, float]) -> _Reading:
        """Look up what each segment holds of a question."""
        query = self.words.query(tokens)
        words = tuple([self.words.reading(query, number) for number in range(len(self.segments))])
        cosines = tuple([segment.dense.compared(vector) for segment in self.segments])
        likely = tuple([segment.tags.likeliest(topics) for segment in self.segments])
        return _Reading(query, words, cosines, likely)

    def nearest(self, vector: NDArray[np.float32], scope: Scope, limit: int) -> list[tuple[float, int]]:
        """Give the passages nearest to a vector: cosine and row of each."""
        if not vector.any():
            return []
        found: list[tuple[float, int]] = []
        for segment, mask, start in zip(self.segments, self._seen_in(scope).passages, self.starts, strict=True):
            rows, cosines = segment.dense.compared(vector).nearest(mask, limit)
            found += zip(cosines.tolist(), (rows + start).tolist(), strict=True)
        return found

    def looked_at(self, rows: Sequence[int], vector: NDArray[np.float32], topics: Mapping[str, float]) -> Found:
        """Give passages that were chosen by their meaning, best first."""
        return self._found(np.array(rows, dtype=np.int64), self._looked((), vector, topics))

    def near(self, vector: NDArray[np.float32], scope: Scope) -> list[Near]:
        """Find the known questions nearest to a query's vector, those that articles answer and those they do not."""
        if not vector.any():
            return []
        pairs = zip(self.segments, self._seen_in(scope).questions, strict=True)
        return nearest(
            [
                segment.questions.near(vector, mask, _ASKED_DEPTH)
                for segment, mask in pairs
                if segment.questions.size and (mask is None or mask.any())
            ],
            _ASKED_DEPTH,
        )

    def _with_articles(self, rows: NDArray[np.int64], wanted: Sequence[str], scope: Scope) -> NDArray[np.int64]:
        """Add the passages of articles of which none was found."""
        if not wanted:
            return rows
        held = {entry.original for entry in self._entries(rows)}
        more: list[int] = []
        for name in wanted:
            span = self._span(name, scope) if name not in held else None
            if span is not None:
                more.extend(range(self.starts[span[0]] + span[1], self.starts[span[0]] + span[2]))
        return np.concatenate([rows, np.array(more, dtype=np.int64)])

    def _found(self, rows: NDArray[np.int64], reading: _Reading) -> Found:
        """Look at the few that were found more closely."""
        signs = np.zeros((len(MATCH), len(rows)))
        entries, query = self._entries(rows), reading.query
        for number, here, local in self._parted(rows):
            signs[:2, here] = reading.words[number].matched(local)
            signs[3, here] = reading.cosines[number].of(local)
            signs[4, here] = reading.cosines[number].means(*self.segments[number].spans[:, local])
        signs[5] = self._likely(reading, rows)
        weights = query.weights() if query.ceiling else {}
        # A passage that holds no word of the query holds none in its headings.
        for place in np.flatnonzero(signs[1]).tolist():
            entry = entries[place]
            held = _heading_words(entry.language, entry.title, entry.heading_path)
            signs[2, place] = sum([weights[word] for word in held if word in weights])
        if query.ceiling:
            signs[:2] /= query.ceiling
        np.minimum(signs[:3], 1.0, out=signs[:3])
        known = query.known / query.ceiling if query.ceiling else 0.0
        return Found(tuple(entries), signs, known, reading.count)

    def _parted(self, rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64] | slice, NDArray[np.int64]]]:
        """Part rows by segments: the number of each, which of the rows are in it, and these as it counts them."""
        if len(self.segments) == 1:
            yield 0, slice(None), rows
            return
        for number, (segment, start) in enumerate(zip(self.segments, self.starts, strict=True)):
            local = rows - start
            here = np.flatnonzero((local >= 0) & (local < segment.size))
            if len(here):
                yield number, here, local[here]

    def _likely(self, reading: _Reading, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the probability of the likeliest topic of each row."""
        likely = np.zeros(len(rows))
        for number, here, local in self._parted(rows):
            likely[here] = reading.likely[number][self.segments[number].tags.numbers[local]]
        return likely

    def readable(self) -> Iterator[Entry]:
        """Give the first passage of each article that can be found."""
        for segment, gone in zip(self.segments, self.gone, strict=True):
            for start, _ in segment.originals.values():
                if gone is None or not gone[start]:
                    yield segment.entries[start]

    def holds(self, entry: Entry) -> bool:
        """Tell whether an article, or a translation of it, can be found here by the same readers."""
        for segment, gone in zip(self.segments, self.gone, strict=True):
            span = segment.originals.get(entry.original)
            if span is None or (gone is not None and gone[span[0]]):
                continue
            if segment.entries[span[0]].readers == entry.readers:
                return True
        return False

    def _entries(self, rows: NDArray[np.int64]) -> list[Entry]:
        """Give the passages of rows."""
        if len(self.segments) == 1:
            entries = self.segments[0].entries
            return [entries[row] for row in rows.tolist()]
        places = [(bisect_right(self.starts, row) - 1, row) for row in rows.tolist()]
        return [self.segments[number].entries[row - self.starts[number]] for number, row in places]

    def article(self, original: str, scope: Scope) -> tuple[Entry, ...]:
        """Give the passages of an article in order, by the id that it has in common with its translations.

        Nothing where there is no such article in this language, or the asker may not see it.
        """
        span = self._span(original, scope)
        return self.segments[span[0]].entries[span[1] : span[2]] if span is not None else ()

    def _span(self, original: str, scope: Scope) -> tuple[int, int, int] | None:
        """Find an article that may be seen: the number of its segment, and there its rows, from and to."""
        for number, (segment, mask) in enumerate(zip(self.segments, self._seen_in(scope).passages, strict=True)):
            span = segment.originals.get(original)
            if span is not None and (mask is None or mask[span[0]]):
                return number, *span
        return None

    def names_questions(self, original: str) -> bool:
        """Tell whether an article names questions that it answers."""
        for segment, gone in zip(self.segments, self.gone, strict=True):
            row = segment.asked.get(original)
            if row is not None and (gone is None or not gone[row]):
                return True
        return False

    def _ranked(self, found: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]]) -> NDArray[np.int64]:
        """Give the best of all segments, the best first."""
        if len(found) == 1:
            return ranked(*found[0], self.keys)
        rows = np.concatenate([local + start for (local, _), start in zip(found, self.starts, strict=True)])
        return ranked(rows, np.concatenate([scores for _, scores in found]), self.keys)

    def _seen_in(self, scope: Scope) -> _Seen:
        """Give what may be seen; kept, for most questions have the same scope."""
        seen = self._scopes.get(scope)
        if seen is None:
            if len(self._scopes) >= _SCOPES_KEPT:
                self._scopes.clear()
            masks = [one.filters.allowed(scope) & self.kept(number) for number, one in enumerate(self.segments)]
            asked = [mask[one.questions.rows] for one, mask in zip(self.segments, masks, strict=True)]
            seen = self._scopes[scope] = _Seen(tuple(map(_unless_all, masks)), tuple(map(_unless_all, asked)))
        return seen


class _Seen(NamedTuple):
    """What may be seen of each segment, None where all may: which passages, and which questions."""

    passages: _Masks
    questions: _Masks


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """All partitions as of one generation of the database."""

    generation: str
    partitions: Mapping[str, Partition]
    _beyond: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    _weights: dict[tuple[int, ...], Weights] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Count the passages."""
        return sum(partition.size for partition in self.partitions.values())

    def names_questions(self, original: str) -> bool:
        """Tell whether an article names questions that it answers, in any of its translations."""
        return any(partition.names_questions(original) for partition in self.partitions.values())

    def weights(self, languages: Iterable[str]) -> Weights:
        """Weigh the words of all questions that are known in some languages; kept, for it is the same each time."""
        segments = [segment for language in languages for segment in self.partitions[language].segments]
        words = [segment.questions.words for segment in segments if segment.questions.size]
        held = tuple(map(id, words))
        if held not in self._weights:
            self._weights[held] = Weights(words)
        return self._weights[held]

    def beyond(self, languages: Sequence[str]) -> tuple[str, ...]:
        """Name the further languages that hold an article which none of these holds, for the same readers."""
        first = tuple(languages)
        kept = self._beyond.get(first)
        if kept is None:
            held = [self.partitions[language] for language in first]
            rest = {code: one for code, one in self.partitions.items() if code not in first}
            kept = tuple(
                code
                for code, partition in rest.items()
                if not all(any(one.holds(entry) for one in held) for entry in partition.readable())
            )
            self._beyond[first] = kept
        return kept


@lru_cache(maxsize=_HEADINGS_KEPT)
def _heading_words(language: str, title: str, headings: tuple[str, ...]) -> frozenset[str]:
    """Give the words of a passage's title and headings; the same few are asked for again and again."""
    return frozenset(tokenize("\n".join((title, *headings)), language))


def _unless_all(mask: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    return None if mask.all() else mask


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """A query, what each segment holds of it, and what was found: by words, by meaning, and both fused.

    `likely` gives, for each segment, how likely the likeliest topic of each set of tags is; `count` is that of words.
    """

    query: LexicalQuery
    words: tuple[Reading, ...]
    cosines: tuple[Cosines, ...]
    likely: tuple[NDArray[np.float64], ...]
    count: int = 0
    rankings: tuple[NDArray[np.int64], NDArray[np.int64]] = (_NO_KEYS, _NO_KEYS)
    fused: NDArray[np.int64] = field(default_factory=_NO_KEYS.copy)
