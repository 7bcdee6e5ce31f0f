"""How often articles were of use where no ticket tells it: in a chatbot's answers and on pages of the help centre."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from tickets.tables import ArticleUseRow, HelpVoteRow

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Table

    from tickets.database import Database


class UseStore:
    """The uses of one database: an article, a day and a number; nothing of who asked or read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, article_id: str, language: str) -> None:
        """Count one use today."""
        table = cast("Table", ArticleUseRow.__table__)
        use = {"article_id": article_id, "language": language, "day": datetime.now(UTC).date(), "uses": 1}
        new: Any = (sqlite if self._database.is_sqlite else postgresql).insert(table).values(use)
        statement = new.on_conflict_do_update(index_elements=list(table.primary_key), set_={"uses": table.c.uses + 1})
        self._database.write_together(lambda session: session.execute(statement))

    def count(self, article_id: str, language: str) -> int:
        """Count the uses of an article on all days."""
        mine = (ArticleUseRow.article_id == article_id, ArticleUseRow.language == language)
        with self._database.session() as session:
            return session.scalar(select(func.sum(ArticleUseRow.uses)).where(*mine)) or 0

    def first_day(self) -> date | None:
        """Give the day of the first use that was counted; None where there is none yet."""
        with self._database.session() as session:
            return session.scalar(select(func.min(ArticleUseRow.day)))


def used_articles(database: Database, since: datetime) -> set[tuple[str, str]]:
    """Give the (id, language) of what was quoted, read or voted on since a moment, the whole of its day included."""
    uses = select(ArticleUseRow.article_id, ArticleUseRow.language).where(ArticleUseRow.day >= since.date())
    votes = select(HelpVoteRow.article_id, HelpVoteRow.language).where(HelpVoteRow.created_at >= since)
    with database.session() as session:
        return {(article, language) for article, language in session.execute(uses.union(votes))}
