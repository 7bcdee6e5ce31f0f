"""The cache of vectors: a restart encodes nothing, and a file that cannot be trusted is made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from knowledge_base.vectors import VectorCache, passage_digest
from tests.knowledge_base.hashing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def named(*texts: str) -> dict[str, str]:
    return {passage_digest(text): text for text in texts}


def cache_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_restart_encodes_nothing(tmp_path: Path) -> None:
    texts = named(*(f"text {number}" for number in range(600)))
    first, second = HashingEncoder(), HashingEncoder()
    before = VectorCache(tmp_path, first, "one").vectors(texts)
    after = VectorCache(tmp_path, second, "one").vectors(texts)
    assert (first.encoded, second.encoded) == (600, 0)
    assert all(np.array_equal(before[digest], after[digest]) for digest in texts)


def test_only_new_texts_are_encoded_and_old_ones_forgotten(tmp_path: Path) -> None:
    encoder = HashingEncoder()
    cache = VectorCache(tmp_path, encoder, "one")
    cache.vectors(named("a", "b", "c"))
    assert set(cache.vectors(named("b", "d"))) == set(named("b", "d"))
    assert encoder.encoded == 4
    again = HashingEncoder()
    VectorCache(tmp_path, again, "one").vectors(named("b", "d"))
    assert again.encoded == 0


def test_another_encoder_has_another_file(tmp_path: Path) -> None:
    VectorCache(tmp_path, HashingEncoder(), "one").vectors(named("a"))
    other = HashingEncoder()
    VectorCache(tmp_path, other, "two").vectors(named("a"))
    assert other.encoded == 1
    assert len(list(tmp_path.iterdir())) == 2


def test_another_dimension_is_recognised(tmp_path: Path) -> None:
    VectorCache(tmp_path, HashingEncoder(64), "one").vectors(named("a"))
    vectors = VectorCache(tmp_path, HashingEncoder(32), "one").vectors(named("a"))
    assert vectors[passage_digest("a")].shape == (32,)


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def emptied(data: bytes) -> bytes:
    return b"" if data else data


def other_head(data: bytes) -> bytes:
    return data.replace(b'"format":"1"', b'"format":"9"')


def nonsense(data: bytes) -> bytes:
    return b"\xff" * len(data)


@pytest.mark.parametrize("damage", [truncated, flipped, emptied, other_head, nonsense])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    texts = named("a", "b")
    good = VectorCache(tmp_path, HashingEncoder(), "one").vectors(texts)
    path = cache_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert path.read_bytes() != whole
    encoder = HashingEncoder()
    vectors = VectorCache(tmp_path, encoder, "one").vectors(texts)
    assert encoder.encoded == 2
    assert all(np.array_equal(good[digest], vectors[digest]) for digest in texts)
    after = HashingEncoder()
    VectorCache(tmp_path, after, "one").vectors(texts)
    assert after.encoded == 0


def test_search_goes_on_where_the_folder_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be")
    assert len(VectorCache(blocked, HashingEncoder(), "one").vectors(named("a"))) == 1
    assert blocked.read_text().startswith("a file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_without_a_folder_nothing_is_kept() -> None:
    encoder = HashingEncoder()
    cache = VectorCache(None, encoder, "one")
    cache.vectors(named("a"))
    cache.vectors(named("a"))
    assert encoder.encoded == 1


def test_no_texts(tmp_path: Path) -> None:
    assert VectorCache(tmp_path, HashingEncoder(), "one").vectors({}) == {}


def test_vectors_have_unit_length_or_none() -> None:
    vectors = VectorCache(None, HashingEncoder(), "one").vectors(named("some words", "…"))
    assert sorted(round(float(np.linalg.norm(vector)), 4) for vector in vectors.values()) == [0.0, 1.0]
