"""A reply as a reader sees it: look-alike letters, full-width and circled forms and invisible characters undone."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

from models.text.folding import fold
from tickets.rulefile import read_data

# What nobody sees, and marks on a letter: soft hyphens, zero widths, directions, fillers, variation selectors, keycaps,
# tags.
_UNSEEN = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u0640\u064b-\u0652\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u20e3"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_COMPATIBLE = ((0xAA, 0xBB), (0x2070, 0x20A0), (0x2100, 0x2190), (0x2460, 0x2500), (0x2776, 0x2794), (0x24EA, 0x2500))
_COMPATIBLE_ASTRAL = ((0x1D400, 0x1D800), (0x1F100, 0x1F190), (0x1FBF0, 0x1FBFA))
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？؟\n]")
_CLAUSE_END = re.compile(r"[,;:，、；：،؛]|[.!?](?=\s|$)|[。！？؟\n]")
_WORDS = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    loaded = read_data(files("replies.rules").joinpath("lookalikes.yaml").read_text(encoding="utf-8"))
    table = {ord(key): str(value) for group in loaded.values() for key, value in group.items()}
    for first, last in (*_COMPATIBLE, *_COMPATIBLE_ASTRAL):
        for code in range(first, last):
            plain = unicodedata.normalize("NFKC", chr(code)).lower()
            digit = unicodedata.digit(chr(code), None)
            if len(plain) == 1 and plain.isascii() and plain.isalnum():
                table.setdefault(code, plain)
            elif digit is not None:
                table.setdefault(code, str(digit))
    return table


def canonical(text: str) -> str:
    """Return a text without unseen characters, in lower case and with look-alike letters as what they are read as."""
    if text.isascii():
        return text.lower()
    return fold(_UNSEEN.sub("", text)).translate(_table())


@dataclass(frozen=True)
class Reading:
    """A text, and what is read there: `plain` has one character for each visible one.

    Offsets in `plain` become offsets in `text` by `span`.
    """

    text: str
    plain: str
    places: tuple[int, ...] | None

    @classmethod
    def of(cls, text: str) -> Reading:
        """Read a text."""
        if text.isascii() or not _UNSEEN.search(text):
            return cls(text, canonical(text), None)
        places = tuple(place for place, letter in enumerate(text) if not _UNSEEN.match(letter))
        return cls(text, canonical(text), places)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Turn a range of `plain` into one of `text`."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1

    @cached_property
    def words(self) -> list[str]:
        """The words in it, in their order, folded."""
        return _WORDS.findall(self.plain)

    @cached_property
    def ends(self) -> list[int]:
        """Where its sentences end, behind the mark."""
        return [match.end() for match in _SENTENCE_END.finditer(self.plain)]

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the sentences that a range lies in, without the space around them."""
        before, behind = bisect_right(self.ends, start), bisect_left(self.ends, end)
        first = self.ends[before - 1] if before else 0
        last = self.ends[behind] if behind < len(self.ends) else len(self.plain)
        while first < start and self.plain[first].isspace():
            first += 1
        while last > end and self.plain[last - 1].isspace():
            last -= 1
        return first, last

    def clause(self, start: int) -> int:
        """Return where the clause begins that a place lies in."""
        begin = 0
        for match in _CLAUSE_END.finditer(self.plain, max(0, start - 200), start):
            begin = match.end()
        return max(begin, start - 200)

    def clause_end(self, end: int) -> int:
        """Return where the clause ends that a place lies in."""
        match = _CLAUSE_END.search(self.plain, end)
        return match.start() if match else len(self.plain)
