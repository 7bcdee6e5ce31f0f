"""Questions that articles are known to answer, compared with what is asked: by meaning, and by the words of both."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from knowledge_base.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from knowledge_base.entries import Entry

_KEPT = 50_000
# The weights of words are estimated from so many questions.
_COUNTED = 2_000
# Weights are kept for so many sets of segments: those of each language with English.
_INDEXES_KEPT = 32
_BEGINNING = 6
_NO_LANGUAGE = "und"
CLOSE_FROM = 0.7


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near an article's known questions come: `cosine` is the best by vectors, `words` the best by words (TF-IDF).

    A word weighs the more the fewer questions hold it, so that a name counts and "when" does not.
    """

    cosine: float = 0.0
    words: float = 0.0

    @property
    def close(self) -> float:
        """Give how far the cosine goes beyond what questions about the same matter have anyway."""
        return max(0.0, self.cosine - CLOSE_FROM) / (1.0 - CLOSE_FROM)

    @property
    def signs(self) -> tuple[float, float, float]:
        """Give cosine, closeness and words."""
        return self.cosine, self.close, self.words


@dataclass(frozen=True, slots=True)
class Asked:
    """How near what is asked comes to questions that articles answer, and to those that they do not, by article."""

    answered: Mapping[str, Nearness]
    denied: Mapping[str, Nearness]


@dataclass(frozen=True, slots=True, eq=False)
class WordCounts:
    """How many of some questions hold a word: a sample of them is counted where they are many."""

    texts: int
    held: Mapping[str, int]

    @classmethod
    def of(cls, texts: Sequence[str]) -> WordCounts:
        """Count the words of questions."""
        step = max(1, len(texts) // _COUNTED)
        counted = texts[::step]
        held = Counter(chain.from_iterable(map(_words, counted)))
        return cls(len(texts), {word: count * step for word, count in held.items()})


class _Weights(dict[str, float]):
    """The squared weight of each word that was asked for: log(1 + questions / (1 + those that hold it)), squared."""

    def __init__(self, counts: Sequence[WordCounts]) -> None:
        super().__init__()
        self._held = [one.held for one in counts]
        self._texts = sum(one.texts for one in counts)

    def __missing__(self, word: str) -> float:
        if len(self) >= _KEPT:
            self.clear()
        held = sum([one.get(word, 0) for one in self._held])
        weight = self[word] = math.log(1.0 + self._texts / (1 + held)) ** 2
        return weight


@lru_cache(maxsize=_INDEXES_KEPT)
def _weights(counts: tuple[WordCounts, ...]) -> _Weights:
    return _Weights(counts)


def compared(near: Sequence[tuple[Entry, float]], text: str, counts: Sequence[WordCounts]) -> Asked:
    """Compare what is asked with the nearest known questions; the best of each article.

    Args:
        near: The nearest by meaning, each with its cosine.
        text: What is asked.
        counts: How often words stand in all known questions that are searched.

    """
    said, weights = _words(text), _weights(tuple(counts))
    whole = sum([weights[word] for word in said])
    found: tuple[dict[str, list[float]], dict[str, list[float]]] = ({}, {})
    for entry, cosine in near:
        side, original = found[entry.denies], entry.translation_of or entry.article
        best = side.get(original)
        if best is None:
            best = side[original] = [cosine, 0.0]
        elif cosine > best[0]:
            best[0] = cosine
        named = _words(entry.text)
        shared = said & named
        if shared:
            both = whole * sum([weights[word] for word in named])
            best[1] = max(best[1], sum([weights[word] for word in shared]) / math.sqrt(both))
    answered, denied = ({name: Nearness(*best) for name, best in side.items()} for side in found)
    return Asked(answered, denied)


@lru_cache(maxsize=_KEPT)
def _words(text: str) -> frozenset[str]:
    """Give the beginnings of a text's words: nobody says what language a known question is in, so no endings are known.

    Cut after so many characters, words of one stem mostly fall together, in any language that puts endings behind.
    """
    return frozenset([word[:_BEGINNING] for word in tokenize(text, _NO_LANGUAGE)])
