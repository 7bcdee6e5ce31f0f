"""Why one article could not be imported; caught by the readers, which go on with the next."""

from __future__ import annotations

from tickets.errors import InvalidInputError


class RefusalError(InvalidInputError):
    """An article that cannot be used.

    Args:
        reason: What is wrong, and what to do about it.
        line: Line of the file, counted from 1; 0 where none can be named.

    """

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line
