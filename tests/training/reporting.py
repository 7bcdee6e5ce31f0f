"""A made-up bundle's manifest and predictions, for the tests of the training report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.manifest import Manifest
from models.prediction import LanguageGuess, Prediction, SentimentGuess
from training.report import Judged
from training.utterances import Utterance

LABELS = ("delivery.delay", "delivery.customs", "order.status", "payment.failed", "return.request")


def manifest(labels: Sequence[str] = LABELS, *, escalation: bool = True) -> Manifest:
    """Return the manifest of a bundle that was never trained."""
    head = {"lexical_scale": 1.0, "dense_scale": 1.0}
    heads = {
        "intent": {**head, "labels": labels, "threshold": 0.6, "prior": [1 / len(labels)] * len(labels)},
        "language": {**head, "labels": ["ar", "de", "ja", "other"]},
        "sentiment": {**head, "labels": ["very_negative", "negative", "neutral", "positive", "very_positive"]},
        "escalation": {**head, "labels": ["calm", "escalate"], "threshold": 0.5} if escalation else None,
    }
    return Manifest.model_validate(
        {
            "format": 1,
            "name": "made-up",
            "created": "2026-01-31",
            "encoder": "static",
            "encoder_digest": "0" * 64,
            "dimension": 4,
            "lexical": {"bits": 8, "word_weight": 1.0},
            "heads": heads,
            "corpus": {"messages": 1234, "sha256": "ab" * 32},
            "metrics": {},
            "files": {"heads.safetensors": {"sha256": "0" * 64, "size": 2**20}},
        }
    )


def predict(ranking: dict[str, float], *, language: str = "de", risk: float = 0.1) -> Prediction:
    """Return a prediction with these probabilities by intent; it decides from 0.6 on."""
    intents = tuple(sorted(ranking.items(), key=lambda pair: -pair[1]))
    return Prediction(
        language=LanguageGuess(language, 0.99, "Latn"),
        intents=intents,
        intent=intents[0][0] if intents[0][1] >= 0.6 else None,
        also=(),
        sentiment=SentimentGuess("neutral", 0.0, 0.8),
        escalation=risk,
        escalate=risk >= 0.5,
        reasons=(),
        vector=np.zeros(4, dtype=np.float32),
    )


def guess(text: str, truth: str, named: str, probability: float, **known: object) -> tuple[Utterance, Prediction]:
    """Return a message and a prediction that gives `named` its probability, the other labels the rest evenly."""
    rest = (1 - probability) / (len(LABELS) - 1)
    utterance = Utterance(text, truth, **known)  # type: ignore[arg-type]
    return utterance, predict({label: probability if label == named else rest for label in {*LABELS, named}})


def judged(name: str, pairs: Sequence[tuple[Utterance, Prediction]]) -> Judged:
    """Return a test set of messages with their predictions."""
    utterances, predictions = zip(*pairs, strict=True) if pairs else ((), ())
    return Judged(name, utterances, predictions)


def drawn(name: str, messages: int, seed: int, labels: Sequence[str] = LABELS) -> Judged:
    """Return a test set whose probabilities are exactly right: each label is drawn by them."""
    rng = np.random.default_rng(seed)
    pairs = []
    for number in range(messages):
        probabilities = rng.dirichlet(np.full(len(labels), 0.5))
        truth = labels[rng.choice(len(labels), p=probabilities)]
        risk = float(rng.random())
        utterance = Utterance(
            text=f"message {number} " + "word " * int(rng.integers(0, 80)),
            intent=truth,
            language=("ar", "de", "ja")[number % 3],
            sentiment=int(rng.integers(-2, 3)),
            escalate=bool(rng.random() < risk),
            channel=("chat", "email")[number % 2],
            where=f"/data/messages/de.tsv:{number + 1}",
        )
        ranking = dict(zip(labels, probabilities.tolist(), strict=True))
        pairs.append((utterance, predict(ranking, language=("ar", "de", "ja")[number % 3], risk=risk)))
    return judged(name, pairs)
