"""The level of a chatbot's customer: as sent, else as the shop knows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tickets.customers import CustomerStore
    from tickets.records import Customer, Message
    from triage.bot_policy import PeopleOnly


def with_level(customers: CustomerStore, message: Message, people_only: PeopleOnly) -> Message:
    """Return the message with its customer's level, looked up where none was sent.

    Whoever the customer may be counts: by number, by e-mail address and by telephone number. A level that people serve
    goes before any other, for a wrong one then only costs a person's time.
    """
    customer = message.customer
    if customer is None or (customer.level or "").strip():
        return message
    levels = list(_levels(customers, customer, message.market))
    level = next((level for level in levels if people_only.serves(level)), next(iter(levels), None))
    return message if level is None else replace(message, customer=replace(customer, level=level))


def _levels(customers: CustomerStore, customer: Customer, market: str | None) -> Iterator[str]:
    known = customers.get(customer.id) if customer.id else None
    found = [known] if known else []
    for value in filter(None, (customer.email, customer.phone)):
        found += customers.find(value, market=market)
    yield from (one.level for one in found if one.level)
