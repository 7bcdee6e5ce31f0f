"""The matrices that heads are fitted on, from the very functions that serving uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from tqdm import tqdm

from models.heads import lexical_row
from models.lexical import count_ngrams
from models.manifest import LexicalSpec


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The kept buckets (sorted) and their inverse document frequency."""

    buckets: NDArray[np.uint32]
    idf: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """Both families of all rows.

    `own` marks the rows that heads train on, the others choose scales and thresholds; `familiar` those that the
    encoder was fine-tuned on.
    """

    lexical: sp.csr_matrix
    dense: NDArray[np.float32]
    own: NDArray[np.bool_]
    familiar: NDArray[np.bool_]


def fit_vocabulary(
    texts: Sequence[str], spec: LexicalSpec, *, min_documents: int, most: int | None = None
) -> Vocabulary:
    """Keep the buckets that at least `min_documents` texts hold; idf is `ln((1 + n) / (1 + df)) + 1`.

    Where more than `most` would be kept, those that fewer texts hold are dropped until no more than that many are left.
    """
    found = [count_ngrams(text, spec.bits).buckets for text in tqdm(texts, desc="n-grams", unit="text", leave=False)]
    buckets, documents = np.unique(np.concatenate(found), return_counts=True)
    kept = documents >= min(min_documents, max(1, len(texts) // 20))
    if most is not None and kept.sum() > most:
        # The count under which buckets must go so that the rest is few enough.
        least = int(np.sort(documents)[-most - 1]) + 1
        kept &= documents >= least
    idf = np.log((1.0 + len(texts)) / (1.0 + documents[kept])) + 1.0
    # Half precision is what the bundle stores: train on what will be served.
    return Vocabulary(buckets[kept], idf.astype(np.float16).astype(np.float32))


def lexical_matrix(texts: Sequence[str], spec: LexicalSpec, vocabulary: Vocabulary) -> sp.csr_matrix:
    """Return (len(texts), buckets) float64 in CSR form."""
    rows = [
        lexical_row(text, spec, vocabulary.buckets, vocabulary.idf)
        for text in tqdm(texts, desc="features", unit="text", leave=False)
    ]
    ends = np.cumsum([0, *(len(row.rows) for row in rows)])
    return sp.csr_matrix(
        (
            np.concatenate([row.values for row in rows]).astype(np.float64),
            np.concatenate([row.rows for row in rows]),
            ends,
        ),
        shape=(len(texts), len(vocabulary.buckets)),
    )
