"""Scores become probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.special import softmax as reference

from models.calibration import sigmoid, softmax


@pytest.mark.parametrize("temperature", [0.1, 1.0, 7.0])
def test_softmax_equals_scipys(temperature: float) -> None:
    scores = np.random.default_rng(0).normal(size=(5, 9)).astype(np.float32) * 30
    assert np.allclose(softmax(scores, temperature), reference(scores / temperature, axis=1), atol=1e-5)


def test_sigmoid_equals_scipys_and_never_overflows() -> None:
    scores = np.array([-1e6, -3, 0, 3, 1e6], dtype=np.float32)
    assert np.allclose(sigmoid(scores, 2.0, 0.5), expit(np.clip(2.0 * scores + 0.5, -60, 60)), atol=1e-6)
