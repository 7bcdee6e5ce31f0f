"""Macros of another help desk become drafts: translated, with an intent proposed, for a person to approve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from replies.engine import MAX_SOURCE_CHARACTERS
from replies.library import Refused
from replies.macros.placeholders import table_for
from replies.macros.records import Desk, Guess, Macro, MacroReport, Proposer, Skipped, Taken
from replies.macros.shapes import read_macros
from replies.macros.translating import Translated, translate
from replies.matter import LANGUAGE, Matter
from replies.templates import Template, template_of
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from replies.store import TemplateStore

UNKNOWN_LANGUAGE = "und"
RETIRED = "it was imported before and retired here"


@dataclass(frozen=True, slots=True)
class MacroSource:
    """Where macros come from; `desk` is told by the shape where it is None.

    `own_table` is a shop's own table of placeholders, `language` counts where none can be told.
    """

    path: Path
    desk: Desk | None = None
    own_table: Path | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A macro that can be stored."""

    macro: Macro
    template: Template
    translated: Translated
    guess: Guess


def import_macros(store: TemplateStore, source: MacroSource, propose: Proposer, *, actor: str) -> MacroReport:
    """Store the macros of an export as drafts in one transaction; what cannot be used is named, the rest is kept.

    A macro keeps the template that an earlier import made of it; one that says what it said before changes nothing, so
    that work done here on it stays.

    Raises:
        NotFoundError: There is nothing at the path.
        InvalidInputError: The shop's own table of placeholders cannot be used.

    """
    read = read_macros(source.path, source.desk)
    tables = {desk: table_for(desk, source.own_table) for desk in sorted({macro.desk for macro in read.macros})}
    texts = [(macro, translate(macro.text, tables[macro.desk], html=macro.html)) for macro in read.macros]
    guesses = propose([f"{macro.title}\n{text.words}" for macro, text in texts]) if texts else ()
    refused, ready = list(read.refused), []
    first: dict[tuple[str, str], str] = {}
    for (macro, text), guess in zip(texts, guesses, strict=True):
        made = _template(macro, text, guess, source)
        if not isinstance(made, Template):
            refused.append(Refused(macro.name, 1, made))
            continue
        key = (made.variant, made.language)
        if key in first:
            refused.append(Refused(macro.name, 1, f"{first[key]} has its number already: give it an `id` of its own"))
            continue
        first[key] = macro.name
        ready.append(_Ready(macro, made, text, guess))
    changes = store.adopt([item.template for item in ready], actor=actor)
    skipped, taken = list(read.skipped), []
    for item, adopted in zip(ready, changes, strict=True):
        if adopted is None:
            skipped.append(Skipped(item.macro.name, RETIRED))
            continue
        taken.append(
            Taken(
                item.macro.name,
                adopted.id,
                item.template.language,
                item.guess.probability,
                adopted.change.value,
                item.translated.unmapped,
            )
        )
    return MacroReport(tuple(taken), tuple(skipped), tuple(refused))


def _template(macro: Macro, text: Translated, guess: Guess, source: MacroSource) -> Template | str:
    """Return the draft of a macro, or why there can be none."""
    language = macro.language or (guess.language if guess.language != UNKNOWN_LANGUAGE else source.language)
    if language is None:
        return "its language cannot be told: give --language"
    if not LANGUAGE.fullmatch(language):
        return f"its language {language[:20]!r} is no ISO 639-1 code: correct it in the help desk"
    if not text.body:
        return "nothing is left of it without its markup"
    if len(text.body) > MAX_SOURCE_CHARACTERS:
        return f"it has over {MAX_SOURCE_CHARACTERS:,} characters; no reply is that long"
    matter = Matter(
        id=f"{guess.intent}.{macro.desk}_{macro.number}",
        intent=guess.intent,
        language=language,
        title=macro.title or f"{macro.desk} {macro.number}",
        channels=macro.channels,
        when=None,
        version=1,
        brand=None,
        draft=True,
    )
    try:
        return template_of(matter, text.body, macro.name)
    except InvalidInputError as error:
        asked = [f"a condition asks for {item.placeholder}: {item.advice}" for item in text.asked]
        return "; ".join([*asked, *_reasons(error, macro.name)])


def _reasons(error: InvalidInputError, name: str) -> Iterable[str]:
    for line in error.message.splitlines():
        yield f"line {line.removeprefix(f'{name}:')}" if line.startswith(f"{name}:") else line
