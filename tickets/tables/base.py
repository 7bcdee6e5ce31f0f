"""The declarative base and the column types that mean the same on SQLite and PostgreSQL."""

# No postponed annotations here and in the tables: SQLAlchemy reads them at run time.
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, cast

from sqlalchemy import JSON, Date, DateTime, Insert, LargeBinary, MetaData, Table, Text, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from tickets.errors import InvalidInputError
from tickets.texts import storable

_CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class SafeText(TypeDecorator[str]):
    """Text of any length in which NUL and lone surrogates were replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make the text storable."""
        return None if value is None else storable(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC.

        Raises:
            InvalidInputError: The instant has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidInputError(f"{value.isoformat()} has no time zone", hint="give an offset, for example +00:00")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount, kept as decimal text: SQLite has no exact number."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Write the amount without an exponent."""
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """Read the amount."""
        return None if value is None else Decimal(value)


class Base(DeclarativeBase):
    """What all tables share: constraint names and the meaning of Python types."""

    metadata = MetaData(naming_convention=_CONSTRAINT_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: SafeText(),
        datetime: UtcDateTime(),
        date: Date(),
        Decimal: Money(),
        bytes: LargeBinary(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


def insert_into(session: Session, row: type[Base], values: dict[str, Any] | list[dict[str, Any]]) -> None:
    """Insert one row or several with the same columns, without the bookkeeping of mapped objects."""
    if values:
        session.connection().execute(_insert(row), values)


@cache
def _insert(row: type[Base]) -> Insert:
    # Building a statement costs more than running it.
    return insert(cast("Table", row.__table__))


def values_of(row: Base) -> dict[str, Any]:
    """Return the columns of a row that is in no session, for `insert_into`."""
    return {name: getattr(row, name) for name in row.__table__.columns.keys()}  # noqa: SIM118 not a dict
