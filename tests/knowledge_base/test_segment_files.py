"""Files of segments: a restart reads no word again, and no file can make a search wrong."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from knowledge_base import changing, segment_files
from knowledge_base.records import Article
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import ArticleStore
from knowledge_base.tokens import tokenize_each
from tests.knowledge_base.hashing import HashingEncoder
from tickets.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the texts whose words are read."""
    texts: list[str] = []

    def collecting(given: Iterable[str], language: str) -> Iterator[list[str]]:
        held = list(given)
        texts.extend(held)
        return tokenize_each(held, language)

    monkeypatch.setattr("knowledge_base.segments.tokenize_each", collecting)
    monkeypatch.setattr("knowledge_base.known_questions.tokenize_each", collecting)
    return texts


def page(number: int, colour: str = "azure", language: str = "en") -> Article:
    return Article(f"page-{number}", language, f"Page {number}", f"The colour number {number} is {colour}{number}.")


def opened(store: ArticleStore, folder: Path) -> KnowledgeBase:
    base = KnowledgeBase(store, HashingEncoder(), encoder_digest="h", cache_dir=folder)
    base.refresh()
    return base


def found(base: KnowledgeBase, query: str) -> list[str]:
    return [f"{one.article}/{one.language} {one.passage}" for one in base.search(query, language="en", limit=50)]


def words_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("words-*"))


@pytest.fixture
def shop(store: ArticleStore) -> ArticleStore:
    store.apply([page(n) for n in range(40)], source="kb")
    store.apply([page(n, "blau", "de") for n in range(10)], source="kb")
    return store


def test_a_restart_reads_no_word(shop: ArticleStore, tmp_path: Path, read: list[str]) -> None:
    first = opened(shop, tmp_path / "index")
    assert len(read) == 50
    read.clear()
    again = opened(shop, tmp_path / "index")
    assert read == []
    assert again.size == first.size == 50
    for query in ("azure7", "blau3", "colour number"):
        assert found(again, query) == found(first, query)


def test_a_restart_reads_only_what_changed_meanwhile(shop: ArticleStore, tmp_path: Path, read: list[str]) -> None:
    opened(shop, tmp_path / "index")
    shop.put(page(3, "crimson"), actor="ann")
    shop.put(page(77), actor="ann")
    shop.delete("page-5", "en", actor="ann")
    read.clear()
    again = opened(shop, tmp_path / "index")
    assert len(read) == 2
    assert again.size == 50
    assert found(again, "crimson3")[0].startswith("page-3/en")
    assert found(again, "azure77")[0].startswith("page-77/en")
    assert not any(one.startswith("page-5/en") for one in found(again, "azure5 page 5"))
    fresh = KnowledgeBase(shop, HashingEncoder(), encoder_digest="h", cache_dir=None)
    for query in ("azure3", "crimson3", "azure5", "colour number 9"):
        assert sorted(found(again, query)) == sorted(found(fresh, query))


def cut_short(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    return data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]


def emptied(data: bytes) -> bytes:
    return data[:0]


@pytest.mark.parametrize("damage", [cut_short, flipped, emptied])
def test_damaged_files_are_made_anew(
    shop: ArticleStore, tmp_path: Path, read: list[str], damage: Callable[[bytes], bytes]
) -> None:
    folder = tmp_path / "index"
    first = opened(shop, folder)
    for path in words_files(folder):
        path.write_bytes(damage(path.read_bytes()))
    read.clear()
    again = opened(shop, folder)
    assert len(read) == 50
    assert found(again, "azure7") == found(first, "azure7")
    read.clear()
    opened(shop, folder)
    assert read == []


