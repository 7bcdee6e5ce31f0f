"""Articles in the database: imports that can be repeated, versions that are kept, passages for the search."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, text

from knowledge_base.article_rows import article_of, fill, said
from knowledge_base.feed import changed_since, note_changes, read_articles
from knowledge_base.markdown import without_comments
from knowledge_base.passages import split_passages
from knowledge_base.records import Article, ImportReport, Passage, Refused, StoredArticle, Visibility
from tickets.errors import InvalidInputError, NotFoundError
from tickets.ids import new_id
from tickets.settings import value_of
from tickets.stored import Page
from tickets.tables import ArticleRow, ArticleVersionRow, PassageRow, SettingRow
from tickets.tables.base import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from typing import Any

    from sqlalchemy.orm import Session

    from knowledge_base.entries import Entry
    from knowledge_base.segments import IndexedArticle
    from tickets.database import Database

GENERATION = "knowledge_base.generation"
MOST_ITEMS = 200
_BATCH = 500
_GENERATION = value_of(GENERATION)


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles a list shows; what is None does not matter."""

    language: str | None = None
    visibility: Visibility | None = None
    brand: str | None = None
    source: str | None = None
    market: str | None = None
    translation_of: str | None = None


class ArticleStore:
    """The articles of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def apply(
        self,
        articles: Iterable[Article],
        *,
        source: str,
        remove_missing: bool = False,
        refused: Sequence[Refused] = (),
        actor: str = "import",
    ) -> ImportReport:
        """Take over what an import read, as a whole or not at all. Repeating it changes nothing.

        Args:
            articles: Named by (id, language); of two with the same name the first counts, the other is refused.
            source: Names the folder, file or system; the last source to give an article owns it.
            remove_missing: Remove what this source owns and did not give now. Nothing is removed while something was
                refused, because nobody knows what the broken file held; the report says what was kept for that.
            refused: What the reader refused; carried over into the report.
            actor: Who imports, for the versions.

        """
        given, doubled = _distinct(articles)
        refused = (*refused, *doubled)
        with self._database.write() as session:
            writer = _Writer(session, self._database, source, actor)
            writer.take(given)
            missing = writer.missing(given) if remove_missing else []
            kept = tuple(_name(row.article_id, row.language) for row in missing) if refused else ()
            for row in missing if not refused else ():
                writer.remove(row)
            return replace(writer.finish(), refused=tuple(refused), kept=kept)

    def put(self, article: Article, *, actor: str, source: str = "api") -> StoredArticle:
        """Add or replace one article."""
        self.apply([article], source=source, actor=actor)
        return self.get(article.id, article.language)

    def delete(self, article_id: str, language: str, *, actor: str) -> None:
        """Remove one article; its versions stay.

        Raises:
            NotFoundError: There is no such article.

        """
        with self._database.write() as session:
            row = _live(session, article_id, language)
            writer = _Writer(session, self._database, row.source or "api", actor)
            writer.remove(row)
            writer.finish()

    def get(self, article_id: str, language: str) -> StoredArticle:
        """Give an article as it stands.

        Raises:
            NotFoundError: There is no such article.

        """
        with self._database.session() as session:
            return _stored(_live(session, article_id, language))

    def languages(self, article_id: str) -> tuple[str, ...]:
        """Give the languages that an article exists in."""
        with self._database.session() as session:
            query = select(ArticleRow.language).where(ArticleRow.article_id == article_id, ~ArticleRow.deleted)
            return tuple(session.scalars(query.order_by(ArticleRow.language)))

    def passages(self, article_id: str, language: str) -> tuple[Passage, ...]:
        """Give the passages of an article in order.

        Raises:
            NotFoundError: There is no such article.

        """
        with self._database.session() as session:
            pk = _live(session, article_id, language).pk
            rows = session.scalars(select(PassageRow).where(PassageRow.article_pk == pk).order_by(PassageRow.position))
            return tuple(Passage(row.position, tuple(row.heading_path), row.text) for row in rows)

    def versions(self, article_id: str, language: str) -> tuple[StoredArticle, ...]:
        """Give all versions of an article, the newest first, also of one that was removed.

        Raises:
            NotFoundError: There never was such an article.

        """
        with self._database.session() as session:
            article = _row(session, article_id, language)
            if article is None:
                raise _not_found(article_id, language)
            query = select(ArticleVersionRow).where(ArticleVersionRow.article_pk == article.pk)
            rows = session.scalars(query.order_by(ArticleVersionRow.version.desc()))
            return tuple(_stored_version(article, row) for row in rows)

    def list(
        self, filters: ArticleFilter | None = None, *, cursor: str | None = None, limit: int = 50
    ) -> Page[StoredArticle]:
        """Give one page of the articles, in the order in which they came.

        Raises:
            InvalidInputError: The cursor is none of ours, or the limit is out of range.

        """
        if not 1 <= limit <= MOST_ITEMS:
            raise InvalidInputError(f"limit {limit} is not between 1 and {MOST_ITEMS}", field="limit")
        query = select(ArticleRow).where(~ArticleRow.deleted, ArticleRow.pk > _read_cursor(cursor))
        filters = filters or ArticleFilter()
        for column, wanted in (
            (ArticleRow.language, filters.language),
            (ArticleRow.visibility, filters.visibility),
            (ArticleRow.brand, filters.brand),
            (ArticleRow.source, filters.source),
            (ArticleRow.market, filters.market),
            (ArticleRow.translation_of, filters.translation_of),
        ):
            if wanted is not None:
                query = query.where(column == str(wanted))
        with self._database.session() as session:
            rows = list(session.scalars(query.order_by(ArticleRow.pk).limit(limit + 1)))
        more = len(rows) > limit
        return Page(tuple(_stored(row) for row in rows[:limit]), str(rows[limit - 1].pk) if more else None)

    def generation(self) -> str:
        """Give the name of the present state; another one means that something changed."""
        return str(self._database.value(_GENERATION) or "")

    def changed_since(self, generation: str) -> Collection[int] | None:
        """Give the keys of the articles that were added, changed or removed since a generation.

        Returns:
            None where that is not known any more: too much has changed, or the generation is of another database.

        """
        with self._database.session() as session:
            return changed_since(session, generation)

    def articles(self, keys: Collection[int] | None = None) -> Iterator[IndexedArticle]:
        """Give the articles that have passages and were not removed, in the order in which they came, for the search.

        Args:
            keys: Only these; None gives all.

        """
        with self._database.session() as session:
            yield from read_articles(session, keys)

    def entries(self) -> Sequence[Entry]:
        """Give every passage of every article that was not removed."""
        return [entry for article in self.articles() for entry in article.entries]


class _Writer:
    """One import inside one transaction."""

    def __init__(self, session: Session, database: Database, source: str, actor: str) -> None:
        self._session = session
        self._source = source
        self._actor = actor
        self._now = datetime.now(UTC)
        self._report: dict[str, list[str]] = {"added": [], "updated": [], "unchanged": [], "removed": []}
        self._versions: list[dict[str, Any]] = []
        self._passages: list[dict[str, Any]] = []
        self._changed: list[int] = []
        if not database.is_sqlite:
            # SQLite has one writer anyway; two imports at once would otherwise add the same article twice.
            session.execute(text("LOCK TABLE articles IN SHARE ROW EXCLUSIVE MODE"))

    def take(self, given: dict[tuple[str, str], Article]) -> None:
        known = self._known(given)
        new = [article for key, article in given.items() if key not in known]
        rows = [self._row(article) for article in new]
        self._session.add_all(rows)
        self._session.flush()
        for article, row in zip(new, rows, strict=True):
            self._keep(row, article)
            self._report["added"].append(_name(article.id, article.language))
        for key, article in given.items():
            if key in known:
                self._update(known[key], article)

    def missing(self, given: dict[tuple[str, str], Article]) -> list[ArticleRow]:
        """Give what the source owns and did not give now."""
        query = select(ArticleRow).where(ArticleRow.source == self._source, ~ArticleRow.deleted)
        rows = self._session.scalars(query.order_by(ArticleRow.pk))
        return [row for row in rows if (row.article_id, row.language) not in given]

    def remove(self, row: ArticleRow) -> None:
        row.deleted = True
        row.version += 1
        row.updated_at = self._now
        self._session.execute(delete(PassageRow).where(PassageRow.article_pk == row.pk))
        self._versions.append(self._version(row))
        self._changed.append(row.pk)
        self._report["removed"].append(_name(row.article_id, row.language))

    def finish(self) -> ImportReport:
        self._session.flush()
        insert_into(self._session, ArticleVersionRow, self._versions)
        insert_into(self._session, PassageRow, self._passages)
        changes = {name: tuple(names) for name, names in self._report.items()}
        report = ImportReport(changes["added"], changes["updated"], changes["unchanged"], changes["removed"])
        if report.changed:
            # A name that never comes back: two counters that ran in parallel could meet at the same number.
            generation = new_id()
            self._session.merge(SettingRow(name=GENERATION, value=generation, updated_at=self._now))
            note_changes(self._session, generation, self._changed, self._now)
        return report

    def _known(self, given: dict[tuple[str, str], Article]) -> dict[tuple[str, str], ArticleRow]:
        known: dict[tuple[str, str], ArticleRow] = {}
        names = sorted({name for name, _ in given})
        for start in range(0, len(names), _BATCH):
            query = select(ArticleRow).where(ArticleRow.article_id.in_(names[start : start + _BATCH]))
            found = {(row.article_id, row.language): row for row in self._session.scalars(query)}
            known.update({key: row for key, row in found.items() if key in given})
        return known

    def _row(self, article: Article) -> ArticleRow:
        row = ArticleRow(article_id=article.id, language=article.language, version=1, deleted=False)
        self._fill(row, article)
        return row

    def _update(self, row: ArticleRow, article: Article) -> None:
        name = _name(article.id, article.language)
        if row.digest == article.digest and not row.deleted:
            row.source = self._source
            row.source_updated_at = article.source_updated_at
            self._report["unchanged"].append(name)
            return
        self._report["added" if row.deleted else "updated"].append(name)
        row.deleted = False
        row.version += 1
        self._fill(row, article)
        self._session.execute(delete(PassageRow).where(PassageRow.article_pk == row.pk))
        self._keep(row, article)

    def _fill(self, row: ArticleRow, article: Article) -> None:
        fill(row, article)
        row.source = self._source
        row.digest = article.digest
        row.updated_at = self._now

    def _keep(self, row: ArticleRow, article: Article) -> None:
        """Note the version and the passages of a new text; they are written in one go at the end."""
        self._versions.append(self._version(row))
        self._changed.append(row.pk)
        self._passages.extend(
            {
                "article_pk": row.pk,
                "position": passage.position,
                "heading_path": list(passage.heading_path),
                "text": passage.text,
            }
            for passage in split_passages(article.title, article.body)
        )

    def _version(self, row: ArticleRow) -> dict[str, Any]:
        return {
            "article_pk": row.pk,
            "version": row.version,
            **said(row),
            "source": row.source,
            "digest": row.digest,
            "deleted": row.deleted,
            "actor": self._actor,
            "created_at": self._now,
        }


def _distinct(articles: Iterable[Article]) -> tuple[dict[tuple[str, str], Article], list[Refused]]:
    given: dict[tuple[str, str], Article] = {}
    doubled: list[Refused] = []
    for article in articles:
        first = given.setdefault((article.id, article.language), article)
        if first is not article:
            reason = f"{_name(article.id, article.language)} is given twice in one import"
            doubled.append(Refused(article.origin or "", 0, reason))
    return given, doubled


def _row(session: Session, article_id: str, language: str) -> ArticleRow | None:
    return session.scalar(
        select(ArticleRow).where(ArticleRow.article_id == article_id, ArticleRow.language == language)
    )


def _live(session: Session, article_id: str, language: str) -> ArticleRow:
    row = _row(session, article_id, language)
    if row is None or row.deleted:
        raise _not_found(article_id, language)
    return row


def _not_found(article_id: str, language: str) -> NotFoundError:
    return NotFoundError(f"there is no article {_name(article_id, language)}", field="id")


def _name(article_id: str, language: str) -> str:
    return f"{article_id} ({language})"


def _read_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 15:
        raise InvalidInputError(
            "the cursor cannot be read", field="cursor", hint="take `next` of the page before, or leave it out"
        )
    return int(cursor)


def _stored(row: ArticleRow) -> StoredArticle:
    article = article_of(row.article_id, row.language, row)
    # One that was stored before imports dropped comments may still hold some.
    article = replace(article, body=without_comments(article.body))
    return StoredArticle(article, row.version, row.updated_at, row.source)


def _stored_version(article: ArticleRow, row: ArticleVersionRow) -> StoredArticle:
    said = article_of(article.article_id, article.language, row)
    return StoredArticle(said, row.version, row.created_at, row.source, removed=row.deleted)
