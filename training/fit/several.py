"""Heads that may name several labels of one message: reasons of an escalation, further intents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC

from models.calibration import sigmoid
from models.manifest import HeadSpec
from models.prediction import REASONS
from training.fit.features import Features
from training.fit.linear import Matrix, Scales, Weights, fit_scales
from training.utterances import Utterance

_FEWEST = 20
_FOLDS = 3
_LEAST_F1 = 0.2


@dataclass(frozen=True, slots=True)
class FittedHead:
    """A head's weights and its calibrated description; `lexical` is None where it reads the encoder alone."""

    spec: HeadSpec
    lexical: Weights | None
    dense: Weights


def fit_reasons(
    utterances: Sequence[Utterance], features: Features, seed: int, trained: Weights | None
) -> dict[str, FittedHead]:
    """Fit the head for the reasons of an escalation; nothing where fewer than 20 messages have one of them.

    Args:
        utterances: Messages in the order of the features' rows; one that escalates for no stated reason is left out.
        features: Of these and possibly further rows.
        seed: Of folds and solvers.
        trained: Dense weights (dimension, 10) that were trained with the encoder.

    """
    rows = np.array([row for row, u in enumerate(utterances) if u.reasons or u.escalate is False])
    if not len(rows):
        return {}
    truth = np.array([[name in utterances[row].reasons for name in REASONS] for row in rows], dtype=np.int64)
    own = features.own[rows]
    if truth[own].sum(axis=0).min() < _FEWEST:
        return {}
    lexical, dense = features.lexical[rows], features.dense[rows]
    words = _one_against_rest(lexical[own], truth[own], seed)
    vector = trained or _one_against_rest(dense[own], truth[own], seed)
    if own.all():
        by_words, by_vector = np.zeros(truth.shape), np.zeros(truth.shape)
        for train, test in KFold(_FOLDS, shuffle=True, random_state=seed).split(truth):
            by_words[test] = _one_against_rest(lexical[train], truth[train], seed).scores(lexical[test])
            by_vector[test] = _one_against_rest(dense[train], truth[train], seed).scores(dense[test])
    else:
        by_words, by_vector = words.scores(lexical[~own]), vector.scores(dense[~own])
        truth = truth[~own]
    spec = _spec(REASONS, by_words, by_vector, truth)
    return {"reasons": FittedHead(spec, words, vector)}


def fit_further(
    utterances: Sequence[Utterance],
    dense: NDArray[np.float32],
    totals: NDArray[np.float64],
    labels: tuple[str, ...],
    trained: Weights,
) -> dict[str, FittedHead]:
    """Calibrate the head for further intents, which reads the encoder and the intent head's own scores.

    Args:
        utterances: Messages that neither encoder nor heads trained on.
        dense: Their features.
        totals: Their intent scores (rows, intents).
        labels: The intents.
        trained: Dense weights (dimension, intents) that were trained with the encoder.

    """
    truth = np.array([[name in u.also for name in labels] for u in utterances], dtype=np.int64)
    by_vector = trained.scores(dense)
    rows = np.arange(len(truth))
    others = np.ones(truth.shape, dtype=bool)
    others[rows, totals.argmax(axis=1)] = False
    if truth[others].sum() < _FEWEST:
        return {}
    spec = _spec(labels, totals[others][:, None], by_vector[others][:, None], truth[others][:, None])
    return {"further": FittedHead(spec, None, trained)}


def _spec(
    labels: Sequence[str], lexical: NDArray[np.float64], dense: NDArray[np.float64], truth: NDArray[np.int64]
) -> HeadSpec:
    flat = truth.reshape(-1)
    scales = fit_scales(lexical.reshape(-1, 1), dense.reshape(-1, 1), flat)
    probabilities = _probabilities(scales, lexical.reshape(-1), dense.reshape(-1))
    return HeadSpec(
        labels=tuple(labels),
        lexical_scale=scales.lexical,
        dense_scale=scales.dense,
        offset=scales.offset,
        threshold=_best_f1(probabilities, flat),
    )


def _probabilities(scales: Scales, lexical: NDArray[np.float64], dense: NDArray[np.float64]) -> NDArray[np.float64]:
    total = (scales.lexical * lexical + scales.dense * dense).astype(np.float32)
    return sigmoid(total, 1.0, scales.offset).astype(np.float64)


def _best_f1(probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Return the threshold with the highest F1; 1.0, so that none is named, where none reaches 0.2."""
    order = np.argsort(-probabilities, kind="stable")
    right = np.cumsum(truth[order])
    f1 = 2 * right / (truth.sum() + np.arange(1, len(order) + 1))
    best = int(f1.argmax())
    return float(probabilities[order[best]]) if f1[best] >= _LEAST_F1 else 1.0


def _one_against_rest(features: Matrix, truth: NDArray[np.int64], seed: int) -> Weights:
    columns, offsets = [], []
    for column in truth.T:
        model = LinearSVC(C=0.5, class_weight={1: 3.0}, random_state=seed).fit(features, column)
        columns.append(model.coef_[0])
        offsets.append(float(model.intercept_[0]))
    return Weights(
        np.ascontiguousarray(np.stack(columns, axis=1), dtype=np.float32), np.asarray(offsets, dtype=np.float32)
    )
