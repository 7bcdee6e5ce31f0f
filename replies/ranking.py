"""How well a template does: what its fit promises, corrected by what people made of it.

A template's worth is the mean of a Beta distribution. Its prior is the fit, weighing as much as a few verdicts. What
corrects it are the verdicts on this template for the same intent, state of the order and language, the old ones faded.
Where those are too few, the verdicts in all languages count; where these are too few as well, only the fit does.

The state of the order belongs to the case: that people like a question for the order number where no order is known
says nothing of the day on which one is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickets.acceptance import Case, Rules, Tally, rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_LATELY_DIFFERS_BY = 0.2
"""From this distance between all times and of late on, both are told."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How well a template should do, from 0 to 1, and why it differs from its fit; None where nothing is known."""

    value: float
    why: str | None = None


class Ranking:
    """What people made of templates, ready to be asked. It never changes: a newer one takes its place.

    Args:
        tallies: By case.
        by: How they count; left out, as `tickets/acceptance.yaml` says.

    """

    def __init__(self, tallies: Mapping[Case, Tally] | None = None, by: Rules | None = None) -> None:
        self._tallies = dict(tallies or {})
        self._by = by or rules()
        self._languages: dict[tuple[str, str, str], list[Tally]] = defaultdict(list)
        self._judged: dict[tuple[str, str], int] = defaultdict(int)
        for case, tally in self._tallies.items():
            self._languages[case.intent, case.order_state, case.template].append(tally)
            self._judged[case.intent, case.order_state] += tally.seen

    def with_changes(self, changed: Mapping[Case, Tally]) -> Ranking:
        """Return the ranking with newer tallies."""
        return Ranking({**self._tallies, **changed}, self._by)

    def estimate(self, case: Case, fit: float, today: date | None = None) -> Estimate:
        """Return how well a template should do.

        Args:
            case: For what it may be offered.
            fit: How well it fits, from 0 to 1: what is expected of it as long as nobody judged it.
            today: Up to when verdicts fade; None leaves them as they were last written.

        """
        if not self._tallies:
            return Estimate(fit)
        own = self._tallies.get(case, Tally())
        if own.seen >= self._by.min_events:
            return self._judged_by(self._as_of(own, today), fit, "for this intent")
        everywhere = sum(
            (
                self._as_of(tally, today)
                for tally in self._languages.get((case.intent, case.order_state, case.template), ())
            ),
            Tally(),
        )
        if everywhere.seen >= self._by.min_events:
            return self._judged_by(everywhere, fit, "for this intent, all languages together")
        return self._untold(case, everywhere, fit)

    def _as_of(self, tally: Tally, today: date | None) -> Tally:
        return tally if today is None else tally.faded(today, self._by)

    def _judged_by(self, tally: Tally, fit: float, where: str) -> Estimate:
        strength, weight = self._by.prior_events, tally.gained + tally.lost
        value = (strength * fit + tally.gained) / (strength + weight)
        why = f"accepted {tally.used} of {tally.seen} times {where}"
        lately = tally.gained / weight if weight else value
        if tally.edited:
            # An edited one counts in part, so that its share of late cannot be compared with a count.
            why += f" ({tally.edited} of them edited)"
        elif abs(lately - tally.used / tally.seen) >= _LATELY_DIFFERS_BY:
            why += f", lately {lately:.0%}"
        return Estimate(value, why)

    def _untold(self, case: Case, tally: Tally, fit: float) -> Estimate:
        """Give a template that is new a little more, where others of its intent were judged."""
        if self._judged.get((case.intent, case.order_state), 0) < self._by.min_events:
            return Estimate(fit)
        bonus = self._by.optimism / math.sqrt(1 + tally.seen)
        return Estimate(min(fit + bonus, 1.0), f"not on offer often enough to be judged: {tally.seen} times")
