"""From a driver's error to one line that a person can act on."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tickets.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Primary result code: (what happened to the database, what to do).
_SQLITE_FAULTS = {
    sqlite3.SQLITE_PERM: ("may not be opened", "give the user that runs Deskhand the right to read and write it"),
    sqlite3.SQLITE_BUSY: ("is locked by another program", "end the program that holds it, or try again in a moment"),
    sqlite3.SQLITE_LOCKED: ("is locked by another connection", "try again in a moment"),
    sqlite3.SQLITE_READONLY: ("is read-only", "make the file and its folder writable for the user that runs Deskhand"),
    sqlite3.SQLITE_IOERR: ("could not be read or written", "check the disk and its free space, then start again"),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "stop Deskhand and restore the last backup"),
    sqlite3.SQLITE_FULL: ("is full: the disk has no space left", "free disk space; nothing that was stored is lost"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "check that its folder exists and is writable"),
    sqlite3.SQLITE_NOTADB: ("is not a database", "set DESKHAND_DATABASE_URL to another file, or move this one away"),
}
# SQLSTATE class or code of PostgreSQL, the longer first.
_POSTGRES_FAULTS = {
    "25006": ("is read-only", "connect to the primary server"),
    "53100": ("is full: the disk has no space left", "free disk space; nothing that was stored is lost"),
    "55P03": ("is locked by another program", "try again in a moment"),
    "40": ("asked to try again", "try again in a moment"),
    "53": ("lacks resources", "raise max_connections or memory of the server"),
    "57": ("is shutting down or cancelled the query", "try again when the server is up"),
    "28": ("refused the login", "check user and password in DESKHAND_DATABASE_URL"),
    "3D": ("does not exist", "create it, or change DESKHAND_DATABASE_URL"),
}


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn faults of the database into `UnavailableError`; broken constraints and our own mistakes pass unchanged.

    Args:
        place: The database as people know it: a path, or a URL without its password.

    Raises:
        UnavailableError: The database cannot do its work at present.
    """
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeoutError as error:
        raise UnavailableError(
            f"database {place}: all connections are in use", field="DESKHAND_DATABASE_URL", hint="try again in a moment"
        ) from error
    except (DBAPIError, sqlite3.Error) as error:  # the latter while a connection is being set up
        fault = explain(error.orig if isinstance(error, DBAPIError) else error, place)
        if fault is None:
            raise
        raise fault from error


def explain(error: BaseException | None, place: str) -> UnavailableError | None:
    """Return what a driver's error means for people, or None where it is a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        damaged = code == sqlite3.SQLITE_ERROR and "file format" in str(error)
        found = _SQLITE_FAULTS.get(sqlite3.SQLITE_CORRUPT if damaged else code & 0xFF)
        return None if found is None else _fault(place, *found)
    if isinstance(error, sqlite3.Error):
        return None
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        found = next((_POSTGRES_FAULTS[state[:n]] for n in (5, 2) if state[:n] in _POSTGRES_FAULTS), None)
        if found is not None:
            return _fault(place, *found)
        return _unreachable(place) if state.startswith("08") else None
    return _unreachable(place) if type(error).__name__ in {"OperationalError", "ConnectionTimeout"} else None


def _fault(place: str, what: str, remedy: str) -> UnavailableError:
    return UnavailableError(f"database {place} {what}", field="DESKHAND_DATABASE_URL", hint=remedy)


def _unreachable(place: str) -> UnavailableError:
    return _fault(place, "cannot be reached", "check that the server runs and DESKHAND_DATABASE_URL names it")
