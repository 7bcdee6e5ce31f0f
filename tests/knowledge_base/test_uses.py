"""Uses of articles are counted by day, on both databases and from several threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select

from knowledge_base.records import Article, StoredArticle
from knowledge_base.uses import UseStore, used_articles
from knowledge_base.votes import VoteStore
from tests.support_postgres import PostgresServer, postgres_programs
from tickets.database import Database
from tickets.tables import ArticleUseRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        opened = Database.open(f"sqlite:///{tmp_path}/shop.db")
        yield opened
        opened.close()
        return
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with PostgresServer.started(programs) as server, server.fresh_database() as fresh:
        opened = Database.open(fresh)
        yield opened
        opened.close()


def test_a_day_has_one_row_whoever_counts(database: Database) -> None:
    uses = UseStore(database)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: uses.add("returns", "en"), range(20)))
    uses.add("returns", "de")
    assert (uses.count("returns", "en"), uses.count("returns", "de"), uses.count("other", "en")) == (20, 1, 0)
    with database.session() as session:
        assert len(session.scalars(select(ArticleUseRow)).all()) == 2


def test_uses_and_votes_since_a_day_tell_what_is_needed(database: Database) -> None:
    uses = UseStore(database)
    assert uses.first_day() is None
    for days, article in ((100, "old"), (80, "quoted"), (1, "quoted")):
        with time_machine.travel(NOW - timedelta(days=days), tick=False):
            uses.add(article, "en")
    read = StoredArticle(Article("voted", "de", "Voted", "Text"), 1, NOW, "shop")
    with time_machine.travel(NOW - timedelta(days=2), tick=False):
        VoteStore(database).add(read, helped=False)
    assert used_articles(database, NOW - timedelta(days=90)) == {("quoted", "en"), ("voted", "de")}
    assert uses.first_day() == date(2026, 8, 13)
