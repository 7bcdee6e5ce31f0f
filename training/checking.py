"""The corpus linter: what would teach a model something wrong, by file and line."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from training.utterances import CORPUS, Refused, Utterance, corpus_files, read_corpus

CHANNELS = frozenset(("chat", "email", "marketplace", "social", "phone"))
KINDS = frozenset(
    ("order", "tracking", "email", "phone", "amount", "product", "sku", "date", "person", "place", "code", "invoice")
)
REASONS = frozenset(
    (
        "legal", "chargeback", "publicity", "safety", "fraud_privacy",
        "repeated", "manager", "abuse", "deadline", "high_value",
    )
)  # fmt: skip
_SAFE_MAIL = re.compile(r"[@.]example(\.(com|org|net))?$")
_FOLD = re.compile(r"[\W\d_]+")


@dataclass(slots=True)
class FileReport:
    """What one file holds, and what is wrong in it."""

    path: Path
    messages: int = 0
    moods: Counter[int] = field(default_factory=Counter)
    escalated: int = 0
    also: int = 0
    problems: list[Refused] = field(default_factory=list)

    def summary(self) -> str:
        """Return one line with the file's distributions."""
        total = max(1, self.messages)
        moods = " ".join(f"{mood:+d}:{count / total:.2f}" for mood, count in sorted(self.moods.items()))
        return (
            f"{self.path}: {self.messages} messages, sentiment {moods or '-'}, "
            f"escalate {self.escalated / total:.2f}, also {self.also / total:.2f}, {len(self.problems)} problems"
        )


def check_corpus(paths: list[Path]) -> list[FileReport]:
    """Check every file under `paths`, the shipped corpus where `paths` is empty.

    Raises:
        InvalidInputError: A path is missing or holds no message file.
    """
    seen: dict[str, str] = {}
    return [_check_file(path, seen) for path in corpus_files(paths)]


def situations(path: Path) -> frozenset[str] | None:
    """Return the situations (`intent.nr`) that the nearest `scenarios.tsv` lists; None where there is none."""
    for folder in (path.parent, path.parent.parent):
        listing = folder / "scenarios.tsv"
        if listing.is_file():
            rows = (line.split("\t") for line in listing.read_text(encoding="utf-8").splitlines() if line[:1] != "#")
            return frozenset(f"{row[0]}.{row[1]}" for row in rows if len(row) >= 2)
    return None


def _check_file(path: Path, seen: dict[str, str]) -> FileReport:
    report = FileReport(path)
    read = read_corpus([path])
    report.problems.extend(read.refused)
    known = situations(path)
    for utterance in read.utterances:
        report.messages += 1
        if utterance.sentiment is not None:
            report.moods[utterance.sentiment] += 1
        report.escalated += bool(utterance.escalate)
        report.also += bool(utterance.also)
        problems = [*_label_problems(utterance, known), *_entity_problems(utterance), *_repeats(utterance, seen)]
        report.problems.extend(Refused(utterance.where, problem) for problem in problems)
    report.problems.sort(key=lambda problem: int(problem.where.rpartition(":")[2]))
    return report


def _label_problems(utterance: Utterance, known: frozenset[str] | None) -> list[str]:
    problems = []
    if known is not None:
        intents = {name.rpartition(".")[0] for name in known}
        if utterance.scenario is not None and utterance.scenario not in known:
            problems.append(f"unknown situation {utterance.scenario!r}; scenarios.tsv lists those that exist")
        elif utterance.intent not in intents:
            problems.append(f"unknown intent {utterance.intent!r}; scenarios.tsv lists those that exist")
        problems += [f"unknown further intent {name!r}" for name in utterance.also if name not in intents]
    if utterance.intent in utterance.also:
        problems.append(f"the further intent {utterance.intent!r} repeats the first")
    if utterance.channel is not None and utterance.channel not in CHANNELS:
        problems.append(f"unknown channel {utterance.channel!r}; known are {', '.join(sorted(CHANNELS))}")
    problems += [
        f"unknown reason {name!r}; known are {', '.join(sorted(REASONS))}"
        for name in utterance.reasons
        if name not in REASONS
    ]
    if utterance.reasons and not utterance.escalate:
        problems.append("reasons are given, but escalate is 0")
    return problems


def _entity_problems(utterance: Utterance) -> list[str]:
    problems = []
    for kind, start, end in utterance.entities:
        value = utterance.text[start:end]
        if kind not in KINDS:
            problems.append(f"unknown entity kind {kind!r}; known are {', '.join(sorted(KINDS))}")
        if not value.strip():
            problems.append(f"the entity {{{kind}:}} is empty")
        if kind == "email" and not _SAFE_MAIL.search(value):
            problems.append(f"the address {value!r} is not at example.com, .org or .net")
    if utterance.entities or utterance.scenario:
        outside = _without(utterance)
        if "{" in outside or "}" in outside:
            problems.append("a brace outside an entity")
    return problems


def _without(utterance: Utterance) -> str:
    parts, position = [], 0
    for _, start, end in utterance.entities:
        parts.append(utterance.text[position:start])
        position = end
    return "".join([*parts, utterance.text[position:]])


def _repeats(utterance: Utterance, seen: dict[str, str]) -> list[str]:
    """Report a text that stands elsewhere too, apart from case, digits, accents' form and punctuation."""
    folded = _FOLD.sub("", unicodedata.normalize("NFKC", utterance.text).casefold()) or utterance.text
    first = seen.setdefault(f"{utterance.language}\t{folded}", utterance.where)
    return [f"the same text as {first}"] if first != utterance.where else []


__all__ = ["CORPUS", "FileReport", "check_corpus", "situations"]
