"""Rows in the order of their scores, and several such orders made one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

# What a passage gets from one ranking: 1 / (RRF + rank), rank counted from 1. 60 is the constant of the first paper
# on reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009), and everybody's since.
RRF = 60
DEPTH = 50
_PLACES = RRF + np.arange(1, 2 * DEPTH + 1)
_GAINS = 1.0 / _PLACES


def ranked(rows: NDArray[np.int64], scores: NDArray[np.floating], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the best rows, the best first; ties in the order in which articles came, which is that of their keys."""
    return rows[np.lexsort((rows, keys[rows], -scores))[:DEPTH]]


def fused(
    rankings: Sequence[NDArray[np.int64]],
    keys: NDArray[np.int64],
    likely: Callable[[NDArray[np.int64]], NDArray[np.float64]] | None = None,
) -> NDArray[np.int64]:
    """Fuse rankings, the best row first, by reciprocal rank; ties in the order in which articles came.

    Args:
        rankings: Up to two, each of `DEPTH` rows at most, the best first.
        keys: The article of each row.
        likely: Gives the probability of the topic of each of some rows. A further ranking orders what the others found
            by that, and counts as much as it is likely.

    """
    every = np.concatenate(rankings)
    order = np.argsort(every, kind="stable")
    edges = np.flatnonzero(np.diff(every[order], prepend=-1))
    if not len(edges):
        return every
    rows = every[order[edges]]
    gained = np.add.reduceat(np.concatenate([_GAINS[: len(one)] for one in rankings])[order], edges)
    of_rows = keys[rows]
    if likely is not None:
        topics = likely(rows)
        tagged = np.lexsort((of_rows, -gained, -topics))[: np.count_nonzero(topics)]
        gained[tagged] += topics[tagged] / _PLACES[: len(tagged)]
    return rows[np.lexsort((rows, of_rows, -gained))]
