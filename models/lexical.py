"""Hashed character and word n-grams of a text, in numpy alone: what the lexical heads read.

The n-grams follow scikit-learn's `char_wb` and `word` analyzers in spirit (character n-grams do not cross a word's
edge) but are hashed without building strings: a polynomial hash over code points, mixed by SplitMix64's finaliser
(Steele, Lea & Flood 2014). Training and serving call the same function, so they cannot drift apart.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DIGIT = re.compile(r"\d")
_NOT_WORD = re.compile(r"[\W_]+")
_SPACE = re.compile(r"\s+")
_BASE = np.uint64(0x100000001B3)
_WORD_SEED = np.uint64(0x9E3779B97F4A7C15)
_BIGRAM_SEED = np.uint64(0xC2B2AE3D27D4EB4F)
_LONGEST_GRAM = 5
_LONGEST_WORD = 64
_POWERS = np.cumprod(np.full(_LONGEST_WORD, _BASE, dtype=np.uint64))
_BLANK = 32


@dataclass(frozen=True, slots=True)
class LexicalCounts:
    """N-grams of one text: `buckets` (uint32, sorted, unique), their `counts`, and which are word n-grams: the last."""

    buckets: NDArray[np.uint32]
    counts: NDArray[np.float32]
    words: NDArray[np.bool_]


def normalise(text: str) -> str:
    """Fold what does not tell intents apart: compatibility forms, case, runs of white space, the digits of numbers."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return _SPACE.sub(" ", _DIGIT.sub("0", folded)).strip()


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _code_points(text: str) -> NDArray[np.uint64]:
    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)


def _char_hashes(text: str) -> NDArray[np.uint64]:
    """Hash every character n-gram (1 to 5) that holds a blank at its ends only."""
    points = _code_points(f" {text} ")
    blank = points == _BLANK
    rolling, inner_blank = points, np.zeros(len(points) - 1, dtype=bool)
    found = [points[~blank] + np.uint64(1)]
    for size in range(2, min(_LONGEST_GRAM, len(points)) + 1):
        rolling = rolling[:-1] * _BASE + points[size - 1 :]
        if size > 2:
            inner_blank = inner_blank[:-1] | blank[size - 2 : -1]
        found.append(rolling[~inner_blank] + np.uint64(size))
    return _mix(np.concatenate(found))


def _word_hashes(text: str) -> NDArray[np.uint64]:
    """Hash every word and every pair of neighbouring words."""
    spaced = _NOT_WORD.sub(" ", text).strip()
    if not spaced:
        return np.zeros(0, dtype=np.uint64)
    points = _code_points(f" {spaced}")
    blank = points == _BLANK
    starts = np.flatnonzero(blank)
    place = np.arange(-1, len(points) - 1) - starts[np.cumsum(blank) - 1]
    # A word's blank stands before it and counts nothing.
    weighed = points * _POWERS[np.minimum(place, _LONGEST_WORD - 1)]
    weighed[starts] = 0
    words = _mix(np.add.reduceat(weighed, starts) + _WORD_SEED)
    pairs = _mix(words[:-1] * _BASE + words[1:] + _BIGRAM_SEED)
    return np.concatenate((words, pairs))


def count_ngrams(text: str, bits: int) -> LexicalCounts:
    """Count the n-grams of a text in `2**bits` buckets; time and memory are linear in the text.

    Args:
        text: Any text; it is normalised here.
        bits: Width of a bucket's number, 8 to 31. Word n-grams take the upper half of the buckets.

    """
    folded = normalise(text)
    mask = np.uint64((1 << (bits - 1)) - 1)
    chars = (_char_hashes(folded) & mask).astype(np.uint32) if folded else np.zeros(0, dtype=np.uint32)
    words = (_word_hashes(folded) & mask).astype(np.uint32) | np.uint32(1 << (bits - 1))
    found = np.concatenate((chars, words))
    found.sort()
    firsts = np.flatnonzero(np.concatenate(([True], found[1:] != found[:-1]))[: len(found)])
    counts = np.concatenate((firsts[1:], [len(found)])) - firsts
    buckets = found[firsts]
    return LexicalCounts(buckets, counts.astype(np.float32), buckets >= np.uint32(1 << (bits - 1)))
