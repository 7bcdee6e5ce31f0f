"""Whether articles of the help centre helped their readers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from tickets.ids import new_id
from tickets.tables import HelpVoteRow
from tickets.tables.base import insert_into

if TYPE_CHECKING:
    from knowledge_base.records import StoredArticle
    from tickets.database import Database


class VoteStore:
    """The votes of one database; nothing of the readers is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, read: StoredArticle, *, helped: bool) -> None:
        """Store a vote on an article in the version that was read."""
        vote = {
            "id": new_id(),
            "article_id": read.article.id,
            "language": read.article.language,
            "version": read.version,
            "helped": helped,
            "created_at": datetime.now(UTC),
        }
        with self._database.write() as session:
            insert_into(session, HelpVoteRow, vote)

    def counts(self, article_id: str, language: str) -> tuple[int, int]:
        """Count who was helped by an article, and who was not."""
        mine = (HelpVoteRow.article_id == article_id, HelpVoteRow.language == language)
        query = select(HelpVoteRow.helped, func.count()).where(*mine).group_by(HelpVoteRow.helped)
        with self._database.session() as session:
            found = {bool(helped): number for helped, number in session.execute(query)}
        return found.get(True, 0), found.get(False, 0)
