"""A segment: some articles of one language with their words and vectors; never changed after it was built."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np
import orjson

from knowledge_base.dense import ExactVectors, HalfVectors
from knowledge_base.entries import Entry, Filters, Tags
from knowledge_base.known_questions import WordCounts
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
    """Passages in rows; those of one article stand together.

    `digests` names each article of `keys`; `originals` gives the rows of an article's passages, from and to, by the id
    that it has in common with its translations, `spans` the same for each row, shape (2, rows). Behind these stand the
    questions that it answers: `asked` gives the row of the first, for each article that names any, `asked_words` counts
    the words of all, `questions` holds their vectors, then its
    negative ones.
    """

    entries: tuple[Entry, ...]
    keys: NDArray[np.int64]
    digests: dict[int, bytes]
    originals: dict[str, tuple[int, int]]
    spans: NDArray[np.int64]
    asked: dict[str, int]
    asked_words: WordCounts
    tags: Tags
    filters: Filters
    lexical: LexicalSegment
    dense: DenseSegment
    questions: HalfVectors | None

    @property
    def size(self) -> int:
        """Count the passages, also those whose articles are gone."""
        return len(self.entries)

    @classmethod
    def build(cls, articles: Sequence[IndexedArticle], vectors: NDArray[np.float32]) -> Self:
        """Read the words of articles of one language.

        Args:
            articles: At least one, each with a passage at least.
            vectors: Shape (passages, dimension), rows of unit length or of zeros, in the order of the passages.

        """
        language = articles[0].language
        texts = (entry.searched for article in articles for entry in article.entries)
        return cls.of(articles, LexicalSegment.build(tokenize_each(texts, language)), ExactVectors.of(vectors))

    @classmethod
    def of(
        cls,
        articles: Sequence[IndexedArticle],
        lexical: LexicalSegment,
        dense: DenseSegment,
        digests: Sequence[bytes] | None = None,
    ) -> Self:
        """Put articles together with indexes that were built before; `digests` are those of the articles then."""
        entries = tuple(entry for article in articles for entry in article.entries)
        sizes = [len(article.entries) for article in articles]
        keys = np.repeat(np.array([article.key for article in articles], dtype=np.int64), sizes)
        names = digests or [article.digest for article in articles]
        named = {article.key: name for article, name in zip(articles, names, strict=True)}
        spans, filters = _spans(entries, keys), Filters.of(entries)
        questions = _questions(dense, filters)
        return cls(entries, keys, named, *spans, Tags.of(entries), filters, lexical, dense, questions)

    @classmethod
    def merge(cls, parts: Iterable[tuple[Segment, NDArray[np.bool_]]]) -> Self:
        """Make one segment of several, or of what is left of one.

        Args:
            parts: Segments, each with a mask of the passages that stay: all or none of an article.

        """
        chosen = list(parts)
        keys = np.concatenate([segment.keys[keep] for segment, keep in chosen])
        entries = tuple(segment.entries[row] for segment, keep in chosen for row in np.flatnonzero(keep).tolist())
        digests = {
            key: segment.digests[key] for segment, keep in chosen for key in np.unique(segment.keys[keep]).tolist()
        }
        lexical = LexicalSegment.merge([(segment.lexical, keep) for segment, keep in chosen])
        dense = ExactVectors.of(np.concatenate([segment.dense.all()[keep] for segment, keep in chosen]))
        spans, filters = _spans(entries, keys), Filters.of(entries)
        questions = _questions(dense, filters)
        return cls(entries, keys, digests, *spans, Tags.of(entries), filters, lexical, dense, questions)

    def topics(self, rows: NDArray[np.int64], topics: Mapping[str, float]) -> NDArray[np.float64]:
        """Give, for each of some rows, the probability of the likeliest topic that its article is tagged with."""
        return self.tags.likeliest(rows, topics)

    def with_vectors(self, rows: NDArray[np.int64], vectors: NDArray[np.float32]) -> Segment:
        """Give the same segment with the vectors of passages that had none."""
        everything = self.dense.all().copy()
        everything[rows] = vectors
        return self.with_dense(ExactVectors.of(everything))

    def with_dense(self, dense: DenseSegment) -> Segment:
        """Give the same segment with its vectors arranged in another way."""
        return replace(self, dense=dense, questions=_questions(dense, self.filters))


def _questions(dense: DenseSegment, filters: Filters) -> HalfVectors | None:
    rows = np.flatnonzero(filters.asks)
    return HalfVectors.of(dense, rows) if len(rows) else None


def _spans(
    entries: Sequence[Entry], keys: NDArray[np.int64]
) -> tuple[dict[str, tuple[int, int]], NDArray[np.int64], dict[str, int], WordCounts]:
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
    counts = WordCounts.of([entry.text for entry in entries if entry.asks])
    return originals, spans, asked, counts
