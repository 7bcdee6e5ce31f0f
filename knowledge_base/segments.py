"""A segment: some articles of one language with their words and vectors; never changed after it was built."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import accumulate, pairwise
from operator import attrgetter
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
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from knowledge_base.dense import DenseSegment

_values = attrgetter(*(field.name for field in fields(Entry)))


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
    def passages(self) -> tuple[Entry, ...]:
        """Give what may be shown."""
        return tuple([entry for entry in self.entries if not entry.asks])

    @cached_property
    def questions(self) -> tuple[Entry, ...]:
        """Give the questions that it names, in order."""
        return tuple([entry for entry in self.entries if entry.asks])

    @cached_property
    def digest(self) -> bytes:
        """Name all that search knows of it."""
        return hashlib.sha256(orjson.dumps([_values(entry) for entry in self.entries])).digest()

    @cached_property
    def texts(self) -> tuple[bytes, ...]:
        """Name the text of each passage that is encoded."""
        return tuple(passage_digest(entry.spoken) for entry in self.entries)


def with_questions(
    passages: Sequence[Entry], questions: Iterable[str], negative_questions: Iterable[str] = ()
) -> tuple[Entry, ...]:
    """Put the ways to ask for an article behind its passages, and behind these what it only seems to answer."""
    asking = passages[0].asking
    return (*passages, *map(asking, questions), *[asking(text, denies=True) for text in negative_questions])


class Parts(NamedTuple):
    """What articles are searched by: the words and vectors of their passages, and of the questions that they name.

    The words of questions are read where they are left out.
    """

    lexical: LexicalSegment
    dense: DenseSegment
    questions: HalfVectors
    asked: AskedWords | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Passages in rows; those of one article stand together. Beside them stand the questions that articles name.

    `digests` names each article of `keys`; `originals` gives the rows of an article's passages, from and to, by the id
    that it has in common with its translations, `spans` the same for each row, shape (2, rows). `asked` gives the first
    row of each article that names questions which it answers.
    """

    entries: tuple[Entry, ...]
    keys: NDArray[np.int64]
    digests: dict[int, bytes]
    originals: dict[str, tuple[int, int]]
    spans: NDArray[np.int64]
    tags: Tags
    filters: Filters
    lexical: LexicalSegment
    dense: DenseSegment
    questions: KnownQuestions
    asked: dict[str, int]

    @property
    def size(self) -> int:
        """Count the passages, also those whose articles are gone."""
        return len(self.entries)

    @classmethod
    def build(cls, articles: Sequence[IndexedArticle], vectors: NDArray[np.float32]) -> Self:
        """Read the words of articles of one language.

        Args:
            articles: At least one, each with a passage at least.
            vectors: Shape (entries, dimension), rows of unit length or of zeros, in the order of the articles' entries.

        """
        language = articles[0].language
        entries = [entry for article in articles for entry in article.entries]
        asks = np.array([entry.asks for entry in entries], dtype=np.bool_)
        texts = (entry.searched for entry in entries if not entry.asks)
        lexical = LexicalSegment.build(tokenize_each(texts, language))
        return cls.of(articles, Parts(lexical, ExactVectors.of(vectors[~asks]), HalfVectors.of([vectors[asks]])))

    @classmethod
    def of(cls, articles: Sequence[IndexedArticle], parts: Parts, digests: Sequence[bytes] | None = None) -> Self:
        """Put articles together with indexes that were built before; `digests` are those of the articles then."""
        entries = tuple(entry for article in articles for entry in article.passages)
        sizes = [len(article.passages) for article in articles]
        keys = np.repeat(np.array([article.key for article in articles], dtype=np.int64), sizes)
        names = digests or [article.digest for article in articles]
        named = {article.key: name for article, name in zip(articles, names, strict=True)}
        firsts = accumulate(sizes, initial=0)
        asking = ((first, article.questions) for first, article in zip(firsts, articles, strict=False))
        questions = KnownQuestions.of(asking, parts.asked, parts.questions)
        return cls._of(entries, keys, named, parts, questions)

    @classmethod
    def _of(
        cls,
        entries: tuple[Entry, ...],
        keys: NDArray[np.int64],
        digests: dict[int, bytes],
        parts: Parts,
        questions: KnownQuestions,
    ) -> Self:
        spans, tags, filters = _spans(entries, keys), Tags.of(entries), Filters.of(entries)
        answered = questions.answered()
        return cls(entries, keys, digests, *spans, tags, filters, parts.lexical, parts.dense, questions, answered)

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
        questions = KnownQuestions.merge([(segment.questions, keep) for segment, keep in chosen])
        return cls._of(entries, keys, digests, Parts(lexical, dense, questions.vectors), questions)

    def extent(self, kept: NDArray[np.bool_]) -> int:
        """Count the passages of a mask, and the questions of their articles."""
        return int(kept.sum()) + int(kept[self.questions.rows].sum())

    def unencoded(self, kept: NDArray[np.bool_]) -> dict[int, str]:
        """Give the texts without a vector of passages that are kept, and of their articles' questions, by number.

        Questions are numbered behind all passages.
        """
        blank = np.concatenate([self.dense.blank & kept, self.questions.vectors.blank & kept[self.questions.rows]])
        return {number: self._spoken(number) for number in np.flatnonzero(blank).tolist()}

    def with_vectors(self, numbers: NDArray[np.int64], vectors: NDArray[np.float32]) -> Segment:
        """Give the same segment with the vectors of texts that had none, numbered as in `unencoded`."""
        asks, changed = numbers >= self.size, self
        if not asks.all():
            everything = self.dense.all().copy()
            everything[numbers[~asks]] = vectors[~asks]
            changed = changed.with_dense(ExactVectors.of(everything))
        if asks.any():
            halves = self.questions.vectors.all()
            halves[numbers[asks] - self.size] = vectors[asks]
            changed = replace(changed, questions=replace(self.questions, vectors=HalfVectors.of([halves])))
        return changed

    def with_dense(self, dense: DenseSegment) -> Segment:
        """Give the same segment with the vectors of its passages arranged in another way."""
        return replace(self, dense=dense)

    def _spoken(self, number: int) -> str:
        return self.entries[number].spoken if number < self.size else self.questions.texts[number - self.size]


def _spans(entries: Sequence[Entry], keys: NDArray[np.int64]) -> tuple[dict[str, tuple[int, int]], NDArray[np.int64]]:
    """Find the passages of each article, by its name and for each row."""
    edges = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)] if len(keys) else []
    spans = np.zeros((2, len(keys)), dtype=np.int64)
    originals = {}
    for start, end in pairwise(edges):
        originals[entries[start].original] = (start, end)
        spans[:, start:end] = [[start], [end]]
    return originals, spans
