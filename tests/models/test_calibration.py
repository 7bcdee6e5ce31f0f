"""Scores become probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.special import softmax as reference

from models.calibration import recalibrated, sigmoid, softmax


@pytest.mark.parametrize("temperature", [0.1, 1.0, 7.0])
def test_softmax_equals_scipys(temperature: float) -> None:
    scores = np.random.default_rng(0).normal(size=(5, 9)).astype(np.float32) * 30
    assert np.allclose(softmax(scores, temperature), reference(scores / temperature, axis=1), atol=1e-5)


def test_sigmoid_equals_scipys_and_never_overflows() -> None:
    scores = np.array([-1e6, -3, 0, 3, 1e6], dtype=np.float32)
    assert np.allclose(sigmoid(scores, 2.0, 0.5), expit(np.clip(2.0 * scores + 0.5, -60, 60)), atol=1e-6)


def test_recalibration_follows_the_beta_map_and_keeps_ranks_and_sums() -> None:
    rows = softmax(np.random.default_rng(1).normal(size=(400, 6)).astype(np.float32) * 3)
    new = recalibrated(rows, (1.2, 0.5, 0.6))
    assert np.allclose(new.sum(axis=1), 1.0, atol=1e-5)
    assert (np.argsort(-new, axis=1, kind="stable")[:, :2] == np.argsort(-rows, axis=1, kind="stable")[:, :2]).all()
    p = rows.max(axis=1)
    expected = expit(1.2 * np.log(p) - 0.5 * np.log(1 - p) + 0.6)
    free = expected > 0.5
    assert free.any()
    assert np.allclose(new.max(axis=1)[free], expected[free], atol=1e-4)
    order = np.argsort(p)
    assert (np.diff(expected[order]) > 0).all()


def test_the_identity_map_changes_nothing() -> None:
    rows = softmax(np.random.default_rng(2).normal(size=(50, 4)).astype(np.float32))
    assert np.allclose(recalibrated(rows, (1.0, 1.0, 0.0)), rows, atol=1e-5)


def test_a_first_guess_is_never_overtaken() -> None:
    rows = np.array([[0.52, 0.48, 0.0], [0.4, 0.35, 0.25], [1.0, 0.0, 0.0]], dtype=np.float32)
    new = recalibrated(rows, (3.0, 0.1, -2.0))
    assert (new.argmax(axis=1) == 0).all()
    assert np.allclose(new.sum(axis=1), 1.0, atol=1e-5)
