"""The front matter of a template file: YAML between two lines of `---`, checked field by field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

import yaml

from tickets.errors import InvalidInputError
from tickets.records import Channel

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_MATTER_CHARACTERS = 4_000
FENCE = "---"
FIELDS = (
    *("id", "intent", "language", "title", "channels", "when", "version", "brand", "owner", "review_date", "state"),
)
STATES = ("approved", "draft")

# The same safe loader, written in C where PyYAML was built with it: a start reads hundreds of templates.
_FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FLAT_LINE = re.compile(r"[a-z_]{1,40}:(?: .*)?")
_MAX_BRACKETS = 10

_INTENT = re.compile(r"[a-z0-9_]{1,40}(?:\.[a-z0-9_]{1,40}){0,3}")
_VARIANT = re.compile(r"[a-z0-9_]{1,40}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
"""How a template names its language."""

_LINE_BREAK = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Matter:
    """The checked fields of a template; `lines` says where each stands in the file, counted from 1.

    `draft` is True where the file says that nobody has approved the text yet.
    """

    id: str
    intent: str
    language: str
    title: str
    channels: tuple[Channel, ...]
    when: str | None
    version: int
    brand: str | None
    owner: str | None = None
    review_date: date | None = None
    draft: bool = False
    lines: Mapping[str, int] = field(default_factory=dict)


def parse_matter(text: str, source: str) -> tuple[Matter, str, int]:
    """Split a template file.

    Returns:
        The front matter, the body, and the line of the file on which the body starts.

    Raises:
        InvalidInputError: There is none, it is no YAML, or a field is missing, unknown or of the wrong kind.

    """
    lines = _LINE_BREAK.sub("\n", text.removeprefix("\ufeff")).split("\n")
    if lines[0].rstrip() != FENCE:
        raise _error(source, 1, f"the file does not start with a line {FENCE!r}", "Start it with front matter.")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise _error(source, 1, "the front matter has no end", f"Close it with a line {FENCE!r}.")
    fields = _load("\n".join(lines[1:end]), source)
    where = {name: _line_of(name, lines[:end]) for name in (*FIELDS, *fields)}
    return _checked(fields, source, where), "\n".join(lines[end + 1 :]).strip("\n") + "\n", _body_line(lines, end)


def _body_line(lines: list[str], end: int) -> int:
    """Return the number of the first line of the body that is not blank."""
    number = end + 1
    while number < len(lines) and not lines[number]:
        number += 1
    return number + 1


def _line_of(name: str, lines: list[str]) -> int:
    return next((number for number, line in enumerate(lines, 1) if line.split(":", 1)[0].strip() == name), 1)


def _error(source: str, line: int, message: str, hint: str) -> InvalidInputError:
    return InvalidInputError(f"{source}:{line}: {message}", field=f"{source}:{line}", hint=hint)


def _loader(yaml_text: str) -> type[yaml.SafeLoader]:
    """Choose the fast loader for plain fields only: deep nesting overruns its stack, where Python's raises an error."""
    flat = all(_FLAT_LINE.fullmatch(line) for line in yaml_text.split("\n"))
    return _FAST_LOADER if flat else yaml.SafeLoader


def _names_again(yaml_text: str) -> bool:
    """Say whether YAML holds an alias: a few lines of them merged into each other take gigabytes to read."""
    if "&" not in yaml_text or "*" not in yaml_text:
        return False
    return any(isinstance(token, yaml.AliasToken) for token in yaml.scan(yaml_text, Loader=yaml.SafeLoader))


