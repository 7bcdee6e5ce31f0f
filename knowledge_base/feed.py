"""What the search reads of the database: which articles changed, and their passages."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from knowledge_base.entries import Entry
from knowledge_base.records import Visibility
from knowledge_base.segments import IndexedArticle, with_questions
from tickets.tables import ArticleRow, PassageRow, SettingRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

CHANGES = "knowledge_base.changes"
# Who is further behind than so many changed articles reads them all.
_REMEMBERED = 2_000
_BATCH = 500
_VISIBILITIES = {one.value: one for one in Visibility}
_PASSAGES = (
    select(
        ArticleRow.pk,
        ArticleRow.article_id,
        ArticleRow.title,
        ArticleRow.language,
        ArticleRow.visibility,
        PassageRow.text,
        PassageRow.heading_path,
        ArticleRow.tags,
        ArticleRow.brand,
        ArticleRow.valid_from,
        ArticleRow.valid_until,
        ArticleRow.translation_of,
        ArticleRow.market,
        ArticleRow.questions,
        ArticleRow.negative_questions,
    )
    .join(ArticleRow, ArticleRow.pk == PassageRow.article_pk)
    .where(~ArticleRow.deleted)
    .order_by(PassageRow.article_pk, PassageRow.position)
)


def changed_since(session: Session, generation: str) -> Collection[int] | None:
    """Give the keys of the articles that were added, changed or removed since a generation.

    Returns:
        None where that is not known any more: too much has changed, or the generation is of another database.

    """
    found = session.scalar(select(SettingRow.value).where(SettingRow.name == CHANGES)) or []
    names = [name for name, _ in found]
    if generation not in names:
        return None
    return {key for _, keys in found[names.index(generation) + 1 :] for key in keys}


def note_changes(session: Session, generation: str, keys: Sequence[int], now: datetime) -> None:
    """Add the changed articles to the list of the last generations, so that an index need not read all of them."""
    row = session.get(SettingRow, CHANGES)
    changes = [*(row.value if row else []), [generation, list(keys)]]
    # The first one only says where the list begins.
    while len(changes) > 1 and sum(1 + len(some) for _, some in changes[1:]) > _REMEMBERED:
        changes.pop(0)
    session.merge(SettingRow(name=CHANGES, value=changes, updated_at=now))


def read_articles(session: Session, keys: Collection[int] | None) -> Iterator[IndexedArticle]:
    """Give the articles that have passages and were not removed, in the order in which they came; None gives all."""
    if keys is None:
        yield from _articles(session, _PASSAGES)
        return
    ordered = sorted(keys)
    for start in range(0, len(ordered), _BATCH):
        yield from _articles(session, _PASSAGES.where(ArticleRow.pk.in_(ordered[start : start + _BATCH])))


def _articles(session: Session, query: Select[Any]) -> Iterator[IndexedArticle]:
    rows = session.execute(query.execution_options(yield_per=_BATCH))
    for key, passages in groupby(rows, key=itemgetter(0)):
        rows_of_one = list(passages)
        entries = [_entry(*row[1:-2]) for row in rows_of_one]
        questions, negative_questions = rows_of_one[0][-2:]
        yield IndexedArticle(key, with_questions(entries, questions or (), negative_questions or ()))


def _entry(  # noqa: PLR0913, PLR0917 - the columns of the query, in their order
    article: str,
    title: str,
    language: str,
    visibility: str,
    body: str,
    path: list[str],
    tags: list[str],
    brand: str | None,
    valid_from: date | None,
    valid_until: date | None,
    translation_of: str | None,
    market: str | None,
) -> Entry:
    where = (tuple(path), tuple(tags), brand, valid_from, valid_until, translation_of, market)
    return Entry(article, title, language, _VISIBILITIES[visibility], body, *where)
