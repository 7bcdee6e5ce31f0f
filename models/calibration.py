"""Turn scores into probabilities.

Temperature scaling (Guo et al. 2017, arXiv 1706.04599), Platt (1999) scaling, and beta calibration of the first guess
(Kull, Silva Filho & Flach 2017, AISTATS 54).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def softmax(scores: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float32]:
    """Return probabilities over the last axis; a higher temperature flattens them."""
    scaled = scores / np.float32(temperature)
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=-1, keepdims=True), dtype=np.float32)


def sigmoid(scores: NDArray[np.float32], slope: float, offset: float) -> NDArray[np.float32]:
    """Return `1 / (1 + exp(-(slope * score + offset)))`."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(slope * scores + offset, -60, 60))), dtype=np.float32)


def recalibrated(probabilities: NDArray[np.float32], beta: tuple[float, float, float]) -> NDArray[np.float32]:
    """Correct how sure the first guess of each row is; the others keep their proportions, and no rank changes.

    The first guess's probability p becomes `1 / (1 + exp(-(a * ln p - b * ln(1 - p) + c)))`, as far as it stays the
    first guess.

    Args:
        probabilities: (rows, labels), each row summing to one.
        beta: (a, b, c), a and b not negative.

    """
    a, b, c = beta
    kept = np.maximum(probabilities.astype(np.float64), 1e-12)
    rows = np.arange(len(kept))
    first = kept.argmax(axis=1)
    p = np.clip(kept[rows, first], 1e-9, 1.0 - 1e-9)
    rest = 1.0 - p
    kept[rows, first] = 0.0
    second = kept.max(axis=1)
    wanted = 1.0 / (1.0 + np.exp(-np.clip(a * np.log(p) - b * np.log(rest) + c, -60, 60)))
    # Below this the second would overtake the first.
    new = np.maximum(wanted, second / (rest + second) + 1e-6)
    kept *= ((1.0 - new) / kept.sum(axis=1))[:, None]
    kept[rows, first] = new
    return np.asarray(kept, dtype=np.float32)
