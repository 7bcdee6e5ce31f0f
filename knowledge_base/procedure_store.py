"""Procedures in the database: imports that can be repeated, versions that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from knowledge_base.procedure import Procedure, Step
from knowledge_base.records import ImportReport, Visibility
from tickets.errors import NotFoundError
from tickets.orders import utc_today
from tickets.tables import ArticleRow, ProcedureRow, ProcedureVersionRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from tickets.database import Database

FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class StoredProcedure:
    """A procedure as the database holds it; `source` is what gave it last.

    `public` are those of its articles that the help centre shows.
    """

    procedure: Procedure
    version: int
    updated_at: datetime
    source: str | None = None
    public: frozenset[str] = frozenset()


class ProcedureStore:
    """The procedures of one database; a shop has some dozens, so reading all of them is cheap.

    Args:
        database: Where they are kept.
        today: The day on which articles are valid or not; a shop far from Greenwich gives its own.

    """

    def __init__(self, database: Database, today: Callable[[], date] = utc_today) -> None:
        self._database = database
        self._today = today

    def apply(
        self, procedures: Iterable[Procedure], *, source: str, remove_missing: bool = False, actor: str = "import"
    ) -> ImportReport:
        """Take over what an import read, as a whole or not at all. Repeating it changes nothing.

        Args:
            procedures: Named by (id, language), each once.
            source: Names the folder or file; the last source to give a procedure owns it.
            remove_missing: Remove what this source owns and did not give now.
            actor: Who imports, for the versions.
        """
        given = {(procedure.id, procedure.language): procedure for procedure in procedures}
        done: dict[str, list[str]] = {"added": [], "updated": [], "unchanged": [], "removed": []}
        with self._database.write() as session:
            rows = {(row.procedure_id, row.language): row for row in session.scalars(select(ProcedureRow))}
            for key, procedure in given.items():
                done[_put(session, rows.get(key), procedure, source, actor)].append(f"{key[0]} ({key[1]})")
            if remove_missing:
                for key, row in rows.items():
                    if row.source == source and not row.deleted and key not in given:
                        _remove(session, row, actor)
                        done["removed"].append(f"{key[0]} ({key[1]})")
        named = {name: tuple(names) for name, names in done.items()}
        return ImportReport(named["added"], named["updated"], named["unchanged"], named["removed"])

    def put(self, procedure: Procedure, *, actor: str, source: str = "api") -> StoredProcedure:
        """Add or replace one procedure."""
        self.apply([procedure], source=source, actor=actor)
        return self.get(procedure.id, procedure.language)

    def delete(self, procedure_id: str, language: str, *, actor: str) -> None:
        """Remove one procedure; its versions stay.

        Raises:
            NotFoundError: There is no such procedure.
        """
        with self._database.write() as session:
            _remove(session, _live(session, procedure_id, language), actor)

    def get(self, procedure_id: str, language: str) -> StoredProcedure:
        """Give a procedure as it stands.

        Raises:
            NotFoundError: There is no such procedure.
        """
        with self._database.session() as session:
            row = _live(session, procedure_id, language)
            return _stored(row, _public(session, [row], self._today()))

    def all(self) -> tuple[StoredProcedure, ...]:
        """Give every procedure, by id and language."""
        query = select(ProcedureRow).where(~ProcedureRow.deleted)
        with self._database.session() as session:
            rows = session.scalars(query.order_by(ProcedureRow.procedure_id, ProcedureRow.language)).all()
            public = _public(session, rows, self._today())
            return tuple(_stored(row, public) for row in rows)

    def serving(
        self, intents: Sequence[str], *, brand: str | None = None, languages: Sequence[str] = ()
    ) -> tuple[StoredProcedure, ...]:
        """Give the procedures for a ticket, those of the first intent first, each in one language.

        Args:
            intents: What the ticket is about, the most important first.
            brand: Procedures of this brand and of none are given.
            languages: What the reader understands, best first; then English, then any.
        """
        preferred = [*languages, FALLBACK_LANGUAGE]
        best: dict[str, StoredProcedure] = {}
        for stored in self.all():
            procedure = stored.procedure
            if procedure.brand not in {None, brand} or not any(procedure.serves(intent) for intent in intents):
                continue
            known = best.get(procedure.id)
            if known is None or _rank(procedure, preferred) < _rank(known.procedure, preferred):
                best[procedure.id] = stored
        return tuple(sorted(best.values(), key=lambda stored: _first(stored.procedure, intents)))


def _first(procedure: Procedure, intents: Sequence[str]) -> int:
    return next(place for place, intent in enumerate(intents) if procedure.serves(intent))


def _rank(procedure: Procedure, preferred: Sequence[str]) -> int:
    return preferred.index(procedure.language) if procedure.language in preferred else len(preferred)


def _put(session: Session, row: ProcedureRow | None, procedure: Procedure, source: str, actor: str) -> str:
    """Write a procedure where it differs; tell whether it was added, updated or unchanged."""
    digest = procedure.digest
    if row is not None and not row.deleted and row.digest == digest:
        row.source = source
        return "unchanged"
    done = "added" if row is None or row.deleted else "updated"
    if row is None:
        row = ProcedureRow(procedure_id=procedure.id, language=procedure.language, version=0)
        session.add(row)
    row.title, row.intro = procedure.title, procedure.intro
    row.steps = [[step.text, step.section] for step in procedure.steps]
    row.intents, row.articles = list(procedure.intents), list(procedure.articles)
    row.brand, row.owner, row.review_date = procedure.brand, procedure.owner, procedure.review_date
    row.source, row.digest, row.deleted = source, digest, False
    _note(session, row, actor)
    return done


def _remove(session: Session, row: ProcedureRow, actor: str) -> None:
    row.deleted = True
    _note(session, row, actor)


def _note(session: Session, row: ProcedureRow, actor: str) -> None:
    """Keep the new version for good."""
    row.version += 1
    row.updated_at = datetime.now(UTC)
    session.flush()
    session.add(
        ProcedureVersionRow(
            procedure_pk=row.pk,
            version=row.version,
            document=_procedure(row).document(),
            deleted=row.deleted,
            actor=actor,
            created_at=row.updated_at,
        )
    )


def _live(session: Session, procedure_id: str, language: str) -> ProcedureRow:
    name = (ProcedureRow.procedure_id == procedure_id, ProcedureRow.language == language)
    row = session.scalar(select(ProcedureRow).where(*name, ~ProcedureRow.deleted))
    if row is None:
        raise NotFoundError(f"there is no procedure {procedure_id[:128]} ({language[:35]})", field="id")
    return row


def _public(session: Session, rows: Sequence[ProcedureRow], today: date) -> frozenset[str]:
    """Give those of the articles that procedures rely on that anybody may read today, in any language."""
    named = sorted({article for row in rows for article in row.articles})
    if not named:
        return frozenset()
    query = select(ArticleRow.article_id).where(
        ArticleRow.article_id.in_(named),
        ~ArticleRow.deleted,
        ArticleRow.visibility == Visibility.PUBLIC.value,
        or_(ArticleRow.valid_from.is_(None), ArticleRow.valid_from <= today),
        or_(ArticleRow.valid_until.is_(None), ArticleRow.valid_until >= today),
    )
    return frozenset(session.scalars(query.distinct()))


def _stored(row: ProcedureRow, public: frozenset[str]) -> StoredProcedure:
    return StoredProcedure(_procedure(row), row.version, row.updated_at, row.source, public.intersection(row.articles))


def _procedure(row: ProcedureRow) -> Procedure:
    return Procedure(
        id=row.procedure_id,
        language=row.language,
        title=row.title,
        steps=tuple(Step(text, section) for text, section in row.steps),
        intro=row.intro,
        intents=tuple(row.intents),
        articles=tuple(row.articles),
        brand=row.brand,
        owner=row.owner,
        review_date=row.review_date,
    )
