"""Fit linear heads and their calibration with scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

Matrix: TypeAlias = "sp.csr_matrix | NDArray[np.float32]"
_LEAST_F1 = 0.2


@dataclass(frozen=True, slots=True)
class Weights:
    """`matrix` (features, columns) and `bias` (columns,); one column for two labels."""

    matrix: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, features: Matrix) -> NDArray[np.float64]:
        """Return (rows, columns)."""
        return np.asarray(features @ self.matrix.astype(np.float64) + self.bias, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Costs:
    """What an error costs a head in training, against the size of its weights: scikit-learn's C of each family."""

    lexical: float = 0.5
    dense: float = 10.0


USUAL = Costs()


@dataclass(frozen=True, slots=True)
class Scales:
    """How both families' scores become one: `lexical * a + dense * b (+ offset)`, read as log-odds."""

    lexical: float
    dense: float
    offset: float

    def total(self, lexical: NDArray[np.float64], dense: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores that both families add up to, without the offset."""
        return self.lexical * lexical + self.dense * dense


def fit_lexical(features: Matrix, labels: NDArray[np.int64], seed: int, cost: float = USUAL.lexical) -> Weights:
    """Fit one linear SVM a label against the rest (LIBLINEAR; Fan et al. 2008)."""
    model = LinearSVC(C=cost, random_state=seed).fit(features, labels)
    return Weights(np.ascontiguousarray(model.coef_.T, dtype=np.float32), model.intercept_.astype(np.float32))


def fit_dense(features: Matrix, labels: NDArray[np.int64], seed: int, cost: float = USUAL.dense) -> Weights:
    """Fit a multinomial logistic regression over the encoder's vectors."""
    # BLAS threads that wait for each other on matrices of this size cost six times what they save.
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=cost, max_iter=400, random_state=seed).fit(features, labels)
    return Weights(np.ascontiguousarray(model.coef_.T, dtype=np.float32), model.intercept_.astype(np.float32))


def fit_scales(lexical: NDArray[np.float64], dense: NDArray[np.float64], labels: NDArray[np.int64]) -> Scales:
    """Choose the scales that give the labels the highest likelihood: temperature scaling with one scale a family.

    Args:
        lexical: (rows, columns) out-of-fold scores.
        dense: The same of the other family.
        labels: (rows,), 0 or 1 where there is one column.

    """
    binary = lexical.shape[1] == 1

    def loss(parameters: NDArray[np.float64]) -> float:
        a, b = np.exp(parameters[:2])
        return mean_loss(Scales(a, b, parameters[2]), lexical, dense, labels)

    start = np.array([1.0, -0.5, 0.0])
    bounds = [(-8, 6), (-8, 6), (-10, 10) if binary else (0, 0)]
    best = minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    return Scales(float(np.exp(best.x[0])), float(np.exp(best.x[1])), float(best.x[2]))


def mean_loss(
    scales: Scales, lexical: NDArray[np.float64], dense: NDArray[np.float64], labels: NDArray[np.int64]
) -> float:
    """Return the mean negative log-likelihood of the labels; shapes as in `fit_scales`."""
    total = scales.total(lexical, dense)
    if lexical.shape[1] == 1:
        margin = (total[:, 0] + scales.offset) * (2 * labels - 1)
        return float(np.logaddexp(0, -margin).mean())
    total = total - total.max(axis=1, keepdims=True)
    return float((np.log(np.exp(total).sum(axis=1)) - total[np.arange(len(labels)), labels]).mean())


def fit_beta(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return (a, b, c) of the beta calibration (Kull et al. 2017) that makes the first guesses' likelihood highest.

    Args:
        probabilities: (rows, labels) of rows that the head did not see.
        labels: (rows,).

    """
    first = np.clip(probabilities.max(axis=1), 1e-9, 1.0 - 1e-9)
    sign = np.where(probabilities.argmax(axis=1) == labels, 1.0, -1.0)
    yes, no = np.log(first), np.log(1.0 - first)

    def loss(parameters: NDArray[np.float64]) -> float:
        a, b, c = parameters
        return float(np.logaddexp(0, -sign * (a * yes - b * no + c)).mean() + 1e-4 * ((a - 1) ** 2 + (b - 1) ** 2))

    found = minimize(loss, np.array([1.0, 1.0, 0.0]), method="L-BFGS-B", bounds=[(0, 10), (0, 10), (-10, 10)]).x
    return float(found[0]), float(found[1]), float(found[2])


def abstention_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.int64], precision: float) -> float:
    """Return the lowest probability from which on the decided rows are right at least `precision` of the time.

    Returns 1.0 where no threshold reaches it on at least 20 rows.
    """
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    order = np.argsort(-top, kind="stable")
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    fitting = np.flatnonzero(reached[19:] >= precision)
    return float(top[order[fitting[-1] + 19]]) if len(fitting) else 1.0


def further_threshold(
    probabilities: NDArray[np.float64], truth: Sequence[set[int]], primary: NDArray[np.int64]
) -> float:
    """Return the probability for further intents with the highest F1.

    Returns 1.0, so that none is named, where the data name none or no threshold reaches an F1 of 0.2: a guess that is
    wrong nine times of ten only misleads.
    """
    wanted = sum(len(names) for names in truth)
    if not wanted:
        return 1.0
    best, chosen = 0.0, 1.0
    others = probabilities.copy()
    others[np.arange(len(primary)), primary] = 0.0
    for threshold in np.linspace(0.05, 0.5, 46):
        named = others >= threshold
        right = sum(int(named[row, list(names)].sum()) for row, names in enumerate(truth) if names)
        f1 = 2 * right / (wanted + int(named.sum()))
        if f1 > best:
            best, chosen = f1, float(threshold)
    return chosen if best >= _LEAST_F1 else 1.0


def flag_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the probability from which on flagging has the highest F2 (recall counts twice) for the positive label."""
    positives = int(labels.sum())
    if not positives:
        return 1.0
    order = np.argsort(-probabilities, kind="stable")
    right = np.cumsum(labels[order])
    flagged = np.arange(1, len(order) + 1)
    f2 = 5 * right / (4 * positives + flagged)
    return float(probabilities[order[int(f2.argmax())]])
