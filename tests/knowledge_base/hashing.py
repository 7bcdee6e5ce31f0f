"""A small encoder for tests: no learning, the same vectors on every machine, similar words give similar vectors."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class HashingEncoder:
    """Counts hashed words and their beginnings; `encoded` tells how many texts were encoded so far."""

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                for piece in (word, word[:5]):
                    code = int.from_bytes(hashlib.blake2b(piece.encode(), digest_size=8).digest(), "little")
                    vectors[row, code % self.dimension] += 1.0 if code >> 40 & 1 else -1.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
