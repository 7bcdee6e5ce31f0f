"""Find the order that a message speaks of, and hand it out only where the sender may see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tickets.records import Entity, Message, Order
from triage.identity import Identity, compare
from triage.parts import OrderSource

# A message that names more numbers than this gets no better by looking all of them up.
_MAX_LOOKUPS = 5


def find_order(orders: OrderSource, message: Message, entities: Iterable[Entity], *, proof: bool) -> Order | None:
    """Return the order that the message is about, or None.

    The number that the sender's system gave comes first, then the order numbers in the text, then the tracking numbers.
    An order whose buyer contradicts the message's customer is never returned.

    Args:
        orders: Where to look.
        message: The message with its customer.
        entities: What was found in text and subject.
        proof: Whether the customer must be shown to be the buyer; without it, nothing to compare is enough.
    """
    for number in _numbers(message, entities):
        for order in orders.find(number):
            identity = compare(message.customer, order)
            if identity is Identity.MATCHES or (identity is Identity.UNKNOWN and not proof):
                return order
    return None


def _numbers(message: Message, entities: Iterable[Entity]) -> Iterator[str]:
    found = tuple(entities)
    # Stores also find orders by e-mail address; a number is all that a message may ask for.
    numbers = [message.order_id] if message.order_id and "@" not in message.order_id else []
    numbers += [entity.value for kind in ("order", "tracking") for entity in found if entity.kind == kind]
    yield from list(dict.fromkeys(numbers))[:_MAX_LOOKUPS]
