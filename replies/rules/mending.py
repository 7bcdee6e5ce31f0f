"""One-click mends: what a person may put in place of what a marketplace forbids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from replies.rules.contact import Kind
from tickets.rulefile import read_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from replies.rules.book import Rule
    from replies.rules.reading import Reading

FALLBACK_LANGUAGE = "en"

_ENTITIES = {"&amp;": "&", "&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"'}
_BREAK = re.compile(r"</(?:p|div|li|tr|h\d)>|<br", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mend:
    """An edit: the range of the reply that `text` takes the place of, and a label for its button."""

    label: str
    start: int
    end: int
    text: str


@lru_cache(maxsize=1)
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Return the allowed sentences by kind and language."""
    loaded: Mapping[str, Mapping[str, str]] = read_data(
        files("replies.rules").joinpath("mends.yaml").read_text(encoding="utf-8")
    )
    return loaded


def mends(reading: Reading, rule: Rule, kind: Kind | None, span: tuple[int, int], language: str | None) -> list[Mend]:
    """Return what can be done about a finding, the best first.

    Args:
        reading: The reply.
        rule: The rule that found something.
        kind: The check that did, None where it was a phrase or a pattern.
        span: The range in the plain reading; of a style check in the text itself.
        language: The language to write in.

    """
    if kind in (Kind.LENGTH, Kind.LANGUAGE):
        return []
    if kind is Kind.EMOJI:
        return [Mend("Take the emoji out", *_with_space(reading.text, *span), "")]
    if kind is Kind.LINE_BREAKS:
        return [Mend("Leave one empty line", *span, "\n\n")]
    if kind is Kind.MARKUP:
        return [_without_markup(reading.text, span)]
    if kind is Kind.IMPORTANT:
        return [Mend("Take it out", *_with_space(reading.text, *span), "")]
    first, last = reading.sentence(*span)
    start, end = reading.span(first, last)
    found = []
    if rule.mend:
        wordings = sentences()[rule.mend]
        text = wordings.get(language or FALLBACK_LANGUAGE, wordings[FALLBACK_LANGUAGE])
        found.append(Mend("Say it as the rule allows", start, end, text))
    if reading.text[:start].strip() or reading.text[end:].strip():
        found.append(Mend("Take the sentence out", *_with_space(reading.text, start, end), ""))
    return found


def _with_space(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a range that is taken out by one space, so that no two are left."""
    if end < len(text) and text[end] == " ":
        return start, end + 1
    if start > 0 and text[start - 1] == " " and (end == len(text) or text[end] in "\n.,;!?"):
        return start - 1, end
    return start, end


def _without_markup(text: str, span: tuple[int, int]) -> Mend:
    written = text[slice(*span)]
    if written in _ENTITIES:
        return Mend("Write it as plain text", *span, _ENTITIES[written])
    return Mend("Take the markup out", *span, "\n" if _BREAK.match(written) and span[1] < len(text) else "")
