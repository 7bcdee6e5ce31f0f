"""Calibration under a shop's mix of messages, where the corpus is an even one.

Test messages are weighed so that their intents come in the shares of a shop, and probabilities are corrected for that
prior (Saerens, Latinne & Decaestecker 2002, Neural Computation 14(1)): once with the shares themselves, once with
those that the method finds in the messages alone, without their labels, as it has to in an inbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.manifest import HeadSpec
from models.prediction import Prediction
from models.prior import corrected, estimate
from training.evaluation import calibration_error
from training.utterances import Utterance

SHOP_MIX: Mapping[str, float] = {
    "delivery": 0.36,
    "payment": 0.20,
    "order": 0.09,
    "return": 0.07,
    "refund": 0.06,
    "product": 0.06,
    "item": 0.05,
    "exchange": 0.03,
    "promotion": 0.03,
    "account": 0.02,
    "invoice": 0.01,
    "service": 0.01,
    "business": 0.005,
    "other": 0.005,
}
"""Shares by topic (an intent's part before the dot) of a cross-border shop's messages: over a third about delivery, a
fifth about payment, the rest as round figures; within a topic, all intents are equally frequent."""

_SEED = 7
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class UnderMix:
    """First guesses under a mix of messages, with or without correction for it.

    `coverage` is the share at or above the intent head's threshold, `precision` the share of these that is right
    (None where there are none); `ece` is the expected calibration error; `log_loss` the mean of -ln of the true
    intent's probability: guesses that are too sure and guesses that are too cautious may cancel in the former, never
    in the latter.
    """

    mix: str
    correction: str
    top1: float
    ece: float
    log_loss: float
    coverage: float
    precision: float | None


@dataclass(frozen=True, slots=True)
class _Guesses:
    """All labels' probabilities (messages, labels), the true label's place a message, -1 where it is none."""

    probabilities: NDArray[np.float64]
    truth: NDArray[np.int64]
    threshold: float

    def under(self, mix: str, correction: str, weights: NDArray[np.float64]) -> UnderMix:
        top = self.probabilities.max(axis=1)
        right = self.probabilities.argmax(axis=1) == self.truth
        decided = weights * (top >= self.threshold)
        return UnderMix(
            mix=mix,
            correction=correction,
            top1=float(weights @ right / weights.sum()),
            ece=calibration_error(top, right, weights),
            log_loss=self._log_loss(weights * (self.truth >= 0)),
            coverage=float(decided.sum() / weights.sum()),
            precision=float(decided @ right / decided.sum()) if decided.any() else None,
        )

    def _log_loss(self, weights: NDArray[np.float64]) -> float:
        given = self.probabilities[np.arange(len(self.truth)), self.truth]
        return float(-(weights @ np.log(np.maximum(given, _LEAST))) / weights.sum())


def shop_prior(labels: Sequence[str]) -> NDArray[np.float64] | None:
    """Return the shares (labels,) of a shop's messages; None where a label's topic is none of the table."""
    topics = [label.partition(".")[0] for label in labels]
    if not set(topics) <= set(SHOP_MIX):
        return None
    sizes = Counter(topics)
    shares = np.array([SHOP_MIX[topic] / sizes[topic] for topic in topics])
    return np.asarray(shares / shares.sum())


def under_mixes(
    predictions: Sequence[Prediction], utterances: Sequence[Utterance], spec: HeadSpec
) -> tuple[UnderMix, ...]:
    """Return the figures for the messages as they are, and for a shop's mix without and with correction.

    Nothing where the intents are not those that `SHOP_MIX` knows, or no message has one of them.
    """
    new = shop_prior(spec.labels)
    truth = np.array([spec.labels.index(u.intent) if u.intent in spec.labels else -1 for u in utterances])
    if new is None or (truth < 0).all():
        return ()
    old = np.array(spec.prior or [1.0 / len(spec.labels)] * len(spec.labels))
    given = _probabilities(predictions, spec.labels)
    weights = _weights(truth, new)
    inbox = np.random.default_rng(_SEED).choice(len(given), len(given), p=weights / weights.sum())
    plain = _Guesses(given, truth, spec.threshold)
    known = _Guesses(corrected(given, old, new), truth, spec.threshold)
    found = _Guesses(corrected(given, old, estimate(given[inbox], old)), truth, spec.threshold)
    return (
        plain.under("test set", "none", np.ones(len(truth))),
        plain.under("shop", "none", weights),
        known.under("shop", "shares known", weights),
        found.under("shop", "shares estimated", weights),
    )


def _probabilities(predictions: Sequence[Prediction], labels: Sequence[str]) -> NDArray[np.float64]:
    places = {label: place for place, label in enumerate(labels)}
    table = np.zeros((len(predictions), len(labels)))
    for row, prediction in zip(table, predictions, strict=True):
        for name, probability in prediction.intents:
            row[places[name]] = probability
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def _weights(truth: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh each message so that every intent has its share; messages without one of the labels do not count."""
    counts = np.bincount(truth[truth >= 0], minlength=len(shares))
    return np.asarray(np.where(truth >= 0, (shares / np.maximum(counts, 1))[truth], 0.0))
