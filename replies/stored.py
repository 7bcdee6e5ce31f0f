"""What is stored of a shop's own templates: their newest text, the version that is offered, and every one before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from replies.matter import Matter
from tickets.records import Channel

if TYPE_CHECKING:
    from datetime import date, datetime

    from replies.library import Refused
    from tickets.tables import TemplateRow, TemplateVersionRow


class TemplateState(StrEnum):
    """How far the newest text of a template has come: only an approved version is offered."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"

    @classmethod
    def _missing_(cls, value: object) -> TemplateState | None:
        # Versions that were stored before there was an approval say `active`.
        return cls.APPROVED if value == "active" else None


class Change(StrEnum):
    """What storing a template did."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of a macro: the id of its template, and what was done."""

    id: str
    change: Change


@dataclass(frozen=True, slots=True)
class TemplateKey:
    """What makes a stored template one: `brand` is None where it serves all brands."""

    id: str
    language: str
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """Which version is offered, who approved it and when (aware)."""

    version: int
    by: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """A stored template as text; `updated_at` is aware, `brand` is None where it serves all brands.

    `approval` is None where no version is offered; it may name an older version than this one.
    """

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
    owner: str | None = None
    review_date: date | None = None
    approval: Approval | None = None

    @property
    def key(self) -> TemplateKey:
        """What makes it one."""
        return TemplateKey(self.id, self.language, self.brand)

    def matter(self) -> Matter:
        """Return its fields as front matter holds them."""
        return Matter(
            id=self.id,
            intent=self.intent,
            language=self.language,
            title=self.title,
            channels=self.channels,
            when=self.when,
            version=self.version,
            brand=self.brand,
            owner=self.owner,
            review_date=self.review_date,
            draft=self.state is not TemplateState.APPROVED,
        )


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """What a template said in one version, who wrote it, and the last approval of that version."""

    record: TemplateRecord
    actor: str | None
    approved_by: str | None = None
    approved_at: datetime | None = None


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


def record_of(row: TemplateRow) -> TemplateRecord:
    """Return the newest text of a row as a record."""
    approval = None
    if row.approved_version is not None:
        approval = Approval(row.approved_version, row.approved_by, row.approved_at)
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
        owner=row.owner,
        review_date=row.review_date,
        approval=approval,
    )


def version_of(row: TemplateRow, version: TemplateVersionRow, state: TemplateState | None = None) -> TemplateRecord:
    """Return one version of a row as a record; `state` is the one it was stored with unless given."""
    return TemplateRecord(
        id=row.template_id,
        intent=version.intent,
        language=row.language,
        brand=row.brand or None,
        version=version.version,
        title=version.title,
        channels=tuple(Channel(name) for name in version.channels),
        when=version.when,
        body=version.body,
        state=state or TemplateState(version.state),
        source=version.source,
        updated_at=version.created_at,
        owner=version.owner,
        review_date=version.review_date,
        approval=record_of(row).approval,
    )
