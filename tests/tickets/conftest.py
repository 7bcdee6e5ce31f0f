"""Databases for the tests: a SQLite file always, PostgreSQL where its programs are installed."""

from __future__ import annotations

import shutil
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
        server.execute("CREATE DATABASE migrated")
        Database.open(server.url("migrated")).close()
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "deskhand.db"
    Database.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Lead to a database in which nothing is yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'deskhand.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.fresh_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Lead to a database that has its tables."""
    if request.param == "sqlite":
        path = tmp_path / "deskhand.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.fresh_database(template="migrated") as fresh:
        yield fresh


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


@pytest.fixture
def sqlite_path(tmp_path: Path, migrated_file: Path) -> Path:
    path = tmp_path / "own.db"
    shutil.copy(migrated_file, path)
    return path


@pytest.fixture
def sqlite_database(sqlite_path: Path) -> Iterator[Database]:
    opened = Database.open(f"sqlite:///{sqlite_path}")
    yield opened
    opened.close()
