"""Vectors of the passages, kept on disk so that nothing is encoded twice.

The file is a cache and never the truth. It only grows at its end: a record is the digest of a text, its vector, and a
checksum over both. A record that was cut short or damaged is passed over, and its text encoded again.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Protocol

import numpy as np
import structlog

from knowledge_base.cache_file import read_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_MAGIC = b"deskhand vectors 2\n"
_HEAD_BYTES = 64
_BATCH = 256
# Vectors of texts that are gone are dropped once they are this many, and more than those in use.
_STALE = 1_000
_MOST_BYTE = 127
# A vector's number is that of its store, shifted by so many bits, and that of its record.
_ROW_BITS = 40
_ROW_MASK = (1 << _ROW_BITS) - 1
_log = structlog.get_logger(__name__)


class Progress(Protocol):
    """Who is told how far the encoding is."""

    def __call__(self, done: int, total: int) -> None:
        """Take in that so many texts of so many have their vectors."""
        ...


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


@dataclass(frozen=True, slots=True, eq=False)
class _Store:
    """Records in memory, or as they lie in a file: `held` is its map, `file` its device and number."""

    records: NDArray[Any]
    held: mmap.mmap | None = None
    file: tuple[int, int] | None = None

    def let_go(self) -> None:
        """Take what was read of a file out of this process's memory: it is read again where it is asked for."""
        if self.held is not None:
            self.held.madvise(mmap.MADV_DONTNEED)


