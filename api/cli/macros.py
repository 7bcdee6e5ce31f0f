"""`deskhand templates import` for macros of other help desks: what the brain proposes, and what could not be mapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from api.cli.imports import counted, finish
from api.cli.output import note, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from api.wiring import Services
    from replies.macros.records import Desk, Guess, MacroReport, Proposer

ADVISED = 10
NO_QUESTION = "other."


@dataclass(frozen=True, slots=True)
class MacroOptions:
    """The options of the command: help desk, own table of placeholders, language, and the report's file."""

    desk: str | None
    own_table: Path | None
    language: str | None
    report: Path | None


def import_macro_files(path: Path, options: MacroOptions) -> None:
    """Store macros as drafts and say what became of each."""
    from api.cli.house import opened
    from replies.macros.importing import MacroSource, import_macros
    from replies.macros.reporting import write_report

    desk = _desk(options.desk)
    with opened() as services:
        source = MacroSource(path, desk, options.own_table, options.language)
        done = import_macros(services.templates, source, _proposer(services), actor="import")
    if options.report is not None:
        write_report(options.report, done)
    counted(
        added=done.count("added"),
        updated=done.count("updated"),
        unchanged=done.count("unchanged"),
        skipped=len(done.skipped),
        refused=len(done.refused),
    )
    _tell(done)
    finish(done.refused, taken=len(done.taken) + len(done.skipped))


def _desk(name: str | None) -> Desk | None:
    from replies.macros.records import Desk

    if name is None:
        return None
    if name.lower() not in list(Desk):
        raise typer.BadParameter(f"{name[:40]!r} is none of {', '.join(Desk)}", param_hint="--from")
    return Desk(name.lower())


def _tell(done: MacroReport) -> None:
    """List the drafts, the least certain proposals first: those need a look."""
    for taken in sorted(done.taken, key=lambda item: (item.probability, item.template)):
        if taken.change != "unchanged":
            say(f"{taken.probability:.2f}  {taken.template} ({taken.language})  {taken.macro}")
    for taken in done.taken:
        for item in taken.unmapped[:ADVISED]:
            note(f"{taken.template} ({taken.language}): {item.placeholder} is marked in the text: {item.advice}")
    for skipped in done.skipped:
        note(f"{skipped.macro}: skipped: {skipped.reason}")
    if any(taken.change != "unchanged" for taken in done.taken):
        note("All of them are drafts: deskhand templates approve ID LANGUAGE offers one")


def _proposer(services: Services) -> Proposer:
    """Let the active bundle propose intent and language."""
    from models.errors import BundleError

    bundle = services.bundle
    if bundle is None:
        raise services.problem or BundleError("There is no bundle to propose intents", field="DESKHAND_MODEL")

    def propose(texts: Sequence[str]) -> list[Guess]:
        # People name macros after the question that they answer: the title alone counts as much as all of it.
        titles = bundle.predict([text.partition("\n")[0] for text in texts])
        return [
            _guess(title.intents, whole.intents, whole.language.code)
            for title, whole in zip(titles, bundle.predict(texts), strict=True)
        ]

    return propose


def _guess(title: Sequence[tuple[str, float]], whole: Sequence[tuple[str, float]], language: str) -> Guess:
    """Return the intent that title and text agree on best; what is no question has no answer to write."""
    from replies.macros.records import Guess

    by_title = dict(title)
    both = {name: (chance + by_title.get(name, 0.0)) / 2 for name, chance in whole if not name.startswith(NO_QUESTION)}
    best = max(both or dict(whole), key=lambda name: (both.get(name, 0.0), name))
    return Guess(best, both.get(best, 0.0), language)
