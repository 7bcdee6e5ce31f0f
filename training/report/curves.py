"""Curves over guesses: whether the stated probabilities hold, and what deciding fewer messages gains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation import BINS, bin_numbers


@dataclass(frozen=True, slots=True)
class Bin:
    """The guesses whose probability lies from `low` up to `high`: how sure they were on the mean, how many are right.

    `accuracy` is the share that is right, from 0 to 1.
    """

    low: float
    high: float
    count: int
    mean_probability: float
    accuracy: float


def reliability(probabilities: NDArray[np.float64], right: NDArray[np.bool_], bins: int = BINS) -> list[Bin]:
    """Return the bins of a reliability diagram that hold any guess, the least certain first.

    Args:
        probabilities: (rows,), of the guesses.
        right: (rows,), whether each guess is.
        bins: Into how many equal parts [0, 1] is divided.

    """
    numbers = bin_numbers(probabilities, bins)
    return [
        Bin(
            low=float(number / bins),
            high=float((number + 1) / bins),
            count=int((numbers == number).sum()),
            mean_probability=float(probabilities[numbers == number].mean()),
            accuracy=float(right[numbers == number].mean()),
        )
        for number in np.unique(numbers)
    ]


def coverage_curve(
    probabilities: NDArray[np.float64], right: NDArray[np.bool_], points: int = 50
) -> list[tuple[float, float]]:
    """Return (coverage, precision) pairs: the share decided, most certain first, and the share of these that is right.

    Args:
        probabilities: (rows,), of the guesses; of equally certain ones the earlier row is decided first.
        right: (rows,), whether each guess is.
        points: At most so many pairs, evenly spread; the last covers everything.

    """
    rows = len(probabilities)
    decided = np.unique(np.ceil(np.arange(1, points + 1) * rows / points).astype(int))
    found = np.cumsum(right[np.argsort(-probabilities, kind="stable")])
    return [(float(count / rows), float(found[count - 1] / count)) for count in decided if count]
