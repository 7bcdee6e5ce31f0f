"""How commands speak: results on stdout, everything else on stderr, a failure in one line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 1
MISUSED = 2
STOPPED = 130


def complain(message: str, *, field: str | None = None, hint: str | None = None) -> None:
    """Write one line to stderr: what is wrong, where, and what to do about it."""
    text = " ".join(message.split())
    if field and field not in text:
        text = f"{field}: {text}"
    if hint:
        advice = " ".join(hint.split())
        text = f"{text.rstrip('.')}. {advice[:1].upper()}{advice[1:]}"
    print(f"deskhand: {text}", file=sys.stderr, flush=True)


def say(text: str) -> None:
    """Write one line of result, at once: whoever reads a pipe should not wait for a full buffer."""
    print(text, flush=True)


def note(text: str) -> None:
    """Write one line for the person at the terminal, beside the result."""
    print(text, file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """Return a text with its control characters written out: a file's name may hold what would steer a terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows under their headings, in columns as wide as their widest cell.

    Args:
        headings: One for each column.
        rows: Cells, as many in each row as there are headings.

    """
    everything = [list(headings), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in everything) for column in range(len(headings))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in everything
    ]
    return "\n".join(lines)
