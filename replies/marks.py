"""Marks of what an import could not carry over: Liquid comments, so that no customer sees one, and approval asks."""

from __future__ import annotations

import re

_OPENING = "{% comment %}unknown placeholder: "
_CLOSING = "{% endcomment %}"
_MARK = re.compile(re.escape(_OPENING) + r"([^{}]{0,200})" + re.escape(_CLOSING))
_UNFIT = re.compile(r"[{}%\x00-\x1f]+")


def mark(placeholder: str) -> str:
    """Return the mark that stands where a placeholder stood."""
    return f"{_OPENING}{_UNFIT.sub(' ', placeholder)[:200].strip()}{_CLOSING}"


def open_marks(body: str) -> tuple[str, ...]:
    """Return the placeholders that are still marked in a text, each once."""
    return tuple(dict.fromkeys(_MARK.findall(body)))
