"""An index that follows changes is the same as one built anew, whatever came and went, and in whichever order."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base import changing, upkeep
from knowledge_base.dense import ClusteredVectors
from knowledge_base.index import Entry, Partition, Scope
from knowledge_base.records import Visibility
from knowledge_base.search import KnowledgeBase
from knowledge_base.segments import IndexedArticle, Segment
from knowledge_base.tokens import tokenize
from tests.knowledge_base.hashing import HashingEncoder
from tests.knowledge_base.sources import Changing
from tests.knowledge_base.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("parcel", "refund", "voucher", "size", "card", "jacket", "customs", "late", "azure", "return")
SCOPE = Scope(Visibility.PUBLIC, None, 740_000)


def article(key: int, seed: int, language: str = "en") -> IndexedArticle:
    """Make up an article of one to four passages."""
    draw = random.Random(seed)  # noqa: S311 made-up texts are no secret
    texts = [" ".join(draw.choices(WORDS, k=draw.randint(3, 12))) for _ in range(draw.randint(1, 4))]
    name, title = f"a{key}", draw.choice(WORDS)
    return IndexedArticle(
        key, tuple(Entry(name, title, language, Visibility.PUBLIC, f"{text} {seed}") for text in texts)
    )


def opened(source: Changing, folder: Path | None = None, *, background: bool = False) -> KnowledgeBase:
    return KnowledgeBase(source, HashingEncoder(), encoder_digest="h", cache_dir=folder, background=background)


def keys(partition: Partition) -> list[int]:
    """Give the articles that can be found, one by one."""
    kept = [one.keys[partition.kept(number)] for number, one in enumerate(partition.segments)]
    return sorted(set(np.concatenate(kept).tolist()))


CHANGES = st.lists(
    st.tuples(st.sampled_from(["put", "put", "drop"]), st.lists(st.integers(1, 12), min_size=1, max_size=4)),
    min_size=1,
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(CHANGES, st.integers(0, 99), st.integers(2, 12))
def test_what_is_found_does_not_depend_on_what_was_before(
    changes: list[tuple[str, list[int]]], seed: int, live: int
) -> None:
    source = Changing()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changing, "LIVE", live)
        base = opened(source)
        for number, (kind, names) in enumerate(changes):
            if kind == "put":
                source.put(
                    *(article(key, 100 * seed + number, "en" if key % 3 else "de") for key in dict.fromkeys(names))
                )
            else:
                source.drop(*names)
            assert base.refresh()
    fresh = opened(source)
    assert base.size == fresh.size
    for language in ("en", "de"):
        ours, theirs = base.partition(language), fresh.partition(language)
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            assert keys(ours) == keys(theirs)
            assert ours.encoded == ours.size == theirs.size
    for word in WORDS[:5]:
        vector = HashingEncoder().encode([word])[0]
        assert vectors_found(base, word, vector) == vectors_found(fresh, word, vector)


def vectors_found(base: KnowledgeBase, word: str, vector: np.ndarray[tuple[int], np.dtype[np.float32]]) -> set[str]:
    """Give all passages that a search finds, with their cosines."""
    found = set()
    for language in ("en", "de"):
        partition = base.partition(language)
        for candidate in partition.search(tokenize(word, language), vector, SCOPE, 100) if partition else []:
            found.add(f"{candidate.entry.article} {candidate.entry.text} {candidate.cosine:.4f}")
    return found


def test_an_article_that_changed_is_found_by_its_new_words_only() -> None:
    source = Changing()
    base = opened(source)
    for text in ("azure", "jacket"):
        source.put(IndexedArticle(1, (Entry("a", "Title", "en", Visibility.PUBLIC, text),)))
        base.refresh()
    partition = base.partition("en")
    assert partition is not None
    silent = np.zeros(64, dtype=np.float32)
    assert partition.search(["azur"], silent, SCOPE) == []
    assert [found.entry.text for found in partition.search(["jacket"], silent, SCOPE)] == ["jacket"]


def test_one_more_article_leaves_large_segments_alone() -> None:
    source = Changing()
    source.put(*(article(key, key) for key in range(1, 601)))
    base = opened(source)
    base.refresh()
    before = base.partition("en")
    assert before is not None
    source.put(article(700, 700))
    base.refresh()
    source.put(article(701, 701), article(5, 5_000))
    base.refresh()
    after = base.partition("en")
    assert after is not None
    (large, small), (large_before,) = after.segments, before.segments
    assert large is large_before
    assert sorted(set(small.keys.tolist())) == [5, 700, 701]
    assert set(large.keys[~after.kept(0)].tolist()) == {5}


def test_segments_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "LIVE", 8)
    source, most, copied = Changing(), 0, []
    merge = Segment.merge

    def counting(parts: list[tuple[Segment, np.ndarray[tuple[int], np.dtype[np.bool_]]]]) -> Segment:
        copied.append(sum(int(keep.sum()) for _, keep in parts))
        return merge(parts)

    monkeypatch.setattr(Segment, "merge", counting)
    base = opened(source)
    for key in range(1, 301):
        source.put(article(key, key))
        base.refresh()
        partition = base.partition("en")
        assert partition is not None
        most = max(most, len(partition.segments))
    assert partition is not None
    assert keys(partition) == list(range(1, 301))
    # Each level is at least twice as large as the next smaller one, and each passage is copied once a level.
    assert most <= 9
    assert sum(copied) <= 12 * partition.size


def test_a_segment_with_many_gaps_is_written_anew() -> None:
    source = Changing()
    source.put(*(article(key, key) for key in range(1, 601)))
    base = opened(source)
    base.refresh()
    source.drop(*range(1, 400))
    base.refresh()
    partition = base.partition("en")
    assert partition is not None
    assert [gone is None for gone in partition.gone] == [True]
    assert keys(partition) == list(range(400, 601))


def test_a_language_whose_last_article_went_is_gone() -> None:
    source = Changing()
    source.put(article(1, 1), article(2, 2, "de"))
    base = opened(source)
    base.refresh()
    source.drop(2)
    base.refresh()
    assert base.partition("de") is None
    source.put(article(2, 2, "de"))
    base.refresh()
    assert base.partition("de") is not None


def test_articles_that_go_while_segments_are_merged_stay_gone() -> None:
    source = Changing()
    source.put(*(article(key, key) for key in range(1, 9)))
    base = opened(source)
    base.refresh()
    index = base._upkeep.index
    assert index is not None
    partition = index.partitions["en"]
    parts = [(partition.segments[0], partition.kept(0))]
    merged = Segment.merge(parts)
    source.drop(3, 4)
    now = changing.with_changes(index, "2", {3, 4}, [], lambda _: np.zeros((0, 64), dtype=np.float32))
    after = changing.swapped(now, "en", parts, merged)
    assert after.partitions["en"].segments == (merged,)
    assert keys(after.partitions["en"]) == [1, 2, 5, 6, 7, 8]
    # What was made of segments that are there no more comes too late.
    assert changing.swapped(after, "en", parts, merged) is after


def test_what_is_large_is_clustered_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "EXACT_UP_TO", 400)
    source = Changing()
    source.put(*(article(key, key) for key in range(1, 401)))
    base = opened(source, tmp_path, background=True)
    base.refresh()
    until(lambda: not base.busy)
    partition = base.partition("en")
    assert partition is not None
    assert isinstance(partition.segments[0].dense, ClusteredVectors)
    assert partition.encoded == partition.size
    source.put(article(900, 900))
    base.refresh()
    until(lambda: not base.busy)
    learned: list[int] = []
    monkeypatch.setattr(ClusteredVectors, "learn", lambda vectors: learned.append(len(vectors)))
    again = opened(source, tmp_path, background=True)
    again.refresh()
    until(lambda: not again.busy)
    assert learned == []
    assert again.size == base.size
    loaded = again.partition("en")
    assert loaded is not None
    assert isinstance(loaded.segments[0].dense, ClusteredVectors)
    word = article(900, 900).entries[0].text.split()[-1]
    assert again.search(word, language="en")[0].article == "a900"
