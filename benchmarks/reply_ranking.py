"""How soon the order of suggestions follows what people take: the agents are made up, templates and ranking are not.

Each agent prefers one of the templates that fit and takes it wherever it stands; now and then the agent takes any of
those on show. After `CHANGE_AT` messages the agent changes the mind. Run it with `python -m benchmarks reply_ranking`.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.report import Target
from replies.ranking import Ranking
from replies.suggest import Replies, ReplyContext
from replies.templates import parse_template
from tickets.acceptance import Case, Outcome, Rules, Tally, credit_of, passed_over, rules
from tickets.records import IntentScore, Order, OrderState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from replies.templates import Template
    from tickets.records import Suggestion

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
INTENT = "delivery.delay"
SHOWN = 3
CHANGE_AT = 60
AFTER_CHANGE = 120
RANDOM_CLICKS = 0.1
# An agent who misses the favourite takes another one, rejects the first, or writes an own text and says nothing.
TAKES_ANOTHER, REJECTS = 0.5, 0.25


@dataclass(frozen=True, slots=True)
class Scene:
    """Templates by the text of their `when` and body, and which of them is liked: first, and after the change."""

    name: str
    templates: tuple[tuple[str, str | None], ...]
    liked: tuple[str, str]


SCENES = (
    Scene(
        "three that fit alike; the last one is liked, then the first",
        (("a", "order"), ("b", "order"), ("c", "order")),
        ("c", "a"),
    ),
    Scene(
        "three that fit differently; the least fitting one is liked, then the best",
        (("a", 'order.state == "late"'), ("b", "order"), ("c", None)),
        ("c", "a"),
    ),
    Scene(
        "three that fit differently; the best one is liked, then the least fitting",
        (("a", 'order.state == "late"'), ("b", "order"), ("c", None)),
        ("a", "c"),
    ),
    Scene(
        "five that fit alike, three on show; the last one is liked, then the fourth",
        (("a", "order"), ("b", "order"), ("c", "order"), ("d", "order"), ("e", "order")),
        ("e", "d"),
    ),
)


class Shop:
    """A shop whose agents judge the suggestions for one kind of message, over and over."""

    def __init__(self, scene: Scene, seed: int, by: Rules) -> None:
        self._replies = Replies([_template(*given) for given in scene.templates])
        self._context = ReplyContext(
            intents=(IntentScore(INTENT, 0.9),), language="en", order=Order("HP-1", OrderState.LATE)
        )
        self._random = random.Random(seed)  # noqa: S311 - a simulation
        self._by = by
        self._tallies: dict[Case, Tally] = {}
        self._now = START

    def order(self) -> list[str]:
        """Return the variants on show, best first."""
        return [_variant(offer) for offer in self._offers()]

    def message(self, liked: str) -> None:
        """Let an agent answer one message."""
        offers = self._offers()
        self._now += timedelta(hours=1)
        verdicts = self._verdicts([_variant(offer) for offer in offers], liked)
        if verdicts:
            self._judge(offers, verdicts)

    def _offers(self) -> list[Suggestion]:
        return self._replies.ranked(Ranking(self._tallies, self._by)).suggest(self._context, SHOWN)

    def _verdicts(self, shown: list[str], liked: str) -> dict[int, Outcome]:
        """Say what an agent does with the suggestions, by their position."""
        chance = self._random.random()
        if self._random.random() < RANDOM_CLICKS:
            taken = self._random.randrange(len(shown))
        elif liked in shown:
            taken = shown.index(liked)
        elif chance < TAKES_ANOTHER:
            taken = self._random.randrange(len(shown))
        else:
            return {0: Outcome.REJECTED} if chance < TAKES_ANOTHER + REJECTS else {}
        above = passed_over([None] * len(shown), taken)
        return {**dict.fromkeys(above, Outcome.PASSED_OVER), taken: Outcome.ACCEPTED}

    def _judge(self, offers: list[Suggestion], outcomes: dict[int, Outcome]) -> None:
        for position, offer in enumerate(offers):
            case = Case(INTENT, OrderState.LATE.value, "en", offer.template)
            tally = self._tallies.get(case, Tally()).shown()
            if position in outcomes:
                outcome = outcomes[position]
                tally = tally.counted(outcome, credit_of(outcome, None), self._now, self._by)
            elif Outcome.ACCEPTED in outcomes.values():
                tally = tally.left_below(self._now, self._by)
            self._tallies[case] = tally


def _template(variant: str, when: str | None) -> Template:
    condition = f"when: {when}\n" if when else ""
    head = f"id: {INTENT}.{variant}\nintent: {INTENT}\nlanguage: en\ntitle: {variant}\n{condition}"
    return parse_template(f"---\n{head}---\nText {variant}.\n", f"{variant}.liquid")


def _variant(offer: Suggestion) -> str:
    return offer.template.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Run:
    """After how many messages the liked template stood first: at the start, and after the change; None if never."""

    first: int | None
    recovered: int | None
    first_at_30: bool
    first_at_end: bool


def run(scene: Scene, seed: int, by: Rules | None = None) -> Run:
    """Play one shop."""
    shop = Shop(scene, seed, by or rules())
    first = recovered = None
    at_30 = False
    for number in range(1, CHANGE_AT + 1):
        shop.message(scene.liked[0])
        top = shop.order()[0] == scene.liked[0]
        first = number if top and first is None else first
        at_30 = top if number == 30 else at_30
    for number in range(1, AFTER_CHANGE + 1):
        shop.message(scene.liked[1])
        top = shop.order()[0] == scene.liked[1]
        recovered = number if top and recovered is None else recovered
    return Run(first, recovered, at_30, shop.order()[0] == scene.liked[1])


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """Return what the runs of one scene say together."""
    return {
        "first_within_30": _share(found.first is not None and found.first <= 30 for found in runs),
        "first_at_message_30": _share(found.first_at_30 for found in runs),
        "messages_until_first": _quantiles([found.first for found in runs]),
        "recovered": _share(found.recovered is not None for found in runs),
        "messages_until_recovered": _quantiles([found.recovered for found in runs]),
        "first_at_the_end": _share(found.first_at_end for found in runs),
    }


def _share(flags: Iterable[bool]) -> float:
    listed = list(flags)
    return round(sum(listed) / len(listed), 3)


def _quantiles(values: Sequence[int | None]) -> dict[str, int | None]:
    ranked = sorted(CHANGE_AT + AFTER_CHANGE if value is None else value for value in values)
    return {name: ranked[min(int(share * len(ranked)), len(ranked) - 1)] for name, share in _SHARES}


_SHARES = (("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("worst", 1.0))


def measure(seeds: int) -> dict[str, Any]:
    """Play all scenes."""
    by = rules()
    scenes = {scene.name: summary([run(scene, seed) for seed in range(seeds)]) for scene in SCENES}
    return {
        "figures": {
            "seeds": seeds,
            "random_clicks": RANDOM_CLICKS,
            "change_of_mind_after": CHANGE_AT,
            "half_life_events": by.half_life_events,
            "min_events": by.min_events,
            "prior_events": by.prior_events,
            "optimism": by.optimism,
            **scenes,
        },
        "targets": [
            Target(f"first within 30 messages: {name}", found["first_within_30"], 1.0, at_least=True).as_json()
            for name, found in scenes.items()
        ]
        + [
            Target(f"first again after a change of mind: {name}", found["recovered"], 1.0, at_least=True).as_json()
            for name, found in scenes.items()
        ],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    print(json.dumps(measure(parser.parse_args().seeds), indent=2))


if __name__ == "__main__":
    main()
