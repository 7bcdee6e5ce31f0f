"""Customers: remembered from messages, orders and calls, found again by number, e-mail or telephone."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select, update

from tickets.ids import new_id
from tickets.records import Customer
from tickets.tables import CustomerRow
from tickets.tables.base import insert_into
from tickets.texts import email_key, index_key, phone_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from tickets.database import Database

_FIELDS = tuple(f.name for f in fields(Customer) if f.name != "id")


class CustomerStore:
    """What is known of customers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_many(self, customers: Sequence[Customer], *, market: str | None = None) -> None:
        """Remember customers; what is known already is kept where a new record is silent."""
        with self._database.write() as session:
            for customer in customers:
                remember(session, customer, market)

    def get(self, customer_id: str) -> Customer | None:
        """Return the customer with the shop's number, or None."""
        with self._database.session() as session:
            row = session.scalar(select(CustomerRow).where(CustomerRow.customer_key == index_key(customer_id)))
            return None if row is None else as_customer(row)

    def find(self, value: str, *, market: str | None = None) -> list[Customer]:
        """Return the customers with this number, e-mail address or telephone number, the newest first, at most 20."""
        with self._database.session() as session:
            rows = session.scalars(
                select(CustomerRow).where(matches(value, market)).order_by(CustomerRow.pk.desc()).limit(20)
            )
            return [as_customer(row) for row in rows]


def matches(value: str, market: str | None = None) -> ColumnElement[bool]:
    """Return the condition that a customer is known by this number, e-mail address or telephone number."""
    if "@" in value:
        return CustomerRow.email_key == email_key(value)
    by_number = CustomerRow.customer_key == index_key(value)
    phone = phone_key(value, market)
    return or_(by_number, CustomerRow.phone_key == phone) if phone else by_number


def as_customer(row: CustomerRow) -> Customer:
    """Return a row as the record that others know."""
    return Customer(row.customer_id, row.name, row.email, row.phone, row.level, row.language)


@dataclass(frozen=True, slots=True)
class Known:
    """A customer with the key of its row."""

    pk: str
    customer: Customer


def remember(session: Session, customer: Customer, market: str | None) -> Known | None:
    """Find or create the customer within a transaction, and note what is new.

    The shop's number decides; without one an e-mail address, then a telephone number. A record with another number is
    never overwritten: two people may share a telephone.

    Returns:
        The customer with all that is known, or None where nothing at all is.
    """
    keys = {
        "customer_key": index_key(customer.id) if customer.id else None,
        "email_key": email_key(customer.email) if customer.email else None,
        "phone_key": (phone_key(customer.phone, market) or None) if customer.phone else None,
    }
    news: dict[str, str] = {name: value for name in _FIELDS if (value := getattr(customer, name))}
    if not news and not customer.id:
        return None
    row = _known(session, keys)
    now = datetime.now(UTC)
    if row is None:
        values = {**dict.fromkeys(_FIELDS), **news, **keys, "customer_id": customer.id}
        pk = new_id()
        insert_into(session, CustomerRow, {**values, "pk": pk, "created_at": now, "updated_at": now})
        return Known(pk, customer)
    known = Customer(row.customer_id, row.name, row.email, row.phone, row.level, row.language)
    whole = replace(known, **news, id=known.id or customer.id)
    if whole != known:
        plain = {name: getattr(whole, name) for name in _FIELDS}
        fresh_keys = {name: value for name, value in keys.items() if value is not None}
        values = {**plain, **fresh_keys, "customer_id": whole.id, "updated_at": now}
        session.execute(update(CustomerRow).where(CustomerRow.pk == row.pk).values(**values))
    return Known(row.pk, whole)


def _find_by(column: InstrumentedAttribute[str | None], *conditions: ColumnElement[bool]) -> Select[Any]:
    columns = (CustomerRow.pk, CustomerRow.customer_id, *(getattr(CustomerRow, name) for name in _FIELDS))
    return select(*columns).where(column == bindparam("key"), *conditions).order_by(CustomerRow.pk.desc()).limit(1)


_NUMBERLESS = CustomerRow.customer_key.is_(None)
_BY_NUMBER = _find_by(CustomerRow.customer_key)
_BY_EMAIL, _BY_PHONE = _find_by(CustomerRow.email_key), _find_by(CustomerRow.phone_key)
# A customer who gives a number is only met in a record that has none yet.
_BY_EMAIL_NUMBERLESS = _find_by(CustomerRow.email_key, _NUMBERLESS)
_BY_PHONE_NUMBERLESS = _find_by(CustomerRow.phone_key, _NUMBERLESS)


def _known(session: Session, keys: dict[str, str | None]) -> Row[Any] | None:
    numbered = keys["customer_key"] is not None
    attempts = (
        (_BY_NUMBER, keys["customer_key"]),
        (_BY_EMAIL_NUMBERLESS if numbered else _BY_EMAIL, keys["email_key"]),
        (_BY_PHONE_NUMBERLESS if numbered else _BY_PHONE, keys["phone_key"]),
    )
    connection = session.connection()
    for query, key in attempts:
        row = connection.execute(query, {"key": key}).first() if key else None
        if row is not None:
            return row
    return None
