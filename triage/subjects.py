"""Subjects of mails without what mail programs put in front of them."""

from __future__ import annotations

import re

# Reply and forward marks of the twelve languages' mail programs; ten of them in a row are more than any mail has.
_MARK = re.compile(
    r"\s{0,5}(?:re|aw|wg|fw|fwd|sv|vs|tr|rv|rif|r|i|odp|pd|res|enc|ynt|ilt|antw|doorst"
    r"|回复|答复|转发|回覆|轉寄|رد|إعادة توجيه)"
    r"(?:\[\d{1,3}\])?\s{0,3}[:：]",
    re.IGNORECASE,
)
_MAX_MARKS = 10
_MAX_SUBJECT = 1_000


def strip_subject(subject: str) -> str:
    """Return the subject on one line, without "Re:", "Fwd:", "AW:" and their like, at most 1,000 characters long."""
    text = " ".join(subject[: 4 * _MAX_SUBJECT].split())
    for _ in range(_MAX_MARKS):
        mark = _MARK.match(text)
        if mark is None:
            break
        text = text[mark.end() :]
    return text.strip()[:_MAX_SUBJECT]
