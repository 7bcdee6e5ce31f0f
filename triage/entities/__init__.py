"""Entities: order and tracking numbers, addresses, amounts, dates and codes, with their place in the text.

Persons, places and products need a learned model and are not found yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from tickets.records import Entity
from triage.entities import amounts, dates, emails, phones, references
from triage.entities.resolving import resolve
from triage.entities.source import Candidate, Finder, Source


@dataclass(frozen=True, slots=True)
class Registered:
    """A finder, the kinds that it gives, and whether a text without digits is of no use to it."""

    kinds: tuple[str, ...]
    find: Finder
    needs_digits: bool


FINDERS: tuple[Registered, ...] = (
    Registered(("email",), emails.find, needs_digits=False),
    Registered(("phone",), phones.find, needs_digits=True),
    Registered(("amount",), amounts.find, needs_digits=False),
    Registered(("date",), dates.find, needs_digits=True),
    Registered(references.KINDS, references.find, needs_digits=False),
)
"""Every finder; where their findings overlap, the candidate's weight decides."""


def find_entities(
    text: str, *, language: str | None = None, market: str | None = None, currency: str | None = None
) -> tuple[Entity, ...]:
    """Return the entities of a text in their order; they do not overlap.

    Args:
        text: Any text; offsets are code points in it.
        language: ISO 639-1 code of the writer's language, where known: decides on ambiguous numbers.
        market: ISO 3166 code of the writer's country, where known: decides before the language does.
        currency: ISO 4217 code that a bare "$" or "kr" means.

    Returns:
        Entities with normalised values: "1234.56 EUR", "2026-11-03", "--11-03" without a year, E.164 phones.
    """
    known = None if language == "und" else language
    source = Source(text, known, market, currency, references.shipped().book)
    found: list[Candidate] = []
    for finder in FINDERS:
        if source.has_digits or not finder.needs_digits:
            found.extend(finder.find(source))
    return resolve(found)
