"""The searchable picture of the knowledge base: one partition a language, never changed after it was built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

from knowledge_base.lexical import best
from knowledge_base.records import Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from knowledge_base.lexical import LexicalIndex

# What a passage gets from one ranking: 1 / (RRF + rank), rank counted from 1. 60 is the constant of the first paper
# on reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009), and everybody's since.
RRF = 60
_DEPTH = 50
_FIRST_DAY, _LAST_DAY = 1, 3_652_059
_SCOPES_KEPT = 64
_NEW = "new"
_QUESTION_SIGNS = ("?", "？", "؟")


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage with all that search needs to know of its article; `tags` are found, but not shown."""

    article: str
    title: str
    language: str
    visibility: Visibility
    text: str
    heading_path: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    brand: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def spoken(self) -> str:
        """Give the text that is encoded: title and headings say what the passage is about."""
        return ". ".join((self.title, *self.heading_path)) + "\n" + self.text

    @property
    def shown(self) -> str:
        """Give the text that people read: a question in the heading stands above its answer."""
        asked = self.heading_path and self.heading_path[-1].endswith(_QUESTION_SIGNS)
        return f"{self.heading_path[-1]}\n{self.text}" if asked else self.text

    @property
    def searched(self) -> str:
        """Give the text whose words are found."""
        return "\n".join((self.spoken, *self.tags))


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, and when: what they may not see is not searched."""

    visibility: Visibility
    brand: str | None
    today: int

    @classmethod
    def of(cls, visibility: Visibility, brand: str | None, today: date) -> Scope:
        """Make the scope of a question asked on the given day."""
        return cls(visibility, brand.casefold() if brand else None, today.toordinal())


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that one of the rankings found; ranks count from 1, None where it was not found."""

    entry: Entry
    cosine: float
    share: float
    lexical_rank: int | None
    dense_rank: int | None

    @property
    def agreement(self) -> float:
        """Give 1 where both rankings put it first, 0 where only one found it."""
        if self.lexical_rank is None or self.dense_rank is None:
            return 0.0
        return float(1.0 / (self.lexical_rank * self.dense_rank) ** 0.5)


@dataclass(frozen=True, eq=False)
class Partition:
    """The passages of one language, with their inverted file and their vectors."""

    language: str
    entries: tuple[Entry, ...]
    lexical: LexicalIndex
    vectors: NDArray[np.float32]
    dense: faiss.IndexFlatIP
    blank: frozenset[int] = frozenset()
    _allowed: dict[Scope, NDArray[np.bool_] | None] = field(default_factory=dict, repr=False)

    @classmethod
    def build(
        cls, language: str, entries: Sequence[Entry], lexical: LexicalIndex, vectors: NDArray[np.float32]
    ) -> Partition:
        """Put passages and their indexes together.

        Args:
            language: ISO 639-1 code.
            entries: The passages.
            lexical: The inverted file over them, in the same order.
            vectors: Shape (len(entries), dimension), rows of unit length, in the same order.
        """
        dense = faiss.IndexFlatIP(vectors.shape[1])
        dense.add(vectors)
        blank = frozenset(np.flatnonzero(~vectors.any(axis=1)).tolist())
        return cls(language, tuple(entries), lexical, vectors, dense, blank)

    def search(
        self, tokens: Sequence[str], vector: NDArray[np.float32], scope: Scope, limit: int = 25
    ) -> list[Candidate]:
        """Find passages by words and by meaning, best first by fused rank.

        Args:
            tokens: The query's words as `tokenize` gives them for this language.
            vector: The query's vector of unit length, or zeros where it says nothing.
            scope: What the asker may see.
            limit: How many candidates.

        """
        allowed = self._allowed_in(scope)
        if not self.entries or (allowed is not None and not allowed.any()):
            return []
        lexical = self.lexical.score(tokens)
        by_words = {row: rank for rank, row in enumerate(best(lexical.scores, allowed, _DEPTH), start=1)}
        by_meaning = {row: rank for rank, row in enumerate(self._nearest(vector, allowed), start=1)}
        rows = _fused(by_words, by_meaning)[:limit]
        if not rows:
            return []
        cosines = self.vectors[rows] @ vector
        return [
            Candidate(
                entry=self.entries[row],
                cosine=float(cosine),
                share=min(1.0, float(lexical.scores[row]) / lexical.ceiling) if lexical.ceiling else 0.0,
                lexical_rank=by_words.get(row),
                dense_rank=by_meaning.get(row),
            )
            for row, cosine in zip(rows, cosines, strict=True)
        ]

    def _nearest(self, vector: NDArray[np.float32], allowed: NDArray[np.bool_] | None) -> list[int]:
        if not vector.any():
            return []
        # The library's own type stubs do not know its Python wrappers.
        library: Any = faiss
        params = None
        if allowed is not None:
            selector = library.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
            params = library.SearchParameters(sel=selector)
        _, rows = self.dense.search(vector[np.newaxis], min(_DEPTH, len(self.entries)), params=params)
        # A passage that is not encoded yet has a vector of zeros: it is near to nothing.
        return [int(row) for row in rows[0] if row >= 0 and row not in self.blank]

    def _allowed_in(self, scope: Scope) -> NDArray[np.bool_] | None:
        """Give which passages may be seen, None where all may; kept, for most questions have the same scope."""
        kept = self._allowed.get(scope, _NEW)
        if not isinstance(kept, str):
            return kept
        mask = self._mask(scope)
        allowed = None if mask.all() else mask
        if len(self._allowed) >= _SCOPES_KEPT:
            self._allowed.clear()
        self._allowed[scope] = allowed
        return allowed

    def _mask(self, scope: Scope) -> NDArray[np.bool_]:
        return np.array([_visible(entry, scope) for entry in self.entries], dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """All partitions as of one generation of the database."""

    generation: str
    partitions: Mapping[str, Partition]

    @property
    def size(self) -> int:
        """Count the passages."""
        return sum(len(partition.entries) for partition in self.partitions.values())


def _fused(*rankings: Mapping[int, int]) -> list[int]:
    """Fuse rankings (rank by row, counted from 1) by reciprocal rank; ties in order of row."""
    gained: dict[int, float] = {}
    for ranking in rankings:
        for row, rank in ranking.items():
            gained[row] = gained.get(row, 0.0) + 1.0 / (RRF + rank)
    return sorted(gained, key=lambda row: (-gained[row], row))


def _visible(entry: Entry, scope: Scope) -> bool:
    if entry.visibility is Visibility.INTERNAL and scope.visibility is not Visibility.INTERNAL:
        return False
    if scope.brand is not None and entry.brand is not None and entry.brand.casefold() != scope.brand:
        return False
    begins = entry.valid_from.toordinal() if entry.valid_from else _FIRST_DAY
    ends = entry.valid_until.toordinal() if entry.valid_until else _LAST_DAY
    return begins <= scope.today <= ends
