"""Errors of the learned models; each carries the HTTP status that a server answers with."""

from __future__ import annotations


class BundleError(Exception):
    """A bundle or encoder cannot be used: missing, truncated, tampered with or of another format.

    Args:
        message: What is wrong, with the value.
        field: The file or setting that is wrong.
        hint: What to do about it.

    """

    status = 503
    code = "bundle"

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint
