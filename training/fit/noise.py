"""Disturb messages as hurried customers do, so that a model sees each of them in several spellings."""

from __future__ import annotations

import unicodedata

import numpy as np

_MARKS = str.maketrans(dict.fromkeys("!?.,;:¿¡…!?。、,;:؟،", " "))


def disturb(text: str, rng: np.random.Generator) -> str:
    """Return the text with one kind of disturbance: typing slips, lost accents, no punctuation, or capitals."""
    kind = rng.integers(6)
    if kind == 0:
        return _without_accents(text)
    if kind == 1:
        return " ".join(text.translate(_MARKS).split())
    if kind == 2:
        return text.upper()
    return _slips(text, rng)


def _without_accents(text: str) -> str:
    kept = (mark for mark in unicodedata.normalize("NFD", text) if not "\u0300" <= mark <= "\u036f")
    return unicodedata.normalize("NFC", "".join(kept))


def _slips(text: str, rng: np.random.Generator) -> str:
    """Swap, drop or double about one letter in twenty-five."""
    letters = list(text)
    for place in rng.integers(0, max(1, len(letters) - 1), size=1 + len(letters) // 25):
        kind = rng.integers(3)
        if place + 1 >= len(letters) or not letters[place].isalpha():
            continue
        if kind == 0 and letters[place + 1].isalpha():
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
        elif kind == 1:
            letters[place] = ""
        else:
            letters[place] *= 2
    return "".join(letters)
