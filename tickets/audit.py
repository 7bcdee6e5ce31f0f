"""The audit trail: who did what, when. It never holds what people wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tickets.ids import new_id
from tickets.stored import AuditRecord
from tickets.tables import AuditRow
from tickets.tables.base import insert_into

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Plain = str | int | float | bool | None


def event(actor: str, action: str, subject_id: str, **detail: Plain) -> dict[str, Any]:
    """Return one event as a row, for `record_all`.

    Args:
        actor: Who: a key's name, a connector, or `deskhand`.
        action: What, as `<noun>.<past verb>`.
        subject_id: What it happened to.
        detail: Names, numbers and identifiers; no message text.
    """
    values = {"id": new_id(), "at": datetime.now(UTC), "actor": actor, "action": action}
    return {**values, "subject_id": subject_id, "detail": detail}


def record(session: Session, actor: str, action: str, subject_id: str, **detail: Plain) -> None:
    """Write one event in the transaction of what it tells of; for the arguments see `event`."""
    record_all(session, [event(actor, action, subject_id, **detail)])


def record_all(session: Session, events: list[dict[str, Any]]) -> None:
    """Write several events at once."""
    insert_into(session, AuditRow, events)


def events_of(session: Session, subject_id: str) -> tuple[AuditRecord, ...]:
    """Return the events of one subject, oldest first."""
    rows = session.scalars(select(AuditRow).where(AuditRow.subject_id == subject_id).order_by(AuditRow.id))
    return tuple(AuditRecord(r.id, r.at, r.actor, r.action, r.subject_id, r.detail) for r in rows)
