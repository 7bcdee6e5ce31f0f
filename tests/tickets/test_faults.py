from __future__ import annotations

import sqlite3

import pytest

from tickets.faults import explain
from tickets.sqlite import has_wal_reset_defect, safe_mode_reason


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 44, 7), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 0), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
        ((4, 0, 0), False),
    ],
)
def test_the_wal_reset_defect_is_known_by_its_versions(version: tuple[int, ...], affected: bool) -> None:
    assert has_wal_reset_defect(version) is affected
    assert (safe_mode_reason(version) is not None) is affected


class _ServerError(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("words of the server")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("53100", "is full"),
        ("53300", "lacks resources"),
        ("25006", "is read-only"),
        ("55P03", "is locked"),
        ("40P01", "try again"),
        ("57P01", "shutting down"),
        ("28P01", "refused the login"),
        ("3D000", "does not exist"),
        ("08006", "cannot be reached"),
    ],
)
def test_faults_of_postgresql_are_put_in_words(state: str, said: str) -> None:
    fault = explain(_ServerError(state), "postgresql://host/db")
    assert fault is not None
    assert said in fault.message
    assert "postgresql://host/db" in fault.message
    assert fault.hint
    assert fault.status == 503


@pytest.mark.parametrize("error", [_ServerError("42601"), _ServerError(None), ValueError(), sqlite3.ProgrammingError()])
def test_our_own_mistakes_are_no_faults(error: Exception) -> None:
    assert explain(error, "db") is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (sqlite3.SQLITE_IOERR, "could not be read or written"),
        (sqlite3.SQLITE_IOERR | 5 << 8, "could not be read or written"),
        (sqlite3.SQLITE_CORRUPT, "is damaged"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
        (sqlite3.SQLITE_BUSY | 2 << 8, "is locked"),
    ],
)
def test_faults_of_sqlite_are_known_by_their_primary_code(code: int, said: str) -> None:
    error = sqlite3.OperationalError("words")
    error.sqlite_errorcode = code
    fault = explain(error, "/data/deskhand.db")
    assert fault is not None
    assert said in fault.message
