"""Find the order that a message speaks of, and hand it out only where the sender may see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tickets.records import Entity, Message, Order
from triage.identity import Identity, compare
from triage.parts import OrderSource

UNSURE = ("code", "sku", "invoice")
"""Kinds of numbers that look like some shops' order numbers; the shop's own orders tell."""

# A message that names more numbers than this gets no better by looking all of them up.
_MAX_LOOKUPS = 5


@dataclass(frozen=True, slots=True)
class Lookup:
    """The order that a message is about, if any, and the numbers of unsure kind that turned out to be order numbers."""

    order: Order | None = None
    proven: frozenset[str] = frozenset()

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
            identity = compare(message.customer, order)
            usable = identity is Identity.MATCHES or (identity is Identity.UNKNOWN and not proof)
            # Strangers could try numbers out: for them a kind changes only where the order is theirs.
            if exact and number in unsure and (usable or not proof):
                proven.add(number)
            if usable and chosen is None:
                chosen = order
    return Lookup(chosen, frozenset(proven))


def _numbers(message: Message, entities: Sequence[Entity]) -> tuple[list[str], set[str], set[str]]:
    """Return the numbers to look up, those that name a parcel or an order for sure, and those of unsure kind."""
    # Stores also find orders by e-mail address; a number is all that a message may ask for.
    sure = [message.order_id] if message.order_id and "@" not in message.order_id else []
    sure += [entity.value for kind in ("order", "tracking") for entity in entities if entity.kind == kind]
    unsure = [entity.value for kind in UNSURE for entity in entities if entity.kind == kind]
    return list(dict.fromkeys([*sure, *unsure]))[:_MAX_LOOKUPS], set(sure), set(unsure)
