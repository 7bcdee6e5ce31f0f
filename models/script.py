"""Name the script of a text by the code points of its letters (ISO 15924)."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

# (first, last, script); kana decides for Japanese, which writes Han characters as well.
_RANGES = (
    (0x41, 0x5A, "Latn"), (0x61, 0x7A, "Latn"), (0xAA, 0xAA, "Latn"), (0xBA, 0xBA, "Latn"), (0xC0, 0x24F, "Latn"),
    (0x250, 0x2AF, "Latn"), (0x370, 0x3FF, "Grek"), (0x400, 0x52F, "Cyrl"), (0x530, 0x58F, "Armn"),
    (0x590, 0x5FF, "Hebr"), (0x600, 0x6FF, "Arab"), (0x750, 0x77F, "Arab"), (0x8A0, 0x8FF, "Arab"),
    (0x900, 0x97F, "Deva"), (0x980, 0x9FF, "Beng"), (0xA00, 0xA7F, "Guru"), (0xA80, 0xAFF, "Gujr"),
    (0xB80, 0xBFF, "Taml"), (0xC00, 0xC7F, "Telu"), (0xC80, 0xCFF, "Knda"), (0xD00, 0xD7F, "Mlym"),
    (0xD80, 0xDFF, "Sinh"), (0xE00, 0xE7F, "Thai"), (0xE80, 0xEFF, "Laoo"), (0x1000, 0x109F, "Mymr"),
    (0x10A0, 0x10FF, "Geor"), (0x1100, 0x11FF, "Kore"), (0x1200, 0x137F, "Ethi"), (0x1780, 0x17FF, "Khmr"),
    (0x1E00, 0x1EFF, "Latn"), (0x1F00, 0x1FFF, "Grek"), (0x3041, 0x30FF, "Jpan"), (0x3130, 0x318F, "Kore"),
    (0x3400, 0x4DBF, "Hani"), (0x4E00, 0x9FFF, "Hani"), (0xAC00, 0xD7AF, "Kore"), (0xF900, 0xFAFF, "Hani"),
    (0xFB50, 0xFDFF, "Arab"), (0xFE70, 0xFEFC, "Arab"), (0xFF21, 0xFF5A, "Latn"), (0xFF66, 0xFF9F, "Jpan"),
    (0x20000, 0x3134F, "Hani"),
)  # fmt: skip
_LOOKED_AT = 2_000
COMMON = "Zyyy"


def script_of(text: str) -> str:
    """Return the script of most letters among the first 2,000 characters, "Zyyy" where there are none."""
    counts: Counter[str] = Counter()
    for char, times in Counter(text[:_LOOKED_AT]).items():
        if char.isalpha():
            counts[_script_of_char(char)] += times
    if not counts:
        return COMMON
    if counts["Jpan"] and counts["Jpan"] + counts["Hani"] >= max(counts.values()):
        # A few kana among Han characters make the text Japanese; one alone may be a decoration.
        return "Jpan" if counts["Jpan"] * 12 >= counts["Hani"] else "Hani"
    return counts.most_common(1)[0][0]


@lru_cache(maxsize=4_096)
def _script_of_char(char: str) -> str:
    point = ord(char)
    for first, last, name in _RANGES:
        if first <= point <= last:
            return name
    return "Zzzz"
