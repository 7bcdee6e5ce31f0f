"""What commands need of the house: its settings, its parts, opened and closed again."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tqdm import tqdm

    from api.settings import Settings
    from api.wiring import Services
    from knowledge_base.vectors import Progress
    from tickets.database import Database
    from tickets.errors import DeskhandError


def settings(**given: Any) -> Settings:  # noqa: ANN401 - any field's type
    """Return the settings of the environment and the `.env` file; options given on the command line win."""
    from api.settings import load_settings

    return load_settings(**given)


@contextmanager
def opened_database() -> Iterator[Database]:
    """Open the database alone, for commands that decide nothing: loading a model takes longer than all they do."""
    from tickets.database import Database

    chosen = settings()
    try:
        chosen.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(chosen, error) from None
    database = Database.open(chosen.url, home=chosen.home)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def opened(chosen: Settings | None = None) -> Iterator[Services]:
    """Build the parts for one command and close them after it; libraries log warnings only, to stderr."""
    from api import logs
    from api.wiring import build

    logs.configure("warning")
    services = build(chosen or settings(), progress=encoding_bar())
    try:
        yield services
    finally:
        services.close()


def encoding_bar(delay_s: float = 1.0) -> Progress | None:
    """Return what shows a person at a terminal how far the encoding of passages is; None where nobody looks on."""
    if not sys.stderr.isatty():
        return None
    bar: tqdm[NoReturn] | None = None

    def show(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            from tqdm import tqdm

            # A few passages take no second: nothing is shown for them.
            bar = tqdm(total=total, desc="encoding", unit="passage", file=sys.stderr, leave=False, delay=delay_s)
        bar.update(done - bar.n)
        if done == total:
            bar.close()
            bar = None

    return show


def _unwritable(chosen: Settings, error: OSError) -> DeskhandError:
    from tickets.errors import UnavailableError

    return UnavailableError(
        f"{chosen.home} cannot be made: {error.strerror}", field="DESKHAND_HOME", hint="Set it to a writable folder."
    )