class VectorCache:
    """Vectors by the digest of their text, for one encoder. Threads may share it; so may processes its folder.

    Args:
        folder: Where the file lies; None keeps vectors in memory only.
        encoder: Makes the vectors that are missing.
        encoder_digest: Names the encoder: vectors of another one are never used.

    """

    def __init__(self, folder: Path | None, encoder: Encoder, encoder_digest: str) -> None:
        self._encoder = encoder
        self._encoder_digest = encoder_digest
        self._record = np.dtype(
            [("digest", np.uint8, 32), ("vector", np.float32, encoder.dimension), ("check", np.uint32)]
        )
        name = hashlib.sha256(encoder_digest.encode()).hexdigest()[:16]
        self._path = folder / f"vectors-{name}.bin" if folder else None
        start = f"{encoder.dimension}\n".encode() + hashlib.sha256(encoder_digest.encode()).digest()[:24]
        self._head = (_MAGIC + start).ljust(_HEAD_BYTES, b"\n")[:_HEAD_BYTES]
        self._numbers: dict[bytes, int] | None = None
        self._stores: list[_Store] = []

    def holds(self, digest: bytes) -> bool:
        """Tell whether the vector of a text, given by its digest, need not be encoded."""
        return digest in self._known()

    def vectors(self, digests: Sequence[bytes]) -> NDArray[np.float32]:
        """Give the vectors of texts, shape (len(digests), dimension), without encoding any; zeros where unknown."""
        known = self._known()
        vectors = np.zeros((len(digests), self._encoder.dimension), dtype=np.float32)
        numbers = np.fromiter((known.get(digest, -1) for digest in digests), dtype=np.int64, count=len(digests))
        order = np.argsort(numbers, kind="stable")
        order = order[np.count_nonzero(numbers < 0) :]
        edges = np.flatnonzero(np.diff(numbers[order] >> _ROW_BITS)) + 1
        for rows in np.split(order, edges) if len(order) else ():
            store = self._stores[int(numbers[rows[0]]) >> _ROW_BITS]
            vectors[rows] = store.records["vector"][numbers[rows] & _ROW_MASK]
            store.let_go()
        return vectors

    def encode(self, texts: Mapping[bytes, str], progress: Progress | None = None) -> None:
        """Encode texts, given by their digests, and keep the vectors; `progress` hears of each batch."""
        items = list(texts.items())
        tell = progress or _nobody
        for start in range(0, len(items), _BATCH):
            tell(start, len(items))
            batch = items[start : start + _BATCH]
            vectors = self._encode([text for _, text in batch])
            self._take([digest for digest, _ in batch], vectors)
        if items:
            tell(len(items), len(items))

    def adopt(self, path: Path) -> int:
        """Take over the vectors of a file that `write_vectors` wrote; those of another encoder are left.

        Returns:
            How many were new.

        """
        known = self._known()
        found = read_arrays(path, self._encoder_digest) or {}
        if set(found) != {"digests", "vectors", "scales"} or found["vectors"].shape[1:] != (self._encoder.dimension,):
            return 0
        data = found["digests"].tobytes()
        digests = [data[start : start + 32] for start in range(0, len(data), 32)]
        rows = [row for row, digest in enumerate(digests) if digest not in known]
        if rows:
            vectors = _unit(found["vectors"][rows].astype(np.float32) * found["scales"][rows, None])
            self._take([digests[row] for row in rows], vectors)
        return len(rows)

    def keep_only(self, digests: Collection[bytes]) -> None:
        """Drop the vectors of all other texts, if that is worth writing the file anew."""
        known = self._known()
        stale = len(known) - sum(digest in known for digest in digests)
        if stale < _STALE or 2 * stale < len(known):
            return
        wanted = set(digests)
        self._numbers = {digest: number for digest, number in known.items() if digest in wanted}
        if self._path is None:
            return
        left = list(self._numbers)
        vectors = self.vectors(left)
        try:
            with self._locked():
                part = self._path.with_suffix(".part")
                with part.open("wb") as file:
                    file.write(self._head)
                    self._records(left, vectors).tofile(file)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self._path)
        except OSError as error:
            _log.warning("vectors_not_written", reason=error.strerror)

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        return _unit(np.ascontiguousarray(self._encoder.encode(texts), dtype=np.float32))

    def _known(self) -> dict[bytes, int]:
        """Give the number of each vector: that of its store, and of its record there."""
        if self._numbers is None:
            self._numbers = self._read()
        return self._numbers

    def _read(self) -> dict[bytes, int]:
        """Read the file; the vectors stay on disk and are read when they are asked for."""
        if self._path is None:
            return {}
        try:
            with self._path.open("rb") as file:
                if file.read(_HEAD_BYTES) != self._head or not self._whole(os.fstat(file.fileno()).st_size):
                    return {}
                first = self._mapped(file)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                _log.warning("vectors_not_read", reason=error.strerror, action="encoded again")
            return {}
        store = self._stores[first >> _ROW_BITS]
        known = self._checked(store.records, first)
        store.let_go()
        return known

    def _mapped(self, file: IO[bytes]) -> int:
        """Take in a file as it lies there, without reading it; give the number of its first record."""
        status = os.fstat(file.fileno())
        count = self._whole(status.st_size)
        held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        records = np.frombuffer(held, dtype=self._record, count=count, offset=_HEAD_BYTES)
        store = _Store(records, held, (status.st_dev, status.st_ino))
        # A file that has only grown is held once, or each of thousands of small additions would keep it open.
        if self._stores and self._stores[-1].file == store.file:
            self._stores[-1] = store
        else:
            self._stores.append(store)
        return (len(self._stores) - 1) << _ROW_BITS

    def _checked(self, records: NDArray[Any], first: int) -> dict[bytes, int]:
        """Give the numbers of the records whose checksum is right, counted from `first`."""
        known: dict[bytes, int] = {}
        damaged = 0
        for start in range(0, len(records), _BATCH):
            block = records[start : start + _BATCH]
            digests = block["digest"].tobytes()
            for row, (sum_, wanted) in enumerate(zip(self._sums(block), block["check"].tolist(), strict=True)):
                if sum_ == wanted:
                    known[digests[32 * row : 32 * row + 32]] = first + start + row
                else:
                    damaged += 1
        if damaged:
            _log.warning("vectors_damaged", damaged=damaged, action="encoded again")
        return known

    def _sums(self, records: NDArray[Any]) -> list[int]:
        data, size = memoryview(records.tobytes()), self._record.itemsize
        return [zlib.crc32(data[start : start + size - 4]) for start in range(0, len(data), size)]

    def _records(self, digests: Sequence[bytes], vectors: NDArray[np.float32]) -> NDArray[Any]:
        records = np.zeros(len(digests), dtype=self._record)
        records["digest"] = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 32)
        records["vector"] = vectors
        records["check"] = self._sums(records)
        return records

    def _take(self, digests: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Take in vectors, and keep them."""
        known, records = self._known(), self._records(digests, vectors)
        first = self._append(records)
        if first is None:
            self._stores.append(_Store(records))
            first = (len(self._stores) - 1) << _ROW_BITS
        known.update(zip(digests, range(first, first + len(digests)), strict=True))

    def _append(self, records: NDArray[Any]) -> int | None:
        """Add records to the file, and give the number of the first; None where there is none or the disk refuses.

        A file that does not belong to this encoder, or has no whole head, is begun anew.
        """
        if self._path is None:
            return None
        try:
            with self._locked(), self._path.open("a+b") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(0)
                whole = file.read(_HEAD_BYTES) == self._head
                # What a crash cut short is taken off, so that what follows stands where it is looked for.
                start = _HEAD_BYTES + (self._whole(size) * self._record.itemsize if whole else 0)
                file.truncate(start if whole else 0)
                file.write((b"" if whole else self._head) + records.tobytes())
                file.flush()
                before = max(0, start - _HEAD_BYTES) // self._record.itemsize
                return self._mapped(file) + before
        except OSError as error:
            _log.warning("vectors_not_written", reason=error.strerror)
            return None

    def _whole(self, size: int) -> int:
        return max(0, size - _HEAD_BYTES) // self._record.itemsize

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes from writing."""
        path = self._path
        if path is None:
            raise RuntimeError("there is no file to lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def write_vectors(path: Path, encoder_digest: str, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
    """Write vectors that are to go with articles, so that nobody need encode these again; a byte for each number.

    Args:
        path: A safetensors file.
        encoder_digest: Names the encoder.
        vectors: By the digest of the text; of unit length.

    """
    stacked = np.stack(list(vectors.values()))
    scales = np.abs(stacked).max(axis=1) / _MOST_BYTE
    scales[scales == 0] = 1.0
    arrays = {
        "digests": np.frombuffer(b"".join(vectors), dtype=np.uint8).reshape(-1, 32),
        "vectors": np.rint(stacked / scales[:, None]).astype(np.int8),
        "scales": scales.astype(np.float32),
    }
    write_arrays(path, encoder_digest, arrays)
    path.chmod(0o644)


def _nobody(_done: int, _total: int) -> None:
    """Tell nobody."""


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def passage_digest(text: str) -> bytes:
    """Name a text by its sha256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
