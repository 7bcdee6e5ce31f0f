"""Bring a database to the shape that this code knows, whoever else opens it at the same moment."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from tickets.errors import UnavailableError
from tickets.tables import Base

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD = "0008"
KNOWN = frozenset({"0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008"})
VERSION_TABLE = "deskhand_version"
_SCRIPTS = Path(__file__).parent / "migrations"
_POSTGRES_LOCK = 0x4465736B
# Alembic keeps its current context in a module: two threads may not migrate at once.
_ONE_AT_A_TIME = threading.Lock()


def at_head(connection: Connection, place: str) -> bool:
    """Tell whether the database has this code's shape.

    Raises:
        UnavailableError: It belongs to a newer Deskhand or to another program.
    """
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in names:
        if names if connection.dialect.name == "sqlite" else names & set(Base.metadata.tables):
            raise UnavailableError(
                f"database {place} holds tables of another program",
                field="DESKHAND_DATABASE_URL",
                hint="give Deskhand a database of its own",
            )
        return False
    revision = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 our own name
    if revision is not None and revision not in KNOWN:
        raise UnavailableError(
            f"database {place} has version {revision}, newer than this Deskhand knows ({HEAD})",
            field="DESKHAND_DATABASE_URL",
            hint="install the Deskhand that wrote it, or a newer one",
        )
    return bool(revision == HEAD)


def upgrade(connection: Connection, place: str) -> None:
    """Run the missing steps within the connection's transaction, which must be one for writing."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK})
    if at_head(connection, place):
        return
    from alembic import command  # a database at its head starts without Alembic
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")
