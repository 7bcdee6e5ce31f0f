"""The words that tell one group of texts from all others: a title to start an article from."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from knowledge_base.masking import without_masks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_WORDS = 4
# A word that one person alone used is not shown: it may be a name.
MIN_TEXTS = 2
_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WIDE_RUN = re.compile(f"[{_WIDE}]+")
_WORD = re.compile(f"[^\\W\\d_{_WIDE}]{{3,40}}")
_MAX_WIDE_CHARS = 6
_STOP_LISTS = {
    "de": "STOPWORDS_GERMAN",
    "en": "STOPWORDS_EN_PLUS",
    "es": "STOPWORDS_SPANISH",
    "fr": "STOPWORDS_FRENCH",
    "it": "STOPWORDS_ITALIAN",
    "nl": "STOPWORDS_DUTCH",
    "pt": "STOPWORDS_PORTUGUESE",
    "tr": "STOPWORDS_TURKISH",
    "zh": "STOPWORDS_CHINESE",
}
# What the lists lack: how people are addressed and asked for something.
_MORE_STOP_WORDS = {
    "nl": frozenset(("alstublieft", "graag", "jij", "jou", "jouw", "jullie", "mag", "ons", "onze", "svp", "wij"))
}


class TellingWords:
    """Finds telling words against the background of all texts of a language.

    Args:
        background: Texts of all kinds in the language.
        language: ISO 639-1 code.

    """

    def __init__(self, background: Iterable[str], language: str) -> None:
        self._language = language
        self._texts_with: Counter[str] = Counter()
        self._texts = 0
        for text in background:
            self._texts += 1
            self._texts_with.update(terms(text, language).keys())

    def title(self, texts: Sequence[str]) -> str:
        """Propose a title: the words that many of the texts and few others hold, as most of them write it.

        Args:
            texts: The group, the most typical text first; the words stand in the order in which that one uses them.

        Returns:
            At most four words, with a capital at the beginning; empty where no word is shared.

        """
        spelled: dict[str, Counter[str]] = {}
        shared: Counter[str] = Counter()
        for text in texts:
            found = terms(text, self._language)
            shared.update(found.keys())
            for term, spelling in found.items():
                spelled.setdefault(term, Counter())[spelling] += 1
        scores = {term: self._score(term, count, len(texts)) for term, count in shared.items() if count >= MIN_TEXTS}
        best = _distinct(sorted(scores, key=lambda term: (-scores[term], term)))
        folded = [text.casefold() for text in texts]
        words = [spelled[term].most_common(1)[0][0] for term in sorted(best, key=lambda term: _place(term, folded))]
        joined = (" " if any(not _WIDE_RUN.match(word) for word in words) else "・").join(words)
        return joined[:1].upper() + joined[1:]

    def _score(self, term: str, count: int, texts: int) -> float:
        rare = math.log((1 + self._texts) / (1 + self._texts_with[term])) + 0.1
        # A longer run of Chinese or Japanese signs says more than the pairs that it is made of.
        length = len(term) if _WIDE_RUN.match(term) else 1
        return count / texts * rare * length


def terms(text: str, language: str) -> dict[str, str]:
    """Give the words of a text without stop words, each with how it is spelled here.

    Chinese, Japanese and Korean runs give every piece of two to six signs.
    """
    text = without_masks(text)
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        folded = word.casefold()
        if folded not in _stop_words(language):
            found.setdefault(folded, word if word.isupper() else folded if language != "de" else word)
    for run in _WIDE_RUN.findall(text):
        for size in range(2, min(len(run), _MAX_WIDE_CHARS) + 1):
            found.update((piece, piece) for piece in (run[at : at + size] for at in range(len(run) - size + 1)))
    return found


@cache
def _stop_words(language: str) -> frozenset[str]:
    import bm25s.stopwords

    name = _STOP_LISTS.get(language)
    listed = frozenset(getattr(bm25s.stopwords, name)) if name else frozenset()
    return listed | _MORE_STOP_WORDS.get(language, frozenset())


def _distinct(ranked: Sequence[str]) -> list[str]:
    """Take the best words, none of which is a part of another."""
    taken: list[str] = []
    for term in ranked:
        if len(taken) == MOST_WORDS:
            break
        if not any(term in other or other in term for other in taken):
            taken.append(term)
    return taken


def _place(term: str, texts: Sequence[str]) -> tuple[int, int]:
    """Tell where a word first stands: the number of the text, then the sign in it."""
    for number, text in enumerate(texts):
        if term in text:
            return number, text.index(term)
    return len(texts), 0
