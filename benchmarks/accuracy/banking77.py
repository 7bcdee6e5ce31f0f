"""Banking77 (PolyAI): 77 fine-grained intents of one bank, in English; the full training set, and ten an intent."""

from __future__ import annotations

from statistics import mean
from typing import Any

from benchmarks.accuracy.duel import HEADER, figures, rows, trained
from benchmarks.accuracy.examples import digest, few, public_file, read_csv, thin
from benchmarks.accuracy.parts import Outcome, Plan, Result
from benchmarks.accuracy.published import published
from benchmarks.accuracy.tables import Table

EACH = 10
DRAWS = ("a", "b", "c")


def measure(plan: Plan) -> Outcome:
    """Train on the full training set, and on three draws of ten an intent; test on the test set each time."""
    files = [public_file("banking77", name) for name in ("train.csv", "test.csv")]
    train, test = (read_csv(path, "text", "category") for path in files)
    if plan.quick:
        train, test = thin(train, test)
    contest = plan.contest.in_english()
    full = {name: figures(classifier, test) for name, classifier in trained(contest, train).items()}
    draws: dict[str, list[dict[str, Any]]] = {name: [] for name in full}
    salts = DRAWS[:1] if plan.quick else DRAWS
    for draw in salts:
        for name, classifier in trained(contest, few(train, EACH, draw)).items():
            draws[name].append(figures(classifier, test))
    return Outcome(
        sizes={"train": len(train), "test": len(test), "intents": len({u.intent for u in train}), "few": EACH},
        seeds={"draws": list(salts)},
        figures={"full": full, "10 per intent": {name: {**_mean(own), "draws": own} for name, own in draws.items()}},
        skipped=contest.skipped,
        notes={"data_sha256": digest(files)},
    )


def _mean(draws: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: mean(draw[key] for draw in draws) for key in draws[0]}


def tables(result: Result) -> list[Table]:
    """Lay both settings out."""
    draws = len(next(iter(result["figures"]["10 per intent"].values()))["draws"])
    few_title = f"{EACH} messages an intent, mean of {draws} draws"
    titles = {"full": "the full training set", "10 per intent": few_title}
    return [
        Table(
            f"Banking77, {title}",
            ("", *HEADER),
            rows(result["figures"][setting], [item for item in published("banking77") if item.setting == setting]),
        )
        for setting, title in titles.items()
    ]
