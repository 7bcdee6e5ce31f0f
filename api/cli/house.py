"""What commands need of the house: its settings, its parts, opened and closed again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.settings import Settings
    from api.wiring import Services


def settings(**given: Any) -> Settings:  # noqa: ANN401 - any field's type
    """Return the settings of the environment and the `.env` file; options given on the command line win."""
    from api.settings import load_settings

    return load_settings(**given)


@contextmanager
def opened(chosen: Settings | None = None) -> Iterator[Services]:
    """Build the parts for one command and close them after it; libraries log warnings only, to stderr."""
    from api import logs
    from api.wiring import build

    logs.configure("warning")
    services = build(chosen or settings())
    try:
        yield services
    finally:
        services.close()
