"""Tell errors of the house from others; apart from `api.errors`, which loads the web framework."""

from __future__ import annotations

from models.errors import BundleError
from tickets.errors import DeskhandError


def as_known(error: object) -> DeskhandError | BundleError | None:
    """Return the error if it carries its own status, None otherwise."""
    return error if isinstance(error, DeskhandError | BundleError) else None
