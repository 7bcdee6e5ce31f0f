"""What a classifier says of texts, and how often that is right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Rule = Literal["accuracy", "balanced", "point"]
RULES: tuple[Rule, ...] = ("accuracy", "balanced", "point")
_POINT = 0.01


@dataclass(frozen=True, slots=True)
class Scores:
    """`matrix` (rows, labels) float64: the higher, the likelier the label."""

    labels: tuple[str, ...]
    matrix: NDArray[np.float64]

    def best(self) -> list[str]:
        """Return the first guess of every row."""
        return [self.labels[place] for place in self.matrix.argmax(axis=1)]

    def sure(self) -> NDArray[np.float64]:
        """Return (rows,): the score of the first guess."""
        return np.asarray(self.matrix.max(axis=1))

    def right(self, truth: Sequence[str], guesses: int = 1) -> NDArray[np.bool_]:
        """Return (rows,): whether the true label is among the first `guesses`."""
        first = np.argsort(-self.matrix, axis=1, kind="stable")[:, :guesses]
        return np.array([wanted in {self.labels[i] for i in row} for wanted, row in zip(truth, first, strict=True)])

    def without(self, label: str) -> Scores:
        """Return the scores as if a label did not exist."""
        kept = [place for place, name in enumerate(self.labels) if name != label]
        return Scores(tuple(self.labels[place] for place in kept), self.matrix[:, kept])


def share(right: NDArray[np.bool_]) -> float:
    """Return the share of True; 0 of nothing."""
    return float(right.mean()) if len(right) else 0.0


def margin_95(value: float, count: int) -> float:
    """Return half the width of the 95 % Wilson interval of a share of `count` messages."""
    z = 1.96
    spread = math.sqrt(value * (1 - value) / count + z * z / (4 * count * count))
    return z / (1 + z * z / count) * spread


def choose_threshold(
    sure_inside: NDArray[np.float64], right_inside: NDArray[np.bool_], sure_outside: NDArray[np.float64], rule: Rule
) -> float:
    """Choose the score below which a message is called out of scope.

    Args:
        sure_inside: (rows,) scores of messages in scope, of a validation set.
        right_inside: (rows,) whether their first guess is right.
        sure_outside: Scores of messages out of scope, of the same set.
        rule: "accuracy" has the most messages right, all counted alike (Larson et al. 2019); "balanced" has the best
            mean of the accuracy in scope and the recall out of scope; "point" refuses as much as it can for one point
            of the accuracy in scope.

    """
    heavier = len(sure_inside) / max(1, len(sure_outside)) if rule == "balanced" else 1.0
    seen = np.concatenate([sure_inside, sure_outside])
    candidates = np.unique(np.append(seen, np.nextafter(seen.max(), np.inf)))
    kept = np.sort(sure_inside[right_inside])
    outside = np.sort(sure_outside)
    still_right = len(kept) - np.searchsorted(kept, candidates, side="left")
    if rule == "point":
        return float(candidates[np.flatnonzero(still_right >= len(kept) - _POINT * len(sure_inside))[-1]])
    refused = np.searchsorted(outside, candidates, side="left")
    return float(candidates[int((still_right + heavier * refused).argmax())])
