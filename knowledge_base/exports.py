"""Exports of other programs: a table as CSV, or objects as JSON, one by one with the line where each stands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from knowledge_base.errors import RefusalError
from knowledge_base.fields import ALIASES, KNOWN
from knowledge_base.front_matter import Field

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_CELL_CHARS = 2 * 1024 * 1024
_DELIMITERS = ",;\t"
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Item:
    """One article of an export: its values as written, and the line where it begins."""

    fields: dict[str, Field]
    line: int


def read_csv(text: str) -> Iterator[Item | RefusalError]:
    """Read a table whose first row names the columns; parted by comma, semicolon or tab.

    Raises:
        RefusalError: The first row names no column that is known.

    """
    header, delimiter = _header(text)
    # The limit belongs to the whole process; it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_CELL_CHARS))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    next(rows)
    line = rows.line_num + 1
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield RefusalError(f"the table breaks off here: {error}", line)
            return
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _row(header, row, line)
        line = rows.line_num + 1


def read_json(text: str) -> Iterator[Item | RefusalError]:
    """Read a list of objects, an object with a list named `articles`, or one object a line.

    Raises:
        RefusalError: The text is none of these; names the line.

    """
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if text.lstrip()[:1] == "{" and "\n" in text.strip():
            yield from _json_lines(text, error)
            return
        raise RefusalError(f"is not JSON: {error.msg}", error.lineno) from None
    if isinstance(whole, dict) and isinstance(whole.get("articles"), list):
        depth, found = 3, whole["articles"]
    elif isinstance(whole, list):
        depth, found = 2, whole
    else:
        depth, found = 1, [whole]
    # Other lists of the outer object would shift the count of lines: there every item is reported at line 1.
    lines = _starts(text, depth) if depth < 3 or list(whole) == ["articles"] else []
    for index, value in enumerate(found):
        yield as_item(value, lines[index] if index < len(lines) else 1)


def _header(text: str) -> tuple[list[str], str]:
    known = {*KNOWN, *ALIASES}
    first = text.split("\n", 1)[0]
    best: tuple[int, list[str], str] = (0, [], ",")
    for delimiter in _DELIMITERS:
        names = [name.strip().strip('"').strip().lower() for name in first.split(delimiter)]
        hits = sum(name in known for name in names)
        if hits > best[0]:
            best = (hits, names, delimiter)
    if best[0] == 0:
        raise RefusalError("the first row names no known column such as id, title, language or body", 1)
    return best[1], best[2]


def _row(header: list[str], row: list[str], line: int) -> Item | RefusalError:
    if len(row) > len(header):
        return RefusalError(f"{len(row)} cells, but {len(header)} columns are named: put texts in double quotes", line)
    names = [name for name in header if name]
    if len(set(names)) < len(names):
        return RefusalError("two columns have the same name", 1)
    cells = zip(header, row, strict=False)
    return Item({name: Field(cell, line) for name, cell in cells if name and cell.strip()}, line)


def _json_lines(text: str, whole: orjson.JSONDecodeError) -> Iterator[Item | RefusalError]:
    lines = text.split("\n")
    try:
        orjson.loads(next(line for line in lines if line.strip()))
    except orjson.JSONDecodeError:
        # Not even the first line stands alone: it is one broken document.
        raise RefusalError(f"is not JSON: {whole.msg}", whole.lineno) from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield RefusalError(f"is not JSON: {error.msg} (column {error.colno})", number)
        else:
            yield as_item(value, number)


def as_item(value: object, line: int) -> Item | RefusalError:
    """Read one object; names that are not known may hold anything."""
    if not isinstance(value, Mapping):
        return RefusalError(f"an article must be an object, not {type(value).__name__}", line)
    fields: dict[str, Field] = {}
    for name, content in value.items():
        if isinstance(content, bool):
            fields[name] = Field("true" if content else "false", line)
        elif isinstance(content, str | int):
            fields[name] = Field(str(content), line)
        elif isinstance(content, list | tuple) and all(isinstance(part, str) for part in content):
            fields[name] = Field(tuple(content), line)
        elif content is not None and name.strip().lower() in {*KNOWN, *ALIASES}:
            return RefusalError(f"`{name}` cannot be {type(content).__name__}", line)
    return Item(fields, line)


def _starts(text: str, depth: int) -> list[int]:
    """Count in which line each object at the given depth begins."""
    starts: list[int] = []
    level = line = position = 0
    for match in _JSON_TOKEN.finditer(text):
        sign = match[0]
        if sign in {"[", "{"}:
            level += 1
            if level == depth:
                line += text.count("\n", position, match.start())
                position = match.start()
                starts.append(line + 1)
        elif sign in {"]", "}"}:
            level -= 1
    return starts
