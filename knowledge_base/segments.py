"""A segment: some articles of one language with their words and vectors; never changed after it was built."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import orjson

from knowledge_base.dense import ExactVectors, HalfVectors
from knowledge_base.entries import Entry, Filters, Tags
from knowledge_base.known_questions import AskedWords, KnownQuestions
from knowledge_base.lexical import LexicalSegment
from knowledge_base.tokens import tokenize_each
from knowledge_base.vectors import passage_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from knowledge_base.dense import DenseSegment

_FIELDS = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True)
class IndexedArticle:
    """An article in one language as the index holds it; `key` is the database's number of it, never used again."""

    key: int
    entries: tuple[Entry, ...]

    @property
    def language(self) -> str:
        """Give its ISO 639-1 code."""
        return self.entries[0].language

    @cached_property
    def digest(self) -> bytes:
        """Name all that search knows of it."""
        said = [[getattr(entry, name) for name in _FIELDS] for entry in self.entries]
        return hashlib.sha256(orjson.dumps(said)).digest()

    @cached_property
    def texts(self) -> tuple[bytes, ...]:
        """Name the text of each passage that is encoded."""
        return tuple(passage_digest(entry.spoken) for entry in self.entries)


def with_questions(
    passages: Sequence[Entry], questions: Iterable[str], negative_questions: Iterable[str] = ()
) -> tuple[Entry, ...]:
    """Put the ways to ask for an article behind its passages, and behind these what it only seems to answer."""
    asking = replace(passages[0], heading_path=(), asks=True)
    known = (replace(asking, text=one) for one in questions)
    return (*passages, *known, *(replace(asking, text=one, denies=True) for one in negative_questions))


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Passages in rows, those of one article together; behind them stand the questions that it names.

    `digests` names each article of `keys`; `originals` gives the rows of an article's passages, from and to, by the id
    that it has in common with its translations, `spans` the same for each row, shape (2, rows). `asked` gives the row
    of the first question, for each article that names any that it answers.

    `passages` and `questions` hold the rows of both; vectors are kept apart, `places` says which one is that of a row.
    """

    entries: tuple[Entry, ...]
    keys: NDArray[np.int64]
    digests: dict[int, bytes]
    originals: dict[str, tuple[int, int]]
    spans: NDArray[np.int64]
    asked: dict[str, int]
    tags: Tags
    filters: Filters
    lexical: LexicalSegment
    dense: DenseSegment
    passages: NDArray[np.int64]
    places: NDArray[np.int64]
    questions: KnownQuestions | None

    @property
    def size(self) -> int:
        """Count the rows, also those whose articles are gone."""
        return len(self.entries)

    @property
    def blank(self) -> NDArray[np.bool_]:
        """Give the rows without a vector."""
        blank = np.empty(self.size, dtype=np.bool_)
        blank[self.passages] = self.dense.blank
        if self.questions is not None:
            blank[self.questions.rows] = self.questions.vectors.blank
        return blank

    @classmethod
    def build(cls, articles: Sequence[IndexedArticle], vectors: NDArray[np.float32]) -> Self:
        """Read the words of articles of one language.

        Args:
            articles: At least one, each with a passage at least.
            vectors: Shape (rows, dimension), rows of unit length or of zeros, in the order of the entries.

        """
        language = articles[0].language
        entries = [entry for article in articles for entry in article.entries]
        asks = asking(entries)
        lexical = LexicalSegment.build(tokenize_each((entry.searched for entry in entries), language))
        words = AskedWords.of(entry.text for entry in entries if entry.asks)
        return cls.of(articles, Parts(lexical, ExactVectors.of(vectors[~asks]), words, HalfVectors.of([vectors[asks]])))

    @classmethod
    def of(cls, articles: Sequence[IndexedArticle], parts: Parts, digests: Sequence[bytes] | None = None) -> Self:
        """Put articles together with indexes that were built before; `digests` are those of the articles then."""
        entries = tuple(entry for article in articles for entry in article.entries)
        sizes = [len(article.entries) for article in articles]
        keys = np.repeat(np.array([article.key for article in articles], dtype=np.int64), sizes)
        names = digests or [article.digest for article in articles]
        named = {article.key: name for article, name in zip(articles, names, strict=True)}
        return cls._of(entries, keys, named, parts)

    @classmethod
    def _of(cls, entries: tuple[Entry, ...], keys: NDArray[np.int64], digests: dict[int, bytes], parts: Parts) -> Self:
        filters = Filters.of(entries)
        passages, rows = np.flatnonzero(~filters.asks), np.flatnonzero(filters.asks)
        places = np.empty(len(entries), dtype=np.int64)
        places[passages], places[rows] = np.arange(len(passages)), np.arange(len(rows))
        questions = KnownQuestions.of(entries, rows, parts.asked, parts.questions) if len(rows) else None
        spans, tags = _spans(entries, keys), Tags.of(entries)
        return cls(
            entries, keys, digests, *spans, tags, filters, parts.lexical, parts.dense, passages, places, questions
        )

    @classmethod
    def merge(cls, parts: Iterable[tuple[Segment, NDArray[np.bool_]]]) -> Self:
        """Make one segment of several, or of what is left of one.

        Args:
            parts: Segments, each with a mask of the rows that stay: all or none of an article.

        """
        chosen = list(parts)
        keys = np.concatenate([segment.keys[keep] for segment, keep in chosen])
        entries = tuple(segment.entries[row] for segment, keep in chosen for row in np.flatnonzero(keep).tolist())
        digests = {
            key: segment.digests[key] for segment, keep in chosen for key in np.unique(segment.keys[keep]).tolist()
        }
        lexical = LexicalSegment.merge([(segment.lexical, keep) for segment, keep in chosen])
        dense = ExactVectors.of(np.concatenate([one.dense.all()[keep[one.passages]] for one, keep in chosen]))
        asked = [(one.questions, keep[one.questions.rows]) for one, keep in chosen if one.questions is not None]
        words = AskedWords.merge((questions.words, keep) for questions, keep in asked)
        vectors = HalfVectors.of(questions.vectors.all()[keep] for questions, keep in asked)
        return cls._of(entries, keys, digests, Parts(lexical, dense, words, vectors))

    def nearest(
        self, vector: NDArray[np.float32], allowed: NDArray[np.bool_] | None, limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the passages nearest to a vector: their rows and cosines, the nearest first.

        Args:
            vector: Of unit length.
            allowed: Which of `passages` may be found; None where all may.
            limit: How many.

        """
        places, cosines = self.dense.nearest(vector, allowed, limit)
        return self.passages[places], cosines

    def cosines(self, rows: NDArray[np.int64], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compare the passages of given rows with a vector of unit length."""
        return self.dense.cosines(self.places[rows], vector)

    def topics(self, rows: NDArray[np.int64], topics: Mapping[str, float]) -> NDArray[np.float64]:
        """Give, for each of some rows, the probability of the likeliest topic that its article is tagged with."""
        return self.tags.likeliest(rows, topics)

    def with_vectors(self, rows: NDArray[np.int64], vectors: NDArray[np.float32]) -> Segment:
        """Give the same segment with the vectors of rows that had none."""
        asks = self.filters.asks[rows]
        changed = self
        if not asks.all():
            everything = self.dense.all().copy()
            everything[self.places[rows[~asks]]] = vectors[~asks]
            changed = changed.with_dense(ExactVectors.of(everything))
        if self.questions is not None and asks.any():
            halves = self.questions.vectors.all()
            halves[self.places[rows[asks]]] = vectors[asks]
            changed = replace(changed, questions=replace(self.questions, vectors=HalfVectors.of([halves])))
        return changed

    def with_dense(self, dense: DenseSegment) -> Segment:
        """Give the same segment with the vectors of its passages arranged in another way."""
        return replace(self, dense=dense)


class Parts(NamedTuple):
    """What a segment is searched by: words and vectors of its passages, and of the questions that its articles name."""

    lexical: LexicalSegment
    dense: DenseSegment
    asked: AskedWords
    questions: HalfVectors


def asking(entries: Sequence[Entry]) -> NDArray[np.bool_]:
    """Tell which are questions."""
    return np.array([entry.asks for entry in entries], dtype=np.bool_)


def _spans(
    entries: Sequence[Entry], keys: NDArray[np.int64]
) -> tuple[dict[str, tuple[int, int]], NDArray[np.int64], dict[str, int]]:
    """Find the passages of each article, by its name and for each row, and the questions that it answers."""
    edges = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)] if len(keys) else []
    rows = np.arange(len(keys))
    spans = np.stack([rows, rows + 1])
    originals, asked = {}, {}
    for start, end in pairwise(edges):
        passages = start + sum(not entry.asks for entry in entries[start:end])
        originals[entries[start].original] = (start, passages)
        spans[:, start:passages] = [[start], [passages]]
        if passages < end and not entries[passages].denies:
            asked[entries[start].original] = passages
    return originals, spans, asked
