"""May an order's data be used in an answer to this customer? Compared are id, e-mail, phone and, last, the name."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import Enum

from models.text.folding import fold
from tickets.records import Customer, Order

# Shorter numbers are extensions or typing slips; the last nine digits are the same with and without the prefix.
_PHONE_DIGITS = 7
_PHONE_TAIL = 9
_NAME_PARTS = re.compile(r"[^\W\d_]{2,}")


class Identity(Enum):
    """What comparing a customer with an order's buyer shows."""

    MATCHES = "matches"
    UNKNOWN = "unknown"
    CONTRADICTS = "contradicts"


def compare(customer: Customer | None, order: Order) -> Identity:
    """Compare who writes with who bought.

    One equal id, e-mail address or phone number proves it, however the name is written. If those that both sides have
    all differ, or only names are known and share no part, it contradicts. Nothing to compare is UNKNOWN.
    """
    if customer is None:
        return Identity.UNKNOWN
    pairs = (
        (_key(customer.id), _key(order.customer_id)),
        (_key(customer.email), _key(order.email)),
        (_phone(customer.phone), _phone(order.phone)),
    )
    strong = [left == right for left, right in pairs if left and right]
    if strong:
        return Identity.MATCHES if any(strong) else Identity.CONTRADICTS
    mine, theirs = _name(customer.name), _name(order.customer_name)
    if not mine or not theirs:
        return Identity.UNKNOWN
    return Identity.MATCHES if mine & theirs else Identity.CONTRADICTS


def proven(customer: Customer | None, order: Order) -> bool:
    """Say whether a customer is the buyer for sure: by id, e-mail address or phone number; a name is too common."""
    nameless = None if customer is None else replace(customer, name=None)
    return compare(nameless, order) is Identity.MATCHES


def _key(value: str | None) -> str:
    return (value or "").strip().casefold()


def _phone(value: str | None) -> str:
    digits = "".join(character for character in fold(value or "") if character.isdecimal())
    return digits[-_PHONE_TAIL:] if len(digits) >= _PHONE_DIGITS else ""


def _name(value: str | None) -> frozenset[str]:
    """Return the parts of a name; a name in characters without spaces is one part."""
    return frozenset(_NAME_PARTS.findall(fold(value or "")))
