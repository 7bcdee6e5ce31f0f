"""Messages of one language that say the same in nearly the same words.

Texts are compared by the Jaccard similarity of their character 5-grams; candidates are found with MinHash and locality
sensitive hashing (Broder 1997; Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, chapter 3), so that no text
is compared with all others.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

SIMILAR = 0.8
_GRAM = 5
_BANDS, _ROWS = 20, 4
_PRIME = np.uint64((1 << 61) - 1)
_OTHERS = re.compile(r"[\W\d_]+")


def near_duplicates(texts: Sequence[str], similar: float = SIMILAR) -> Iterator[tuple[int, int, float]]:
    """Yield pairs (earlier row, later row, Jaccard similarity) at or above `similar`; short texts are left out.

    Texts with fewer than 12 letters are alike by nature ("where is it") and are compared for equality elsewhere.
    """
    grams: dict[int, NDArray[np.uint64]] = {}
    rng = np.random.default_rng(11)
    # Odd multipliers and offsets: a family of hash functions over 64-bit gram hashes.
    a = rng.integers(1, 2**62, size=_BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
    b = rng.integers(0, 2**62, size=_BANDS * _ROWS, dtype=np.uint64)
    buckets: dict[bytes, list[int]] = defaultdict(list)
    seen: set[tuple[int, int]] = set()
    for row, text in enumerate(texts):
        own = _grams(text)
        if own is None:
            continue
        grams[row] = own
        signature = _signature(own, a, b)
        for band in range(_BANDS):
            part = signature[band * _ROWS : (band + 1) * _ROWS]
            bucket = buckets[band.to_bytes(1, "big") + part.tobytes()]
            for other in bucket:
                if (other, row) in seen:
                    continue
                seen.add((other, row))
                jaccard = _jaccard(grams[other], own)
                if jaccard >= similar:
                    yield other, row, jaccard
            bucket.append(row)


def _grams(text: str) -> NDArray[np.uint64] | None:
    folded = _OTHERS.sub("", unicodedata.normalize("NFKC", text).casefold())
    if len(folded) < 12:
        return None
    found = {folded[place : place + _GRAM] for place in range(len(folded) - _GRAM + 1)}
    digests = [hashlib.blake2b(gram.encode("utf-8", "surrogatepass"), digest_size=8).digest() for gram in found]
    return np.unique(np.frombuffer(b"".join(digests), dtype=np.uint64))


def _signature(grams: NDArray[np.uint64], a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the smallest hash of the grams under each function; arithmetic is modulo 2**64."""
    hashed = grams[:, None] * a + b
    hashed ^= hashed >> np.uint64(29)
    return np.asarray((hashed * _PRIME).min(axis=0), dtype=np.uint64)


def _jaccard(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> float:
    both = len(np.intersect1d(first, second, assume_unique=True))
    return both / (len(first) + len(second) - both)