def test_files_of_an_older_version_are_made_anew_once(
    shop: ArticleStore, tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(segment_files, "_VERSION", "1")
        opened(shop, tmp_path / "index")
    read.clear()
    opened(shop, tmp_path / "index")
    assert len(read) == 50
    read.clear()
    opened(shop, tmp_path / "index")
    assert read == []


def test_known_questions_are_kept_where_others_went(shop: ArticleStore, tmp_path: Path, read: list[str]) -> None:
    for number in range(0, 12, 2):
        asked, denied = (f"which hue has sheet {number}?", f"is {number} a prime?"), (f"what does {number} weigh?",)
        shop.put(replace(page(number), questions=asked, negative_questions=denied), actor="ann")
    opened(shop, tmp_path / "index")
    shop.delete("page-2", "en", actor="ann")
    shop.put(replace(page(6), questions=("which tint?",)), actor="ann")
    read.clear()
    again = opened(shop, tmp_path / "index")
    assert sorted(read) == ["Page 6\nThe colour number 6 is azure6.", "which tint?"]
    fresh = KnowledgeBase(shop, HashingEncoder(), encoder_digest="h", cache_dir=None)
    for query in ("which hue has sheet 2?", "which hue has sheet 10?", "which tint?", "what does 8 weigh?"):
        ours, theirs = (base.search(query, language="en", limit=50) for base in (again, fresh))
        assert {(one.article, one.passage) for one in ours} == {(one.article, one.passage) for one in theirs}
        assert ours[0].article == theirs[0].article
    assert found(again, "which hue has sheet 10?")[0].startswith("page-10/en")


def test_a_file_under_another_name_is_not_used(shop: ArticleStore, tmp_path: Path, read: list[str]) -> None:
    folder = tmp_path / "index"
    opened(shop, folder)
    for number, path in enumerate(words_files(folder)):
        path.rename(folder / f"words-{number}.safetensors")
    read.clear()
    opened(shop, folder)
    assert len(read) == 50


def test_files_that_say_the_same_are_used_once(
    shop: ArticleStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, other = tmp_path / "index", tmp_path / "other"
    opened(shop, folder)
    # Another process has other segments of the same articles.
    monkeypatch.setattr(changing, "LIVE", 5)
    for number in range(12):
        shop.put(page(number, "crimson"), actor="ann")
        shop.put(page(number), actor="ann")
    second = opened(shop, other)
    for path in words_files(other):
        shutil.copy(path, folder / path.name)
    again = opened(shop, folder)
    assert again.size == second.size == 50
    assert sorted(found(again, "colour number")) == sorted(found(second, "colour number"))


def test_files_of_what_is_gone_are_deleted(shop: ArticleStore, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    base = opened(shop, folder)
    assert len(words_files(folder)) == 2
    for number in range(10):
        shop.delete(f"page-{number}", "de", actor="ann")
    base.refresh()
    assert len(words_files(folder)) == 1


def test_another_encoder_uses_the_same_words(shop: ArticleStore, tmp_path: Path, read: list[str]) -> None:
    opened(shop, tmp_path / "index")
    read.clear()
    encoder = HashingEncoder(32)
    other = KnowledgeBase(shop, encoder, encoder_digest="other", cache_dir=tmp_path / "index")
    other.refresh()
    assert read == []
    assert encoder.encoded == 50
    assert found(other, "azure7")[0].startswith("page-7/en")


EDITOR = """
import random, sys
from pathlib import Path
sys.path.append(sys.argv[1])
from knowledge_base import changing, upkeep
from knowledge_base.records import Article
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import ArticleStore
from tests.knowledge_base.hashing import HashingEncoder
from tickets.database import Database
changing.LIVE, upkeep.EXACT_UP_TO = 8, 60
folder, seed = Path(sys.argv[2]), int(sys.argv[3])
store = ArticleStore(Database.open(f"sqlite:///{folder}/shop.db"))
base = KnowledgeBase(store, HashingEncoder(), encoder_digest="h", cache_dir=folder / "index", background=True)
draw = random.Random(seed)
base.refresh()
for step in range(100_000):
    names = draw.sample(range(200), 3)
    colour = draw.choice(["azure", "crimson", "olive"])
    store.apply(
        [Article(f"page-{n}", "en", f"Page {n}", f"Number {n} is {colour}{n}x{seed}x{step}.") for n in names],
        source="kb",
    )
    base.refresh()
    print(step, base.size, flush=True)
"""


@pytest.mark.slow
def test_a_process_that_is_killed_harms_nothing(tmp_path: Path, read: list[str]) -> None:
    draw = random.Random(4)  # noqa: S311 no secret
    for seed in range(4):
        command = [sys.executable, "-c", EDITOR, ROOT, str(tmp_path), str(seed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            # It is killed at any point of a change, and of what its thread does in the background.
            for _ in range(draw.randint(4, 20)):
                assert process.stdout.readline()
            process.kill()
        assert process.returncode == -signal.SIGKILL
        check_against_the_database(tmp_path)
    kept = list((tmp_path / "index").glob("words-*"))
    assert kept
    read.clear()
    check_against_the_database(tmp_path)


def check_against_the_database(folder: Path) -> None:
    """Open what a killed process left behind, and compare it with an index built anew."""
    copy = folder / "copy"
    if (folder / "index").exists():
        shutil.copytree(folder / "index", copy)
    database = Database.open(f"sqlite:///{folder}/shop.db")
    store = ArticleStore(database)
    left = opened(store, copy)
    fresh = KnowledgeBase(store, HashingEncoder(), encoder_digest="h", cache_dir=None)
    passages = sorted(entry.text for entry in store.entries())
    assert left.size == fresh.size == len(passages)
    partition = left.partition("en")
    assert partition is not None
    held = [
        segment.entries[row].text
        for number, segment in enumerate(partition.segments)
        for row in partition.kept(number).nonzero()[0].tolist()
    ]
    assert sorted(held) == passages
    assert partition.encoded == len(passages)
    for text in passages[::9]:
        word = text.split()[-1].strip(".")
        assert found(left, word)[0] == found(fresh, word)[0]
    database.close()
    shutil.rmtree(copy, ignore_errors=True)
