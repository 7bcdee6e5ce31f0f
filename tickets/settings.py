"""Facts and counters of the shop that every process must see alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tickets.tables import SettingRow

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session


def read_setting(session: Session, name: str, default: Any = None) -> Any:  # noqa: ANN401 any JSON value
    """Return a setting, or the default where it was never written."""
    row = session.get(SettingRow, name)
    return default if row is None else row.value


def value_of(name: str) -> Select[Any]:
    """Return the query for a setting's value, to be made once and asked often: see `Database.value`."""
    return select(SettingRow.value).where(SettingRow.name == name)


def write_setting(session: Session, name: str, value: Any) -> None:  # noqa: ANN401 any JSON value
    """Write a setting in the transaction that makes it true."""
    session.merge(SettingRow(name=name, value=value, updated_at=datetime.now(UTC)))


def count_up(session: Session, name: str) -> int:
    """Raise a counter by one, and return it; two writers never get the same number."""
    row = session.scalar(select(SettingRow).where(SettingRow.name == name).with_for_update())
    if row is None:
        session.add(SettingRow(name=name, value=1, updated_at=datetime.now(UTC)))
        return 1
    row.value = int(row.value) + 1
    row.updated_at = datetime.now(UTC)
    return int(row.value)
