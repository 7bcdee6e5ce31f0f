"""What is counted: places of the right article, how sure a probability is, what an answer is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10
WANTED_PRECISION = 0.95
CURVE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Sure:
    """How likely the first choice was called, and whether it was right."""

    probability: float
    right: bool


def place(ranked: Sequence[str], right: frozenset[str]) -> int | None:
    """Give the place of the first right article, from 0; None where none was found."""
    return next((place for place, name in enumerate(ranked) if name in right), None)


def ranking(places: Sequence[int | None]) -> dict[str, float | int]:
    """Count right articles in the first place and among three, and the mean of 1 / place (MRR)."""
    count = len(places)
    found = [one for one in places if one is not None]
    return {
        "questions": count,
        "first": sum(one < 1 for one in found) / count,
        "among_three": sum(one < 3 for one in found) / count,
        "mrr": sum(1 / (1 + one) for one in found) / count,
    }


def calibration_error(guesses: Sequence[Sure]) -> float:
    """Give the expected calibration error over ten bins of equal width."""
    error = 0.0
    for number in range(BINS):
        inside = [one for one in guesses if min(int(one.probability * BINS), BINS - 1) == number]
        if inside:
            said = sum(one.probability for one in inside) / len(inside)
            error += len(inside) / len(guesses) * abs(said - sum(one.right for one in inside) / len(inside))
    return error


def precision_curve(guesses: Sequence[Sure]) -> list[dict[str, float]]:
    """Give, for shares of the questions answered, the surest first: how many are right, and the least probability."""
    ordered = sorted(guesses, key=lambda one: -one.probability)
    curve = []
    for share in CURVE:
        taken = ordered[: max(1, round(share * len(ordered)))]
        right = sum(one.right for one in taken) / len(taken)
        curve.append({"coverage": share, "precision": right, "probability": taken[-1].probability})
    return curve


def safe_share(guesses: Sequence[Sure]) -> float:
    """Give the largest share of the questions that can be answered at 95 % precision."""
    ordered = sorted(guesses, key=lambda one: -one.probability)
    right, best = 0, 0
    for count, one in enumerate(ordered, start=1):
        right += one.right
        if right >= WANTED_PRECISION * count:
            best = count
    return best / len(ordered)
