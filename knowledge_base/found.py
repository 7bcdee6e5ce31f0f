"""What a search in one language gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from knowledge_base.entries import Entry

# What is told of each passage that was found.
MATCH = ("share", "coverage", "heading", "cosine", "article_cosine", "topic")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that one of the rankings found; ranks count from 1, None where it was not found.

    `share` is the part of the best BM25 score that the query could reach, `coverage` and `heading` are the parts of its
    words, by weight, that the passage and its headings hold, `article_cosine` is the mean cosine of the article.
    """

    entry: Entry
    cosine: float
    share: float
    lexical_rank: int | None
    dense_rank: int | None
    coverage: float = 0.0
    heading: float = 0.0
    article_cosine: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a search gave, best first by fused rank.

    A row of `signs` belongs to each of `MATCH`, a column to each passage. `known` is the share of the query that any
    passage speaks of, `words` counts what it says.
    """

    entries: tuple[Entry, ...]
    signs: NDArray[np.float64]
    known: float
    words: int
