"""What the tests of the knowledge base share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knowledge_base.store import ArticleStore
from tickets.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(f"sqlite:///{tmp_path}/shop.db")
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> ArticleStore:
    return ArticleStore(database)
