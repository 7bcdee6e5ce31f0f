"""Regular expressions that a shop writes: only those whose time stays linear in the text are taken."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_PATTERN_CHARACTERS = 300
MAX_REPETITIONS = 3
MAX_TIMES = 100
MAX_WAYS = 2_000_000
"""In so many ways a pattern may be tried at one place: `a?a?a?…` and `(aa|a)(aa|a)…` double them with each piece."""

_COUNT = re.compile(r"\{(\d{0,4})(?:(,)(\d{0,4}))?\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")


@dataclass(slots=True)
class _Group:
    """An open group: whether anything in it is repeated or chosen, and between how many things."""

    repeats: bool = False
    choices: int = 1


def refuse_slow(pattern: str) -> None:
    """Refuse a pattern that could take long on some text, or finds nothing in particular.

    Raises:
        ValueError: Says what is wrong and what to write instead.

    """
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise ValueError(f"the pattern has more than {MAX_PATTERN_CHARACTERS} characters: split it into several rules")
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"no regular expression: {error}") from None
    _scan(pattern)
    if compiled.search("") is not None:
        raise ValueError("the pattern fits an empty text: it would find something everywhere")


def _scan(pattern: str) -> None:
    groups = [_Group()]
    closed: _Group | None = None
    repetitions = place = 0
    ways = 1
    while place < len(pattern):
        letter = pattern[place]
        width, spread = _quantifier(pattern, place)
        ways *= spread
        if width:
            if closed is not None and closed.repeats:
                raise ValueError(
                    "a group is repeated that holds a repetition or a choice: repeat one character or class"
                )
            repetitions += letter != "?"
            groups[-1].repeats = True
            place, closed = place + width, None
            continue
        closed = None
        if letter == "\\":
            _refuse_reference(pattern[place + 1 : place + 2])
            place += 2
        elif letter == "[":
            found = _CLASS.match(pattern, place)
            place = found.end() if found else place + 1
        elif letter == "(":
            place += _open(pattern, place, groups)
        else:
            if letter == "|":
                groups[-1].repeats = True
                groups[-1].choices += 1
            elif letter == ")" and len(groups) > 1:
                closed = groups.pop()
                groups[-1].repeats |= closed.repeats
                ways *= closed.choices
            place += 1
    if repetitions > MAX_REPETITIONS:
        raise ValueError(f"more than {MAX_REPETITIONS} repetitions: split the pattern into several rules")
    if ways > MAX_WAYS:
        raise ValueError("too many choices and optional parts in one pattern: split the pattern into several rules")


def _open(pattern: str, place: int, groups: list[_Group]) -> int:
    """Open a group and return how many characters its beginning has."""
    if pattern.startswith("(?:", place):
        groups.append(_Group())
        return 3
    if pattern.startswith("(?", place):
        raise ValueError(f"{pattern[place : place + 4]!r} is not taken: of groups write (…) and (?:…) only")
    groups.append(_Group())
    return 1


def _refuse_reference(letter: str) -> None:
    if letter.isdigit():
        raise ValueError(f"the reference \\{letter} is not taken: write out what is to be found again")


def _quantifier(pattern: str, place: int) -> tuple[int, int]:
    """Return the width of a quantifier at a place, 0 where there is none, and how many counts it allows."""
    letter = pattern[place]
    if letter in "*+":
        raise ValueError(f"{letter!r} repeats without end: write {{0,{MAX_TIMES}}} or less")
    if letter == "?":
        return 1, 2
    found = _COUNT.match(pattern, place)
    if not found or found.group() in ("{}", "{,}"):
        return 0, 1
    least, comma, most = found.groups()
    if comma and not most:
        raise ValueError(f"{found.group()} repeats without end: name the most, as in {{{least or 0},{MAX_TIMES}}}")
    if int(most or least or 0) > MAX_TIMES:
        raise ValueError(f"{found.group()} repeats more than {MAX_TIMES} times")
    return found.end() - place, int(most) - int(least or 0) + 1 if comma else 1
