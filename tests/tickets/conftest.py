"""Databases for the tests: a SQLite file always, PostgreSQL where its programs are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support_postgres import PostgresServer, postgres_programs
from tickets.database import Database
from tickets.store import TicketStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with PostgresServer.started(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'deskhand.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.fresh_database() as fresh:
        yield fresh


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)
