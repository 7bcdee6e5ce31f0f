"""Orders from files: CSV and JSON lines, flat or nested; a bad row is named and the rest is taken."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tickets.errors import InvalidInputError
from tickets.order_fields import BadRow
from tickets.order_merge import Told
from tickets.order_rows import ItemRow, as_order, canonical, columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import TextIO

    from tickets.records import Order, OrderItem

_DELIMITERS = ",;\t|"
_HEADER_LIMIT = 10_000
_LINE_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken: `line` counts from 1 in its file."""

    file: str
    line: int
    reason: str


def parse_orders(path: Path) -> tuple[list[Order], list[Refused]]:
    """Read orders from a file, as `read_orders` does, without what it tells of its columns."""
    told, refused = read_orders(path)
    return [one.order for one in told], refused


def read_orders(path: Path) -> tuple[list[Told], list[Refused]]:
    """Read orders from a file: CSV with a header, JSON lines, or a JSON array.

    Rows of a CSV with the same number one after another are one order with several items.

    Raises:
        InvalidInputError: The file cannot be read at all.
    """
    hint = "give a CSV file with a header, or JSON lines"
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            start = file.read(_HEADER_LIMIT)
            file.seek(0)
            first = start.lstrip()[:1]
            if not first:
                raise InvalidInputError(f"{path} is empty", field=str(path), hint=hint)
            if first == "{":
                return _collect(_json_lines(file), path.name)
            if first == "[":
                return _collect(_json_array(file), path.name)
            return _collect(_csv_rows(file, start), path.name)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}", field=str(path), hint=hint) from error


def parse_rows(rows: Iterable[Mapping[str, object]], *, file: str = "orders") -> tuple[list[Order], list[Refused]]:
    """Read orders from rows that are in memory already; their lines are counted from 1."""
    told, refused = _collect(enumerate(rows, start=1), file)
    return [one.order for one in told], refused


Numbered = tuple[int, "Mapping[str, object] | str"]
"""A line number with its row, or with the reason why it could not be read."""


def _collect(rows: Iterable[Numbered], file: str) -> tuple[list[Told], list[Refused]]:
    orders: list[Told] = []
    refused: list[Refused] = []
    last_number: str | None = None
    for line, row in rows:
        try:
            if isinstance(row, str):
                raise BadRow(row)
            known = canonical(row)
            found = as_order(known)
            if isinstance(found, ItemRow):
                if found.order_id != last_number:
                    raise BadRow(f"an item of order {found.order_id[:40]!r}, whose own row is not above it")
                orders[-1] = _with_items(orders[-1], (found.item,))
                continue
            # A flat export repeats the order for each of its items.
            if found.id == last_number and "item_name" in known:
                orders[-1] = _with_items(orders[-1], found.items)
            else:
                orders.append(Told(found, known, columns(row)))
            last_number = found.id
        except BadRow as reason:
            refused.append(Refused(file, line, str(reason)))
            last_number = None
    return orders, refused


def _with_items(told: Told, items: tuple[OrderItem, ...]) -> Told:
    return replace(told, order=replace(told.order, items=told.order.items + items))


def _json_lines(file: TextIO) -> Iterator[Numbered]:
    for line, written in enumerate(_lines(file), start=1):
        if written.strip():
            yield line, _json_object(written)


def _lines(file: TextIO) -> Iterator[str]:
    """Yield lines, and of endless ones only the start, which then is no JSON."""
    while written := file.readline(_LINE_LIMIT):
        rest = written
        while rest and not rest.endswith("\n"):
            rest = file.readline(_LINE_LIMIT)
        yield written


def _json_object(written: str) -> Mapping[str, object] | str:
    try:
        value: Any = json.loads(written, parse_float=Decimal)
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        return f"no JSON object: {error}"[:200]
    return value if isinstance(value, dict) else "no JSON object"


def _json_array(file: TextIO) -> Iterator[Numbered]:
    try:
        values: Any = json.load(file, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        yield 1, f"no JSON array: {error}"[:200]
        return
    for number, value in enumerate(values, start=1):
        yield number, value if isinstance(value, dict) else "no JSON object"


def _csv_rows(file: TextIO, start: str) -> Iterator[Numbered]:
    header_line = start.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=header_line.count)
    reader = csv.reader(file, delimiter=delimiter)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"no CSV row: {error}"
            continue
        if not any(value.strip() for value in values):
            continue
        if header is None:
            header = values
        elif len(values) > len(header) and any(value.strip() for value in values[len(header) :]):
            yield (
                line,
                f"{len(values)} columns, the header has {len(header)}: put quotes around texts with {delimiter!r}",
            )
        else:
            yield line, dict(zip(header, values, strict=False))
