"""Find the order that a message speaks of, and hand it out only where the sender may see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tickets.records import Customer, Entity, Message, Order, OrderState
from tickets.sources import OrderSource
from tickets.texts import phone_key
from triage.identity import Identity, compare
from triage.identity import proven as is_proven

UNSURE = ("code", "sku", "invoice")
"""Kinds of numbers that look like some shops' order numbers; the shop's own orders tell."""

# A message that names more numbers than this gets no better by looking all of them up.
_MAX_LOOKUPS = 5

_UNDER_WAY = frozenset(
    {OrderState.UNPAID, OrderState.PROCESSING, OrderState.SHIPPED, OrderState.LATE, OrderState.RETURNING}
)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The order that a message is about, if any, and the numbers of unsure kind that turned out to be order numbers.

    `found_by` says in words by what the order was found, where the message names none.
    """

    order: Order | None = None
    proven: frozenset[str] = frozenset()
    found_by: str | None = None

    def corrected(self, entities: Iterable[Entity]) -> tuple[Entity, ...]:
        """Return entities with the kind `order` for those numbers."""
        return tuple(
            replace(entity, kind="order") if entity.kind in UNSURE and entity.value in self.proven else entity
            for entity in entities
        )


def find_order(orders: OrderSource, message: Message, entities: Iterable[Entity], *, proof: bool) -> Lookup:
    """Look up the order that a message is about.

    The number that the sender's system gave comes first, then the order numbers in the text, the tracking numbers, and
    what looks like a code, an article or an invoice but is exactly the number of an order. An order whose buyer
    contradicts the message's customer is never returned. With `proof`, nothing shows whether such an order exists.

    A message without any number is about the one order of its sender, or the one that is under way: found by the
    sender's own e-mail address or telephone number, never by one that stands in the text.

    Args:
        orders: Where to look.
        message: The message with its customer.
        entities: What was found in text and subject.
        proof: Whether the customer must be shown to be the buyer; without it, nothing to compare is enough.
    """
    numbers, sure, unsure = _numbers(message, tuple(entities))
    chosen: Order | None = None
    proven: set[str] = set()
    for number in numbers:
        if chosen is not None and number not in unsure:
            continue
        for order in orders.find(number):
            exact = order.id.casefold() == number.casefold()
            if not exact and number not in sure:
                continue
            usable = _usable(message.customer, order, proof=proof)
            # Strangers could try numbers out: for them a kind changes only where the order is theirs.
            if exact and number in unsure and (usable or not proof):
                proven.add(number)
            if usable and chosen is None:
                chosen = order
    if not numbers:
        return _of_sender(orders, message)
    return Lookup(chosen, frozenset(proven))


def _usable(customer: Customer | None, order: Order, *, proof: bool) -> bool:
    """Say whether an order's data may be used; a name alone proves nothing to a machine, for many share it."""
    return is_proven(customer, order) if proof else compare(customer, order) is not Identity.CONTRADICTS


def _of_sender(orders: OrderSource, message: Message) -> Lookup:
    customer = message.customer
    if customer is None:
        return Lookup()
    ways = (
        ("e-mail address", customer.email if "@" in (customer.email or "") else None),
        ("telephone number", phone_key(customer.phone, message.market) if customer.phone else None),
    )
    for name, value in ways:
        # Only a number in international form belongs to one person alone.
        if not value or (name == "telephone number" and not value.startswith("+")):
            continue
        mine = [order for order in orders.find(value) if compare(customer, order) is Identity.MATCHES]
        under_way = [order for order in mine if order.state in _UNDER_WAY]
        for found in (mine, under_way):
            if len(found) == 1:
                return Lookup(found[0], found_by=name)
        if mine:
            break
    return Lookup()


def _numbers(message: Message, entities: Sequence[Entity]) -> tuple[list[str], set[str], set[str]]:
    """Return the numbers to look up, those that name a parcel or an order for sure, and those of unsure kind."""
    # Stores also find orders by e-mail address; a number is all that a message may ask for.
    sure = [message.order_id] if message.order_id and "@" not in message.order_id else []
    sure += [entity.value for kind in ("order", "tracking") for entity in entities if entity.kind == kind]
    unsure = [entity.value for kind in UNSURE for entity in entities if entity.kind == kind]
    return list(dict.fromkeys([*sure, *unsure]))[:_MAX_LOOKUPS], set(sure), set(unsure)
