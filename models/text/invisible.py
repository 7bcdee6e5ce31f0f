"""Take out characters that a reader cannot see: controls, zero-width and bidi marks, tags, lone surrogates."""

from __future__ import annotations

import re

_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# A zero-width joiner inside an emoji is part of the picture; anywhere else it is noise.
_JOINER = re.compile("\u200d(?![\u2600-\u27bf\U0001f300-\U0001faff])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")


def strip_invisible(text: str) -> str:
    """Return `text` with one kind of line break and of blank, and without invisible characters.

    Lone surrogates become U+FFFD.
    """
    text = _NEWLINES.sub("\n", text)
    text = _JOINER.sub("", _INVISIBLE.sub("", text))
    return _SPACES.sub(" ", _SURROGATE.sub("\ufffd", text))
