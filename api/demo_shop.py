"""Find the sample shop's files, and turn their dates into today's.

`sample_shop/README.md` says what is in each file. Dates are offsets such as "-12d", so that the shop never looks
old. In an installed package the files lie in `api/sample_shop/`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_INSTALLED = Path(__file__).parent / "sample_shop"
FOLDER: Path = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[1] / "sample_shop"
"""Where shop.yaml, articles/, orders.jsonl and tickets.jsonl lie, in a checkout and in an installed package alike."""

VECTORS = FOLDER / "vectors.safetensors"
"""The vectors of all articles and of the questions that they name, as the shipped encoder makes them."""

_DATE_FIELD = re.compile(r"[a-z]+_(?:at|by)")
_OFFSET = re.compile(r"([+-]?[0-9]{1,5})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def resolve_dates(row: Mapping[str, object], today: date) -> dict[str, object]:
    """Turn the offsets of a row into ISO dates and times; everything else stays as it is.

    Args:
        row: One order or ticket. Only fields named `*_at` or `*_by` are looked at; a value of "-12d" (days) becomes a
            date, "-3h" (hours) and "-40m" (minutes) become a time with its UTC offset.
        today: The day, or the aware moment, that offsets count from. A plain day counts from its first minute (UTC),
            so that no message comes from the future.

    Returns:
        A new row.

    """
    return {name: _resolve(value, today) if _DATE_FIELD.fullmatch(name) else value for name, value in row.items()}


def _resolve(value: object, today: date) -> object:
    match = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    number, unit = match.groups()
    distance = timedelta(**{_UNITS[unit]: int(number)})
    moment = today if isinstance(today, datetime) else datetime.combine(today, time.min, UTC)
    shifted = moment + distance
    return shifted.date().isoformat() if unit == "d" else shifted.isoformat(timespec="seconds")