def _load(yaml_text: str, source: str) -> dict[str, object]:
    if len(yaml_text) > MAX_MATTER_CHARACTERS:
        raise _error(source, 1, f"the front matter is longer than {MAX_MATTER_CHARACTERS} characters", "Shorten it.")
    if yaml_text.count("[") + yaml_text.count("{") > _MAX_BRACKETS:
        raise _error(source, 1, f"the front matter has more than {_MAX_BRACKETS} brackets", "Use `name: value` lines.")
    try:
        if _names_again(yaml_text):
            raise _error(source, 1, "the front matter names a value again (*)", "Use `name: value` lines.")
        loaded = yaml.load(yaml_text, Loader=_loader(yaml_text))  # noqa: S506 both loaders are the safe one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark is not None else 1
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise _error(
            source, line, f"the front matter is no YAML: {problem}", "Put text with a colon in quotes."
        ) from error
    except (RecursionError, ValueError) as error:
        raise _error(source, 1, "the front matter is no plain YAML", "Use `name: value` lines.") from error
    if not isinstance(loaded, dict):
        raise _error(source, 1, "the front matter holds no fields", "Use `name: value` lines.")
    return {str(name) if isinstance(name, (str, int)) else "?": value for name, value in loaded.items()}


def _checked(fields: dict[str, object], source: str, where: dict[str, int]) -> Matter:
    for name in fields:
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known fields: {', '.join(FIELDS)}."
            raise _error(source, where[name], f"unknown field {name[:60]!r}", hint)
    text = {name: _text(fields, name, source, where) for name in ("id", "intent", "language", "title")}
    intent, identity = text["intent"], text["id"]
    if not _INTENT.fullmatch(intent):
        raise _error(source, where["intent"], f"intent {intent[:80]!r} is no label", "Write it like delivery.delay.")
    if not identity.startswith(f"{intent}.") or not _VARIANT.fullmatch(identity[len(intent) + 1 :]):
        raise _error(
            source, where["id"], f"id {identity[:80]!r} is not <intent>.<variant>", f"Write it like {intent}.shipped."
        )
    if not LANGUAGE.fullmatch(text["language"]):
        raise _error(
            source, where["language"], f"language {text['language'][:20]!r} is no ISO 639-1 code", "Write it like de."
        )
    return Matter(
        id=identity,
        intent=intent,
        language=text["language"],
        title=text["title"],
        channels=_channels(fields.get("channels"), source, where),
        when=_optional(fields, "when", source, where),
        version=_version(fields.get("version", 1), source, where),
        brand=_optional(fields, "brand", source, where),
        owner=_optional(fields, "owner", source, where),
        review_date=_day(fields.get("review_date"), source, where),
        draft=_is_draft(fields.get("state", STATES[0]), source, where),
        lines=where,
    )


def _text(fields: dict[str, object], name: str, source: str, where: dict[str, int]) -> str:
    value = fields.get(name)
    if value is False and name == "language":
        # YAML reads the bare word `no`, Norwegian's code, as false.
        return "no"
    if not isinstance(value, str) or not value.strip():
        problem = "is missing" if value is None else "is not text"
        raise _error(source, where[name], f"field {name!r} {problem}", f"Add a line `{name}: …`; quote it if needed.")
    return value.strip()


def _optional(fields: dict[str, object], name: str, source: str, where: dict[str, int]) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) and name == "when":
        return "true" if value else "false"
    return _text(fields, name, source, where)


def _channels(value: object, source: str, where: dict[str, int]) -> tuple[Channel, ...]:
    if value is None:
        return ()
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _error(source, where["channels"], "channels is no list of names", "Write it like [email, chat].")
    known = {channel.value: channel for channel in Channel}
    for name in names:
        if name not in known:
            raise _error(
                source, where["channels"], f"unknown channel {name[:40]!r}", f"Known channels: {', '.join(known)}."
            )
    return tuple(known[name] for name in names)


def _day(value: object, source: str, where: dict[str, int]) -> date | None:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = False
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise _error(source, where["review_date"], "review_date is no day", "Write it like 2026-12-31.")


def _is_draft(value: object, source: str, where: dict[str, int]) -> bool:
    if value not in STATES:
        raise _error(source, where["state"], f"state {str(value)[:20]!r} is unknown", f"Write {' or '.join(STATES)}.")
    return value == "draft"


def _version(value: object, source: str, where: dict[str, int]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise _error(source, where["version"], "version is no whole number from 1", "Write it like 2.")
    return value
