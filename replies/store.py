"""A shop's own templates in the database; they stand in for shipped ones of the same id, language and brand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from replies.library import Refused, load_folder, refusal
from replies.matter import Matter
from replies.templates import Template, template_of
from tickets.audit import record
from tickets.errors import InvalidInputError, NotFoundError
from tickets.records import Channel
from tickets.tables import SettingRow, TemplateRow, TemplateVersionRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tickets.database import Database

GENERATION = "templates_generation"
"""The setting that counts changes, so that every process notices them with one cheap query."""


class TemplateState(StrEnum):
    """Whether a stored template is offered."""

    ACTIVE = "active"
    DRAFT = "draft"
    RETIRED = "retired"


class Change(StrEnum):
    """What storing a template did."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """A stored template as text; `updated_at` is aware, `brand` is None where it serves all brands."""

    id: str
    intent: str
    language: str
    brand: str | None
    version: int
    title: str
    channels: tuple[Channel, ...]
    when: str | None
    body: str
    state: TemplateState
    source: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class UnknownIntent:
    """A template was stored whose intent no prediction names; `nearest` is the label that may have been meant."""

    file: str
    intent: str
    nearest: str | None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, by template id and language, which files it refused, and what it took with a doubt."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    unknown: tuple[UnknownIntent, ...] = ()


class TemplateStore:
    """Reads and writes the table of templates.

    Args:
        database: An open database.

    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def generation(self) -> int:
        """Return a number that grows with every change."""
        with self._database.session() as session:
            value = session.scalar(select(SettingRow.value).where(SettingRow.name == GENERATION))
        return _count(value)

    def records(self, *, language: str | None = None, intent: str | None = None) -> list[TemplateRecord]:
        """Return the stored templates that were not retired, by id, language and brand."""
        query = select(TemplateRow).where(TemplateRow.state != TemplateState.RETIRED.value)
        if language is not None:
            query = query.where(TemplateRow.language == language)
        if intent is not None:
            query = query.where(TemplateRow.intent == intent)
        order = (TemplateRow.template_id, TemplateRow.language, TemplateRow.brand)
        with self._database.session() as session:
            return [_record(row) for row in session.scalars(query.order_by(*order))]

    def get(self, template_id: str, language: str, brand: str | None = None) -> TemplateRecord:
        """Return one stored template.

        Raises:
            NotFoundError: There is none, or it was retired.

        """
        with self._database.session() as session:
            row = _find(session, template_id, language, brand)
            if row is None or row.state == TemplateState.RETIRED.value:
                raise _not_found(template_id, language, brand)
            return _record(row)

    def put(self, template: Template, *, actor: str, state: TemplateState = TemplateState.ACTIVE) -> TemplateRecord:
        """Store a template; a changed one gets a version above the stored one."""
        with self._database.write() as session:
            row, change = _store(session, template, state)
            if change is not Change.UNCHANGED:
                _noted(session, row, actor, change)
            return _record(row)

    def retire(self, template_id: str, language: str, brand: str | None = None, *, actor: str) -> None:
        """Take a template out of use; what it said stays on record, and a shipped one of its id is offered again.

        Raises:
            NotFoundError: There is none, or it was retired already.

        """
        with self._database.write() as session:
            row = _find(session, template_id, language, brand)
            if row is None or row.state == TemplateState.RETIRED.value:
                raise _not_found(template_id, language, brand)
            row.state = TemplateState.RETIRED.value
            row.updated_at = datetime.now(UTC)
            _grow(session)
            record(session, actor, "template.retired", template_id, language=language, brand=brand)

    def import_path(self, path: Path, *, actor: str, labels: Collection[str] = ()) -> ImportReport:
        """Store all template files below a path in one transaction; bad files are refused, the rest is kept.

        Args:
            path: A file or a folder.
            actor: Who imports, for the audit.
            labels: The intents that predictions may name; templates of others are stored and reported. Empty where
                they are not known.

        Raises:
            NotFoundError: There is nothing at `path`.

        """
        templates, refused = load_folder(path)
        done: dict[Change, list[str]] = {change: [] for change in Change}
        with self._database.write() as session:
            for template in templates:
                row, change = _store(session, template, TemplateState.ACTIVE)
                if change is not Change.UNCHANGED:
                    _noted(session, row, actor, change)
                done[change].append(f"{template.id} ({template.language})")
        return ImportReport(
            tuple(done[Change.ADDED]),
            tuple(done[Change.UPDATED]),
            tuple(done[Change.UNCHANGED]),
            tuple(refused),
            tuple(_unknown(templates, labels)) if labels else (),
        )

    def templates(self) -> tuple[list[Template], list[Refused]]:
        """Compile the active templates, to be put behind the shipped ones in `Replies`.

        Returns:
            The templates, and those that this version of the engine refuses.

        """
        compiled: list[Template] = []
        refused: list[Refused] = []
        for stored in self.records():
            if stored.state is not TemplateState.ACTIVE:
                continue
            source = stored.source or f"{stored.id} ({stored.language})"
            try:
                compiled.append(template_of(_matter(stored), stored.body, source))
            except InvalidInputError as error:
                refused.append(refusal(source, error))
        return compiled, refused


