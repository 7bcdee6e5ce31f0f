"""`deskhand replay`: what would have become of a shop's past tickets, and how well."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import note, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.cli.lines import Line
    from tickets.records import Decision, Message

MOST_MIXED = 5
MOST_UNKNOWN = 20
NEAR = 0.8
NAME_CHARS = 60


def replay(
    file: Annotated[
        Path, typer.Argument(help="Past tickets as JSON lines: messages, with `intent` where it is known.")
    ],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Decide past tickets, store nothing, and report what would have been automated, and how well."""
    import sys

    from tqdm import tqdm

    from api.cli.house import opened
    from api.cli.lines import in_batches, read_lines
    from api.cli.triage import source

    report = Report()
    with source(file) as stream, opened() as services, tqdm(unit="msg", file=sys.stderr, disable=quiet) as bar:
        report.labels = services.bundle.labels if services.bundle else ()
        for batch in in_batches(read_lines(stream)):
            past = read_past(batch, report)
            decisions = services.pipeline.decide([ticket.message for ticket in past], answers=1, suggestions=1)
            for ticket, decision in zip(past, decisions, strict=True):
                report.add(ticket, decision)
            bar.update(len(batch))
    for line in report.lines():
        say(line)
    for refusal in report.refused[:20]:
        note(refusal)
    if report.refused and not report.total:
        note("deskhand: no line could be read; the lines above say why")
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Past:
    """A past ticket with the label that people gave it, where they did."""

    message: Message
    intent: str | None


@dataclass(slots=True)
class Report:
    """Counts, as they come; an intent that is none of the `labels` says nothing of how well the model does."""

    labels: Sequence[str] = ()
    total: int = 0
    decided: int = 0
    replied: int = 0
    escalated: int = 0
    labelled: int = 0
    labelled_decided: int = 0
    right: int = 0
    in_top3: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    mixed: Counter[tuple[str, str]] = field(default_factory=Counter)
    per_intent: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    refused: list[str] = field(default_factory=list)

    def add(self, past: Past, decision: Decision) -> None:
        """Count one decision."""
        self.total += 1
        self.decided += decision.intent is not None
        self.replied += decision.intent is not None and bool(decision.suggestions)
        self.escalated += decision.escalation.escalate
        self.languages[decision.language.code] += 1
        if past.intent is None:
            return
        if self.labels and past.intent not in self.labels:
            self.unknown[past.intent] += 1
            return
        self.labelled += 1
        ranked = [score.name for score in decision.intents[:3]]
        self.in_top3 += past.intent in ranked
        row = self.per_intent[past.intent]
        row["all"] += 1
        if decision.intent is None:
            return
        self.labelled_decided += 1
        row["decided"] += 1
        if decision.intent == past.intent:
            self.right += 1
            row["right"] += 1
        else:
            self.mixed[past.intent, decision.intent] += 1

    def lines(self) -> list[str]:
        """Return the report for people."""
        rows = [
            ["messages", str(self.total), ""],
            ["would be decided", str(self.decided), _share(self.decided, self.total)],
            [
                "left to people (not sure)",
                str(self.total - self.decided),
                _share(self.total - self.decided, self.total),
            ],
            ["with a reply to send", str(self.replied), _share(self.replied, self.total)],
            ["raised to a senior colleague", str(self.escalated), _share(self.escalated, self.total)],
        ]
        if self.labelled:
            rows += [
                ["with a known intent", str(self.labelled), _share(self.labelled, self.total)],
                ["of these decided, rightly", str(self.right), _share(self.right, self.labelled_decided)],
                ["of these, in the first three", str(self.in_top3), _share(self.in_top3, self.labelled)],
            ]
        strange = self.unknown.total()
        if strange:
            rows.append(["with an intent that the model does not have", str(strange), _share(strange, self.total)])
        spoken = ", ".join(f"{code} {count}" for code, count in self.languages.most_common())
        found = [table(["", "COUNT", "SHARE"], rows), f"languages: {spoken}"]
        if strange:
            found.append(f"intents that the model does not have: {self._unknown()}")
        if self.per_intent:
            found.append(
                table(["INTENT", "ALL", "DECIDED", "RIGHT"], [self._row(name) for name in sorted(self.per_intent)])
            )
        for (true, said), count in self.mixed.most_common(MOST_MIXED):
            found.append(f"taken for another: {true} as {said}, {count}")
        return found

    def _unknown(self) -> str:
        """Name the labels that the model does not have, each with the one that may be meant."""
        named = []
        for name, count in self.unknown.most_common(MOST_UNKNOWN):
            near = difflib.get_close_matches(name[:NAME_CHARS], self.labels, n=1, cutoff=NEAR)
            named.append(f"{' '.join(name.split())[:NAME_CHARS]} {count}{f' (nearest: {near[0]})' if near else ''}")
        more = len(self.unknown) - len(named)
        return f"{', '.join(named)}{f', and {more} others' if more else ''}"

    def _row(self, name: str) -> list[str]:
        row = self.per_intent[name]
        return [name, str(row["all"]), str(row["decided"]), str(row["right"])]


def read_past(batch: Sequence[Line], report: Report) -> list[Past]:
    """Read a batch of past tickets; broken ones are noted in the report by line."""
    from tickets.errors import DeskhandError

    found: list[Past] = []
    for line in batch:
        try:
            found.append(_read(line))
        except DeskhandError as error:
            report.refused.append(f"line {line.number}: {error.message}")
    return found


def _read(line: Line) -> Past:
    """Read a past ticket: a body of `POST /v1/messages`, or a line of the export of `/v1/labels`.

    What else an export says (predictions, dates, the language that somebody gave it) is passed over: the point is to
    decide as if the message came in today.
    """
    import orjson

    from api.cli.triage import read_message
    from api.schemas.messages import IncomingMessage
    from api.validation import parse
    from tickets.errors import InvalidInputError

    if not line.data.lstrip().startswith(b"{"):
        return Past(read_message(line), None)
    try:
        fields = orjson.loads(line.data)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(f"not valid JSON: {error}") from None
    intent = fields.get("intent")
    if intent is not None and not isinstance(intent, str):
        raise InvalidInputError(f"intent ({intent!r}) must be a string", field="intent")
    known = {
        name: value for name, value in fields.items() if name in IncomingMessage.model_fields and name != "language"
    }
    return Past(parse(IncomingMessage, orjson.dumps(known)).record(), intent)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"
