"""Fold text for matching, one code point to one code point: offsets in the folded text are offsets in the text."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Letters whose base form no decomposition gives; Turkish dotted and dotless i meet in one letter on purpose.
_SINGLES = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ħ": "h", "ŧ": "t", "’": "'", "‘": "'", "ʼ": "'", "´": "'"}
# Writers of Arabic leave hamza, madda and the dots of final letters out as they please.
_ARABIC = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ک": "ك", "ی": "ي"}


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    table = {ord(key): value for key, value in (_SINGLES | _ARABIC).items()}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code).lower())[:1]
        if base.isascii():
            table.setdefault(code, base)
    for code in range(0xFF01, 0xFF5F):
        table[code] = chr(code - 0xFEE0).lower()
    for start in (0x660, 0x6F0):
        table.update({start + digit: str(digit) for digit in range(10)})
    for space in "\u00a0\u2007\u2009\u202f\u3000":
        table[ord(space)] = " "
    for dash in "\u2010\u2011\u2012\u2013\u2212":
        table[ord(dash)] = "-"
    return table


def fold(text: str) -> str:
    """Return the text in lower case without accents, of exactly the same length.

    Full-width forms become ASCII, Arabic digits become European ones, hyphens and spaces of all widths become plain.
    """
    # U+0130 is the one letter whose lower case is two code points.
    return text.replace("\u0130", "i").lower().translate(_table())


_DIGITS_AND_MARKS: dict[int, str] = {}


def plain_digits(text: str) -> str:
    """Return the text with digits, spaces, hyphens and full-width forms as ASCII, letters' case kept, length kept."""
    if text.isascii():
        return text
    if not _DIGITS_AND_MARKS:
        _DIGITS_AND_MARKS.update({key: value for key, value in _table().items() if not value.isalpha()})
        # Full-width letters keep their case here.
        _DIGITS_AND_MARKS.update({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
    return text.translate(_DIGITS_AND_MARKS)
