"""BM25 over the passages of one language: indexed by bm25s, scored from its columns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_QUERY_TOKENS = 48
_COMMON_SHARE = 0.5
_COMMON_FROM = 50


@dataclass(frozen=True, slots=True)
class LexicalScores:
    """BM25 of every passage for one query; `ceiling` is what a passage that says all of it could reach at most."""

    scores: NDArray[np.float32]
    ceiling: float


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """The inverted file: passages and scores of token `t` stand at `starts[t]` to `starts[t + 1]`."""

    size: int
    vocabulary: dict[str, int]
    weights: NDArray[np.float32]
    passages: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]]) -> LexicalIndex:
        """Index texts given as tokens."""
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(token, len(vocabulary)) for token in text] for text in texts]
        if not vocabulary:
            none = np.zeros(0, dtype=np.int32)
            return cls(len(texts), {}, none.astype(np.float32), none, np.zeros(1, dtype=np.int64))
        import bm25s  # it brings SciPy along, and a start that finds its files on disk needs neither

        engine = bm25s.BM25(method="lucene", backend="numpy", csc_backend="numpy")
        engine.index((ids, vocabulary), create_empty_token=False, show_progress=False)
        scores = engine.scores
        return cls(
            len(texts),
            vocabulary,
            np.asarray(scores["data"], dtype=np.float32),
            np.asarray(scores["indices"], dtype=np.int32),
            np.asarray(scores["indptr"], dtype=np.int64),
        )

    def score(self, tokens: Sequence[str]) -> LexicalScores:
        """Score every passage for the tokens of a query; repeated tokens count once.

        Of a long query the rarest tokens are used, and tokens that stand in most passages are left out.
        """
        scores = np.zeros(self.size, dtype=np.float32)
        ceiling = 0.0
        for _, token in self._chosen(tokens):
            position = self.vocabulary.get(token)
            if position is None:
                ceiling += _idf(0, self.size)
                continue
            start, end = self.starts[position], self.starts[position + 1]
            # A passage stands once in a column, so plain indexed addition is exact (and much faster than np.add.at).
            scores[self.passages[start:end]] += self.weights[start:end]
            ceiling += _idf(int(end - start), self.size)
        return LexicalScores(scores, ceiling)

    def _chosen(self, tokens: Sequence[str]) -> list[tuple[int, str]]:
        """Give document count and token, rarest first; unknown tokens count, for they show what is not answered."""
        counted = sorted((self._count(token), token) for token in dict.fromkeys(tokens))
        if self.size >= _COMMON_FROM:
            telling = [pair for pair in counted if pair[0] <= self.size * _COMMON_SHARE]
            counted = telling or counted
        known = [pair for pair in counted if pair[0]]
        unknown = [pair for pair in counted if not pair[0]]
        return known[:MAX_QUERY_TOKENS] + unknown[: MAX_QUERY_TOKENS - len(known[:MAX_QUERY_TOKENS])]

    def _count(self, token: str) -> int:
        position = self.vocabulary.get(token)
        return 0 if position is None else int(self.starts[position + 1] - self.starts[position])


def _idf(count: int, size: int) -> float:
    """Weigh a token as Lucene does; the same formula as in the index."""
    return math.log1p((size - count + 0.5) / (count + 0.5))


def best(scores: NDArray[np.float32], allowed: NDArray[np.bool_] | None, limit: int) -> list[int]:
    """Give the positions of the highest scores above zero, best first, ties in order of position."""
    if allowed is not None:
        scores = np.where(allowed, scores, np.float32(0))
    if len(scores) > limit:
        cut = np.argpartition(scores, -limit)[-limit:]
        # Passages that tie with the last one are taken in as well, so that their order does not hang on the partition.
        floor = scores[cut].min()
        found = np.flatnonzero(scores >= floor) if floor > 0 else cut[scores[cut] > 0]
    else:
        found = np.flatnonzero(scores > 0)
    order = np.lexsort((found, -scores[found]))[:limit]
    return [int(position) for position in found[order]]
