"""Vectors of a segment: exact search, and clusters that find nearly the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from knowledge_base.dense import ClusteredVectors, DenseSegment, ExactVectors, HalfVectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS, DIMENSION = 4_000, 32


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    """Make vectors around 50 centres; two rows are not encoded yet."""
    draw = np.random.default_rng(1)
    centres = unit(draw.standard_normal((50, DIMENSION)))
    made = unit(centres[draw.integers(0, 50, ROWS)] + 0.6 * unit(draw.standard_normal((ROWS, DIMENSION))))
    made[[5, 9]] = 0
    return made


@pytest.fixture(scope="module")
def clustered(vectors: NDArray[np.float32]) -> ClusteredVectors:
    return ClusteredVectors.learn(vectors)


def questions(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    draw = np.random.default_rng(2)
    return unit(vectors[draw.integers(10, ROWS, 100)] + 0.6 * unit(draw.standard_normal((100, DIMENSION))))


def test_exact_search_is_sorting(vectors: NDArray[np.float32]) -> None:
    exact = ExactVectors.of(vectors)
    allowed = np.arange(ROWS) % 3 == 0
    for vector in questions(vectors)[:20]:
        for mask in (None, allowed):
            rows, cosines = exact.nearest(vector, mask, 10)
            wanted = vectors @ vector
            candidates = np.flatnonzero(vectors.any(axis=1) & (True if mask is None else mask))
            assert rows.tolist() == candidates[np.argsort(-wanted[candidates])][:10].tolist()
            assert np.allclose(cosines, wanted[rows], atol=1e-5)


def test_clusters_find_nearly_the_same(vectors: NDArray[np.float32], clustered: ClusteredVectors) -> None:
    exact, found, asked = ExactVectors.of(vectors), 0, questions(vectors)
    for vector in asked:
        wanted = exact.nearest(vector, None, 10)[0]
        found += len(np.intersect1d(wanted, clustered.nearest(vector, None, 10)[0]))
    assert found / (10 * len(asked)) >= 0.97
    assert clustered.probes < clustered.index.nlist


@pytest.mark.parametrize("kind", ["exact", "clustered"])
def test_only_what_is_allowed_and_encoded_is_found(
    vectors: NDArray[np.float32], clustered: ClusteredVectors, kind: str
) -> None:
    dense: DenseSegment = ExactVectors.of(vectors) if kind == "exact" else clustered
    allowed = np.zeros(ROWS, dtype=np.bool_)
    allowed[[3, 5, 9, 700]] = True
    rows, _ = dense.nearest(vectors[3], allowed, 50)
    assert set(rows.tolist()) <= {3, 700}
    assert rows[0] == 3
    assert np.flatnonzero(dense.blank).tolist() == [5, 9]
    assert not len(dense.nearest(vectors[3], np.zeros(ROWS, dtype=np.bool_), 5)[0])


def test_half_precision_is_near(vectors: NDArray[np.float32], clustered: ClusteredVectors) -> None:
    rows = np.array([0, 17, 3_999])
    assert np.allclose(clustered.compared(vectors[1]).of(rows), vectors[rows] @ vectors[1], atol=1e-3)
    assert np.allclose(clustered.all(), vectors, atol=1e-3)
    assert np.array_equal(ExactVectors.of(vectors).all(), vectors)


def test_clusters_are_read_as_they_were_written(vectors: NDArray[np.float32], clustered: ClusteredVectors) -> None:
    again = ClusteredVectors.read(clustered.written(), clustered.blank, clustered.probes)
    for vector in questions(vectors)[:10]:
        ours, theirs = again.nearest(vector, None, 10), clustered.nearest(vector, None, 10)
        assert np.array_equal(ours[0], theirs[0])
        assert np.array_equal(ours[1], theirs[1])
    assert np.array_equal(again.all(), clustered.all())


def test_no_rows() -> None:
    empty = ExactVectors.of(np.zeros((0, DIMENSION), dtype=np.float32))
    assert empty.all().shape == (0, DIMENSION)
    assert not len(empty.blank)


def test_vectors_at_half_precision_are_all_compared(vectors: NDArray[np.float32]) -> None:
    some = HalfVectors.of([vectors[:1000], vectors[1000:1001], vectors[1001:]])
    allowed = np.arange(ROWS) % 2 == 0
    assert np.flatnonzero(some.blank).tolist() == [5, 9]
    assert np.allclose(some.all(), vectors, atol=1e-3)
    for vector in questions(vectors)[:5]:
        for mask in (None, allowed):
            found, cosines = some.nearest(vector, mask, 20)
            exact = vectors[allowed] @ vector if mask is not None else vectors @ vector
            assert mask is None or mask[found].all()
            assert np.allclose(cosines, np.sort(exact)[::-1][: len(cosines)], atol=2e-3)
            assert np.allclose(cosines, vectors[found] @ vector, atol=2e-3)


@pytest.mark.parametrize("at_once", [ROWS, 0])
def test_a_vector_is_compared_with_all_at_once_or_with_those_that_are_asked_for(
    vectors: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("knowledge_base.dense._AT_ONCE", at_once)
    dense, allowed = ExactVectors.of(vectors), np.arange(ROWS) % 3 != 1
    starts = np.array([5, 200, 5, 9, 3_990])
    ends = np.array([9, 201, 9, 12, ROWS])
    for vector in questions(vectors)[:5]:
        cosines, wanted = dense.compared(vector), vectors @ vector
        assert np.allclose(cosines.of(starts), wanted[starts], atol=1e-6)
        means = [wanted[start:end].mean() for start, end in zip(starts, ends, strict=True)]
        assert np.allclose(cosines.means(starts, ends), means, atol=1e-6)
        for mask in (None, allowed):
            rows, near = cosines.nearest(mask, 10)
            found, exact = dense.nearest(vector, mask, 10)
            assert set(rows.tolist()) == set(found.tolist())
            assert np.allclose(np.sort(near)[::-1], exact, atol=1e-6)
        few = np.zeros(ROWS, dtype=np.bool_)
        few[[5, 700]] = True
        assert cosines.nearest(few, 10)[0].tolist() == [700]


def test_all_that_tie_with_the_last_come_too() -> None:
    vectors = np.eye(4, dtype=np.float32)[[0, 1, 1, 1, 2]]
    rows, cosines = ExactVectors.of(vectors).compared(vectors[1]).nearest(None, 2)
    assert rows.tolist() == [1, 2, 3]
    assert cosines.tolist() == [1.0, 1.0, 1.0]
