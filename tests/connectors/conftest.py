"""A store, an outbox, and a server that takes events."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.connectors.receiving import ReceivingServer, receiving_server
from tickets.database import Database
from tickets.outbox import Outbox
from tickets.store import TicketStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "deskhand.db"
    Database.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def url(tmp_path: Path, migrated_file: Path) -> str:
    path = tmp_path / "deskhand.db"
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    yield opened
    opened.close()


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database, deliver_to=["mydesk"])


@pytest.fixture
def server() -> Iterator[ReceivingServer]:
    with receiving_server() as running:
        yield running
