"""Which variable of ours stands for which placeholder of a help desk: tables as data, a shop's own in front."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from replies.macros.records import Desk
from replies.slots import SLOTS
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from pathlib import Path

MAX_TABLE_BYTES = 200_000
UNKNOWN = "not known here, so write it out or leave it out"

_BRACKETS = re.compile(r"\[\s*['\"]?([^\[\]'\"]{1,100})['\"]?\s*\]")
_PATH = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*")
_OURS = re.compile(r"([a-z_]+)(?:\.([a-z_]\w*))?(?:\s*\|\s*(day|money|and_list))?")


@dataclass(frozen=True, slots=True)
class Placeholders:
    """A table: `filled` gives what is written here, `advice` what to do about the rest; both by pattern, in order."""

    filled: tuple[tuple[re.Pattern[str], str], ...]
    advice: tuple[tuple[re.Pattern[str], str], ...]

    def ours(self, path: str) -> str | None:
        """Return the variable, with its filter where it needs one, that stands for a path."""
        return next((value for pattern, value in self.filled if pattern.fullmatch(path)), None)

    def advise(self, path: str) -> str:
        """Return what to do about a path that has no counterpart."""
        return next((value for pattern, value in self.advice if pattern.fullmatch(path)), UNKNOWN)


def path_of(written: str) -> str | None:
    """Return a placeholder's path in one form: of `a.integrations[shopify].orders[0]` all parts follow a dot."""
    dotted = _BRACKETS.sub(r".\1", written.strip()).lower()
    return dotted if _PATH.fullmatch(dotted) else None


@cache
def shipped_table(desk: Desk) -> Placeholders:
    """Return the table that ships for a help desk."""
    text = (files("replies.macros") / f"{desk.value}.yaml").read_text(encoding="utf-8")
    return read_table(text, f"{desk.value}.yaml")


def table_for(desk: Desk, own: Path | None = None) -> Placeholders:
    """Return the table of a help desk, with a shop's own lines in front.

    Raises:
        InvalidInputError: The shop's own file cannot be used; names file, placeholder and remedy.

    """
    table = shipped_table(desk)
    if own is None:
        return table
    try:
        data = own.read_bytes()
        if len(data) > MAX_TABLE_BYTES:
            raise InvalidInputError(f"{own}: larger than {MAX_TABLE_BYTES:,} bytes", field=str(own))
        mine = read_table(data.decode("utf-8"), str(own))
    except OSError as error:
        raise InvalidInputError(f"{own} cannot be read: {error.strerror}", field=str(own)) from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"{own} is not UTF-8", field=str(own), hint="Save it as UTF-8.") from None
    return Placeholders((*mine.filled, *table.filled), (*mine.advice, *table.advice))


def read_table(text: str, source: str) -> Placeholders:
    """Read a table of placeholders.

    Raises:
        InvalidInputError: It is no such table; names source, placeholder and remedy.

    """
    try:
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        raise InvalidInputError(f"{source} is not valid YAML", field=source, hint=_SHAPE) from None
    if not isinstance(loaded, dict) or not set(loaded) <= {"filled", "advice"}:
        raise InvalidInputError(f"{source} is no table of placeholders", field=source, hint=_SHAPE)
    parts: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {}
    for part in ("filled", "advice"):
        lines = loaded.get(part) or {}
        if not isinstance(lines, dict) or not all(isinstance(text, str) for pair in lines.items() for text in pair):
            raise InvalidInputError(f"{source}: {part} holds something else than texts", field=source, hint=_SHAPE)
        parts[part] = tuple((_pattern(name), value) for name, value in lines.items())
    for pattern, value in parts["filled"]:
        _check_variable(value, f"{source}: {pattern.pattern}")
    return Placeholders(parts["filled"], parts["advice"])


_SHAPE = "Write it like `filled: {ticket.ticket_field_36: order.id}`; replies/macros/ has examples."


def _pattern(name: str) -> re.Pattern[str]:
    """Return a pattern for a path; `*` is any one part, or the rest of one."""
    path = ".".join("[^.]*" if part == "*" else re.escape(part).replace(r"\*", "[^.]*") for part in _parts(name))
    # A pattern that ends in a star covers all that lies below.
    return re.compile(path + (r"(?:\.[^.]*)*" if name.endswith("*") else ""), re.IGNORECASE)


def _parts(name: str) -> list[str]:
    return _BRACKETS.sub(r".\1", name.strip()).split(".")


def _check_variable(value: str, place: str) -> None:
    found = _OURS.fullmatch(value)
    fields = SLOTS.get(found.group(1)) if found else frozenset()
    known = found is not None and found.group(1) in SLOTS and (fields is None or found.group(2) in fields)
    if not known:
        raise InvalidInputError(
            f"{place}: {value[:80]!r} is no variable of reply templates",
            field=place,
            hint="Write it like order.id or order.placed_at | day; docs/templates.md lists them.",
        )
