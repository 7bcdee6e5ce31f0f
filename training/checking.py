"""The corpus linter: what would teach a model something wrong, by file and line."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.bundle import Bundle
from training.near_duplicates import near_duplicates
from training.utterances import CORPUS, Refused, Utterance, corpus_files, read_corpus, wording

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
SURE = 0.9
_FOLD = re.compile(r"[\W\d_]+")


@dataclass(slots=True)
class FileReport:
    """What one file holds, and what is wrong in it."""

    path: Path
    messages: int = 0
    moods: Counter[int] = field(default_factory=Counter)
    escalated: int = 0
    also: int = 0
    letters: list[int] = field(default_factory=list)
    problems: list[Refused] = field(default_factory=list)

    def summary(self) -> str:
        """Return one line with the file's distributions."""
        total = max(1, self.messages)
        moods = " ".join(f"{mood:+d}:{count / total:.2f}" for mood, count in sorted(self.moods.items()))
        return (
            f"{self.path}: {self.messages} messages, sentiment {moods or '-'}, "
            f"escalate {self.escalated / total:.2f}, also {self.also / total:.2f}, "
            f"length {_quantiles(self.letters)}, {len(self.problems)} problems"
        )


def check_corpus(paths: list[Path]) -> list[FileReport]:
    """Check every file under `paths`, the shipped corpus where `paths` is empty.

    Raises:
        InvalidInputError: A path is missing or holds no message file.
    """
    seen: dict[str, str] = {}
    texts: dict[str | None, list[Utterance]] = {}
    reports = [_check_file(path, seen, texts) for path in corpus_files(paths)]
    by_path = {str(report.path): report for report in reports}
    for utterances in texts.values():
        for earlier, later, similarity in near_duplicates([utterance.text for utterance in utterances]):
            # Twins that differ in just the point that tips the intent are wanted; equal texts are reported already.
            if utterances[earlier].intent != utterances[later].intent or similarity == 1.0:
                continue
            where = utterances[later].where
            reason = f"nearly the same text as {utterances[earlier].where} ({similarity:.0%} of their 5-grams)"
            by_path[where.rpartition(":")[0]].problems.append(Refused(where, reason))
    for report in reports:
        report.problems.sort(key=lambda problem: int(problem.where.rpartition(":")[2]))
    return reports


def disagreements(bundle: Bundle, utterances: Sequence[Utterance], sure: float = SURE) -> list[Refused]:
    """Return the messages to which the model gives another intent with great confidence: read each of them again.

    A model agrees with whatever it was trained on; ask one that was not trained on these messages.
    """
    predictions = bundle.predict([wording(utterance) for utterance in utterances])
    return [
        Refused(
            utterance.where, f"labelled {utterance.intent}, {found.intents[0][1]:.0%} sure of {found.intents[0][0]}"
        )
        for utterance, found in zip(utterances, predictions, strict=True)
        if found.intents[0][0] not in {utterance.intent, *utterance.also} and found.intents[0][1] >= sure
    ]


def situations(path: Path) -> frozenset[str] | None:
    """Return the situations (`intent.nr`) that the nearest `scenarios.tsv` lists; None where there is none."""
    for folder in (path.parent, path.parent.parent):
        listing = folder / "scenarios.tsv"
        if listing.is_file():
            rows = (line.split("\t") for line in listing.read_text(encoding="utf-8").splitlines() if line[:1] != "#")
            return frozenset(f"{row[0]}.{row[1]}" for row in rows if len(row) >= 2)
    return None


def _check_file(path: Path, seen: dict[str, str], texts: dict[str | None, list[Utterance]]) -> FileReport:
    report = FileReport(path)
    read = read_corpus([path])
    report.problems.extend(read.refused)
    known = situations(path)
    for utterance in read.utterances:
        report.messages += 1
        report.letters.append(len(utterance.text))
        texts.setdefault(utterance.language, []).append(utterance)
        if utterance.sentiment is not None:
            report.moods[utterance.sentiment] += 1
        report.escalated += bool(utterance.escalate)
        report.also += bool(utterance.also)
        problems = [*_label_problems(utterance, known), *_entity_problems(utterance), *_repeats(utterance, seen)]
        report.problems.extend(Refused(utterance.where, problem) for problem in problems)
    return report


def _quantiles(letters: list[int]) -> str:
    """Return a tenth, half and nine tenths of the lengths, in characters."""
    ordered = sorted(letters) or [0]
    return "/".join(str(ordered[min(len(ordered) - 1, len(ordered) * share // 10)]) for share in (1, 5, 9))


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
