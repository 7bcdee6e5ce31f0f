"""The cache of inverted files: the same index from disk, never one of other texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from knowledge_base.lexical import LexicalIndex
from knowledge_base.lexical_cache import LexicalCache
from knowledge_base.tokens import tokenize_all

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["Return shoes within 30 days", "退货和退款", "Łódź", ""]


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often words were read."""
    counts: list[int] = []

    def counting(texts: list[str], language: str) -> list[list[str]]:
        counts.append(len(texts))
        return tokenize_all(texts, language)

    monkeypatch.setattr("knowledge_base.lexical_cache.tokenize_all", counting)
    return counts


def same(one: LexicalIndex, other: LexicalIndex) -> bool:
    arrays = ((one.weights, other.weights), (one.passages, other.passages), (one.starts, other.starts))
    return (one.size, one.vocabulary) == (other.size, other.vocabulary) and all(np.array_equal(a, b) for a, b in arrays)


@pytest.mark.parametrize("texts", [TEXTS, [""], []])
def test_a_restart_takes_the_index_from_disk(tmp_path: Path, built: list[int], texts: list[str]) -> None:
    first = LexicalCache(tmp_path).index("en", texts)
    second = LexicalCache(tmp_path).index("en", texts)
    assert built == [len(texts)]
    assert same(first, second)
    assert np.array_equal(first.score(["shoe"]).scores, second.score(["shoe"]).scores)


def test_other_texts_or_languages_are_built_anew(tmp_path: Path, built: list[int]) -> None:
    cache = LexicalCache(tmp_path)
    for language, texts in (("en", ["ab", "c"]), ("en", ["a", "bc"]), ("de", ["a", "bc"]), ("en", ["a", "bc"])):
        cache.index(language, texts)
    assert len(built) == 3


@pytest.mark.parametrize("position", [3, 200, -3])
def test_a_damaged_file_is_built_anew(tmp_path: Path, built: list[int], position: int) -> None:
    good = LexicalCache(tmp_path).index("en", TEXTS)
    (path,) = tmp_path.iterdir()
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(bytes(data))
    assert same(good, LexicalCache(tmp_path).index("en", TEXTS))
    assert len(built) == 2
    LexicalCache(tmp_path).index("en", TEXTS)
    assert len(built) == 2


def test_without_a_folder_nothing_is_kept(built: list[int]) -> None:
    LexicalCache(None).index("en", TEXTS)
    LexicalCache(None).index("en", TEXTS)
    assert len(built) == 2
