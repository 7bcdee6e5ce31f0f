"""CLINC150: 150 intents of ten domains, and messages that belong to none of them, in English.

Out of scope is what the first guess is not sure enough of; how sure is chosen on the validation part alone, once so
that most messages are right (the rule of Larson et al. 2019), once so that the mean of accuracy in scope and recall out
of scope is best, and once so that the accuracy in scope falls by a point at most. A second training run takes the
hundred out-of-scope training messages as a label of their own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.accuracy.contestants import NAMES, SCORES, Classifier
from benchmarks.accuracy.duel import trained
from benchmarks.accuracy.examples import digest, few, public_file, thin
from benchmarks.accuracy.parts import Outcome, Plan, Result
from benchmarks.accuracy.published import published
from benchmarks.accuracy.scores import RULES, Scores, choose_threshold, share
from benchmarks.accuracy.tables import Table, percent
from training.evaluation import auroc
from training.utterances import Utterance

OUT = "oos"
_QUICK_OUT = 20


@dataclass(frozen=True, slots=True)
class Scoped:
    """Messages in scope and messages out of scope."""

    inside: list[Utterance]
    outside: list[Utterance]


@dataclass(frozen=True, slots=True)
class Data:
    """The three parts; training comes without those out of scope first."""

    train: Scoped
    validation: Scoped
    test: Scoped


def read(quick: bool) -> Data:
    """Read `data_full.json`."""
    content = json.loads(public_file("clinc150", "data_full.json").read_text(encoding="utf-8"))
    found = {name: [Utterance(text, label, language="en") for text, label in rows] for name, rows in content.items()}
    inside = [found["train"], found["val"], found["test"]]
    outside = [found["oos_train"], found["oos_val"], found["oos_test"]]
    if quick:
        inside, outside = thin(*inside), [few(messages, _QUICK_OUT) for messages in outside]
    return Data(*(Scoped(*pair) for pair in zip(inside, outside, strict=True)))


def measure(plan: Plan) -> Outcome:
    """Train without and with the messages out of scope; test both."""
    data = read(plan.quick)
    contest = plan.contest.in_english()
    without = trained(contest, data.train.inside)
    as_label = trained(contest, [*data.train.inside, *data.train.outside])
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    return Outcome(
        sizes={name: {"in_scope": len(part.inside), "out_of_scope": len(part.outside)} for name, part in parts.items()},
        seeds={},
        figures={
            name: {"threshold": by_threshold(without[name], data), "label": by_label(as_label[name], data.test)}
            for name in without
        },
        skipped=contest.skipped,
        notes={
            "data_sha256": digest([public_file("clinc150", "data_full.json")]),
            "score": {name: SCORES.get(name, "score of the first label") for name in without},
        },
    )


def by_threshold(classifier: Classifier, data: Data) -> dict[str, Any]:
    """Measure with thresholds chosen on the validation part, and with the classifier's own where it has one."""
    checked, checked_out = _scored(classifier, data.validation)
    inside, outside = _scored(classifier, data.test)
    truth = [u.intent for u in data.test.inside]
    known = checked.right([u.intent for u in data.validation.inside])
    thresholds = {rule: choose_threshold(checked.sure(), known, checked_out.sure(), rule) for rule in RULES}
    if classifier.threshold is not None:
        thresholds["own"] = classifier.threshold  # type: ignore[index]
    sure = np.concatenate([inside.sure(), outside.sure()])
    return {
        "in_scope_accuracy_without_abstention": share(inside.right(truth)),
        "auroc_out_of_scope": auroc(-sure, np.arange(len(sure)) >= len(truth)),
        "train_s": classifier.train_s,
        **{name: _at(value, inside, truth, outside) for name, value in thresholds.items()},
    }


def _scored(classifier: Classifier, part: Scoped) -> tuple[Scores, Scores]:
    return classifier.score([u.text for u in part.inside]), classifier.score([u.text for u in part.outside])


def _at(threshold: float, inside: Scores, truth: Sequence[str], outside: Scores) -> dict[str, float]:
    kept = inside.sure() >= threshold
    return {
        "threshold": threshold,
        "in_scope_accuracy": share(kept & inside.right(truth)),
        "in_scope_abstained": share(~kept),
        "out_of_scope_recall": share(outside.sure() < threshold),
    }


def by_label(classifier: Classifier, test: Scoped) -> dict[str, Any]:
    """Measure a classifier that was trained with a label for what is out of scope."""
    inside, outside = _scored(classifier, test)
    truth = [u.intent for u in test.inside]
    return {
        "in_scope_accuracy": share(inside.right(truth)),
        "in_scope_accuracy_without_abstention": share(inside.without(OUT).right(truth)),
        "in_scope_abstained": share(np.array([name == OUT for name in inside.best()])),
        "out_of_scope_recall": share(np.array([name == OUT for name in outside.best()])),
        "train_s": classifier.train_s,
    }


def tables(result: Result) -> list[Table]:
    """Lay out every way to say "out of scope"."""
    ways = {
        "accuracy": "threshold for most right",
        "balanced": "threshold for the best mean",
        "point": "threshold that costs a point in scope",
        "own": "the threshold that training chose",
    }
    rows = []
    for name, found in result["figures"].items():
        free = found["threshold"]["in_scope_accuracy_without_abstention"]
        ranked = found["threshold"]["auroc_out_of_scope"]
        for way, title in ways.items():
            if way in found["threshold"]:
                rows.append(_row(f"{NAMES[name]}, {title}", found["threshold"][way], free, ranked))
        label = found["label"]
        free = label["in_scope_accuracy_without_abstention"]
        rows.append(_row(f"{NAMES[name]}, a label of its own", label, free, None))
    rows += [
        (
            f"{item.model} (published)",
            f"{item.figures['in_scope_accuracy']:.1f}",
            "",
            f"{item.figures['out_of_scope_recall']:.1f}",
            "",
        )
        for item in published("clinc150")
    ]
    header = ("", "in scope", "in scope, none may abstain", "out-of-scope recall", "AUROC")
    return [Table("CLINC150; in scope, an abstention is an error unless none may abstain", header, tuple(rows))]


def _row(title: str, found: dict[str, float], free: float, ranked: float | None) -> tuple[str, ...]:
    figures = (found["in_scope_accuracy"], free, found["out_of_scope_recall"], ranked)
    return (title, *(percent(value) for value in figures))
