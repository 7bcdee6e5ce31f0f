"""Orders: what the shop knows, so that a message about one can be understood and answered."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from tickets.order_import import Refused, parse_orders, parse_rows, read_orders
from tickets.order_merge import Told, completed
from tickets.order_state import state_on
from tickets.records import Order, OrderItem, OrderState, Shipment
from tickets.tables import OrderParcelRow, OrderRow
from tickets.tables.base import insert_into
from tickets.texts import email_key, index_key, number_key, order_key, phone_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select, Table
    from sqlalchemy.orm import Session

    from tickets.database import Database

__all__ = ["OrderStore", "Refused", "Told", "parse_orders", "parse_rows", "read_orders"]

_AT_ONCE = 500
_MOST_FOUND = 20
_PLAIN = tuple(f.name for f in fields(Order) if f.name not in {"state", "items", "shipments"})
# What an order is read from: columns of the table cost half as much as objects of the row's class.
_READ = tuple(cast("Table", OrderRow.__table__).c[name] for name in (*_PLAIN, "state", "items", "shipments"))


def utc_today() -> date:
    """Return the present day in UTC."""
    return datetime.now(UTC).date()


class OrderStore:
    """The shop's orders, found by any number that a customer may give.

    Args:
        database: Where they are kept.
        today: The day by which an order is late; a shop far from Greenwich gives its own.
    """

    def __init__(self, database: Database, *, today: Callable[[], date] = utc_today) -> None:
        self._database = database
        self._today = today

    def put_many(self, orders: Sequence[Order]) -> None:
        """Store orders, all or none; a known order number is replaced, and of two with one number the last counts."""
        latest = list({order_key(order.id): order for order in orders}.values())
        with self._database.write() as session:
            for start in range(0, len(latest), _AT_ONCE):
                _store(session, latest[start : start + _AT_ONCE])

    def merge_many(self, told: Sequence[Told]) -> None:
        """Store what a file tells of orders, all or none: of a known order, what it has no column for stays."""
        with self._database.write() as session:
            for start in range(0, len(told), _AT_ONCE):
                page = told[start : start + _AT_ONCE]
                known = select(*_READ).where(OrderRow.order_key.in_({order_key(one.order.id) for one in page}))
                found = [_as_order(row) for row in session.execute(known.with_for_update())]
                orders = {order_key(order.id): order for order in found}
                for one in page:
                    before = orders.get(order_key(one.order.id))
                    orders[order_key(one.order.id)] = one.order if before is None else completed(before, one)
                _store(session, list(orders.values()))

    def get(self, order_id: str) -> Order | None:
        """Return the order with this number, or None."""
        return next(iter(self._found(_BY_ORDER, {"order": order_key(order_id)})), None)

    def find(self, value: str) -> list[Order]:
        """Return the orders with this order number, tracking number, e-mail address or telephone number.

        Letters and digits alone count in numbers. The newest come first, at most 20.
        """
        return self._found(*_asked(value))

    def of_customer(self, customer_id: str) -> list[Order]:
        """Return the orders of the customer with this number at the shop, the newest first, at most 20."""
        return self._found(_BY_CUSTOMER, {"customer": index_key(customer_id)})

    def all(self) -> Iterator[Order]:
        """Yield every order by its number; it reads page by page, so that writers are not held up."""
        last = ""
        while True:
            page = self._found(_PAGE, {"last": last})
            yield from page
            if not page:
                return
            last = order_key(page[-1].id)

    def _found(self, query: Select[Any], keys: Mapping[str, str]) -> list[Order]:
        today = self._today()
        orders = (_as_order(row) for row in self._database.ask(query, keys))
        return [replace(order, state=state_on(order, today)) for order in orders]


def _newest_where(condition: ColumnElement[bool]) -> Select[Any]:
    newest = OrderRow.placed_at.desc().nulls_last()
    return select(*_READ).where(condition).order_by(newest, OrderRow.order_key).limit(_MOST_FOUND)


# Made once: putting a query together takes longer than asking it, and every message that names a number asks one.
_HAS_NUMBER = or_(
    OrderRow.number_key == bindparam("number"),
    OrderRow.tracking_key == bindparam("number"),
    OrderRow.order_key.in_(select(OrderParcelRow.order_key).where(OrderParcelRow.tracking_key == bindparam("number"))),
)
_PAGE = select(*_READ).where(OrderRow.order_key > bindparam("last")).order_by(OrderRow.order_key).limit(_AT_ONCE)
_BY_CUSTOMER = _newest_where(OrderRow.customer_key == bindparam("customer"))
_BY_EMAIL = _newest_where(OrderRow.email_key == bindparam("email"))
_BY_ORDER = _newest_where(OrderRow.order_key == bindparam("order"))
_BY_NUMBER = _newest_where(_HAS_NUMBER)
_BY_NUMBER_OR_PHONE = _newest_where(or_(_HAS_NUMBER, OrderRow.phone_key == bindparam("phone")))


def _asked(value: str) -> tuple[Select[Any], dict[str, str]]:
    """Return the query that finds orders by a value, and the keys it is asked with."""
    if "@" in value:
        return _BY_EMAIL, {"email": email_key(value)}
    number = number_key(value)
    if not number:
        return _BY_ORDER, {"order": order_key(value)}
    if value.strip().startswith(("+", "00", "0", "(")):
        return _BY_NUMBER_OR_PHONE, {"number": number, "phone": phone_key(value)}
    return _BY_NUMBER, {"number": number}


def _store(session: Session, orders: Sequence[Order]) -> None:
    now = datetime.now(UTC)
    rows = [_values(order, now) for order in orders]
    _upsert(session, rows)
    _keep_parcels(session, rows, {order_key(order.id): _further_parcels(order) for order in orders})


def _values(order: Order, now: datetime) -> dict[str, Any]:
    plain = {name: getattr(order, name) for name in _PLAIN}
    items = [
        {
            "name": i.name,
            "sku": i.sku,
            "quantity": i.quantity,
            "price": None if i.price is None else format(i.price, "f"),
        }
        for i in order.items
    ]
    return {
        **plain,
        "state": order.state,
        "items": items,
        "shipments": [_written_shipment(parcel) for parcel in order.shipments],
        "order_key": order_key(order.id),
        "number_key": number_key(order.id),
        "tracking_key": number_key(order.tracking) if order.tracking else None,
        "email_key": email_key(order.email) if order.email else None,
        "phone_key": phone_key(order.phone, order.market) if order.phone else None,
        "customer_key": index_key(order.customer_id) if order.customer_id else None,
        "updated_at": now,
    }


def _upsert(session: Session, rows: list[dict[str, Any]]) -> None:
    table = cast("Table", OrderRow.__table__)
    of_sqlite = session.get_bind().dialect.name == "sqlite"
    statement: Any = sqlite.insert(table) if of_sqlite else postgresql.insert(table)
    news = {name: statement.excluded[name] for name in rows[0] if name != "order_key"}
    session.connection().execute(statement.on_conflict_do_update(index_elements=["order_key"], set_=news), rows)


def _further_parcels(order: Order) -> set[str]:
    """Return the keys of the tracking numbers that an order has beside its main one."""
    numbers = {parcel.tracking for parcel in order.shipments} | {order.return_tracking}
    return {number_key(number) for number in numbers - {order.tracking, None} if number and number_key(number)}


def _keep_parcels(session: Session, rows: list[dict[str, Any]], parcels: Mapping[str, set[str]]) -> None:
    """Let orders be found by each of these numbers and no longer by those they had before."""
    keys = [row["order_key"] for row in rows]
    session.execute(delete(OrderParcelRow).where(OrderParcelRow.order_key.in_(keys)))
    numbers = [{"order_key": key, "tracking_key": number} for key in keys for number in sorted(parcels[key])]
    insert_into(session, OrderParcelRow, numbers)


def _written_shipment(parcel: Shipment) -> dict[str, str | None]:
    written = {name: getattr(parcel, name) for name in _SHIPMENT_TEXTS}
    days = {name: getattr(parcel, name) for name in _SHIPMENT_DAYS}
    return {**written, **{name: day.isoformat() if day else None for name, day in days.items()}}


def _read_shipment(stored: Mapping[str, str | None]) -> Shipment:
    days = {name: date.fromisoformat(day) if (day := stored[name]) else None for name in _SHIPMENT_DAYS}
    return Shipment(stored["carrier"], stored["tracking"], stored["tracking_url"], **days)


_SHIPMENT_TEXTS = ("carrier", "tracking", "tracking_url")
_SHIPMENT_DAYS = ("shipped_at", "expected_at", "delivered_at")


def _as_order(row: Sequence[Any]) -> Order:
    """Return the order that stands in the columns of `_READ`."""
    *plain, state, items, shipments = row
    return Order(
        **dict(zip(_PLAIN, plain, strict=True)),
        state=OrderState(state),
        items=tuple(
            OrderItem(i["name"], i["sku"], i["quantity"], None if i["price"] is None else Decimal(i["price"]))
            for i in items
        ),
        shipments=tuple(_read_shipment(parcel) for parcel in shipments or ()),
    )
