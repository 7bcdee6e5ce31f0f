"""The form of a reply: emoji, empty lines, markup, length, and the language it is written in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from replies.rules.contact import Kind, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARACTERS = 2_000

EMOJI = re.compile(
    "[\u2600-\u27bf\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u231a\u231b\u23e9-\u23fa\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]"
    "[\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff\u2640\u2642\u2600-\u27bf\U0001f300-\U0001faff]*"
)
LINE_BREAKS = re.compile(r"\n(?:[ \t]{0,20}\n){2,}")
MARKUP = re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>|&(?:amp|nbsp|lt|gt|quot|#\d{1,5});")
IMPORTANT = re.compile(
    r"[\[【]\s?(?:important|wichtig|importante?|importante|belangrijk|ważne|önemli|هام|重要)\s?[\]】]", re.IGNORECASE
)


def style_spots(text: str) -> Iterator[Spot]:
    """Yield what the form of a text offends against, as ranges of the text itself."""
    if not text.isascii():
        yield from (Spot(Kind.EMOJI, match.start(), match.end()) for match in EMOJI.finditer(text))
    if "\n" in text:
        yield from (Spot(Kind.LINE_BREAKS, match.start(), match.end()) for match in LINE_BREAKS.finditer(text))
    if "<" in text or "&" in text:
        yield from (Spot(Kind.MARKUP, match.start(), match.end()) for match in MARKUP.finditer(text))
    if "[" in text or "【" in text:
        yield from (Spot(Kind.IMPORTANT, match.start(), match.end()) for match in IMPORTANT.finditer(text))
    if len(text) > MAX_CHARACTERS:
        yield Spot(Kind.LENGTH, MAX_CHARACTERS, len(text))