def _unknown(templates: Iterable[Template], labels: Collection[str]) -> Iterable[UnknownIntent]:
    for template in templates:
        if template.intent not in labels:
            near = get_close_matches(template.intent, labels, n=1, cutoff=0.3)
            yield UnknownIntent(template.source, template.intent, near[0] if near else None)


def _matter(stored: TemplateRecord) -> Matter:
    return Matter(
        id=stored.id,
        intent=stored.intent,
        language=stored.language,
        title=stored.title,
        channels=stored.channels,
        when=stored.when,
        version=stored.version,
        brand=stored.brand,
    )


def _record(row: TemplateRow) -> TemplateRecord:
    return TemplateRecord(
        id=row.template_id,
        intent=row.intent,
        language=row.language,
        brand=row.brand or None,
        version=row.version,
        title=row.title,
        channels=tuple(Channel(name) for name in row.channels),
        when=row.when,
        body=row.body,
        state=TemplateState(row.state),
        source=row.source,
        updated_at=row.updated_at,
    )


def _find(session: Session, template_id: str, language: str, brand: str | None) -> TemplateRow | None:
    query = select(TemplateRow).where(
        TemplateRow.template_id == template_id, TemplateRow.language == language, TemplateRow.brand == (brand or "")
    )
    return session.scalar(query)


def _not_found(template_id: str, language: str, brand: str | None) -> NotFoundError:
    of_brand = f" of brand {brand!r}" if brand else ""
    return NotFoundError(
        f"the shop has no template {template_id!r} in {language!r}{of_brand}",
        field="template",
        hint="Shipped templates are not stored: import one with the same id to change it.",
    )


def _store(session: Session, template: Template, state: TemplateState) -> tuple[TemplateRow, Change]:
    """Write a template and its version, where it differs from what is stored."""
    content: dict[str, Any] = {
        "intent": template.intent,
        "title": template.title,
        "channels": [channel.value for channel in template.channels],
        "when": template.when,
        "body": template.body,
        "state": state.value,
    }
    row = _find(session, template.id, template.language, template.brand)
    if row is not None and all(getattr(row, name) == value for name, value in content.items()):
        return row, Change.UNCHANGED
    change = Change.ADDED if row is None or row.state == TemplateState.RETIRED.value else Change.UPDATED
    content |= {"source": template.source or None}
    if row is None:
        row = TemplateRow(
            template_id=template.id, language=template.language, brand=template.brand or "", version=template.version
        )
        session.add(row)
    else:
        row.version = max(template.version, row.version + 1)
    for name, value in content.items():
        setattr(row, name, value)
    row.updated_at = datetime.now(UTC)
    session.flush()
    return row, change


def _noted(session: Session, row: TemplateRow, actor: str, change: Change) -> None:
    """Keep the version for good, count the change, and write who made it."""
    session.add(
        TemplateVersionRow(
            template_pk=row.pk,
            version=row.version,
            intent=row.intent,
            title=row.title,
            channels=row.channels,
            when=row.when,
            body=row.body,
            state=row.state,
            source=row.source,
            actor=actor,
            created_at=row.updated_at,
        )
    )
    _grow(session)
    record(
        session,
        actor,
        f"template.{change.value}",
        row.template_id,
        language=row.language,
        brand=row.brand or None,
        version=row.version,
    )


def _count(value: object) -> int:
    count = value.get("count") if isinstance(value, dict) else 0
    return count if isinstance(count, int) else 0


def _grow(session: Session) -> None:
    now = datetime.now(UTC)
    row = session.get(SettingRow, GENERATION, with_for_update=True)
    if row is None:
        session.add(SettingRow(name=GENERATION, value={"count": 1}, updated_at=now))
        session.flush()
    else:
        row.value, row.updated_at = {"count": _count(row.value) + 1}, now
