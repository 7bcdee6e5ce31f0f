"""What all schemas share: strict types, unknown fields refused, and the kinds of strings."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from models.text import clean, strip_invisible

NUL = "\x00"
REPLACEMENT = "\ufffd"
# Most texts show a visible character early; a page of HTML over the limit is not read twice for the answer.
_GLANCE_CHARS = 200
_MAX_HTML_CHARS = 50_000
_LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
NOTHING_THERE = "holds nothing but white space and characters that nobody can see"


class Schema(BaseModel):
    """A body that callers send: nothing is coerced, nothing unknown is taken."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Shown(BaseModel):
    """A body that Deskhand answers with."""

    model_config = ConfigDict(extra="forbid")


def refuse_nul(value: str) -> str:
    """Refuse the character NUL, which no database can be trusted to store."""
    if NUL in value:
        raise ValueError(f"holds the character NUL at position {value.index(NUL)}|Remove it.")
    return value


def replace_nul(value: str) -> str:
    """Replace NUL, which PostgreSQL cannot store in a text, by U+FFFD; the raw body keeps the original."""
    return value.replace(NUL, REPLACEMENT) if NUL in value else value


def refuse_blank(value: str) -> str:
    """Refuse a text without a single visible character."""
    if is_blank(value):
        raise ValueError(f"{NOTHING_THERE}|Send a text that holds something to read.")
    return value


def is_blank(text: str, *, html: bool = False) -> bool:
    """Tell whether nothing of a text is left once markup and what nobody can see are taken out.

    Args:
        text: As the caller sent it.
        html: Whether it is HTML.

    """
    if html:
        return not text or (len(text) <= _MAX_HTML_CHARS and not clean(text, html=True).text)
    glance, rest = text[:_GLANCE_CHARS], text[_GLANCE_CHARS:]
    return not strip_invisible(glance).strip() and not strip_invisible(rest).strip()


FIRST_YEAR, LAST_YEAR = 1900, 2199


def reckonable(value: datetime) -> datetime:
    """Refuse a time that no clock can reckon with."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"is no time that clocks reckon with: give one from {FIRST_YEAR} to {LAST_YEAR}")
    return value


def aware(value: datetime) -> datetime:
    """Read a time without an offset as UTC."""
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:  # a few hours beyond the first or the last moment that there is
        return value.replace(tzinfo=UTC)


def language_code(value: str) -> str:
    """Refuse what is not written as a language's code."""
    if not re.fullmatch(_LANGUAGE, value):
        raise ValueError("is no language code|Give an ISO 639-1 code, with or without a country: de, de-AT.")
    return value


def upper(value: str) -> str:
    """Write a code in capitals."""
    return value.upper()


Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(refuse_nul)]
Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(refuse_nul)]
Words = Annotated[str, StringConstraints(max_length=50_000), AfterValidator(refuse_nul), AfterValidator(refuse_blank)]
LanguageCode = Annotated[str, AfterValidator(language_code), WithJsonSchema({"type": "string", "pattern": _LANGUAGE})]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$"), AfterValidator(upper)]
Market = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$"), AfterValidator(upper)]
Moment = Annotated[datetime, AfterValidator(reckonable), AfterValidator(aware)]
Labels = Annotated[list[Name], Field(max_length=50)]
Title = Annotated[
    str, StringConstraints(min_length=1, max_length=300), AfterValidator(refuse_nul), AfterValidator(refuse_blank)
]
Body = Annotated[str, StringConstraints(max_length=200_000), AfterValidator(refuse_nul), AfterValidator(refuse_blank)]
