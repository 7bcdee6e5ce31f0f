"""Put the steps of cleaning together."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.text.html import html_to_text
from models.text.invisible import strip_invisible
from models.text.quotes import split_quotes
from models.text.signature import split_signature

_MANY_BLANK = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class CleanText:
    """The parts of a message: `text` is the customer's own words, the rest is kept for those who want to look."""

    text: str
    quoted: str = ""
    signature: str = ""


def clean(raw: str, *, html: bool = False) -> CleanText:
    """Reduce a message to what the customer wrote; time is linear in its length.

    Where nothing but quoted text or a signature is there, that is what the customer sent, and it is returned as text.

    Args:
        raw: The message as it came.
        html: Whether `raw` is HTML.

    """
    text = strip_invisible(html_to_text(raw) if html else raw)
    own, quoted = split_quotes(text)
    own, signature = split_signature(own)
    own = _tidy(own)
    if not own:
        return CleanText(_tidy(text))
    return CleanText(own, _tidy(quoted), _tidy(signature))


def _tidy(text: str) -> str:
    # A pattern such as `[ \t]+\n` would be quadratic on a long run of blanks.
    return _MANY_BLANK.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()
