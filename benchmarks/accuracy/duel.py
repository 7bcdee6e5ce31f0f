"""Train everybody on the same messages and ask them about the same others: one row of figures each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.accuracy.contestants import NAMES, Classifier, Contest
from benchmarks.accuracy.published import Published
from benchmarks.accuracy.scores import Scores, margin_95, share
from benchmarks.accuracy.tables import percent
from training.evaluation import macro_f1
from training.utterances import Utterance

HEADER = ("accuracy", "± (95 %)", "first three", "macro-F1", "training, s")


def trained(contest: Contest, messages: Sequence[Utterance]) -> dict[str, Classifier]:
    """Train everybody."""
    return {name: train(messages) for name, train in contest.trainers.items()}


def figures(classifier: Classifier, test: Sequence[Utterance]) -> dict[str, Any]:
    """Measure one classifier; nobody may abstain."""
    scores = classifier.score([u.text for u in test])
    return {**accuracy(scores, [u.intent for u in test]), "train_s": classifier.train_s}


def accuracy(scores: Scores, truth: Sequence[str]) -> dict[str, Any]:
    """Return accuracy of the first guess with its margin, of the first three, and macro-F1."""
    first = share(scores.right(truth))
    return {
        "accuracy": first,
        "margin_95": margin_95(first, len(truth)),
        "top3": share(scores.right(truth, 3)),
        "macro_f1": macro_f1(list(truth), scores.best()),
    }


def rows(found: dict[str, dict[str, Any]], published: Sequence[Published]) -> tuple[tuple[str, ...], ...]:
    """Lay figures by contestant out, published ones below."""
    own = [
        (
            NAMES[name],
            *(percent(row[key]) for key in ("accuracy", "margin_95", "top3", "macro_f1")),
            f"{row['train_s']:.0f}",
        )
        for name, row in found.items()
    ]
    others = [(f"{item.model} (published)", f"{item.figures['accuracy']:.1f}", "", "", "", "") for item in published]
    return (*own, *others)
