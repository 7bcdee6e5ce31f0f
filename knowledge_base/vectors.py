"""Vectors of the passages, kept on disk so that a restart need not encode again.

The file is a cache and never the truth: one that is missing, cut short, damaged or of another encoder is made anew.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

import numpy as np

from knowledge_base.cache_file import read_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_DIGEST_BYTES = 32
_BATCH = 256
_SAVED_EVERY = 2_048


class Encoder(Protocol):
    """What turns texts into vectors."""

    @property
    def dimension(self) -> int:
        """Give the length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts.

        Returns:
            Array of shape (len(texts), dimension), rows of unit length (or zero where a text says nothing).

        """
        ...


class VectorCache:
    """Vectors by the digest of their text, for one encoder.

    Args:
        folder: Where the file lies; None keeps nothing on disk.
        encoder: Makes the vectors that are missing.
        encoder_digest: Names the encoder: vectors of another one are never used.

    """

    def __init__(self, folder: Path | None, encoder: Encoder, encoder_digest: str) -> None:
        self._encoder = encoder
        self._encoder_digest = encoder_digest
        name = hashlib.sha256(encoder_digest.encode()).hexdigest()[:16]
        self._path = folder / f"passages-{name}.safetensors" if folder else None
        self._known: dict[bytes, NDArray[np.float32]] | None = None
        self._unsaved = 0

    def missing(self, texts: Mapping[str, str]) -> int:
        """Count the texts that would have to be encoded."""
        known = self._read()
        return sum(bytes.fromhex(digest) not in known for digest in texts)

    def known(self, texts: Mapping[str, str]) -> dict[str, NDArray[np.float32]]:
        """Give the vector of every text without encoding any: zeros where there is none yet."""
        known = self._read()
        nothing = np.zeros(self._encoder.dimension, dtype=np.float32)
        return {digest: known.get(bytes.fromhex(digest), nothing) for digest in texts}

    def encode_some(self, texts: Mapping[str, str], most: int) -> int:
        """Encode at most so many of the texts that are missing; return how many are left.

        They are kept on disk when none is left, and now and then before.
        """
        known = self._read()
        missing = [digest for digest in texts if bytes.fromhex(digest) not in known]
        batch = missing[:most]
        if batch:
            vectors = self._encode([texts[digest] for digest in batch])
            # A new mapping, so that a thread that reads the old one sees it whole.
            self._known = {**known, **dict(zip(map(bytes.fromhex, batch), vectors, strict=True))}
            self._unsaved += len(batch)
            if len(missing) == len(batch) or self._unsaved >= _SAVED_EVERY:
                self._save(self._known)
                self._unsaved = 0
        return len(missing) - len(batch)

    def vectors(self, texts: Mapping[str, str]) -> dict[str, NDArray[np.float32]]:
        """Give the vector of every text, encoding those that are new, and keep just these on disk.

        Args:
            texts: Text by its sha256 in hexadecimal digits.

        """
        known = self._read()
        missing = [digest for digest in texts if bytes.fromhex(digest) not in known]
        wanted = {bytes.fromhex(digest) for digest in texts}
        stale = len(known) - len(wanted & known.keys())
        known = {digest: vector for digest, vector in known.items() if digest in wanted}
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            for digest, vector in zip(batch, self._encode([texts[digest] for digest in batch]), strict=True):
                known[bytes.fromhex(digest)] = vector
        self._known = known
        # Rewriting for a few deleted passages is not worth the disk; the next import that adds something cleans up.
        if missing or stale > len(known):
            self._save(known)
        return {digest: known[bytes.fromhex(digest)] for digest in texts}

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        vectors = np.ascontiguousarray(self._encoder.encode(texts), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)

    def _read(self) -> dict[bytes, NDArray[np.float32]]:
        if self._known is None:
            self._known = self._load()
        return self._known

    def _load(self) -> dict[bytes, NDArray[np.float32]]:
        arrays = read_arrays(self._path, self._encoder_digest) if self._path is not None else None
        if arrays is None:
            return {}
        digests, vectors = arrays["digests"], arrays["vectors"]
        if vectors.shape != (len(digests), self._encoder.dimension):
            return {}
        return {digest.tobytes(): vector for digest, vector in zip(digests, vectors, strict=True)}

    def _save(self, known: Mapping[bytes, NDArray[np.float32]]) -> None:
        if self._path is None:
            return
        digests = np.frombuffer(b"".join(known), dtype=np.uint8).reshape(-1, _DIGEST_BYTES)
        vectors = _stack(known.values(), self._encoder.dimension)
        write_arrays(self._path, self._encoder_digest, {"digests": digests, "vectors": vectors})


def passage_digest(text: str) -> str:
    """Name a text by its sha256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _stack(vectors: Iterable[NDArray[np.float32]], dimension: int) -> NDArray[np.float32]:
    rows = list(vectors)
    return np.stack(rows) if rows else np.zeros((0, dimension), dtype=np.float32)
