"""A database of an earlier release keeps what it holds when this one opens it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, make_url, text

from tickets import migrate
from tickets.database import Database

TEMPLATE = (
    "INSERT INTO templates (pk, template_id, language, brand, version, intent, title, channels, body, state, "
    "updated_at) VALUES (1, 'order.status.own', 'en', '', 3, 'order.status', 'Own', '[]', 'Hello', 'active', "
    "'2026-11-01 00:00:00')"
)

ARTICLE = (
    "INSERT INTO articles (pk, article_id, language, title, body_markdown, visibility, tags, digest, version, "
    "updated_at, deleted) VALUES (1, 'returns', 'en', 'Returns', 'Thirty days.', 'public', '[]', 'd', 1, "
    "'2026-11-01 00:00:00', FALSE)"
)
ARTICLE_VERSION = (
    "INSERT INTO article_versions (article_pk, version, title, body_markdown, visibility, tags, digest, deleted, "
    "created_at) VALUES (1, 1, 'Returns', 'Thirty days.', 'public', '[]', 'd', FALSE, '2026-11-01 00:00:00')"
)


def engine_of(url: str) -> Engine:
    parsed = make_url(url)
    return create_engine(
        parsed if parsed.get_backend_name() == "sqlite" else parsed.set(drivername="postgresql+psycopg")
    )


def at_revision(url: str, revision: str) -> None:
    """Make an empty database of the shape that an earlier release left."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    engine = engine_of(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.execute(text(TEMPLATE))
        connection.execute(text(ARTICLE))
        connection.execute(text(ARTICLE_VERSION))
    engine.dispose()


def test_a_database_of_the_first_release_is_brought_to_this_one_with_its_rows(empty_url: str) -> None:
    at_revision(empty_url, "0001")
    database = Database.open(empty_url)
    with database.session() as session:
        assert session.scalar(text("SELECT version_num FROM deskhand_version")) == migrate.HEAD
        kept = session.execute(text("SELECT template_id, version, review_date, owner FROM templates")).one()
        assert tuple(kept) == ("order.status.own", 3, None, None)
        for table in ("articles", "article_versions"):
            kept = session.execute(text(f"SELECT title, market, owner, source_updated_at FROM {table}")).one()  # noqa: S608
            assert tuple(kept) == ("Returns", None, None, None)
            kept = session.execute(text(f"SELECT questions, negative_questions FROM {table}")).one()  # noqa: S608
            assert tuple(kept) == (None, None)
        approved = text("SELECT state, approved_version, approved_by, approved_at IS NULL FROM templates")
        assert tuple(session.execute(approved).one()) == ("approved", 3, None, False)
        assert session.scalar(text("SELECT count(*) FROM procedures")) == 0
        assert session.scalar(text("SELECT count(*) FROM help_votes")) == 0
        assert session.scalar(text("SELECT count(*) FROM article_uses")) == 0
    database.close()
