"""Turn scores into probabilities by temperature (Guo et al. 2017, arXiv 1706.04599) and Platt (1999) scaling."""

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
