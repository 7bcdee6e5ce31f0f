"""XLM-T: sentiment of tweets in three classes; of its eight languages the seven that Deskhand speaks."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean
from typing import Any

from benchmarks.accuracy.contestants import NAMES, Classifier
from benchmarks.accuracy.duel import trained
from benchmarks.accuracy.examples import digest, few, public_file
from benchmarks.accuracy.parts import Outcome, Plan, Result
from benchmarks.accuracy.published import published
from benchmarks.accuracy.scores import share
from benchmarks.accuracy.tables import Table, percent
from training.evaluation import macro_f1
from training.utterances import Utterance

LANGUAGES = {
    "ar": "arabic",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "pt": "portuguese",
}
CLASSES = ("negative", "neutral", "positive")


def read(part: str) -> list[Utterance]:
    """Read a part ("train", "val", "test") of all languages; a tweet's class stands in the place of its intent.

    Raises:
        ValueError: A file of labels is not as long as its file of texts.

    """
    found = []
    for code, folder in LANGUAGES.items():
        texts, labels = (_lines(folder, part, kind) for kind in ("text", "labels"))
        pairs = zip(texts, labels, strict=True)
        found += [Utterance(text.strip(), CLASSES[int(label)], language=code) for text, label in pairs if text.strip()]
    return found


def _lines(folder: str, part: str, kind: str) -> list[str]:
    content = public_file("sentiment_xlmt", folder, f"{part}_{kind}.txt").read_text(encoding="utf-8")
    # Only a line feed ends a line: tweets hold other separators.
    return content.removesuffix("\n").split("\n")


def measure(plan: Plan) -> Outcome:
    """Train one model on the training parts of all seven languages together, test on each language's test part."""
    train, test = read("train"), read("test")
    if plan.quick:
        train = [u for code in LANGUAGES for u in few([v for v in train if v.language == code], 8)]
        test = [u for code in LANGUAGES for u in few([v for v in test if v.language == code], 8)]
    files = [
        public_file("sentiment_xlmt", folder, f"{part}_{kind}.txt")
        for folder in LANGUAGES.values()
        for part in ("train", "test")
        for kind in ("text", "labels")
    ]
    return Outcome(
        sizes={"train": len(train), "test": len(test), "classes": len(CLASSES)},
        seeds={},
        figures={name: figures(classifier, test) for name, classifier in trained(plan.contest, train).items()},
        skipped=plan.contest.skipped,
        notes={"data_sha256": digest(files)},
    )


def figures(classifier: Classifier, test: Sequence[Utterance]) -> dict[str, Any]:
    """Return macro-F1 and accuracy by language, and their means over the languages."""
    scores = classifier.score([u.text for u in test])
    found, right = scores.best(), scores.right([u.intent for u in test])
    rows = {code: [place for place, u in enumerate(test) if u.language == code] for code in LANGUAGES}
    f1 = {code: macro_f1([test[i].intent for i in own], [found[i] for i in own]) for code, own in rows.items()}
    accuracy = {code: share(right[own]) for code, own in rows.items()}
    return {
        "macro_f1": f1,
        "accuracy": accuracy,
        "mean_macro_f1": mean(f1.values()),
        "mean_accuracy": mean(accuracy.values()),
        "train_s": classifier.train_s,
    }


def tables(result: Result) -> list[Table]:
    """Lay macro-F1 out by language."""
    own = [
        (NAMES[name], *(percent(row["macro_f1"][code]) for code in LANGUAGES), percent(row["mean_macro_f1"]))
        for name, row in result["figures"].items()
    ]
    others = [
        (
            f"{item.model} (published)",
            *(f"{item.figures[code]:.1f}" for code in LANGUAGES),
            f"{mean(item.figures[code] for code in LANGUAGES):.1f}",
        )
        for item in published("xlmt")
    ]
    return [Table("XLM-T, three classes, macro-F1", ("", *LANGUAGES, "mean"), (*own, *others))]
