"""How well entities and reasons for escalation are found in the corpus, and how long that takes.

The braces of the corpus are the truth: `{order:#10482}` marks a span. Mistakes were looked at and mended in situations
1 to 6 of each intent ("seen") only, 7 to 9 were kept apart ("unseen"); how numbers look had been read off marked spans
of all situations before. A span counts only if kind, start and end are exactly right. Writers marked entities in full
messages and seldom in short ones, so many findings counted as wrong are right: precision is a lower bound, most of all
for amounts. Times are processor time.

Run it on one core: `taskset -c 0 python benchmarks/entities.py`. It writes `benchmarks/results/entities.json`.
"""

from __future__ import annotations

import json
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from triage.entities import FINDERS, find_entities
from triage.escalation import REASONS, EscalationRules

ROOT = Path(__file__).resolve().parents[1]
MESSAGES = ROOT / "training" / "corpus" / "messages"
RESULT = ROOT / "benchmarks" / "results" / "entities.json"
KINDS = tuple(kind for finder in FINDERS for kind in finder.kinds)
LAST_SEEN_SITUATION = 6

_MARKUP = re.compile(r"\{([a-z]+):([^{}]*)\}")

Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Example:
    """A message without its markup, and where the markup was."""

    language: str
    intent: str
    seen: bool
    escalate: bool
    text: str
    spans: frozenset[Span]


@dataclass(frozen=True, slots=True)
class Score:
    """Right, wrong and missed findings."""

    right: int
    wrong: int
    missed: int

    def as_json(self) -> dict[str, float | int]:
        """Return the counts with precision and recall."""
        return {
            "precision": _share(self.right, self.wrong),
            "recall": _share(self.right, self.missed),
            "marked": self.right + self.missed,
        }


def examples() -> Iterator[Example]:
    """Read the whole corpus."""
    for path in sorted(MESSAGES.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            fields = line.split("\t")
            intent, _, situation = fields[0].rpartition(".")
            text, spans = unmark(fields[5].replace("\\n", "\n"))
            seen = int(situation) <= LAST_SEEN_SITUATION
            yield Example(path.stem, intent, seen, fields[3] == "1", text, spans)


def unmark(marked: str) -> tuple[str, frozenset[Span]]:
    """Return the plain text and the marked spans in it."""
    parts: list[str] = []
    spans: set[Span] = set()
    length = position = 0
    for match in _MARKUP.finditer(marked):
        parts += [marked[position : match.start()], match[2]]
        length += match.start() - position
        spans.add((match[1], length, length + len(match[2])))
        length += len(match[2])
        position = match.end()
    return "".join([*parts, marked[position:]]), frozenset(spans)


def _share(right: int, other: int) -> float:
    return round(right / (right + other), 4) if right + other else 0.0


Table = dict[str, dict[str, dict[str, float | int]]]


def measure_entities(corpus: list[Example]) -> tuple[Table, list[float]]:
    """Return scores by kind and language, and the seconds each message took."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    seconds: list[float] = []
    for example in corpus:
        begin = time.process_time()
        entities = find_entities(example.text, language=example.language)
        seconds.append(time.process_time() - begin)
        found = {(entity.kind, entity.start, entity.end) for entity in entities}
        for span in found | example.spans:
            outcome = ("right" if span in found else "missed") if span in example.spans else "wrong"
            for group in ("all", "seen" if example.seen else "unseen", example.language):
                counts[span[0], group][outcome] += 1
    return {kind: _groups(counts, kind) for kind in KINDS}, seconds


def _groups(counts: Mapping[tuple[str, str], Counter[str]], kind: str) -> dict[str, dict[str, float | int]]:
    groups = sorted(group for name, group in counts if name == kind)
    return {
        group: Score(**{name: counts[kind, group][name] for name in ("right", "wrong", "missed")}).as_json()
        for group in groups
    }


def measure_reasons(corpus: list[Example]) -> dict[str, object]:
    """Return for each reason how many raised and other messages it fires on, unseen situations apart."""
    rules = EscalationRules.load()
    counts: dict[tuple[str, str], Counter[bool]] = defaultdict(Counter)
    raised = Counter(example.escalate for example in corpus)
    for example in corpus:
        usd = rules.largest_usd(find_entities(example.text, language=example.language))
        fired = rules.reasons(example.text, example.language, amount_usd=usd, intent=example.intent)
        labels = [*fired, *(["any"] if fired else []), *(["strong"] if rules.raises(fired) else [])]
        for label in labels:
            for group in ("all", "seen" if example.seen else "unseen"):
                counts[label, group][example.escalate] += 1
    table: dict[str, object] = {
        label: {
            group: {"raised": counts[label, group][True], "other": counts[label, group][False]}
            | {"precision": _share(counts[label, group][True], counts[label, group][False])}
            for group in ("all", "seen", "unseen")
        }
        | {"recall": _share(counts[label, "all"][True], raised[True] - counts[label, "all"][True])}
        for label in (*REASONS, "strong", "any")
    }
    return table | {"messages": {"raised": raised[True], "other": raised[False]}}


def main() -> None:
    """Measure, print a table and write the result."""
    corpus = list(examples())
    find_entities("warm up 1 €", language="en")
    entities, seconds = measure_entities(corpus)
    reasons = measure_reasons(corpus)
    result = {
        "messages": len(corpus),
        "milliseconds_a_message": {
            "mean": round(statistics.mean(seconds) * 1e3, 3),
            "median": round(statistics.median(seconds) * 1e3, 3),
            "p99": round(statistics.quantiles(seconds, n=100)[98] * 1e3, 3),
        },
        "entities": entities,
        "escalation": reasons,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result["milliseconds_a_message"]))
    for kind, groups in entities.items():
        print(f"{kind:9}", {group: groups[group] for group in ("all", "seen", "unseen") if group in groups})
    for reason, row in reasons.items():
        print(f"{reason:14}", row)


if __name__ == "__main__":
    main()
