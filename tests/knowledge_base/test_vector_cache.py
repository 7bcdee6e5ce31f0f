"""The cache of vectors: nothing is encoded twice, and a record that cannot be trusted is made anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from knowledge_base.vectors import VectorCache, passage_digest, write_vectors
from tests.knowledge_base.hashing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROOT = str(Path(__file__).parents[2])
DIMENSION = 64
RECORD = 32 + 4 * DIMENSION + 4


def named(*texts: str) -> dict[bytes, str]:
    return {passage_digest(text): text for text in texts}


def missing(cache: VectorCache, texts: dict[bytes, str]) -> dict[bytes, str]:
    return {digest: text for digest, text in texts.items() if not cache.holds(digest)}


def taken(cache: VectorCache, texts: dict[bytes, str]) -> NDArray[np.float32]:
    """Encode what is missing, and give all."""
    cache.encode(missing(cache, texts))
    return cache.vectors(list(texts))


def opened(folder: Path | None, digest: str = "one") -> tuple[VectorCache, HashingEncoder]:
    encoder = HashingEncoder(DIMENSION)
    return VectorCache(folder, encoder, digest), encoder


def cache_file(folder: Path) -> Path:
    (path,) = folder.glob("*.bin")
    return path


def test_a_restart_encodes_nothing(tmp_path: Path) -> None:
    texts = named(*(f"text {number}" for number in range(600)))
    first, one = opened(tmp_path)
    before = taken(first, texts)
    second, other = opened(tmp_path)
    assert np.array_equal(before, taken(second, texts))
    assert (one.encoded, other.encoded) == (600, 0)


def test_unknown_texts_have_no_vector(tmp_path: Path) -> None:
    cache, encoder = opened(tmp_path)
    texts = named("a", "b")
    assert not cache.vectors(list(texts)).any()
    assert list(missing(cache, texts)) == list(texts)
    assert encoder.encoded == 0


def test_a_few_more_are_added_at_the_end(tmp_path: Path) -> None:
    cache, _ = opened(tmp_path)
    taken(cache, named("a", "b"))
    before = cache_file(tmp_path).read_bytes()
    taken(cache, named("b", "c"))
    after = cache_file(tmp_path).read_bytes()
    assert after.startswith(before)
    assert len(after) == len(before) + RECORD


def test_vectors_of_texts_that_are_gone_are_dropped_where_they_are_many(tmp_path: Path) -> None:
    cache, _ = opened(tmp_path)
    texts = named(*(f"text {number}" for number in range(1_500)))
    before = taken(cache, texts)
    kept = list(texts)[:1_000]
    cache.keep_only(kept)
    assert not missing(cache, texts)
    cache.keep_only(kept[:300])
    assert len(missing(cache, texts)) == 1_200
    assert np.array_equal(cache.vectors(kept[:300]), before[:300])
    again, encoder = opened(tmp_path)
    taken(again, {digest: texts[digest] for digest in kept[:300]})
    assert encoder.encoded == 0
    assert cache_file(tmp_path).stat().st_size == 64 + 300 * RECORD


def test_many_small_additions_keep_no_file_open(tmp_path: Path) -> None:
    cache, _ = opened(tmp_path)
    texts = named(*(f"text {number}" for number in range(200)))
    before = len(list(Path("/dev/fd").iterdir()))
    for digest, text in texts.items():
        cache.encode({digest: text})
    assert len(list(Path("/dev/fd").iterdir())) < before + 10
    again, encoder = opened(tmp_path)
    assert np.array_equal(cache.vectors(list(texts)), taken(again, texts))
    assert encoder.encoded == 0


def test_additions_find_their_place_after_another_process_wrote_the_file_anew(tmp_path: Path) -> None:
    texts = named(*(f"text {number}" for number in range(1_600)))
    first, _ = opened(tmp_path)
    before = taken(first, texts)
    other, _ = opened(tmp_path)
    other.keep_only(list(texts)[:300])
    more = named("one more", "and another")
    added = taken(first, more)
    assert np.array_equal(first.vectors([*texts, *more]), np.concatenate([before, added]))
    again, encoder = opened(tmp_path)
    assert np.array_equal(taken(again, more), added)
    assert encoder.encoded == 0


def test_another_encoder_has_another_file(tmp_path: Path) -> None:
    taken(opened(tmp_path, "one")[0], named("a"))
    other, encoder = opened(tmp_path, "two")
    taken(other, named("a"))
    assert encoder.encoded == 1
    assert len(list(tmp_path.glob("*.bin"))) == 2


def test_another_dimension_is_recognised(tmp_path: Path) -> None:
    taken(opened(tmp_path)[0], named("a"))
    narrow = VectorCache(tmp_path, HashingEncoder(32), "one")
    assert taken(narrow, named("a")).shape == (1, 32)
    again = VectorCache(tmp_path, HashingEncoder(32), "one")
    assert not missing(again, named("a"))


def cut_short(data: bytes) -> bytes:
    return data[: -RECORD // 2]


def flipped(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


@pytest.mark.parametrize("damage", [cut_short, flipped])
def test_only_a_damaged_record_is_made_anew(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    texts = named("a", "b", "c")
    good = taken(opened(tmp_path)[0], texts)
    path = cache_file(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    cache, encoder = opened(tmp_path)
    assert np.array_equal(good, taken(cache, texts))
    assert encoder.encoded == 1
    after, encoder = opened(tmp_path)
    assert np.array_equal(good, taken(after, texts))
    assert encoder.encoded == 0


def emptied(data: bytes) -> bytes:
    return b"" if data else data


def other_head(data: bytes) -> bytes:
    return data.replace(b"vectors 2", b"vectors 9")


def nonsense(data: bytes) -> bytes:
    return b"\xff" * len(data)


def half_a_head(data: bytes) -> bytes:
    return data[:30]


@pytest.mark.parametrize("damage", [emptied, other_head, nonsense, half_a_head])
def test_a_file_of_something_else_is_made_anew(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    texts = named("a", "b")
    good = taken(opened(tmp_path)[0], texts)
    path = cache_file(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    cache, encoder = opened(tmp_path)
    assert np.array_equal(good, taken(cache, texts))
    assert encoder.encoded == 2
    after, encoder = opened(tmp_path)
    taken(after, texts)
    assert encoder.encoded == 0


WRITER = """
import sys
from pathlib import Path
sys.path.append(sys.argv[3])
from knowledge_base.vectors import VectorCache, passage_digest, write_vectors
from tests.knowledge_base.hashing import HashingEncoder
cache = VectorCache(Path(sys.argv[1]), HashingEncoder(64), "one")
for number in range(40):
    cache.encode({passage_digest(text): text for text in (f"{sys.argv[2]} {number} {n}" for n in range(9))})
