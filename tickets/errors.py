"""Errors that every room may raise; each carries the HTTP status that `api` answers with."""

from __future__ import annotations


class DeskhandError(Exception):
    """Something that a person must be told, in one line that names field, value and remedy.

    Args:
        message: What is wrong, with the value.
        field: The field, setting, file or file:line that is wrong.
        hint: What to do about it.
    """

    status: int = 500
    code: str = "internal"

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint


class InvalidInputError(DeskhandError):
    """The caller sent something that cannot be used."""

    status = 422
    code = "invalid"


class NotFoundError(DeskhandError):
    """What was asked for is not there."""

    status = 404
    code = "not_found"


class ConflictError(DeskhandError):
    """The request contradicts what is stored already."""

    status = 409
    code = "conflict"


class UnavailableError(DeskhandError):
    """A part that is needed (database, bundle, index) cannot be used at present."""

    status = 503
    code = "unavailable"
