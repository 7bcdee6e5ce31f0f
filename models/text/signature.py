"""Split a signature off the end of a message: behind `-- `, a closing formula or a device's footer."""

from __future__ import annotations

import re

from models.text.quotes import markers

_LONGEST_LINE = 60
_MOST_LINES = 7
_EDGE = " \t,.!;:،。，！…-–—*"
_NUMBER = re.compile(r"\d{5}|\d{2}[-.]\d{3}")
_PHONE = re.compile(r"\+|tel|phone|mob|fax|☎|📞|電話|电话|手机|هاتف", re.IGNORECASE)


def split_signature(text: str) -> tuple[str, str]:
    """Return (text without its signature, the signature).

    A closing formula counts only near the end and followed by short lines; lines there that hold a number which is no
    phone number (customers add the order number below their name) and a postscript stay with the text.
    """
    lines = text.rstrip().split("\n")
    for at, line in enumerate(lines):
        if line.rstrip(" ") == "--" and at > 0:
            return "\n".join(lines[:at]), "\n".join(lines[at:])
    lines, footer = _cut_devices(lines)
    start = _closing(lines)
    if start is None:
        return "\n".join(lines), "\n".join(footer)
    kept = lines[:start]
    cut: list[str] = []
    for number, line in enumerate(lines[start:]):
        bare = line.strip().lower()
        if bare.startswith(("p.s", "ps:", "ps ", "p.d", "n.b")):
            kept.extend(lines[start + number :])
            break
        (kept if _NUMBER.search(line) and not _PHONE.search(line) else cut).append(line)
    return "\n".join(kept), "\n".join([*cut, *footer])


def _cut_devices(lines: list[str]) -> tuple[list[str], list[str]]:
    """Take footers such as "Sent from my phone" off the last lines."""
    rest = list(lines)
    footer: list[str] = []
    for _ in range(3):
        while rest and not rest[-1].strip():
            rest.pop()
        if len(rest) > 1 and len(rest[-1]) <= 2 * _LONGEST_LINE:
            bare = rest[-1].strip().lower()
            if any(bare.startswith(device) or (device in bare and len(bare) < 70) for device in markers().devices):
                footer.insert(0, rest.pop())
                continue
        break
    return rest, footer


def _closing(lines: list[str]) -> int | None:
    """Return where a closing formula starts that only a signature follows."""
    seen = 0
    for at in range(len(lines) - 1, 0, -1):
        line = lines[at].strip()
        if not line:
            continue
        seen += 1
        if seen > _MOST_LINES or len(line) > _LONGEST_LINE:
            return None
        if _is_closing(line):
            if not _is_name_block(lines[at + 1 :]):
                return None
            first = at
            while first > 1 and (not lines[first - 1].strip() or _is_closing(lines[first - 1].strip())):
                first -= 1
            return first if any(before.strip() for before in lines[:first]) else None
    return None


def _is_name_block(lines: list[str]) -> bool:
    """Whether the lines behind a closing formula are a name and what belongs to it, rather than more of the message."""
    filled = [line.strip() for line in lines if line.strip()]
    if any(line.endswith(("?", "？", "؟", ".", "!", "。")) and len(line.split()) > 3 for line in filled):
        return False
    return not filled or bool(_NUMBER.search(filled[0])) or _is_name_like(filled[0])


def _is_name_like(line: str) -> bool:
    words = line.strip(_EDGE).split()
    if len(words) > 5 or (len(words) == 1 and len(words[0]) > 20):
        return False
    return len(words) <= 1 or not any(word[0].islower() for word in words if len(word) > 3)


def _is_closing(line: str) -> bool:
    bare = line.strip(_EDGE).lower()
    for phrase in markers().closings:
        if bare == phrase:
            return True
        # "Best regards, Ann" on one line; a longer line goes on talking.
        if bare.startswith(phrase) and len(bare) - len(phrase) <= 25 and bare[len(phrase)] in ",，、 \t":
            rest = bare[len(phrase) :].strip(_EDGE)
            if line.strip()[len(phrase) : len(phrase) + 1] in ",，" and len(rest.split()) <= 3:
                return True
    return False
