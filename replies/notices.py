"""Notices to customers: what Deskhand says by itself, in the customer's language; templates like those of replies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time, get_timezone_location

from replies.filters import LOCALE_SLOT
from replies.library import load_folder
from replies.slots import slots
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from replies.library import Refused
    from replies.slots import Situation, Slots
    from replies.templates import Template

SHIPPED = Path(__file__).parent / "notices"
"""`<language>/notice.<stage>.liquid`; a notice's title is its subject."""

INTENT = "notice"
FALLBACK_LANGUAGE = "en"


class Stage(StrEnum):
    """At what a notice is sent."""

    RECEIVED = "received"
    DELAYED = "delayed"
    WAITING = "waiting"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Promise:
    """By when the customer hears from a person: an aware moment, told on the clock of `time_zone`."""

    at: datetime
    time_zone: str = "UTC"

    @property
    def rounded(self) -> datetime:
        """The next full hour: nobody is told to wait until 16:43."""
        at = self.at.astimezone(UTC)
        whole = at.replace(minute=0, second=0, microsecond=0)
        return whole if whole == at else whole + timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FilledNotice:
    """A notice as it goes out."""

    subject: str
    text: str
    language: str


class NoticeTexts:
    """The notices by stage and language.

    Args:
        templates: All of them; where two share stage and language the later one wins, so that a shop's own go behind
            the shipped ones.

    """

    def __init__(self, templates: Iterable[Template]) -> None:
        self._templates = {(item.variant, item.language): item for item in templates}

    @classmethod
    def load(cls, own: Path | None = None) -> NoticeTexts:
        """Read the shipped notices, and a shop's own from a folder.

        Raises:
            InvalidInputError: One of the shop's own cannot be used; names file, line and reason.
        """
        templates, refused = load_folder(SHIPPED, check=False)  # the project's tests have checked it
        if own is not None and own.is_dir():
            more, wrong = load_folder(own)
            templates, refused = [*templates, *more], [*refused, *wrong]
            for item in more:
                _check_name(item)
        if refused:
            raise _refusal(refused[0])
        return cls(templates)

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have a notice for every stage."""
        found = {language for _, language in self._templates}
        return frozenset(code for code in found if all((stage, code) in self._templates for stage in Stage))

    def fill(self, stage: Stage, language: str, situation: Situation, promise: Promise | None) -> FilledNotice | None:
        """Return the notice in the customer's language, else in English; None where a slot has no value."""
        code = language.partition("-")[0].lower()
        template = self._templates.get((stage, code)) or self._templates.get((stage, FALLBACK_LANGUAGE))
        if template is None:
            return None
        values = slots(situation, template.language)
        if promise is not None:
            values["due"] = _due(promise, str(values[LOCALE_SLOT]))
        text = template.render(values)
        return None if text is None else FilledNotice(template.title, text, template.language)


def _due(promise: Promise, locale: str) -> Slots:
    zone = ZoneInfo(promise.time_zone)
    at = promise.rounded.astimezone(zone)
    return {
        "weekday": format_date(at, "EEEE", locale=locale),
        "date": format_skeleton("MMMMd", at, tzinfo=zone, locale=locale),
        "time": format_time(at, "short", tzinfo=zone, locale=locale),
        "city": get_timezone_location(zone, locale=locale, return_city=True),
    }


def _check_name(template: Template) -> None:
    if template.intent != INTENT or template.variant not in set(Stage):
        raise InvalidInputError(
            f"{template.source}: {template.id} is no notice",
            field=template.source,
            hint=f"The id is one of {', '.join(f'{INTENT}.{stage}' for stage in Stage)}, the intent {INTENT}.",
        )


def _refusal(refused: Refused) -> InvalidInputError:
    return InvalidInputError(
        f"{refused.file}:{refused.line}: {refused.reason}",
        field=f"{refused.file}:{refused.line}",
        hint="docs/acknowledgements.md describes notices, docs/templates.md their variables.",
    )
