"""The vectors of one segment: compared one by one, or, where they are many, only those of the nearest clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

import faiss
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

# Up to here every vector is compared.
EXACT_UP_TO = 50_000
# The clusters that a search reads are chosen so that it finds this share of the ten nearest.
WANTED_RECALL = 0.985
_TRIED = (4, 8, 16, 32, 64, 128, 256)
_JUDGED_BY, _JUDGED_AT = 256, 10
# A cluster's centre is the mean of about so many vectors while it is learned.
_SAMPLE_A_CLUSTER = 48
_SEED = 7
# Up to here all vectors are compared at once.
_AT_ONCE = 4_096
_NONE_BLANK = np.zeros(0, dtype=np.bool_)
# The library's own type stubs do not know its Python wrappers.
_library: Any = faiss


class Cosines(Protocol):
    """One vector compared with those of a segment."""

    def nearest(self, allowed: NDArray[np.bool_] | None, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the nearest rows with their cosines, in no promised order; those that tie with the last may come too."""
        ...

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the cosines of given rows."""
        ...

    def means(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the mean cosine of each run of rows, from and to."""
        ...


class DenseSegment(Protocol):
    """Vectors by row, rows counted from 0. A row of zeros is one that is not encoded yet: it is near to nothing."""

    @property
    def blank(self) -> NDArray[np.bool_]:
        """Give the rows without a vector."""
        ...

    def nearest(
        self, vector: NDArray[np.float32], allowed: NDArray[np.bool_] | None, limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the rows nearest to a vector of unit length, with their cosines, the nearest first."""
        ...

    def compared(self, vector: NDArray[np.float32]) -> Cosines:
        """Compare a vector of unit length, or of zeros, with as many as are asked for."""
        ...

    def given(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the vectors of some rows, shape (len(rows), dimension)."""
        ...

    def all(self) -> NDArray[np.float32]:
        """Give all vectors, shape (rows, dimension)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class HalfVectors:
    """Vectors at half precision, every one compared: half the memory to read, so twice as fast.

    Cosines are off by less than 0.001.
    """

    index: Any
    blank: NDArray[np.bool_]

    @classmethod
    def of(cls, parts: Iterable[NDArray[np.float32]]) -> Self:
        """Copy vectors, part after part."""
        index, blank = None, [_NONE_BLANK]
        for vectors in parts:
            if index is None:
                kind, metric = _library.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
                index = _library.IndexScalarQuantizer(vectors.shape[1], kind, metric)
            index.add(np.ascontiguousarray(vectors, dtype=np.float32))
            blank.append(_blank(vectors))
        return cls(index, np.concatenate(blank))

    def nearest(
        self, vector: NDArray[np.float32], allowed: NDArray[np.bool_] | None, limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the rows nearest to a vector of unit length, with their cosines, the nearest first."""
        params = _library.SearchParameters(sel=_selector(allowed)) if allowed is not None else None
        cosines, rows = self.index.search(vector[np.newaxis], min(limit, len(self.blank)), params=params)
        return _filled(rows[0], cosines[0], self.blank)

    def all(self) -> NDArray[np.float32]:
        """Give all vectors, shape (rows, dimension)."""
        return np.asarray(self.index.reconstruct_n(0, len(self.blank)), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ExactVectors:
    """Compares a vector with every other; `vectors` lie in the memory of `index`, once."""

    index: faiss.IndexFlatIP
    vectors: NDArray[np.float32]
    blank: NDArray[np.bool_]

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> Self:
        """Take over rows of unit length, or of zeros; shape (rows, dimension)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        held = _library.rev_swig_ptr(index.get_xb(), vectors.size).reshape(vectors.shape) if vectors.size else vectors
        return cls(index, held, _blank(vectors))

    def nearest(
        self, vector: NDArray[np.float32], allowed: NDArray[np.bool_] | None, limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the rows nearest to a vector of unit length, with their cosines, the nearest first."""
        params = _library.SearchParameters(sel=_selector(allowed)) if allowed is not None else None
        cosines, rows = self.index.search(vector[np.newaxis], min(limit, len(self.blank)), params=params)
        return _filled(rows[0], cosines[0], self.blank)

    def compared(self, vector: NDArray[np.float32]) -> Cosines:
        """Compare a vector of unit length, or of zeros, with as many as are asked for."""
        if len(self.blank) > _AT_ONCE:
            return _AsAsked(self, vector)
        return _AtOnce(self.vectors @ vector, self.blank)

    def given(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the vectors of some rows, shape (len(rows), dimension)."""
        return self.vectors[rows]

    def all(self) -> NDArray[np.float32]:
        """Give all vectors, shape (rows, dimension)."""
        return self.vectors


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredVectors:
    """Compares a vector with those of the nearest clusters; numbers are kept at half precision (IVF of FAISS)."""

    index: Any
    blank: NDArray[np.bool_]
    probes: int

    @classmethod
    def learn(cls, vectors: NDArray[np.float32]) -> Self:
        """Find clusters, and how many of them a search must read; takes minutes where vectors are many.

        Args:
            vectors: Shape (rows, dimension), rows of unit length or of zeros.

        """
        rows, dimension = vectors.shape
        clusters = max(1, min(int(4 * rows**0.5 / 3), rows // 39))
        metric = faiss.METRIC_INNER_PRODUCT
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimension), dimension, clusters, _library.ScalarQuantizer.QT_fp16, metric
        )
        draw = np.random.default_rng(_SEED)
        index.train(vectors[_drawn(draw, rows, clusters * _SAMPLE_A_CLUSTER)])
        index.add(vectors)
        judged = vectors[_drawn(draw, rows, _JUDGED_BY)]
        return cls.of(index, _blank(vectors), _probes(index, vectors, judged))

    @classmethod
    def of(cls, index: Any, blank: NDArray[np.bool_], probes: int) -> Self:  # noqa: ANN401 - FAISS has no types
        """Take over a learned index."""
        index.make_direct_map()
        return cls(index, blank, probes)

    @classmethod
    def read(cls, data: NDArray[np.uint8], blank: NDArray[np.bool_], probes: int) -> Self:
        """Read what `written` gave."""
        return cls.of(_library.deserialize_index(data), blank, probes)

    def written(self) -> NDArray[np.uint8]:
        """Give the index as bytes."""
        return np.asarray(_library.serialize_index(self.index), dtype=np.uint8)

    def nearest(
        self, vector: NDArray[np.float32], allowed: NDArray[np.bool_] | None, limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the rows nearest to a vector of unit length, with their cosines, the nearest first."""
        selector = _selector(allowed) if allowed is not None else None
        params = _library.SearchParametersIVF(sel=selector, nprobe=self.probes)
        cosines, rows = self.index.search(vector[np.newaxis], min(limit, len(self.blank)), params=params)
        return _filled(rows[0], cosines[0], self.blank)

    def compared(self, vector: NDArray[np.float32]) -> Cosines:
        """Compare a vector of unit length, or of zeros, with as many as are asked for."""
        return _AsAsked(self, vector)

    def given(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the vectors of some rows, shape (len(rows), dimension)."""
        return np.asarray(self.index.reconstruct_batch(rows), dtype=np.float32)

    def all(self) -> NDArray[np.float32]:
        """Give all vectors, shape (rows, dimension)."""
        return np.asarray(self.index.reconstruct_n(0, len(self.blank)), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _AtOnce:
    """The cosines of all rows: where these are few, one product costs less than picking some."""

    cosines: NDArray[np.float32]
    blank: NDArray[np.bool_]

    def nearest(self, allowed: NDArray[np.bool_] | None, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the nearest rows, as `Cosines.nearest` does."""
        rows = np.flatnonzero(~self.blank if allowed is None else allowed & ~self.blank)
        cosines = self.cosines[rows]
        if len(rows) > limit:
            near = np.flatnonzero(cosines >= np.partition(cosines, -limit)[-limit])
            rows, cosines = rows[near], cosines[near]
        return rows, cosines

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the cosines of given rows."""
        return self.cosines[rows]

    def means(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the mean cosine of each run of rows, from and to."""
        sums = np.zeros(len(self.cosines) + 1)
        np.cumsum(self.cosines, dtype=np.float64, out=sums[1:])
        return np.asarray((sums[ends] - sums[starts]) / (ends - starts), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _AsAsked:
    """The cosines of those rows that are asked for."""

    dense: DenseSegment
    vector: NDArray[np.float32]

    def nearest(self, allowed: NDArray[np.bool_] | None, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the nearest rows, as `Cosines.nearest` does."""
        return self.dense.nearest(self.vector, allowed, limit)

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the cosines of given rows."""
        return np.asarray(self.dense.given(rows) @ self.vector, dtype=np.float32)

    def means(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the mean cosine of each run of rows, from and to; runs are the same or have no row in common."""
        firsts, first, places = np.unique(starts, return_index=True, return_inverse=True)
        sizes = (ends - starts)[first]
        edges = np.cumsum(sizes) - sizes
        cosines = self.of(np.arange(int(sizes.sum())) + np.repeat(firsts - edges, sizes))
        return np.asarray(np.add.reduceat(cosines, edges, dtype=np.float64) / sizes, dtype=np.float64)[places]


def _probes(index: Any, vectors: NDArray[np.float32], judged: NDArray[np.float32]) -> int:  # noqa: ANN401 - see above
    """Find how many clusters must be read: vectors of the index themselves are searched, and the exact answer known."""
    nearest = min(_JUDGED_AT, len(vectors))
    _, exact = _library.knn(judged, vectors, nearest, metric=faiss.METRIC_INNER_PRODUCT)
    for probes in _TRIED:
        _, found = index.search(judged, nearest, params=_library.SearchParametersIVF(nprobe=probes))
        hits = sum(len(np.intersect1d(one, other)) for one, other in zip(exact, found, strict=True))
        if hits >= WANTED_RECALL * exact.size:
            return probes
    return int(index.nlist)


def _blank(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.logical_not(vectors.any(axis=1)).astype(np.bool_)


def _drawn(draw: np.random.Generator, rows: int, wanted: int) -> NDArray[np.int64]:
    return np.sort(draw.choice(rows, size=min(rows, wanted), replace=False))


def _selector(allowed: NDArray[np.bool_]) -> Any:  # noqa: ANN401 - FAISS has no types
    return _library.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))


def _filled(
    rows: NDArray[np.int64], cosines: NDArray[np.float32], blank: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Leave out places that nothing was found for, and rows without a vector."""
    found = rows >= 0
    found[found] = ~blank[rows[found]]
    return rows[found], cosines[found]
