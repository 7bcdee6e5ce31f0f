"""Split what the customer wrote from the mail that was quoted below, above or in between.

A state machine over lines: each line is looked at a bounded number of times and never by a backtracking pattern, so
the time is linear (mail-parser-reply 1.36 needs minutes for 50,000 blank lines). The words are data: `markers.json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_LONGEST_HEADER = 320
_HEADER_LINES = 3
_FIELD_LINES = 6
_COLONS = ":：﹕"
_DASHES = "-_–—=* "


@dataclass(frozen=True, slots=True)
class Markers:
    """The words of all languages, lower-cased."""

    wrote_ends: tuple[str, ...]
    original: tuple[str, ...]
    from_fields: tuple[str, ...]
    other_fields: tuple[str, ...]
    closings: tuple[str, ...]
    devices: tuple[str, ...]


@cache
def markers() -> Markers:
    """Read `markers.json` once."""
    raw = json.loads(Path(__file__).with_name("markers.json").read_text(encoding="utf-8"))
    return Markers(**{name: tuple(word.lower() for word in words) for name, words in raw.items()})


def split_quotes(text: str) -> tuple[str, str]:
    """Return (own words, quoted mail); both keep their line breaks."""
    lines = text.split("\n")
    own: list[str] = []
    quoted: list[str] = []
    at = 0
    while at < len(lines):
        stripped = lines[at].strip()
        if stripped[:1] == ">":
            quoted.append(lines[at])
            at += 1
            continue
        taken = _header_length(lines, at)
        if not taken:
            own.append(lines[at])
            at += 1
            continue
        quoted.extend(lines[at : at + taken])
        at += taken
        if not _quote_marks_follow(lines, at):
            quoted.extend(lines[at:])
            break
    return "\n".join(own), "\n".join(quoted)


def _quote_marks_follow(lines: list[str], at: int) -> bool:
    """Whether the quoted mail is marked line by line; then unmarked lines below it are the customer's answers."""
    for line in lines[at : at + 4]:
        if line.strip():
            return line.lstrip()[:1] == ">"
    return False


def _header_length(lines: list[str], at: int) -> int:
    """Return how many lines from `at` introduce a quoted mail; 0 where none does."""
    stripped = lines[at].strip()
    if not stripped or len(stripped) > _LONGEST_HEADER:
        return 0
    if _is_original_line(stripped):
        return 1
    if _is_field_block(lines, at):
        return 1
    joined = ""
    for count, line in enumerate(lines[at : at + _HEADER_LINES], 1):
        part = line.strip()
        if not part or len(joined) + len(part) > _LONGEST_HEADER:
            return 0
        joined = f"{joined} {part}".strip()
        if _is_wrote_line(joined):
            return count
    return 0


def _is_wrote_line(line: str) -> bool:
    """Whether a line says that somebody wrote something at some time: it ends so, and holds a date or an address."""
    if line[-1] not in _COLONS or not ("@" in line or sum(c.isdigit() for c in line) >= 3):
        return False
    bare = line[:-1].rstrip().lower()
    known = markers().wrote_ends
    if any(bare.endswith(end) for end in known):
        return True
    # German, Dutch, Arabic, Polish: the name stands behind the verb.
    return any(f" {end} " in bare for end in known if not end.isascii() or len(end) > 6) and bare[0] in "aodwfف"


def _is_original_line(line: str) -> bool:
    bare = line.strip(_DASHES).lower()
    return bare != line.lower() and any(bare.startswith(phrase) for phrase in markers().original)


def _is_field_block(lines: list[str], at: int) -> bool:
    """Whether a block of mail header fields (From, Sent, To, Subject) starts here."""
    if _field_of(lines[at]) not in markers().from_fields:
        return False
    others = {_field_of(line) for line in lines[at + 1 : at + _FIELD_LINES]} & set(markers().other_fields)
    return len(others) >= 2


def _field_of(line: str) -> str:
    head = line.strip()[:40].lstrip("*").replace("：", ":")
    return head.partition(":")[0].strip(" *\u200b").lower() if ":" in head else ""
