"""Score messages by heads that did not see them, and choose by these scores what an error costs in training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from training.fit.linear import USUAL, Costs, Matrix, Weights, fit_dense, fit_lexical, fit_scales, mean_loss

_FOLDS = 5
# With few judges chance would choose; with many messages every further fit costs minutes.
_FEWEST_JUDGES = 300
_MOST_ROWS = 20_000
# Larger ones were no better in cross-validation on the train parts of Banking77 and CLINC150, smaller ones worse.
OFFERED = tuple(Costs(lexical, dense) for lexical in (USUAL.lexical, 1.0) for dense in (USUAL.dense, 30.0))


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Both families' scores, each (rows, columns), by models that did not see the row, and what an error cost them."""

    lexical: NDArray[np.float64]
    dense: NDArray[np.float64]
    costs: Costs = USUAL


def out_of_fold(
    lexical: sp.csr_matrix,
    dense: NDArray[np.float32],
    labels: NDArray[np.int64],
    seed: int,
    judges: NDArray[np.bool_] | None = None,
) -> OutOfFold:
    """Score every row by models that did not see it (5 folds, fewer where a label is rare).

    Args:
        lexical: Features of all rows.
        dense: The same of the other family.
        labels: (rows,).
        seed: Of folds and solvers.
        judges: (rows,) whose labels choose what an error costs: that which makes them likeliest. The usual costs where
            it is None, where fewer than 300 judge, and beyond 20,000 rows.

    """
    usual = judges is None or judges.sum() < _FEWEST_JUDGES or len(labels) > _MOST_ROWS
    costs = (USUAL,) if usual else OFFERED
    by_words = {
        c: _scores(fit_lexical, lexical, labels, seed, c) for c in dict.fromkeys(cost.lexical for cost in costs)
    }
    by_vector = {c: _scores(fit_dense, dense, labels, seed, c) for c in dict.fromkeys(cost.dense for cost in costs)}
    found = [OutOfFold(by_words[cost.lexical], by_vector[cost.dense], cost) for cost in costs]
    if judges is None or len(found) == 1:
        return found[0]
    return min(found, key=lambda one: _loss(one.lexical[judges], one.dense[judges], labels[judges]))


def _loss(lexical: NDArray[np.float64], dense: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    return mean_loss(fit_scales(lexical, dense, labels), lexical, dense, labels)


def _scores(
    fit: Callable[[Matrix, NDArray[np.int64], int, float], Weights],
    features: Matrix,
    labels: NDArray[np.int64],
    seed: int,
    cost: float,
) -> NDArray[np.float64]:
    rarest = int(np.bincount(labels).min())
    folds = StratifiedKFold(max(2, min(_FOLDS, rarest)), shuffle=True, random_state=seed)
    found = [
        (test, fit(features[train], labels[train], seed, cost).scores(features[test]))
        for train, test in folds.split(np.zeros(len(labels)), labels)
    ]
    order = np.argsort(np.concatenate([rows for rows, _ in found]))
    return np.concatenate([scores for _, scores in found])[order]
