"""What finders get and give: the text in three forms of equal length, and candidates for entities."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from models.text.folding import fold, plain_digits
from models.text.phrases import Hit, PhraseBook

_DIGIT = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may be an entity; where candidates overlap, the heavier one stays."""

    kind: str
    value: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True)
class Source:
    """A text and what is known of its writer; offsets in `plain` and `folded` are offsets in `text`."""

    text: str
    language: str | None = None
    market: str | None = None
    currency: str | None = None
    book: PhraseBook | None = None

    @cached_property
    def cues(self) -> list[Hit]:
        """The words that say what a number beside them is, in the order of their ends."""
        return sorted(self.book.find(self.folded), key=lambda hit: hit.end) if self.book else []

    @cached_property
    def plain(self) -> str:
        """The text with digits, signs and full-width letters as ASCII, in its own case."""
        return plain_digits(self.text)

    @cached_property
    def folded(self) -> str:
        """The text for comparing words: lower case, no accents."""
        return fold(self.text)

    @cached_property
    def has_digits(self) -> bool:
        """Whether there is any digit at all."""
        return _DIGIT.search(self.plain) is not None


MAX_READ = 1_000
"""Numbers that a finder looks at closely in one text: more, and a hostile text would cost more than its length."""

Finder = Callable[[Source], Iterable[Candidate]]
