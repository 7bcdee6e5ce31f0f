"""What a bundle says of a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

UNKNOWN_LANGUAGE = "und"
Reason = Literal[
    "legal",
    "chargeback",
    "publicity",
    "safety",
    "fraud_privacy",
    "repeated",
    "manager",
    "abuse",
    "deadline",
    "high_value",
]
REASONS: tuple[Reason, ...] = (
    "legal", "chargeback", "publicity", "safety", "fraud_privacy",
    "repeated", "manager", "abuse", "deadline", "high_value",
)  # fmt: skip
"""Why a message may need a senior agent: the contract's names, in its order."""
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

    `intents` is the whole ranking, best first; `intent` is None where the head abstains; `reasons` are those
    that the head for them sees; `vector` is the encoder's (dimension,) float32 vector for search, so that the text
    need not be encoded again.
    """

    language: LanguageGuess
    intents: tuple[tuple[str, float], ...]
    intent: str | None
    also: tuple[str, ...]
    sentiment: SentimentGuess
    escalation: float
    escalate: bool
    reasons: tuple[Reason, ...]
    vector: NDArray[np.float32]
