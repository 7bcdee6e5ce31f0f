"""Tables, for the terminal and for the page in `docs`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FIRST = "<!-- figures: written by `python -m benchmarks.accuracy --table`, from benchmarks/accuracy/results -->"
LAST = "<!-- end of figures -->"


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of texts; the first column names, the others are figures. `caveat` is what a reader must know first."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caveat: str = ""


def percent(value: float | None) -> str:
    """Show a share as percent with one decimal, nothing as a dash."""
    return "–" if value is None else f"{100 * value:.1f}"


def plain(table: Table) -> list[str]:
    """Lay a table out as lines of a terminal."""
    grid = [table.header, *table.rows]
    widths = [max(len(row[place]) for row in grid) for place in range(len(table.header))]
    lines = [f"  {table.title}", *([f"  ({table.caveat})"] if table.caveat else [])]
    for row in grid:
        figures = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        lines.append("    " + "  ".join((row[0].ljust(widths[0]), *figures)).rstrip())
    return lines


def markdown(table: Table) -> list[str]:
    """Lay a table out as lines of Markdown."""
    rule = ("---", *("--:" for _ in table.header[1:]))
    grid = ["| " + " | ".join(row) + " |" for row in (table.header, rule, *table.rows)]
    return [f"**{table.title}**", "", *([f"*{table.caveat}*", ""] if table.caveat else []), *grid, ""]


def filled(page: str, lines: Sequence[str], first: str = FIRST) -> str:
    """Return the page with other lines between its two marks, of which `first` begins the figures.

    Raises:
        ValueError: The page lacks a mark.

    """
    before, found, rest = page.partition(first)
    _, ended, after = rest.partition(LAST)
    if not (found and ended):
        raise ValueError(f"the page lacks the lines {first!r} and {LAST!r}, between which the figures stand")
    return "\n".join([before + first, "", *lines, LAST + after])


def fill(path: Path, lines: Sequence[str]) -> None:
    """Write the figures into a page."""
    path.write_text(filled(path.read_text(encoding="utf-8"), lines), encoding="utf-8")
