"""What people made of suggested replies, as numbers: pure rules, by which the store counts and the ranking reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RULES = Path(__file__).with_name("acceptance.yaml")
_DAY_S = 86_400.0


class Outcome(StrEnum):
    """What became of one suggestion."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"
    PASSED_OVER = "passed_over"


USED = frozenset({Outcome.ACCEPTED, Outcome.EDITED})


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of `acceptance.yaml`, which explains each."""

    half_life_events: float
    half_life_days: float
    weights: Mapping[Outcome, float]
    left_below: float
    min_events: int
    prior_events: float
    optimism: float


@cache
def rules() -> Rules:
    """Return the rules that ship."""
    loaded = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    weights = {Outcome(name): float(weight) for name, weight in loaded.pop("weights").items()}
    return Rules(weights=weights, **loaded)


@dataclass(frozen=True, slots=True)
class Case:
    """For what a template was offered: intent, state of the order ("" where none was known), its language, its id."""

    intent: str
    order_state: str
    language: str
    template: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What is known of one case.

    `seen` counts the judged messages at which the template was on offer, the next four what became of it; `gained` and
    `lost` are the same, faded as of `at`. `half_lives` is how far the whole has faded since its first verdict, so that
    of one that is taken back only the rest is.
    """

    seen: int = 0
    accepted: int = 0
    edited: int = 0
    rejected: int = 0
    passed_over: int = 0
    gained: float = 0.0
    lost: float = 0.0
    at: datetime | None = None
    half_lives: float = 0.0

    @property
    def used(self) -> int:
        """How often it was sent, edited or not."""
        return self.accepted + self.edited

    @property
    def events(self) -> int:
        """How many verdicts there are."""
        return self.used + self.rejected + self.passed_over

    def __add__(self, other: Tally) -> Tally:
        """Join what is known of two cases, as of the same moment."""
        names = ("seen", "accepted", "edited", "rejected", "passed_over", "gained", "lost")
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in names}, at=self.at or other.at)

    def faded(self, now: datetime | date, by: Rules) -> Tally:
        """Return the tally as of a later moment; an earlier one changes nothing."""
        if self.at is None:
            return self
        if isinstance(now, datetime):
            days = (now - self.at).total_seconds() / _DAY_S
        else:
            days = (now - self.at.astimezone(UTC).date()).days
        return self._aged(days / by.half_life_days) if days > 0 else self

    def shown(self) -> Tally:
        """Return the tally with one more judged message at which the template was on offer."""
        return replace(self, seen=self.seen + 1)

    def left_below(self, now: datetime, by: Rules) -> Tally:
        """Return the tally after somebody took what stood above: a faint sign, for it was perhaps not even read."""
        faded = self.faded(now, by)._aged(by.left_below / by.half_life_events)
        return replace(faded, lost=faded.lost + by.left_below, at=now)

    def counted(self, outcome: Outcome, credit: float, now: datetime, by: Rules) -> Tally:
        """Return the tally with one more verdict, older ones faded by it.

        Args:
            outcome: What became of the suggestion.
            credit: From 0 to 1, the part of the verdict's weight that speaks for the template.
            now: When.
            by: The rules.

        """
        faded = self.faded(now, by)._aged(1 / by.half_life_events)
        return replace(faded._moved(outcome, 1, by.weights[outcome], credit), at=now)

    def taken_back(self, outcome: Outcome, credit: float, half_lives: float, by: Rules) -> Tally:
        """Return the tally without what is left of a verdict that another one replaces.

        Args:
            outcome: What it was.
            credit: The part of its weight that spoke for the template.
            half_lives: Those of the tally when the verdict was counted.
            by: The rules.

        """
        left = 0.5 ** max(self.half_lives - half_lives, 0.0)
        return self._moved(outcome, -1, -left * by.weights[outcome], credit)

    def _aged(self, half_lives: float) -> Tally:
        factor, age = 0.5**half_lives, self.half_lives + half_lives
        return replace(self, gained=self.gained * factor, lost=self.lost * factor, half_lives=age)

    def _moved(self, outcome: Outcome, count: int, weight: float, credit: float) -> Tally:
        return replace(
            self,
            **{outcome.value: max(getattr(self, outcome.value) + count, 0)},
            gained=max(self.gained + weight * credit, 0.0),
            lost=max(self.lost + weight * (1 - credit), 0.0),
        )


def credit_of(outcome: Outcome, kept: float | None) -> float:
    """Return the part of a verdict that speaks for the template: all, nothing, or the share of the text that was kept.

    Args:
        outcome: What became of the suggestion.
        kept: The share of an edited text that was kept, from 0 to 1; None counts as all of it.

    """
    if outcome is Outcome.ACCEPTED:
        return 1.0
    return (1.0 if kept is None else kept) if outcome is Outcome.EDITED else 0.0


def passed_over(verdicts: Sequence[Outcome | None], taken: int) -> list[int]:
    """Return the positions that somebody passed over who took the one at `taken`: those above without a verdict."""
    return [position for position, verdict in enumerate(verdicts[:taken]) if verdict is None]
