"""E-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from triage.entities.source import MAX_READ, Candidate, Source

WEIGHT = 100.0

# Every part is bounded, and a search starts at an "@" only: no text takes longer than its length.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&*+/=?^_`|~-]+(?:\.[A-Za-z0-9!#$%&*+/=?^_`|~-]+){0,8}$")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])")
_AT = re.compile(r"[A-Za-z0-9!#$%&*+/=?^_`|~-]@(?=[A-Za-z0-9-]{1,63}\.)")
_MAX_LOCAL = 64


def find(source: Source) -> Iterator[Candidate]:
    """Yield e-mail addresses; the value has its domain in lower case."""
    text = source.plain
    for match in islice(_AT.finditer(text), MAX_READ):
        position = match.start() + 1
        local = _LOCAL.search(text[max(0, position - _MAX_LOCAL) : position])
        domain = _DOMAIN.match(text, position + 1)
        if local and domain:
            value = f"{local.group()}@{domain.group().lower()}"
            yield Candidate("email", value, position - len(local.group()), domain.end(), WEIGHT)
