"""Customers' words with what names a person taken out, for reports that more people read than the tickets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from tickets.records import Customer

# What leads to a person or an order; amounts, dates and products stay, since they say what a question is about.
PERSONAL = frozenset({"order", "tracking", "email", "phone", "person", "place", "code", "invoice"})
_EMAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
# A run with at least five digits in it is a number of somebody's or of something's, not a size or a price.
_NUMBER = re.compile(r"\+?\d(?:[ ./-]?\d){4,}")
_PLACEHOLDER = re.compile(r"\[[a-z]+\]")
_MIN_NAME_CHARS = 3
# A salutation or a name under a letter stands on a short line of its own.
_SHORT_LINE_WORDS = 4
_SENTENCE_END = (".", "!", "?", "…", ":", "。", "！", "？", "؟")


def masked(text: str, entities: Sequence[Mapping[str, Any]], customer: Customer | None = None) -> str:
    """Replace personal data by its kind in brackets, and leave out salutation and signature.

    What was found when the message was decided is masked, the customer's own data, and whatever looks like an
    address or a long number. A name in the middle of a sentence that nobody told of stays.

    Args:
        text: The text that was decided.
        entities: Its entities as the decision's document holds them: `kind`, `start` and `end` in code points.
        customer: Who wrote, where known.

    """
    for entity in sorted(entities, key=lambda entity: -int(entity["start"])):
        if entity["kind"] in PERSONAL:
            text = f"{text[: entity['start']]}[{entity['kind']}]{text[entity['end'] :]}"
    text = _NUMBER.sub("[number]", _EMAIL.sub("[email]", _LINK.sub("[link]", text)))
    for name in _names(customer):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[person]", text, flags=re.IGNORECASE)
    return _letter_body(text)


def without_masks(text: str) -> str:
    """Take the bracketed kinds out, so that only the customer's words are left."""
    return _PLACEHOLDER.sub(" ", text)


def _names(customer: Customer | None) -> Iterable[str]:
    if customer is None:
        return ()
    parts = [customer.name or "", *(customer.name or "").split(), customer.id or ""]
    return sorted({part for part in parts if len(part) >= _MIN_NAME_CHARS}, key=len, reverse=True)


def _letter_body(text: str) -> str:
    """Leave out the short first and last lines of a letter; a text that is nothing else stays whole."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    body = lines[1:] if len(lines) > 1 and _is_frame(lines[0]) else lines
    while len(body) > 1 and _is_frame(body[-1]):
        body = body[:-1]
    return " ".join(body)


def _is_frame(line: str) -> bool:
    return len(line.split()) <= _SHORT_LINE_WORDS and not line.endswith(_SENTENCE_END)
