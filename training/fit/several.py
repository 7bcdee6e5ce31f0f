"""Heads that may name several labels of one message: reasons of an escalation, further intents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC

from models.calibration import sigmoid, softmax
from models.manifest import HeadSpec, SecondLook
from models.prediction import REASONS
from models.second_look import features, gate_scores, pieces
from training.fit.features import Features
from training.fit.linear import Matrix, Scales, Weights, fit_scales
from training.utterances import Utterance, wording

_FEWEST = 20
_FOLDS = 3
_LEAST_F1 = 0.2
# The share of messages that are read sentence by sentence: each costs as much again for every sentence.
_LOOKED_AT = 1 / 6


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
    intents_of: Callable[[Sequence[str]], NDArray[np.float64]],
) -> dict[str, FittedHead]:
    """Calibrate the head for further intents, which reads the encoder and the intent head's own scores.

    Args:
        utterances: Messages that neither encoder nor heads trained on.
        dense: Their features.
        totals: Their intent scores (rows, intents).
        labels: The intents.
        trained: Dense weights (dimension, intents) that were trained with the encoder.
        intents_of: Gives texts their intent scores (texts, intents).

    """
    truth = np.array([[name in u.also for name in labels] for u in utterances], dtype=np.int64)
    by_vector = trained.scores(dense)
    rows = np.arange(len(truth))
    others = np.ones(truth.shape, dtype=bool)
    others[rows, totals.argmax(axis=1)] = False
    if truth[others].sum() < _FEWEST:
        return {}
    spec = _spec(labels, totals[others][:, None], by_vector[others][:, None], truth[others][:, None])
    odds = spec.lexical_scale * totals + spec.dense_scale * by_vector + spec.offset
    cut = [pieces(wording(u)) for u in utterances]
    flat = softmax(intents_of([piece for parts in cut for piece in parts]).astype(np.float32)).astype(np.float64)
    ends = np.cumsum([len(parts) for parts in cut])
    best = np.stack([flat[end - len(parts) : end].max(axis=0) for end, parts in zip(ends, cut, strict=True)])
    look = fit_second_look(totals, odds, best, np.array([len(parts) for parts in cut]), truth)
    return {"further": FittedHead(spec.model_copy(update={"second_look": look}), None, trained)}


def fit_second_look(
    totals: NDArray[np.float64],
    odds: NDArray[np.float64],
    best: NDArray[np.float64],
    counts: NDArray[np.int64],
    truth: NDArray[np.int64],
) -> SecondLook | None:
    """Choose when to read a message sentence by sentence, and when that names a further intent.

    Args:
        totals: (rows, intents) scores of the whole messages.
        odds: (rows, intents) log-odds of the head for further intents.
        best: (rows, intents) the highest probability that any piece of a message gives an intent.
        counts: (rows,) pieces of each message.
        truth: (rows, intents), 1 where a message also asks for the intent.

    Returns:
        None where the messages in pieces name too few further intents, or none is found with an F1 of 0.2.

    """
    first = totals.argmax(axis=1)
    truth = truth.copy()
    truth[np.arange(len(truth)), first] = 0
    rows = np.flatnonzero(counts > 1)
    if truth[rows].sum() < _FEWEST:
        return None
    gate = _gate(odds, first, counts, truth, rows)
    whole = softmax(totals.astype(np.float32)).astype(np.float64)
    seen = [features(whole[row], odds[row], best[row], int(counts[row]), int(first[row])) for row in rows]
    others = np.ones(truth[rows].shape, dtype=bool)
    others[np.arange(len(rows)), first[rows]] = False
    flat, wanted = np.stack(seen)[others], truth[rows][others]
    model = LogisticRegression(C=1.0, max_iter=500).fit(flat, wanted)
    a, b, c, d, e = (float(weight) for weight in model.coef_[0])
    weights = (float(model.intercept_[0]), a, b, c, d, e)
    bare = SecondLook(gate=gate[:3], gate_threshold=gate[3], weights=weights, threshold=0.0)
    passed = gate_scores(bare, odds, first, counts)[rows] >= gate[3]
    scores = np.where(np.broadcast_to(passed[:, None], others.shape)[others], model.decision_function(flat), -60.0)
    threshold = _best_f1(sigmoid(scores.astype(np.float32), 1.0, 0.0).astype(np.float64), wanted, int(truth.sum()))
    if threshold >= 1.0:
        return None
    return bare.model_copy(update={"threshold": float(np.log(threshold / (1.0 - threshold)))})


def _gate(
    odds: NDArray[np.float64],
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    truth: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> tuple[float, float, float, float]:
    """Return bias, weights and the threshold that one in six messages passes."""
    others = odds.copy()
    others[np.arange(len(others)), first] = -np.inf
    signs = np.stack([others.max(axis=1)[rows], np.log(counts[rows])], axis=1)
    model = LogisticRegression(C=1.0).fit(signs, truth[rows].any(axis=1))
    scores = model.decision_function(signs)
    share = min(1.0, _LOOKED_AT * len(counts) / len(rows))
    threshold = float(np.quantile(scores, 1.0 - share))
    return float(model.intercept_[0]), float(model.coef_[0][0]), float(model.coef_[0][1]), threshold


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


def _best_f1(probabilities: NDArray[np.float64], truth: NDArray[np.int64], wanted: int | None = None) -> float:
    """Return the threshold with the highest F1; 1.0, so that none is named, where none reaches 0.2.

    `wanted` is how many there are to be found, where some are not among the rows.
    """
    order = np.argsort(-probabilities, kind="stable")
    right = np.cumsum(truth[order])
    f1 = 2 * right / ((wanted or truth.sum()) + np.arange(1, len(order) + 1))
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
