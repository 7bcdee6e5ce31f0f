"""What a bundle says of a text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNKNOWN_LANGUAGE = "und"
SENTIMENTS = ("very_negative", "negative", "neutral", "positive", "very_positive")


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """ISO 639-1 `code` or "und", calibrated `probability`, ISO 15924 `script`."""

    code: str
    probability: float
    script: str


@dataclass(frozen=True, slots=True)
class SentimentGuess:
    """One of `SENTIMENTS`; `score` is the expected mood from -1 to 1."""

    label: str
    score: float
    probability: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """All heads' answers for one text; probabilities are calibrated.

    `intents` is the whole ranking, best first; `intent` is None where the head abstains; `vector` is the encoder's
    (dimension,) float32 vector, so that a search need not encode the text again.
    """

    language: LanguageGuess
    intents: tuple[tuple[str, float], ...]
    intent: str | None
    also: tuple[str, ...]
    sentiment: SentimentGuess
    escalation: float
    escalate: bool
    vector: NDArray[np.float32]
