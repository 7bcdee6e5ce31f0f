from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from knowledge_base.clusters import find_clusters


def around(*angles: float) -> NDArray[np.float32]:
    radians = np.radians(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_the_leader_is_the_one_with_the_most_neighbours() -> None:
    vectors = around(0, 20, 40, 90, 91, 180)
    found = find_clusters(vectors, min_similarity=float(np.cos(np.radians(25))), min_size=2)
    assert [cluster.members for cluster in found] == [(1, 0, 2), (3, 4)]
    assert found[0].leader == 1


def test_rows_that_say_nothing_belong_nowhere() -> None:
    vectors = np.zeros((4, 2), dtype=np.float32)
    assert find_clusters(vectors, min_similarity=0.5, min_size=1) == []


def test_no_rows_give_no_groups() -> None:
    assert find_clusters(np.zeros((0, 2), dtype=np.float32), min_similarity=0.5, min_size=1) == []


@given(st.lists(st.floats(0, 360), max_size=60), st.integers(1, 4))
def test_groups_are_disjoint_large_enough_and_near_their_leader(angles: list[float], min_size: int) -> None:
    vectors = around(*angles) if angles else np.zeros((0, 2), dtype=np.float32)
    found = find_clusters(vectors, min_similarity=0.9, min_size=min_size)
    taken = [row for cluster in found for row in cluster.members]
    assert len(taken) == len(set(taken))
    for cluster in found:
        assert len(cluster.members) >= min_size
        assert all(vectors[row] @ vectors[cluster.leader] >= 0.9 - 1e-5 for row in cluster.members)
    assert [len(cluster.members) for cluster in found] == sorted((len(c.members) for c in found), reverse=True)
