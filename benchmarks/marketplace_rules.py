"""How well marketplace rules are kept: precision and recall on hand-written replies, and how long a check takes.

The replies lie in `tests/replies/data`. The first set was written before any phrase, the later one after the first
phrases, in other words; half of each, by digest, was not tuned on. `unforeseen` was written last and no phrase was
added for it: bad replies in roundabout words, which show where phrases end.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import ROOT
from benchmarks.report import Target
from replies.rules import Place, RuleCheck
from tickets.records import Channel

if TYPE_CHECKING:
    from collections.abc import Iterable

DATA = ROOT / "tests" / "replies" / "data"
SETS = {"first": DATA / "marketplace_replies.tsv", "later": DATA / "marketplace_replies_later.tsv"}
UNFORESEEN = "unforeseen"
FILES = {**SETS, UNFORESEEN: DATA / "marketplace_replies_unforeseen.tsv"}
PARTS = ("tuned", "held_out")
LEAST = 0.97
CHARACTERS = 500
MAX_CHECK_MS = 0.3


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of a set, and the rules that it breaks."""

    place: Place
    language: str
    text: str
    rules: frozenset[str]

    @property
    def part(self) -> str:
        """Which half it is in."""
        return PARTS[int(hashlib.sha256(self.text.encode()).hexdigest(), 16) % 2 == 0]


def read(name: str) -> list[Reply]:
    """Return the replies of a set."""
    with FILES[name].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Reply(
            Place(
                None if row["marketplace"] == "own" else row["marketplace"],
                Channel.EMAIL if row["marketplace"] == "own" else Channel.MARKETPLACE,
                known=(row["known"],) if row["known"] else (),
            ),
            row["language"],
            row["text"].replace("\\n", "\n"),
            frozenset(row["expected"].split()),
        )
        for row in rows
    ]


def quality(check: RuleCheck, replies: Iterable[Reply]) -> dict[str, dict[str, float | int | None]]:
    """Return precision and recall of findings by severity; one rule counts once a reply."""
    severities = {bound.rule.id: bound.rule.severity.value for rules in check.book.profiles.values() for bound in rules}
    counts: Counter[tuple[str, str]] = Counter()
    for reply in replies:
        found = {finding.rule for finding in check.findings(reply.text, reply.place, with_mends=False)}
        counts.update((severities[rule], "right") for rule in found & reply.rules)
        counts.update((severities[rule], "wrong") for rule in found - reply.rules)
        counts.update((severities[rule], "missed") for rule in reply.rules - found)
    return {
        severity: _shares(*(counts[severity, kind] for kind in ("right", "wrong", "missed")))
        for severity in ("block", "warn")
    }


def _shares(right: int, wrong: int, missed: int) -> dict[str, float | int | None]:
    precision = round(right / (right + wrong), 4) if right + wrong else None
    recall = round(right / (right + missed), 4) if right + missed else None
    return {"precision": precision, "recall": recall, "right": right, "wrong": wrong, "missed": missed}


def check_ms(check: RuleCheck, rounds: int) -> dict[str, float]:
    """Return by language the median time of a check of a good reply of 500 characters on Amazon, in milliseconds."""
    found: dict[str, float] = {}
    good = [reply for name in SETS for reply in read(name) if not reply.rules and len(reply.text) > 40]
    for language in sorted({reply.language for reply in good}):
        words = " ".join(reply.text for reply in good if reply.language == language)
        text = (words + " ") * (CHARACTERS // len(words) + 1)
        found[language] = _median_ms(check, text[:CHARACTERS], rounds)
    return found


def _median_ms(check: RuleCheck, text: str, rounds: int) -> float:
    place = Place("amazon", Channel.MARKETPLACE)
    check.findings(text, place)
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        check.findings(text, place)
        times.append(time.perf_counter() - started)
    return round(statistics.median(times) * 1e3, 3)


def measure(rounds: int) -> dict[str, Any]:
    """Measure all sets, and the time."""
    check = RuleCheck()
    found: dict[str, Any] = {}
    for name in SETS:
        replies = read(name)
        found[name] = {"replies": len(replies)}
        for part in PARTS:
            found[name][part] = quality(check, [reply for reply in replies if reply.part == part])
    everything = [reply for name in SETS for reply in read(name)]
    found["together"] = {"held_out": quality(check, [reply for reply in everything if reply.part == "held_out"])}
    times = check_ms(check, rounds)
    found["unforeseen"] = quality(check, read(UNFORESEEN))
    found["check_of_500_characters_ms"] = times
    targets = [
        Target(
            f"{measure_} of findings that {severity}, {name}, held out",
            figures["held_out"][severity][measure_],
            LEAST,
            at_least=True,
        )
        for name, figures in found.items()
        if "held_out" in figures
        for severity in ("block", "warn")
        for measure_ in ("precision", "recall")
    ]
    median = round(statistics.median(times.values()), 3)
    targets.append(Target("check of 500 characters, ms, median of languages", median, MAX_CHECK_MS, at_least=False))
    return {"figures": found, "targets": [target.as_json() for target in targets]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    print(json.dumps(measure(parser.parse_args().rounds), indent=1))


if __name__ == "__main__":
    main()
