"""What the words of a question may stand for in English: so a question finds English passages by their words, too.

The table is learned (`training/fit/glossary.py`) and holds words as search compares them. Of each language only what is
asked for is read, once.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from knowledge_base.errors import RefusalError
from knowledge_base.tokens import is_wide, tokenize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from knowledge_base.word_search import Word

TARGET = "en"
FILE = "glossary.safetensors"
_WHOLE = 255
# A name is a name in any language: as itself a word counts this much beside its translations.
_ITSELF = 0.3
# A word that is not in the table is looked up by its parts (Reise + adapter) or its beginning (kesiliyor: kesil).
_KEPT = 20_000
_PART_CHARS, _STEM_CHARS, _ENDING_CHARS = 4, 4, 5


@dataclass(frozen=True, eq=False)
class Glossary:
    """Words of several languages with the English words that they may stand for."""

    tensors: Mapping[str, NDArray[np.generic]]

    @classmethod
    @cache
    def shipped(cls) -> Glossary:
        """Load the table that ships with the package."""
        return cls.parse((files("knowledge_base") / FILE).read_bytes())

    @classmethod
    def parse(cls, data: bytes) -> Glossary:
        """Read a table.

        Raises:
            RefusalError: The bytes are no such table.

        """
        try:
            tensors = load(data)
        except SafetensorError as error:
            raise RefusalError(f"{FILE} is damaged: reinstall Deskhand, or learn it anew") from error
        if "words" not in tensors:
            raise RefusalError(f"{FILE} holds no tensor `words`: it is no glossary")
        return cls(tensors)

    @property
    def languages(self) -> tuple[str, ...]:
        """Name the languages that it knows words of."""
        return tuple(sorted(name.removesuffix(".words") for name in self.tensors if name.endswith(".words")))

    def understood(self, text: str, language: str, tokens: Sequence[str] | None = None) -> list[Word]:
        """Give the words of a question as English passages are searched for them.

        Args:
            text: The question.
            language: Its ISO 639-1 code.
            tokens: Its words in that language, where they are known.

        """
        table = _table(self, language)
        if table is None:
            return list(tokenize(text, TARGET))
        found: list[Word] = []
        for token in dict.fromkeys(tokenize(text, language) if tokens is None else tokens):
            near = table.looked_up(token)
            # Pairs of characters that cut through words stand for nothing, and would look like unknown words.
            if near or not is_wide(token):
                found.extend(_with_itself(near, token))
        return found


def written(tables: Mapping[str, Mapping[str, Mapping[str, float]]]) -> bytes:
    """Give the bytes of a table: for each language its words, each with English words and their shares."""
    english = sorted({target for table in tables.values() for targets in table.values() for target in targets})
    numbers = {word: number for number, word in enumerate(english)}
    tensors = {"words": _blob(english)}
    for language, table in sorted(tables.items()):
        words = sorted(table)
        counts = [len(table[word]) for word in words]
        pairs = [(numbers[target], share) for word in words for target, share in table[word].items()]
        tensors[f"{language}.words"] = _blob(words)
        tensors[f"{language}.starts"] = np.cumsum([0, *counts], dtype=np.uint32)
        tensors[f"{language}.targets"] = np.array([number for number, _ in pairs], dtype=np.uint32)
        tensors[f"{language}.shares"] = np.array([round(share * _WHOLE) for _, share in pairs], dtype=np.uint8)
    return save(tensors)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The words of a language, sorted. What word `n` stands for is at `starts[n]` to `starts[n + 1]`."""

    words: Sequence[str]
    english: Sequence[str]
    starts: NDArray[np.generic]
    targets: NDArray[np.generic]
    shares: NDArray[np.generic]

    def __contains__(self, word: str) -> bool:
        return self._place(word) is not None

    def looked_up(self, token: str) -> list[Mapping[str, float]]:
        """Find a word, else the two words that it is made of, else a word that it begins with."""
        if token in self:
            return [self._meant(token)]
        for cut in range(len(token) - _PART_CHARS, _PART_CHARS - 1, -1):
            first, second = token[:cut], token[cut:]
            if second in self:
                first = first if first in self else first.removesuffix("s")
                if first in self:
                    return [self._meant(first), self._meant(second)]
        for end in range(len(token) - 1, max(_STEM_CHARS, len(token) - _ENDING_CHARS) - 1, -1):
            if token[:end] in self:
                return [self._meant(token[:end])]
        return []

    def _meant(self, word: str) -> Mapping[str, float]:
        """Give what a word that is there stands for, with shares."""
        place = self._place(word)
        if place is None:
            return {}
        held = slice(self.starts.item(place), self.starts.item(place + 1))
        pairs = zip(self.targets[held].tolist(), self.shares[held].tolist(), strict=True)
        return {self.english[target]: share / _WHOLE for target, share in pairs}

    def _place(self, word: str) -> int | None:
        place = bisect_left(self.words, word)
        return place if place < len(self.words) and self.words[place] == word else None


@cache
def _table(glossary: Glossary, language: str) -> _Table | None:
    if f"{language}.words" not in glossary.tensors:
        return None
    starts, targets, shares = (glossary.tensors[f"{language}.{name}"] for name in ("starts", "targets", "shares"))
    return _Table(_names(glossary.tensors[f"{language}.words"]), _english(glossary), starts, targets, shares)


@cache
def _english(glossary: Glossary) -> Sequence[str]:
    return _names(glossary.tensors["words"])


def _with_itself(near: Sequence[Mapping[str, float]], token: str) -> list[Word]:
    itself = _itself(token)
    if not near:
        return [itself]
    if len(near) > 1 or itself in near[0] or not token.isascii():
        return list(near)
    return [{**near[0], itself: _ITSELF}]


@lru_cache(maxsize=_KEPT)
def _itself(token: str) -> str:
    """Give a foreign word as an English passage that holds it has it."""
    return next(iter(tokenize(token, TARGET)), token)


def _blob(words: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _names(blob: NDArray[np.generic]) -> list[str]:
    return blob.tobytes().decode().split("\n")
