"""An import's report as a table that a spreadsheet opens, without letting a macro's title become a formula."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from replies.macros.records import MacroReport

COLUMNS = ("macro", "result", "template", "language", "probability", "placeholder", "advice")

# A spreadsheet runs what begins so; also after blanks, which some of them strip.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """Return a text that a spreadsheet shows and never runs."""
    return f"'{text}" if text.lstrip(" \xa0").startswith(_FORMULA) or text.startswith(("\t", "\r")) else text


def write_report(path: Path, report: MacroReport) -> None:
    """Write one row for each macro, and for each of its placeholders that could not be mapped."""
    rows: list[tuple[str, ...]] = []
    for taken in report.taken:
        start = (taken.macro, taken.change, taken.template, taken.language, f"{taken.probability:.2f}")
        rows.extend((*start, item.placeholder, item.advice) for item in taken.unmapped)
        if not taken.unmapped:
            rows.append((*start, "", ""))
    rows.extend((item.macro, "skipped", "", "", "", "", item.reason) for item in report.skipped)
    rows.extend((item.file, "refused", "", "", "", "", item.reason) for item in report.refused)
    # The mark lets spreadsheets know that it is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([safe_cell(cell) for cell in row] for row in rows)
