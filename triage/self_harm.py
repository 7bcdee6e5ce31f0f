"""Whether somebody may be about to harm themselves: phrases of twelve languages, as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from models.text.folding import fold
from models.text.phrases import PhraseBook
from tickets.rulefile import Rules, read_rules

SHIPPED = Path(__file__).with_name("self_harm.yaml")

PhraseText = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class SelfHarmFile(Rules):
    """The whole file: phrases by language, in the notation of `models.text.phrases`."""

    phrases: Mapping[Code, tuple[PhraseText, ...]]


@lru_cache(maxsize=1)
def shipped_phrases() -> tuple[str, ...]:
    """Return the phrases of all languages: people in despair do not always write in the language that one expects."""
    by_language = read_rules(SHIPPED, SelfHarmFile).phrases
    return tuple(phrase for phrases in by_language.values() for phrase in phrases)


@lru_cache(maxsize=1)
def _book() -> PhraseBook:
    return PhraseBook({"self_harm": shipped_phrases()})


def speaks_of_self_harm(text: str) -> bool:
    """Say whether a text holds one of the phrases."""
    return next(_book().find(fold(text)), None) is not None
