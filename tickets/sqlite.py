"""How SQLite is used so that what was acknowledged stays: see docs/decisions/0003-sqlite-safety.md."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from tickets.errors import UnavailableError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

WRITES = "deskhand_writes"
_MAGIC = b"SQLite format 3\x00"


def has_wal_reset_defect(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite may lose committed pages in WAL mode when two connections write and checkpoint at once.

    Affected are 3.7.0 to 3.51.2, but for the backports 3.44.6 and 3.50.7 and what followed on those two lines.
    """
    if version < (3, 7, 0) or version >= (3, 51, 3):
        return False
    fixed_patch = {(3, 44): 6, (3, 50): 7}.get((version[0], version[1]))
    return fixed_patch is None or version[2] < fixed_patch


def safe_mode_reason(version: tuple[int, ...]) -> str | None:
    """Say why the safe mode is needed with this SQLite, or None where it is not."""
    if not has_wal_reset_defect(version):
        return None
    number = ".".join(map(str, version))
    return f"SQLite {number} has the WAL-reset defect: running with journal_mode=DELETE and synchronous=FULL"


def prepare_file(path: Path) -> None:
    """Create the folder and an empty file that only we may read; refuse what cannot become a database.

    Raises:
        UnavailableError: The path is a folder, is no database, or may not be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise UnavailableError(
            f"database {path} cannot be opened for writing: {error.strerror}",
            field="DESKHAND_DATABASE_URL",
            hint="make the file and its folder writable, or set DESKHAND_HOME to another folder",
        ) from error
    if start and start != _MAGIC:
        raise UnavailableError(
            f"database {path} is not a database",
            field="DESKHAND_DATABASE_URL",
            hint="set DESKHAND_DATABASE_URL to another file, or move this one away",
        )


def listen(engine: Engine, busy_timeout_s: float) -> None:
    """Set every new connection up, and begin its transactions as reading or writing ones."""

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # Transactions are ours to begin: the driver's own begin too late and as readers.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={int(busy_timeout_s * 1000)}",
            "foreign_keys=ON",
            "synchronous=FULL",
            "cache_size=-16000",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = WRITES in connection.get_execution_options()
        info: dict[Any, Any] = connection.info
        if info.get(WRITES) is not writes:
            # A write in a session for reading would be rolled back unnoticed: let it fail instead.
            connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
            info[WRITES] = writes
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def set_journal_mode(engine: Engine, mode: str) -> None:
    """Set the journal mode, which the file keeps.

    Raises:
        UnavailableError: The file did not take it.
    """
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA journal_mode={mode}")
        row = cursor.fetchone()
        cursor.close()
    finally:
        raw.close()
    taken = str(row[0]) if row else "nothing"
    if taken != mode:
        raise UnavailableError(
            f"database {engine.url.database} keeps journal_mode={taken}, {mode} is needed",
            field="DESKHAND_DATABASE_URL",
            hint="put the file on a local disk that supports locking, and end other programs that use it",
        )
