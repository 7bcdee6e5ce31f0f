"""Decisions as JSON and back, exactly: for queues, files and the store."""

from __future__ import annotations

from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from tickets.errors import InvalidInputError
from tickets.records import Decision


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Decision]:
    return TypeAdapter(Decision)


def to_json(decision: Decision) -> bytes:
    """Return the decision as JSON, UTF-8, in the contract's names."""
    return _adapter().dump_json(decision)


def from_json(data: bytes | str) -> Decision:
    """Read a decision that `to_json` wrote.

    Raises:
        InvalidInputError: It is not such a decision; names the place.
    """
    try:
        return _adapter().validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "decision"
        raise InvalidInputError(
            f"not a decision: {place}: {first['msg']}", field=place, hint="Use what to_json wrote, unchanged."
        ) from error
