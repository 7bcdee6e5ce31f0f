"""Groups of texts that say the same, by the cosine of their vectors.

The number of groups is not known and most texts belong to none, which k-means can express neither of. So the text with
the most neighbours leads the first group, then the one with the most neighbours among the rest, and so on: no random
start, no order of arrival in the result, and each member is as near to its leader as was asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Cluster:
    """Row numbers of one group: its leader, which is the most typical one, then the others from near to far."""

    members: tuple[int, ...]

    @property
    def leader(self) -> int:
        """The row with the most neighbours."""
        return self.members[0]


def find_clusters(vectors: NDArray[np.float32], *, min_similarity: float, min_size: int) -> list[Cluster]:
    """Group rows by their cosine to a leader; rows in no group are left out.

    Memory and time grow with the square of the number of rows: 4,000 rows take 16 MB.

    Args:
        vectors: Shape (rows, dimension), of unit length or zero.
        min_similarity: Least cosine between a member and its leader.
        min_size: Least number of rows in a group.

    Returns:
        The groups, the largest first; of equal ones that of the earlier leader.

    """
    near = _neighbours(vectors, min_similarity)
    counts = near.sum(axis=1, dtype=np.int64)
    found: list[Cluster] = []
    while len(counts) and counts.max() >= min_size:
        leader = int(counts.argmax())
        members = np.flatnonzero(near[leader])
        found.append(_cluster(vectors, leader, members))
        counts -= near[:, members].sum(axis=1, dtype=np.int64)
        near[:, members] = False
        counts[members] = 0
        near[members] = False
    return found


def _neighbours(vectors: NDArray[np.float32], min_similarity: float) -> NDArray[np.bool_]:
    near = np.zeros((len(vectors), len(vectors)), dtype=np.bool_)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        near[rows] = vectors[rows] @ vectors.T >= min_similarity
    # A row is its own neighbour whatever rounding says, unless it says nothing at all.
    np.fill_diagonal(near, vectors.any(axis=1))
    return near


def _cluster(vectors: NDArray[np.float32], leader: int, members: NDArray[np.int64]) -> Cluster:
    others = members[members != leader]
    order = np.argsort(-(vectors[others] @ vectors[leader]), kind="stable")
    return Cluster((leader, *(int(row) for row in others[order])))
