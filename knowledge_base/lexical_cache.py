"""The inverted files, kept on disk so that a restart need not read every word again."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import Stemmer

from knowledge_base.cache_file import read_arrays, write_arrays
from knowledge_base.lexical import LexicalIndex
from knowledge_base.tokens import tokenize_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# To be raised whenever words are read or weighted in another way.
_VERSION = "1"


class LexicalCache:
    """Builds the inverted file of a language, or takes it from disk where it was built of the same texts.

    Args:
        folder: Where the files lie; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def index(self, language: str, texts: Sequence[str]) -> LexicalIndex:
        """Give the inverted file over texts of one language."""
        if self._folder is None:
            return LexicalIndex.build(tokenize_all(texts, language))
        name = hashlib.sha256(language.encode()).hexdigest()[:8]
        path = self._folder / f"words-{name}.safetensors"
        key = _key(language, texts)
        arrays = read_arrays(path, key)
        if arrays is not None:
            words = arrays["vocabulary"].tobytes().decode().split("\n") if arrays["vocabulary"].size else []
            vocabulary = {word: position for position, word in enumerate(words)}
            return LexicalIndex(len(texts), vocabulary, arrays["weights"], arrays["passages"], arrays["starts"])
        index = LexicalIndex.build(tokenize_all(texts, language))
        # Words stand in the order of their numbers, and none holds a line end.
        joined = np.frombuffer("\n".join(index.vocabulary).encode(), dtype=np.uint8)
        arrays = {"weights": index.weights, "passages": index.passages, "starts": index.starts, "vocabulary": joined}
        write_arrays(path, key, arrays)
        return index


def _key(language: str, texts: Sequence[str]) -> str:
    sha = hashlib.sha256(f"{_VERSION} {language} {version('bm25s')} {Stemmer.version()}".encode())
    for text in texts:
        data = text.encode()
        sha.update(len(data).to_bytes(8, "little"))
        sha.update(data)
    return sha.hexdigest()
