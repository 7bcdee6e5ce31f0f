"""The rows of the page's tables: figures beside each other that lie in different test sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.report.contents import SetFigures
from training.report.groups import Group, IntentFigures

_TITLES = {
    "intent_top1": ("Intent, first guess right", "every message counts, also those that the head abstains on"),
    "intent_top3": ("Intent among the first three", "what an agent finds in a short list"),
    "intent_ece": (
        "Intent, expected calibration error",
        "mean gap between stated and true share right; 0 is best",
    ),
    "coverage": ("Intent decided", "the share of messages at or above the threshold"),
    "precision": ("Decided and right", "of the messages that are decided"),
    "coverage_at_95": ("Could be decided with 95 % right", "the surest messages first"),
    "language": ("Language right", ""),
    "sentiment_macro_f1_3": ("Sentiment, macro-F1", "negative, neutral, positive"),
    "escalation_auroc": (
        "Escalation, AUROC",
        "telling risky messages from calm ones; 0.5 is chance, 1 is best",
    ),
    "escalation_recall_at_20": ("Escalations found in the riskiest fifth", "of all messages that should escalate"),
    "also_f1": ("Further intents, F1", "a second matter in the same message"),
}
_SCORES = ("ece", "auroc", "f1")
_ABOUT = {
    "random": "messages taken out at random: training saw others of the same situations",
    "unseen_situations": "two situations of each intent that training never saw",
    "development": "messages to other shops, by other writers",
}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure over all test sets; a score is shown as it is, a share in per cent; None where it is not known."""

    title: str
    about: str
    is_score: bool
    values: list[float | None]


@dataclass(frozen=True, slots=True)
class RankedIntent:
    """An intent's figures, and its place from 1 when the intents are sorted by each of them."""

    figures: IntentFigures
    places: dict[str, int]


def about_set(name: str) -> str:
    """Say what a test set holds; nothing for an unknown one."""
    return _ABOUT.get(name, "")


def figure_rows(tests: Sequence[SetFigures]) -> list[FigureRow]:
    """Return the figures that any of the test sets has, in the order of `Metrics`."""
    names = [name for name in tests[0].metrics if name != "messages"] if tests else []
    rows = []
    for name in names:
        values = [test.metrics[name] for test in tests]
        numbers = [float(value) if isinstance(value, int | float) else None for value in values]
        if any(number is not None for number in numbers):
            title, about = _TITLES.get(name, (name.replace("_", " "), ""))
            rows.append(FigureRow(title, about, any(part in _SCORES for part in name.split("_")), numbers))
    return rows


def beside_each_other(
    tests: Sequence[SetFigures], groups_of: Callable[[SetFigures], list[Group]]
) -> list[tuple[str, list[Group | None]]]:
    """Return (name, its group in each test set), in the order in which the sets list them."""
    tables = [{group.name: group for group in groups_of(test)} for test in tests]
    names = dict.fromkeys(name for table in tables for name in table)
    return [(name, [table.get(name) for table in tables]) for name in names]


def ranked(intents: Sequence[IntentFigures]) -> list[RankedIntent]:
    """Return the intents in their order, with their place in each of the other orders (worst, fewest, A first)."""
    orders: dict[str, Callable[[IntentFigures], float | str]] = {
        "recall": lambda row: row.recall,
        "precision": lambda row: -1.0 if row.precision is None else row.precision,
        "messages": lambda row: row.messages,
        "name": lambda row: row.name,
    }
    places = {
        key: {row.name: place for place, row in enumerate(sorted(intents, key=by), 1)} for key, by in orders.items()
    }
    return [RankedIntent(row, {key: table[row.name] for key, table in places.items()}) for row in intents]
