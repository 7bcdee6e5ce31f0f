"""Which articles say the same in other languages: they share an id, or name their original (`translation_of`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, or_, select

from tickets.tables import ArticleRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Select

    from knowledge_base.records import Visibility
    from tickets.database import Database


class Name(NamedTuple):
    """What names an article."""

    id: str
    language: str


class Title(NamedTuple):
    """An article's title; `original` is the id that it has in common with its translations."""

    id: str
    original: str
    title: str


class TranslationStore:
    """The articles of one database, by what they are translations of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def families(self, ids: Collection[str]) -> dict[str, tuple[Name, ...]]:
        """Give, for each id, the articles that say the same in any language.

        Those of that id come first, then the original, then its translations with ids of their own. An id that
        no article has gives what is a translation of it.
        """
        if not ids:
            return {}
        originals = {name: {name} for name in ids}
        with self._database.session() as session:
            for name, original in session.execute(_named(ids)):
                originals[name].add(str(original))
            wanted = set[str]().union(*originals.values())
            members = select(ArticleRow.article_id, ArticleRow.language, ArticleRow.translation_of).where(
                or_(ArticleRow.article_id.in_(wanted), ArticleRow.translation_of.in_(wanted)), ~ArticleRow.deleted
            )
            rows = [(one, language, original) for one, language, original in session.execute(members)]
        return {name: _ordered(name, roots, rows) for name, roots in originals.items()}

    def originals(self, ids: Collection[str]) -> dict[str, str]:
        """Give, for each id, the one that the article has in common with its translations."""
        with self._database.session() as session:
            named = {name: str(original) for name, original in session.execute(_named(ids))}
        return {name: named.get(name, name) for name in ids}

    def titles(self, language: str, visibility: Visibility, *, limit: int) -> list[Title]:
        """Give the titles of the first articles of a language, in order; their texts are not read."""
        original = func.coalesce(ArticleRow.translation_of, ArticleRow.article_id)
        query = select(ArticleRow.article_id, original, ArticleRow.title).where(
            ArticleRow.language == language, ArticleRow.visibility == visibility.value, ~ArticleRow.deleted
        )
        with self._database.session() as session:
            rows = session.execute(query.order_by(ArticleRow.title, ArticleRow.article_id).limit(limit))
            return [Title(*row) for row in rows]


def _named(ids: Collection[str]) -> Select[str, str | None]:
    return select(ArticleRow.article_id, ArticleRow.translation_of).where(
        ArticleRow.article_id.in_(ids), ArticleRow.translation_of.is_not(None), ~ArticleRow.deleted
    )


def _ordered(name: str, roots: set[str], rows: Iterable[tuple[str, str, str | None]]) -> tuple[Name, ...]:
    found = [Name(one, language) for one, language, original in rows if one in roots or original in roots]
    return tuple(sorted(found, key=lambda one: (one.id != name, one.id not in roots, *one)))
