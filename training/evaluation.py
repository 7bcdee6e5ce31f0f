"""Measure a bundle on labelled messages; every figure is named after what goes wrong when it is low."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle, Prediction
from models.prediction import SENTIMENTS
from training.utterances import Utterance, wording

BINS = 15
_THREE = {"very_negative": "negative", "very_positive": "positive"}


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures over one set of messages; None where the set lacks the labels.

    `intent_ece` is the expected calibration error over 15 equal bins (Guo et al. 2017); `coverage` the share of
    messages that the intent head decides and `precision` the share of these that it gets right;
    `coverage_at_95` the largest share that could be decided with 95 % right; `sentiment_macro_f1_3` folds both
    negative and both positive levels; `escalation_recall_at_20` the share of the cases found when the riskiest fifth
    of the messages is flagged.
    """

    messages: int
    intent_top1: float
    intent_top3: float
    intent_ece: float
    coverage: float
    precision: float | None
    coverage_at_95: float
    language: float | None
    sentiment_macro_f1_3: float | None
    escalation_auroc: float | None
    escalation_recall_at_20: float | None
    also_f1: float | None
    per_language: dict[str, float]
    per_intent: dict[str, float]

    def as_json(self) -> dict[str, object]:
        """Return the figures, rounded to four places, as JSON types."""
        return {name: _rounded(value) for name, value in asdict(self).items()}


def evaluate(bundle: Bundle, utterances: Sequence[Utterance]) -> Metrics:
    """Predict every message and compare with its labels."""
    return metrics_of(bundle.predict([wording(utterance) for utterance in utterances]), utterances)


def metrics_of(predictions: Sequence[Prediction], utterances: Sequence[Utterance]) -> Metrics:
    """Compare predictions with the labels of the messages that they were made for, in the same order."""
    right = np.array([p.intents[0][0] == u.intent for p, u in zip(predictions, utterances, strict=True)])
    top = np.array([p.intents[0][1] for p in predictions])
    decided = np.array([p.intent is not None for p in predictions])
    in_three = [u.intent in {name for name, _ in p.intents[:3]} for p, u in zip(predictions, utterances, strict=True)]
    return Metrics(
        messages=len(utterances),
        intent_top1=float(right.mean()),
        intent_top3=float(np.mean(in_three)),
        intent_ece=calibration_error(top, right),
        coverage=float(decided.mean()),
        precision=float(right[decided].mean()) if decided.any() else None,
        coverage_at_95=coverage_at(top, right, 0.95),
        language=_language_accuracy(predictions, utterances),
        sentiment_macro_f1_3=_sentiment_f1(predictions, utterances),
        escalation_auroc=_escalation(predictions, utterances, auroc),
        escalation_recall_at_20=_escalation(predictions, utterances, _recall_at_fifth),
        also_f1=_also_f1(predictions, utterances),
        per_language=_shares(right, [u.language or "?" for u in utterances]),
        per_intent=_shares(right, [u.intent for u in utterances]),
    )


def calibration_error(
    probabilities: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
) -> float:
    """Return the expected calibration error: the mean gap between probability and accuracy over 15 equal bins.

    Args:
        probabilities: (rows,), of the guesses.
        right: (rows,), whether each guess is.
        weights: (rows,), how much each row counts; all the same where it is None.

    """
    counted = np.ones(len(probabilities)) if weights is None else weights
    gaps = np.bincount(bin_numbers(probabilities), counted * (probabilities - right))
    return float(np.abs(gaps).sum() / counted.sum())


def bin_numbers(probabilities: NDArray[np.float64], bins: int = BINS) -> NDArray[np.int64]:
    """Return which of `bins` equal bins over [0, 1] each probability falls into; 1 belongs to the last."""
    return np.minimum((probabilities * bins).astype(np.int64), bins - 1)


def coverage_at(probabilities: NDArray[np.float64], right: NDArray[np.bool_], precision: float) -> float:
    """Return the largest share of rows, most certain first, of which at least `precision` are right."""
    order = np.argsort(-probabilities, kind="stable")
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    fitting = np.flatnonzero(reached >= precision)
    return float((fitting[-1] + 1) / len(order)) if len(fitting) else 0.0


def auroc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve by ranks (Mann-Whitney), ties counted half."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    n = int(positive.sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))


def macro_f1(truth: Sequence[str], found: Sequence[str]) -> float:
    """Return the mean over labels of the harmonic mean of precision and recall."""
    total = 0.0
    labels = sorted(set(truth))
    for label in labels:
        both = sum(t == label and f == label for t, f in zip(truth, found, strict=True))
        total += 2 * both / (truth.count(label) + list(found).count(label))
    return total / len(labels)


def _language_accuracy(predictions: Sequence[Prediction], utterances: Sequence[Utterance]) -> float | None:
    pairs = [(p.language.code, u.language) for p, u in zip(predictions, utterances, strict=True) if u.language]
    return sum(found == wanted for found, wanted in pairs) / len(pairs) if pairs else None


def _sentiment_f1(predictions: Sequence[Prediction], utterances: Sequence[Utterance]) -> float | None:
    pairs = [
        (_three(SENTIMENTS[u.sentiment + 2]), _three(p.sentiment.label))
        for p, u in zip(predictions, utterances, strict=True)
        if u.sentiment is not None
    ]
    return macro_f1([wanted for wanted, _ in pairs], [found for _, found in pairs]) if pairs else None


def _three(label: str) -> str:
    return _THREE.get(label, label)


def _escalation(predictions: Sequence[Prediction], utterances: Sequence[Utterance], figure: object) -> float | None:
    known = [(p.escalation, u.escalate) for p, u in zip(predictions, utterances, strict=True) if u.escalate is not None]
    positive = np.array([bool(risk) for _, risk in known])
    if not known or positive.all() or not positive.any():
        return None
    return float(figure(np.array([probability for probability, _ in known]), positive))  # type: ignore[operator]


def _recall_at_fifth(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    flagged = np.argsort(-scores, kind="stable")[: max(1, len(scores) // 5)]
    return float(positive[flagged].sum() / positive.sum())


def _also_f1(predictions: Sequence[Prediction], utterances: Sequence[Utterance]) -> float | None:
    wanted = sum(len(u.also) for u in utterances)
    if not wanted:
        return None
    named = sum(len(p.also) for p in predictions)
    both = sum(len(set(p.also) & set(u.also)) for p, u in zip(predictions, utterances, strict=True))
    return 2 * both / (wanted + named)


def _shares(right: NDArray[np.bool_], groups: Sequence[str]) -> dict[str, float]:
    found: dict[str, list[bool]] = defaultdict(list)
    for is_right, group in zip(right, groups, strict=True):
        found[group].append(bool(is_right))
    return {group: sum(values) / len(values) for group, values in sorted(found.items())}


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return value
