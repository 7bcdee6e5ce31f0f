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
from knowledge_base.export_shapes import Surroundings, exported
from knowledge_base.fields import ALIASES, KNOWN, OF_READERS
from knowledge_base.front_matter import Field

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_CELL_CHARS = 2 * 1024 * 1024
_DELIMITERS = ",;\t"
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Item:
    """One article of an export: its values as written, and the line where it begins; `label` names it to people."""

    fields: dict[str, Field]
    line: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Unpublished:
    """An article that its help desk does not show to anybody yet; `label` names it to people."""

    label: str
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
            reason = f"the table breaks off here, and what follows is not read ({error}): mend or part this row"
            yield RefusalError(reason, line)
            return
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _row(header, row, line)
        line = rows.line_num + 1


def read_json(text: str) -> Iterator[Item | Unpublished | RefusalError]:
    """Read a list of objects, an object with a list named `articles`, or one object a line.

    Objects of help desks are known by their shape; what stands beside the list names their sections.

    Raises:
        RefusalError: The text is none of these; names the line.

    """
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if text.lstrip()[:1] == "{" and "\n" in text.strip():
            yield from _json_lines(text, error)
            return
        raise RefusalError(f"is not JSON ({error.msg}): export it anew, whole", error.lineno) from None
    found, outer = _unwrapped(whole)
    depth = 3 if outer else 2 if isinstance(whole, list) else 1
    # Other lists of the outer object would shift the count of lines: there every item is reported at line 1.
    lines = _starts(text, depth) if depth < 3 or list(outer) == ["articles"] else []
    around = Surroundings.of(outer)
    for index, value in enumerate(found):
        line = lines[index] if index < len(lines) else 1
        yield from _items(value, line, around) if outer else _page(value, line)


def _unwrapped(whole: object) -> tuple[list[object], Mapping[str, object]]:
    """Find the articles of a document, and the object that holds them where one does."""
    if isinstance(whole, list):
        return whole, {}
    if not isinstance(whole, Mapping) or any(ALIASES.get(name, name) in {"body", "body_html"} for name in whole):
        return [whole], {}
    for name in ("articles", "data", "article"):
        held = whole.get(name)
        if isinstance(held, Mapping) and name == "articles":
            held = held.get("items")
        if isinstance(held, list):
            return held, whole
        if isinstance(held, Mapping) and name == "article":
            return [held], whole
    return [whole], {}


def _page(value: object, line: int) -> Iterator[Item | Unpublished | RefusalError]:
    """Read what may be an article, or a page of articles that names its own sections."""
    found, outer = _unwrapped(value) if isinstance(value, Mapping) else ([value], {})
    around = Surroundings.of(outer)
    for one in found:
        yield from _items(one, line, around)


def _items(value: object, line: int, around: Surroundings) -> Iterator[Item | Unpublished | RefusalError]:
    articles = exported(value, around) if isinstance(value, Mapping) else None
    if articles is None:
        yield as_item(value, line)
        return
    for article in articles:
        if article.published:
            fields = {name: Field(given, line) for name, given in article.values.items()}
            yield Item(fields, line, article.label)
        else:
            yield Unpublished(article.label, line)


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


def _json_lines(text: str, whole: orjson.JSONDecodeError) -> Iterator[Item | Unpublished | RefusalError]:
    lines = text.split("\n")
    try:
        orjson.loads(next(line for line in lines if line.strip()))
    except orjson.JSONDecodeError:
        # Not even the first line stands alone: it is one broken document.
        raise RefusalError(f"is not JSON ({whole.msg}): export it anew, whole", whole.lineno) from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield RefusalError(f"is not JSON: {error.msg} (column {error.colno})", number)
        else:
            yield from _page(value, number)


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
        elif content is not None and name.strip().lower() in {*KNOWN, *ALIASES, *OF_READERS}:
            written = "an object" if isinstance(content, Mapping) else "a list of such" if content else "a number"
            return RefusalError(f"`{name}` cannot be {written}: give it a text, or a list of texts", line)
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
