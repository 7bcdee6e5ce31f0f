"""What the tests of triage share: a brain that says what a test tells it, and a maker of messages' parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest

from models.errors import BundleError
from models.prediction import LanguageGuess, Prediction, SentimentGuess

NOW = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)


@dataclass
class KeywordBrain:
    """Predicts the intent whose keyword stands in the text, with English as language; keeps what it was asked."""

    intents: dict[str, str] = field(default_factory=lambda: {"where": "order.status", "refund": "refund.status"})
    escalation: float = 0.1
    language: str = "en"
    batches: list[list[str]] = field(default_factory=list)
    broken: bool = False
    name: str = "keywords-1"

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        if self.broken:
            raise BundleError("the bundle is gone")
        self.batches.append(list(texts))
        return [self._predict(text) for text in texts]

    def _predict(self, text: str) -> Prediction:
        intent = next((name for word, name in self.intents.items() if word in text), None)
        best = (intent or "order.status", 0.9 if intent else 0.2)
        return Prediction(
            language=LanguageGuess(self.language, 0.99, "Latn"),
            intents=(best, ("delivery.delay", 0.05), ("item.damaged", 0.02), ("a", 0.01), ("b", 0.01), ("c", 0.01)),
            intent=intent,
            also=(),
            sentiment=SentimentGuess("neutral", 0.0, 0.8),
            escalation=self.escalation,
            escalate=self.escalation >= 0.5,
            reasons=(),
            vector=np.zeros(4, dtype=np.float32),
        )


@pytest.fixture
def brain() -> KeywordBrain:
    return KeywordBrain()


@pytest.fixture
def now() -> datetime:
    return NOW
