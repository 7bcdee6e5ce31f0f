"""Score texts with linear heads over lexical and dense features.

One gather serves all heads: the columns of intent, language, sentiment and escalation stand side by side in one
C-ordered matrix, so a message costs one pass over the rows of its n-grams. (scikit-learn's one-row `predict_proba`
copies the whole transposed matrix each time.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.lexical import count_ngrams
from models.manifest import HeadSpec, LexicalSpec

ORDER = ("intent", "language", "sentiment", "escalation", "reasons", "further")
# Further intents read the n-grams through the scores of the intent head: fifty columns more would double the matrix.
DENSE_ONLY = frozenset({"further"})
# Heads that may name several labels: one column a label, also where there are two.
SEVERAL = frozenset({"reasons", "further"})


@dataclass(frozen=True, slots=True)
class LexicalWeights:
    """Rows for the kept buckets: `buckets` (rows,) uint32 sorted, `idf` (rows,), `weights` (rows, columns), `bias`.

    `weights` may be float16: its rows become float32 when they are read.
    """

    buckets: NDArray[np.uint32]
    idf: NDArray[np.float32]
    weights: NDArray[np.floating]
    bias: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DenseWeights:
    """`weights` (dimension, columns) and `bias` (columns,) over the encoder's vector."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LexicalRow:
    """One text's features: which kept rows, and their TF-IDF values; unit length a family, words weighed."""

    rows: NDArray[np.int64]
    values: NDArray[np.float32]


def lexical_row(text: str, spec: LexicalSpec, buckets: NDArray[np.uint32], idf: NDArray[np.float32]) -> LexicalRow:
    """Compute the lexical features of one text: `(1 + ln count) * idf`, each family scaled to unit length."""
    counted = count_ngrams(text, spec.bits)
    places = np.searchsorted(buckets, counted.buckets)
    places[places == len(buckets)] = 0
    known = buckets[places] == counted.buckets if len(buckets) else np.zeros(0, dtype=bool)
    rows = places[known]
    values = (1.0 + np.log(counted.counts[known])) * idf[rows]
    chars = len(rows) - int(np.count_nonzero(counted.words[known]))
    for family, weight in ((values[chars:], spec.word_weight), (values[:chars], 1.0)):
        length = float(np.sqrt(np.square(family).sum()))
        if length > 0:
            family *= weight / length  # noqa: PLW2901 - a view: its numbers change in place
    return LexicalRow(rows, values.astype(np.float32))


class LinearHeads:
    """All heads of a bundle.

    Args:
        spec: The lexical features.
        heads: The heads by name, those of `ORDER` that the bundle has.
        lexical: Weights over n-grams.
        dense: Weights over the encoder's vector.

    """

    def __init__(
        self, spec: LexicalSpec, heads: Mapping[str, HeadSpec], lexical: LexicalWeights, dense: DenseWeights
    ) -> None:
        self._spec = spec
        self._lexical = lexical
        self._dense = dense
        self._columns = columns(heads)
        names = [name for name in self._columns for _ in range(width(name, heads[name]))]
        self._lexical_scale = np.asarray([heads[n].lexical_scale for n in names if n not in DENSE_ONLY], np.float32)
        self._dense_scale = np.asarray([heads[name].dense_scale for name in names], dtype=np.float32)
        self._further = heads["further"].lexical_scale if "further" in heads else 0.0

    def score(self, texts: Sequence[str], features: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Return (len(texts), labels) float32 scores by head, both families added with their scales.

        Args:
            texts: Cleaned texts.
            features: (len(texts), dimension), the encoder's.

        """
        lexical = np.empty((len(texts), len(self._lexical.bias)), dtype=np.float32)
        for place, text in enumerate(texts):
            row = lexical_row(text, self._spec, self._lexical.buckets, self._lexical.idf)
            weights = self._lexical.weights[row.rows].astype(np.float32, copy=False)
            lexical[place] = row.values @ weights if len(row.rows) else 0.0
        lexical += self._lexical.bias
        total = (features @ self._dense.weights + self._dense.bias) * self._dense_scale
        found = {name: total[:, start:end] for name, (start, end) in self._columns.items()}
        total[:, : lexical.shape[1]] += lexical * self._lexical_scale
        if "further" in found:
            found["further"] += np.float32(self._further) * found["intent"]
        return found


def width(name: str, head: HeadSpec) -> int:
    """Return how many columns a head has: one a label, one in all for two labels of which one holds."""
    return 1 if len(head.labels) == 2 and name not in SEVERAL else len(head.labels)


def columns(heads: Mapping[str, HeadSpec]) -> dict[str, tuple[int, int]]:
    """Return each head's columns as (first, behind the last)."""
    places: dict[str, tuple[int, int]] = {}
    start = 0
    for name in ORDER:
        if name in heads:
            places[name] = (start, start + width(name, heads[name]))
            start = places[name][1]
    return places
