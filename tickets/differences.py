"""What somebody changed in a suggested reply, worked out from the two texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

# Words, single marks and runs of white space; scripts without spaces go letter by letter.
_TOKENS = re.compile(r"[^\W\u3040-\u30ff\u3400-\u9fff]+|\s+|.", re.DOTALL)
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
# Comparing takes up to the product of both lengths: beyond this, lines are compared instead of words.
_MOST_PAIRS = 4_000_000
_MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Change:
    """One change: at which character of the suggested text (code points), what stood there, what stands there now."""

    at: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes, and `kept`: the share of both texts that is common, from 0 to 1."""

    changes: tuple[Change, ...]
    kept: float


def difference(suggested: str, sent: str) -> Difference:
    """Compare a suggested text with what was sent; white space around them counts for nothing."""
    old_text, new_text = suggested.strip(), sent.strip()
    if old_text == new_text:
        return Difference((), 1.0)
    old, new = _TOKENS.findall(old_text), _TOKENS.findall(new_text)
    if len(old) * len(new) > _MOST_PAIRS:
        old, new = _LINES.findall(old_text), _LINES.findall(new_text)
    if len(old) * len(new) > _MOST_PAIRS:
        return Difference((Change(0, old_text, new_text),), 0.0)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    starts = _starts(old)
    changes = tuple(
        Change(starts[a], "".join(old[a:b]), "".join(new[c:d]))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    )
    same = sum(len("".join(old[block.a : block.a + block.size])) for block in matcher.get_matching_blocks())
    kept = 2 * same / (len(old_text) + len(new_text))
    if len(changes) > _MOST_CHANGES:
        changes = (Change(0, old_text, new_text),)
    return Difference(changes, round(kept, 4))


def is_same(suggested: str, sent: str) -> bool:
    """Say whether a text went out as it was suggested, but for white space and line breaks."""
    return suggested.split() == sent.split()


def _starts(tokens: list[str]) -> list[int]:
    starts, at = [], 0
    for token in tokens:
        starts.append(at)
        at += len(token)
    return [*starts, at]
