"""Writing a template's row: its newest text, its versions, and which of them is offered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from replies.stored import Change, TemplateKey, TemplateState
from tickets.audit import record
from tickets.errors import NotFoundError
from tickets.settings import value_of
from tickets.tables import SettingRow, TemplateRow, TemplateVersionRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from replies.templates import Template
    from tickets.database import Database

GENERATION = "templates_generation"
"""The setting that counts changes, so that every process notices them with one cheap query."""

_CHANGES = value_of(GENERATION)


def find_row(session: Session, key: TemplateKey) -> TemplateRow | None:
    """Return the row of a template, retired or not."""
    query = select(TemplateRow).where(
        TemplateRow.template_id == key.id,
        TemplateRow.language == key.language,
        TemplateRow.brand == (key.brand or ""),
    )
    return session.scalar(query)


def not_found(key: TemplateKey) -> NotFoundError:
    """Say that the shop has no such template."""
    of_brand = f" of brand {key.brand!r}" if key.brand else ""
    return NotFoundError(
        f"the shop has no template {key.id!r} in {key.language!r}{of_brand}",
        field="template",
        hint="Shipped templates are not stored: import one with the same id to change it.",
    )


def tidy_body(body: str) -> str:
    """Return a text with one kind of line break and none around it: as a file that is written and read again."""
    return body.replace("\r\n", "\n").replace("\r", "\n").strip("\n") + "\n"


def store_template(
    session: Session, template: Template, *, actor: str, approved: bool, keep_draft: bool = False
) -> tuple[TemplateRow, Change]:
    """Write a template where it differs from what is stored.

    Args:
        session: A transaction.
        template: What to store.
        actor: Who, for versions and audit.
        approved: Whether it is offered from now on; else the approved version before it stays in use.
        keep_draft: Whether a draft that waits outlives that its approved text comes once more.

    """
    content = _content(template)
    row = find_row(session, TemplateKey(template.id, template.language, template.brand))
    if row is not None and row.state != TemplateState.RETIRED.value:
        if _equal(row, content):
            if not approved or row.approved_version == row.version:
                return row, Change.UNCHANGED
            approve_version(session, row, row.version, actor)
            return row, Change.UPDATED
        if approved and keep_draft and row.approved_version is not None:
            offered = session.get(TemplateVersionRow, (row.pk, row.approved_version))
            if offered is not None and _equal(offered, content):
                return row, Change.UNCHANGED
    change = Change.ADDED if row is None or row.state == TemplateState.RETIRED.value else Change.UPDATED
    row = _write(session, row, template, content)
    _keep_version(session, row, actor, approved=approved)
    record(
        session,
        actor,
        f"template.{change.value}",
        row.template_id,
        language=row.language,
        brand=row.brand or None,
        version=row.version,
    )
    if approved:
        approve_version(session, row, row.version, actor)
    else:
        grow(session)
    return row, change


def approve_version(session: Session, row: TemplateRow, version: int, actor: str) -> None:
    """Offer a version of a template from now on."""
    now = datetime.now(UTC)
    row.approved_version, row.approved_by, row.approved_at = version, actor, now
    row.state = (TemplateState.APPROVED if version == row.version else TemplateState.DRAFT).value
    row.updated_at = now
    session.flush()
    grow(session)
    record(
        session,
        actor,
        "template.approved",
        row.template_id,
        language=row.language,
        brand=row.brand or None,
        version=version,
    )


def stored_count(database: Database) -> int:
    """Return how many changes there were."""
    return _count(database.value(_CHANGES))


def grow(session: Session) -> None:
    """Count a change, so that every process takes the templates up anew."""
    now = datetime.now(UTC)
    row = session.get(SettingRow, GENERATION, with_for_update=True)
    if row is None:
        session.add(SettingRow(name=GENERATION, value={"count": 1}, updated_at=now))
        session.flush()
    else:
        row.value, row.updated_at = {"count": _count(row.value) + 1}, now


def _count(value: object) -> int:
    count = value.get("count") if isinstance(value, dict) else 0
    return count if isinstance(count, int) else 0


def _content(template: Template) -> dict[str, Any]:
    return {
        "intent": template.intent,
        "title": template.title,
        "channels": [channel.value for channel in template.channels],
        "when": template.when,
        "body": template.body,
        "owner": template.owner,
        "review_date": template.review_date,
    }


def says_the_same(one: Template, other: Template) -> bool:
    """Tell whether two templates differ in nothing but their version and where they come from."""
    first, second = _content(one), _content(other)
    return {**first, "body": tidy_body(one.body)} == {**second, "body": tidy_body(other.body)}


def _equal(stored: TemplateRow | TemplateVersionRow, content: dict[str, Any]) -> bool:
    same = all(getattr(stored, name) == value for name, value in content.items() if name != "body")
    return same and tidy_body(stored.body) == tidy_body(content["body"])


def _write(session: Session, row: TemplateRow | None, template: Template, content: dict[str, Any]) -> TemplateRow:
    if row is None:
        row = TemplateRow(
            template_id=template.id, language=template.language, brand=template.brand or "", version=template.version
        )
        session.add(row)
    else:
        row.version = max(template.version, row.version + 1)
    for name, value in content.items():
        setattr(row, name, value)
    row.source = template.source or None
    row.state = TemplateState.DRAFT.value
    row.updated_at = datetime.now(UTC)
    session.flush()
    return row


def _keep_version(session: Session, row: TemplateRow, actor: str, *, approved: bool) -> None:
    """Keep the version for good."""
    session.add(
        TemplateVersionRow(
            template_pk=row.pk,
            version=row.version,
            intent=row.intent,
            title=row.title,
            channels=row.channels,
            when=row.when,
            body=row.body,
            state=(TemplateState.APPROVED if approved else TemplateState.DRAFT).value,
            source=row.source,
            actor=actor,
            created_at=row.updated_at,
            owner=row.owner,
            review_date=row.review_date,
        )
    )
