"""What people made of the answers that articles gave: agents of replies that quote them, readers of the help centre."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from knowledge_base.asked import id_at
from tickets.stored import FeedbackAction
from tickets.tables import ArticleRow, DecisionRow, FeedbackRow, HelpVoteRow, SuggestionRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tickets.database import Database

# Fewer verdicts say nothing of an article.
MIN_VERDICTS = 3
MIN_REJECTED_SHARE = 0.3
MAX_VERDICTS = 50_000
_AT_ONCE = 500
_QUOTED_CHARS = 60


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An article whose answers are often turned down.

    `rejected` of `verdicts` were against it; `unhelpful` of them came from readers of the help centre.
    """

    article: str
    language: str
    rejected: int
    verdicts: int
    unhelpful: int

    @property
    def share(self) -> float:
        """The part of the verdicts that was against it."""
        return self.rejected / self.verdicts


def doubtful_articles(database: Database, since: datetime) -> tuple[Doubtful, ...]:
    """List the articles that people turned down, the worst first; the newest 50,000 verdicts count.

    An agent's verdict on a suggested reply counts for an article where the reply quotes the passage that was found.
    """
    given: Counter[tuple[str, str]] = Counter()
    against: Counter[tuple[str, str]] = Counter()
    unhelpful: Counter[tuple[str, str]] = Counter()
    for article, rejected in _agents(database, since):
        given[article] += 1
        against[article] += rejected
    for article, helped in _readers(database, since):
        given[article] += 1
        against[article] += not helped
        unhelpful[article] += not helped
    found = [Doubtful(*name, against[name], count, unhelpful[name]) for name, count in given.items()]
    bad = [entry for entry in found if entry.verdicts >= MIN_VERDICTS and entry.share >= MIN_REJECTED_SHARE]
    return tuple(sorted(bad, key=lambda entry: (-entry.share, -entry.rejected, entry.article, entry.language)))


def _agents(database: Database, since: datetime) -> Iterator[tuple[tuple[str, str], bool]]:
    """Yield the article that each judged reply quotes, and whether the reply was rejected."""
    first, last, read = id_at(since), "~", 0
    columns = (FeedbackRow.id, FeedbackRow.action, SuggestionRow.text, DecisionRow.document)
    query = (
        select(*columns)
        .join(SuggestionRow, SuggestionRow.id == FeedbackRow.suggestion_id)
        .join(DecisionRow, DecisionRow.id == SuggestionRow.decision_id)
        .where(FeedbackRow.id >= first)
    )
    while read < MAX_VERDICTS:
        with database.session() as session:
            rows = session.execute(query.where(FeedbackRow.id < last).order_by(FeedbackRow.id.desc()).limit(_AT_ONCE))
            page = list(rows)
        for row in page:
            for answer in row.document["answers"]:
                if quotes(row.text, answer["passage"]):
                    yield (answer["article"], answer["language"]), row.action == FeedbackAction.REJECTED
        if len(page) < _AT_ONCE:
            return
        read, last = read + len(page), page[-1].id


def quotes(text: str, passage: str) -> bool:
    """Tell whether a reply holds the beginning of a passage, however its lines are broken."""
    beginning = " ".join(passage.split())[:_QUOTED_CHARS]
    return bool(beginning) and beginning in " ".join(text.split())


def _readers(database: Database, since: datetime) -> Iterator[tuple[tuple[str, str], bool]]:
    """Yield the votes on articles as they stand now: one that was rewritten since is judged anew."""
    columns = (HelpVoteRow.article_id, HelpVoteRow.language, HelpVoteRow.helped)
    same = and_(
        ArticleRow.article_id == HelpVoteRow.article_id,
        ArticleRow.language == HelpVoteRow.language,
        ArticleRow.version == HelpVoteRow.version,
        ~ArticleRow.deleted,
    )
    query = select(*columns).join(ArticleRow, same)
    query = query.where(HelpVoteRow.created_at >= since).order_by(HelpVoteRow.id.desc())
    with database.session() as session:
        rows = session.execute(query.limit(MAX_VERDICTS)).all()
    yield from (((article, language), helped) for article, language, helped in rows)
