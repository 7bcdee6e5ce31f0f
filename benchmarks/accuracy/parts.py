"""What every part of the comparison is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.accuracy.contestants import Contest
from benchmarks.accuracy.tables import Table

Result = dict[str, Any]


class SkippedError(RuntimeError):
    """A part cannot be measured here; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to measure: `quick` thins every set out to show that it works; `contest` are those who train anew.

    `without_naive` leaves the naive pipeline out, which takes most of the time on our own corpus; `untouched` is a
    bundle whose encoder never saw a label of our corpus, for what more messages bring.
    """

    quick: bool
    contest: Contest
    without_naive: bool = False
    untouched: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a part found: sizes of its sets, seeds, figures, what was left out and why, what the figures stand on."""

    sizes: Mapping[str, object]
    seeds: Mapping[str, object]
    figures: Mapping[str, Any]
    skipped: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> Result:
        """Return the outcome as JSON types, shares rounded to four places."""
        found = {"sizes": self.sizes, "seeds": self.seeds, "notes": self.notes, "skipped": self.skipped}
        return {**{name: dict(value) for name, value in found.items()}, "figures": rounded(self.figures)}


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name on the command line, how it is measured, and how its result is laid out."""

    name: str
    title: str
    measure: Callable[[Plan], Outcome]
    tables: Callable[[Result], list[Table]]
    packages: tuple[str, ...] = ("sklearn", "threadpoolctl", "torch")


def rounded(value: object) -> Any:  # noqa: ANN401 - the same shape as the value
    """Round every float in nested mappings and lists to four places."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {name: rounded(inner) for name, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, list | tuple) else value


def missing(*packages: str) -> str | None:
    """Name the first package that is not installed, with what installs it; None where all are."""
    absent = next((name for name in packages if find_spec(name) is None), None)
    return None if absent is None else f"the package {absent} is not installed (`make test` installs what is compared)"
