"""Which release of Deskhand this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

UNKNOWN = "0+unknown"


@cache
def release() -> str:
    """Return the installed version; a plain checkout that was never installed has none."""
    try:
        return version("deskhand")
    except PackageNotFoundError:
        return UNKNOWN
