"""What no marketplace carries: e-mail addresses, telephone numbers, links, masked ones included.

The rules of each marketplace are `replies.rules`; this check is the part that all share, for values and passages that
are put into a reply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from replies.rules.contact import Kind, contact_spots
from replies.rules.numbers import phone_spots
from replies.rules.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAMES = {
    Kind.EMAIL: "e-mail address",
    Kind.LINK: "link",
    Kind.CARRIER_LINK: "link",
    Kind.MARKETPLACE_LINK: "link",
    Kind.PHONE: "phone number",
    Kind.CARRIER_PHONE: "phone number",
}


def violations(text: str, known: Iterable[str] = ()) -> tuple[str, ...]:
    """Name what a marketplace would object to in a text, whichever it is.

    Args:
        text: A finished reply, or a value in it.
        known: Order and tracking numbers in it, which may look like phone numbers and are not.

    Returns:
        Any of `e-mail address`, `link`, `phone number`.

    """
    for value in known:
        if value:
            text = text.replace(value, " ")
    reading = Reading.of(text)
    found = {_NAMES.get(spot.kind) for spots in (contact_spots(reading), phone_spots(reading)) for spot in spots}
    return tuple(name for name in dict.fromkeys(_NAMES.values()) if name in found)
