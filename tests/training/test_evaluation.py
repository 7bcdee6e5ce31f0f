"""The metrics equal scikit-learn's where it has them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from models.bundle import Bundle
from training.evaluation import auroc, calibration_error, coverage_at, evaluate, macro_f1, metrics_of
from training.utterances import Utterance, read_corpus, wording


def test_auroc_equals_scikit_learns_with_ties() -> None:
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 20, 400) / 20
    positive = rng.random(400) < scores
    assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_macro_f1_equals_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    truth, found = rng.choice(["a", "b", "c"], 200).tolist(), rng.choice(["a", "b", "c"], 200).tolist()
    assert macro_f1(truth, found) == pytest.approx(f1_score(truth, found, average="macro"))


def test_calibration_error_of_a_known_case() -> None:
    probabilities = np.array([0.9] * 10 + [0.5] * 10)
    right = np.array([True] * 9 + [False] + [True] * 2 + [False] * 8)
    assert calibration_error(probabilities, right) == pytest.approx(0.5 * 0.0 + 0.5 * 0.3)


def test_a_weight_counts_as_so_many_rows() -> None:
    rng = np.random.default_rng(2)
    probabilities, weights = rng.random(60), rng.integers(0, 4, 60)
    right = rng.random(60) < 0.5
    repeated = calibration_error(np.repeat(probabilities, weights), np.repeat(right, weights))
    assert calibration_error(probabilities, right, weights.astype(np.float64)) == pytest.approx(repeated)
    assert calibration_error(probabilities, right) != pytest.approx(repeated)


def test_coverage_takes_the_surest_first() -> None:
    probabilities = np.array([0.9, 0.8, 0.7, 0.6])
    assert coverage_at(probabilities, np.array([True, True, False, False]), 0.95) == 0.5
    assert coverage_at(probabilities, np.array([False, True, True, True]), 0.95) == 0.0


def test_what_has_no_labels_has_no_figure() -> None:
    bundle = Bundle.load(Bundle.default_path())
    figures = evaluate(bundle, [Utterance("where is my parcel", "order.status"), Utterance("refund", "refund.request")])
    assert figures.language is None
    assert figures.sentiment_macro_f1_3 is None
    assert figures.escalation_auroc is None
    assert figures.messages == 2
    assert figures.intent_top3 >= figures.intent_top1


def test_predictions_made_before_give_the_same_figures() -> None:
    bundle = Bundle.load(Bundle.default_path())
    utterances = read_corpus([]).utterances[::400]
    predictions = bundle.predict([wording(utterance) for utterance in utterances])
    assert metrics_of(predictions, utterances) == evaluate(bundle, utterances)


def test_figures_cover_every_language_and_are_json() -> None:
    bundle = Bundle.load(Bundle.default_path())
    utterances = read_corpus([]).utterances[::60]
    figures = evaluate(bundle, utterances).as_json()
    assert len(figures["per_language"]) == 12  # type: ignore[arg-type]
    assert 0 <= figures["intent_ece"] <= 1  # type: ignore[operator]
    assert figures["language"] > 0.9  # type: ignore[operator]
