"""Sentence encoders: texts in, vectors of unit length out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

_LONGEST_TEXT = 20_000


@runtime_checkable
class Encoder(Protocol):
    """Whatever turns texts into vectors that can be compared across languages."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of what the encoder is made of; heads and indexes belong to one digest."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (len(texts), dimension) float32 rows of unit length, all zeros for a text without tokens."""
        ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """What an encoder says of texts: `features` for the heads, `vectors` for search; a unit row a text."""

    features: NDArray[np.float32]
    vectors: NDArray[np.float32]


def encode_both(encoder: Encoder, texts: Sequence[str]) -> Encoded:
    """Return features and vectors; most encoders have one output that serves as both."""
    both = getattr(encoder, "both", None)
    if both is not None:
        found: Encoded = both(texts)
        return found
    vectors = encoder.encode(texts)
    return Encoded(vectors, vectors)


@dataclass(frozen=True, slots=True)
class StaticTable:
    """Token vectors with 8 bits a number: `values` (pieces, dimension) int8, `scales` (pieces,) float32."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]

    @classmethod
    def quantise(cls, vectors: NDArray[np.float32]) -> StaticTable:
        """Round (pieces, dimension) float32 vectors to 8 bits with one scale a row."""
        scales = np.abs(vectors).max(axis=1) / 127.0
        safe = np.where(scales == 0, 1.0, scales)
        return cls(np.rint(vectors / safe[:, None]).astype(np.int8), scales.astype(np.float32))

    @property
    def digest(self) -> str:
        """SHA-256 over values and scales."""
        return hashlib.sha256(self.values.tobytes() + self.scales.tobytes()).hexdigest()


class StaticEncoder:
    """A sentence's vector is the mean of its tokens' vectors (model2vec and sentence-transformers' StaticEmbedding).

    Args:
        tokenizer: Splits and numbers the text.
        table: One vector a piece.

    """

    def __init__(self, tokenizer: Tokenizer, table: StaticTable) -> None:
        self._tokenizer = tokenizer
        self._table = table
        self._digest = hashlib.sha256((tokenizer.to_str() + table.digest).encode()).hexdigest()

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._table.values.shape[1])

    @property
    def digest(self) -> str:
        """SHA-256 over tokenizer and table."""
        return self._digest

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (len(texts), dimension) float32; only the first 20,000 characters of a text are read."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            ids = self._tokenizer.encode(text[:_LONGEST_TEXT]).ids
            if ids:
                # The mean's divisor falls away in the normalisation.
                vector = self._table.scales[ids] @ self._table.values[ids].astype(np.float32)
                length = float(np.sqrt(vector @ vector))
                if length > 0:
                    vectors[row] = vector / length
        return vectors
