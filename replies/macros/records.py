"""What passes between the steps of an import from another help desk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replies.library import Refused
    from tickets.records import Channel


class Desk(StrEnum):
    """A help desk whose exports are known."""

    ZENDESK = "zendesk"
    GORGIAS = "gorgias"
    FRESHDESK = "freshdesk"


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro as its help desk exports it: `text` still holds that desk's placeholders.

    `number` is the desk's own, `language` what the desk says of it, `file` where it was read.
    """

    desk: Desk
    number: str
    title: str
    text: str
    file: str
    html: bool = False
    language: str | None = None
    channels: tuple[Channel, ...] = ()

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"{self.file}: {self.title or 'untitled'} ({self.desk} {self.number})"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A macro that is no reply to a customer, and why."""

    macro: str
    reason: str


@dataclass(frozen=True, slots=True)
class MacroFile:
    """What one export holds."""

    macros: tuple[Macro, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A placeholder that was kept out of the text, and what to do about it."""

    placeholder: str
    advice: str


@dataclass(frozen=True, slots=True)
class Guess:
    """What a macro seems to be about, how surely (calibrated for messages of customers), and its language."""

    intent: str
    probability: float
    language: str


class Proposer(Protocol):
    """Proposes intent and language of texts; the active bundle, wrapped, is one."""

    def __call__(self, texts: Sequence[str]) -> Sequence[Guess]:
        """Return a guess for each text, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """A macro that was stored as a draft: under which id, with what doubt."""

    macro: str
    template: str
    language: str
    probability: float
    change: str
    unmapped: tuple[Unmapped, ...] = ()


@dataclass(frozen=True, slots=True)
class MacroReport:
    """What an import of macros did."""

    taken: tuple[Taken, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    refused: tuple[Refused, ...] = ()

    def count(self, change: str) -> int:
        """Return how many were `added`, `updated` or `unchanged`."""
        return sum(taken.change == change for taken in self.taken)
