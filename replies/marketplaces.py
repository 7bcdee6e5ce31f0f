"""What a message through a marketplace may not hold: e-mail addresses, phone numbers, links.

The marketplaces' own rules differ in detail (`docs/templates.md` names them); this check is the part that all share,
and it rather refuses a harmless text than lets a forbidden one through.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Every repetition is bounded, so that the time stays linear in the text.
_EMAIL = re.compile(r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}\.\w{2,24}")
_LINK = re.compile(
    r"https?://|ftp://|www\.|\b(?=[0-9-]{0,20}[a-z])[a-z0-9-]{2,63}\.(?:com|net|org|info|biz|shop|store|online|io|co|eu|de|at|ch|fr|it|es|pt|nl|be|pl|"
    r"tr|uk|us|ca|br|mx|jp|cn|hk|tw|ae|sa|eg|example)(?:/|\b(?!\.?\w))",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w-])(?:(?:\+|00)\d[\d ()./-]{6,18}\d"  # +49 30 123456
    r"|\(?0\d{1,5}\)?[ /.-]{1,3}\d[\d /.-]{4,14}\d"  # 030 / 123 456
    r"|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}"  # (555) 123-4567
    r"|0\d{9,11})(?![\w-])"  # 0301234567
)


def violations(text: str, known: Iterable[str] = ()) -> tuple[str, ...]:
    """Name what a marketplace would object to in a text.

    Args:
        text: A finished reply.
        known: Order and tracking numbers in it, which may look like phone numbers and are not.

    Returns:
        Any of `e-mail address`, `link`, `phone number`.

    """
    for value in known:
        if value:
            text = text.replace(value, " ")
    found = []
    if _EMAIL.search(text):
        found.append("e-mail address")
    if _LINK.search(text):
        found.append("link")
    if _PHONE.search(text):
        found.append("phone number")
    return tuple(found)