"""


def test_processes_share_the_file(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    started = [subprocess.Popen([*command, name, ROOT]) for name in ("one", "two", "six")]
    assert [process.wait() for process in started] == [0, 0, 0]
    texts = named(*(f"{name} {number} {n}" for name in ("one", "two", "six") for number in range(40) for n in range(9)))
    cache, encoder = opened(tmp_path)
    vectors = taken(cache, texts)
    assert encoder.encoded == 0
    assert np.allclose(vectors, HashingEncoder(64).encode(list(texts.values())), atol=1e-6)


def test_search_goes_on_where_the_folder_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be")
    cache, _ = opened(blocked)
    assert taken(cache, named("a")).any()
    assert not missing(cache, named("a"))
    assert blocked.read_text().startswith("a file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_without_a_folder_vectors_stay_in_memory() -> None:
    cache, encoder = opened(None)
    taken(cache, named("a"))
    taken(cache, named("a"))
    assert encoder.encoded == 1


def test_no_texts(tmp_path: Path) -> None:
    assert taken(opened(tmp_path)[0], {}).shape == (0, DIMENSION)


def test_vectors_have_unit_length_or_none() -> None:
    vectors = taken(opened(None)[0], named("some words", "…"))
    assert sorted(round(float(np.linalg.norm(vector)), 4) for vector in vectors) == [0.0, 1.0]


def beside_articles(folder: Path, texts: dict[bytes, str], digest: str = "one") -> Path:
    """Write vectors as they lie beside articles."""
    vectors = taken(opened(None)[0], texts)
    path = folder / "vectors.safetensors"
    write_vectors(path, digest, dict(zip(texts, vectors, strict=True)))
    return path


def test_vectors_that_lie_beside_articles_are_not_encoded_again(tmp_path: Path) -> None:
    texts = named(*(f"text {number} of some" for number in range(300)))
    path = beside_articles(tmp_path, texts)
    cache, encoder = opened(tmp_path / "home")
    assert cache.adopt(path) == 300
    assert cache.adopt(path) == 0
    found = taken(cache, texts)
    assert encoder.encoded == 0
    assert np.allclose(found, taken(opened(None)[0], texts), atol=0.005)
    again, _ = opened(tmp_path / "home")
    assert not missing(again, texts)


@pytest.mark.parametrize("fault", ["other encoder", "other dimension", "damaged", "missing"])
def test_vectors_that_do_not_fit_are_left(tmp_path: Path, fault: str) -> None:
    path = beside_articles(tmp_path, named("a", "b"), "two" if fault == "other encoder" else "one")
    cache, _ = opened(tmp_path / "home")
    if fault == "other dimension":
        cache = VectorCache(None, HashingEncoder(DIMENSION * 2), "one")
    elif fault == "damaged":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    elif fault == "missing":
        path.unlink()
    assert cache.adopt(path) == 0
    assert len(missing(cache, named("a", "b"))) == 2
