"""A first look at a template in linear time: what it lets through, the Liquid lexer reads in linear time too.

The lexer's own patterns take a time that grows with the square of the text, or worse, where braces are left open.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from replies.checks import Problem

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_TAG_CHARACTERS = 500
MAX_TAGS = 500

_MARK = re.compile(r"\{\{|\{%|\}\}|%\}")
_TAG_NAME = re.compile(r"-?\s*(#|\w*)")
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_CLOSING = {"{{": "}}", "{%": "%}"}


def scan(source: str, tags: Collection[str]) -> list[Problem]:
    """Return what is wrong with the braces, tags and characters of a template.

    Args:
        source: The Liquid.
        tags: Names of the tags that the engine knows, with those that end or divide a block.

    """
    control = _UNWANTED.search(source)
    if control:
        code = f"U+{ord(control.group()):04X}"
        return [Problem(_line(source, control.start()), f"the control character {code} has no place in a reply")]
    opened: re.Match[str] | None = None
    count = 0
    for mark in _MARK.finditer(source):
        if opened is None:
            if mark.group() in _CLOSING:
                opened, count = mark, count + 1
            if count > MAX_TAGS:
                return [Problem(_line(source, mark.start()), f"more than {MAX_TAGS} tags and outputs")]
            continue
        problem = _closed_wrongly(source, opened, mark, tags)
        if problem:
            return [problem]
        opened = None
    return [] if opened is None else [_unclosed(source, opened)]


def _line(source: str, index: int) -> int:
    return source.count("\n", 0, index) + 1


def _unclosed(source: str, opened: re.Match[str]) -> Problem:
    closing = _CLOSING[opened.group()]
    return Problem(_line(source, opened.start()), f"{opened.group()} is never closed by {closing}")


def _closed_wrongly(source: str, opened: re.Match[str], mark: re.Match[str], tags: Collection[str]) -> Problem | None:
    if mark.group() != _CLOSING[opened.group()]:
        return _unclosed(source, opened)
    message = None
    if mark.start() - opened.end() > MAX_TAG_CHARACTERS:
        message = f"a tag has more than {MAX_TAG_CHARACTERS} characters"
    name = _TAG_NAME.match(source, opened.end(), mark.start())
    if opened.group() == "{%" and name and name.group(1) not in tags:
        message = f"unknown tag {name.group(1)!r}; known: {', '.join(sorted(tags))}"
    return Problem(_line(source, opened.start()), message) if message else None
