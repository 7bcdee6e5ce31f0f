"""BM25 over segments: the scores of bm25s, the same as over one segment, and no less found for reading less."""

from __future__ import annotations

import random
from itertools import pairwise

import bm25s
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base import word_search
from knowledge_base.lexical import LexicalSegment
from knowledge_base.word_search import MAX_QUERY_TOKENS, WordSearch

WORDS = [f"w{n}" for n in range(40)]


@pytest.fixture(params=["all at once", "word by word"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read small segments in both ways: the result is the same."""
    if request.param == "word by word":
        monkeypatch.setattr(word_search, "_AT_ONCE", 0)


def corpus(size: int, seed: int = 0) -> list[list[str]]:
    rng = random.Random(size + seed)  # noqa: S311 made-up texts are no secret
    return [rng.choices(WORDS, weights=range(40, 0, -1), k=rng.randint(0, 20)) for _ in range(size)]


def over(texts: list[list[str]]) -> WordSearch:
    return WordSearch.over([LexicalSegment.build(texts)])


def scores(search: WordSearch, tokens: list[str]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Give the scores of all passages of all segments, one after another."""
    query = search.query(tokens)
    return np.concatenate([search.scores(query, n, np.arange(one.size)) for n, one in enumerate(search.segments)])


@pytest.mark.parametrize("size", [1, 2, 45])
def test_scores_are_those_of_bm25s(size: int) -> None:
    # We do not count a passage that holds no word.
    texts = [text for text in corpus(size) if text]
    search = over([*texts, []])
    oracle = bm25s.BM25(method="lucene")
    oracle.index(texts, show_progress=False)
    for tokens in (["w1", "w7"], ["w39"], ["w0", "w5", "w20"]):
        known = [token for token in tokens if token in search.segments[0].vocabulary]
        expected = oracle.get_scores(known) if known else np.zeros(len(texts))
        assert np.allclose(scores(search, tokens), [*expected, 0.0], atol=1e-5)


@given(st.lists(st.integers(0, 59), max_size=4), st.lists(st.sampled_from([*WORDS, "unheard"]), max_size=6))
def test_segments_are_weighed_as_if_they_were_one(cuts: list[int], tokens: list[str]) -> None:
    texts = corpus(60)
    edges = [0, *sorted(cuts), 60]
    parts = [LexicalSegment.build(texts[start:end]) for start, end in pairwise(edges)]
    search, one = WordSearch.over(parts), over(texts)
    assert np.allclose(scores(search, tokens), scores(one, tokens), atol=1e-6)
    assert search.query(tokens).ceiling == pytest.approx(one.query(tokens).ceiling)


@given(st.lists(st.booleans(), min_size=60, max_size=60), st.integers(0, 60))
def test_merging_is_building_of_what_stays(stays: list[bool], cut: int) -> None:
    texts, keep = corpus(60), np.array(stays, dtype=np.bool_)
    halves = [(LexicalSegment.build(texts[:cut]), keep[:cut]), (LexicalSegment.build(texts[cut:]), keep[cut:])]
    merged = LexicalSegment.merge(halves)
    built = LexicalSegment.build([text for text, kept in zip(texts, stays, strict=True) if kept])
    assert np.array_equal(merged.lengths, built.lengths)
    assert set(merged.vocabulary) == set(built.vocabulary)
    for word, position in built.vocabulary.items():
        here = merged.vocabulary[word]
        assert np.array_equal(merged.postings(here)[0], built.postings(position)[0])
        assert np.array_equal(merged.postings(here)[1], built.postings(position)[1])
        assert merged.peaks[here] == built.peaks[position]
        assert merged.shortest[here] == built.shortest[position]


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), st.integers(1, 60), st.integers(0, 9), st.booleans())
def test_the_best_are_the_best_of_all(tokens: list[str], limit: int, seed: int, filtered: bool) -> None:
    texts = corpus(400, seed)
    search = over(texts)
    allowed = np.array([random.Random(seed + n).random() < 0.7 for n in range(400)]) if filtered else None  # noqa: S311
    query = search.query(tokens)
    with pytest.MonkeyPatch.context() as patch:
        # Every list counts as long, so that what can be left out is left out.
        patch.setattr(word_search, "_CHEAP", 0)
        rows, values = search.best(query, 0, allowed, limit)
    everything = scores(search, tokens)
    assert np.array_equal(values, everything[rows])
    wanted = everything if allowed is None else np.where(allowed, everything, 0)
    found = np.flatnonzero(wanted > 0)
    floor = np.sort(wanted[found])[-limit] if len(found) > limit else 0.0
    assert set(rows.tolist()) == set(found[wanted[found] >= floor].tolist())


def test_what_ties_with_the_last_comes_too_whichever_word_found_it() -> None:
    search = over([["red"]] * 3 + [["blue"]] * 3 + [["green", "grass"]] * 3)
    rows, values = search.best(search.query(["red", "blue"]), 0, None, 2)
    assert sorted(rows.tolist()) == list(range(6))
    assert len(set(values.tolist())) == 1


def test_common_words_are_not_read_where_rare_ones_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_search, "_CHEAP", 0)
    monkeypatch.setattr(word_search, "_AT_ONCE", 0)
    texts = [["common", "rare"] if n < 20 else ["common"] * 3 for n in range(3_000)]
    texts += [["other"] for _ in range(4_000)]
    search = over(texts)
    read: list[int] = []
    add = word_search._Scan.add

    def counting(scan: word_search._Scan, idf: float, position: int) -> None:
        read.append(search.segments[0].held(position))
        add(scan, idf, position)

    monkeypatch.setattr(word_search._Scan, "add", counting)
    rows, _ = search.best(search.query(["common", "rare"]), 0, None, 10)
    assert read == [20]
    assert set(rows.tolist()) == set(range(20))


def test_no_passage_reaches_more_than_the_ceiling() -> None:
    search = over(corpus(200))
    for tokens in (["w1"], ["w39", "w2"], WORDS, ["unknown", "w3"]):
        assert 0.0 <= scores(search, tokens).max() <= search.query(tokens).ceiling


def test_what_nobody_says_lowers_the_share() -> None:
    search = over(corpus(200))
    assert np.array_equal(scores(search, ["w30"]), scores(search, ["w30", "unheard"]))
    assert search.query(["w30", "unheard"]).ceiling > search.query(["w30"]).ceiling


def test_words_of_most_passages_are_left_out() -> None:
    search = over([["the", f"w{n}"] for n in range(100)])
    assert np.flatnonzero(scores(search, ["the", "w3"])).tolist() == [3]
    assert np.count_nonzero(scores(search, ["the"])) == 100


def test_of_a_long_query_the_rarest_words_are_used() -> None:
    search = over([[f"w{n % 120}", f"rare{n}"] for n in range(480)])
    values = scores(search, [f"w{n}" for n in range(120)] + ["rare7"])
    assert int(values.argmax()) == 7
    assert np.count_nonzero(values) <= MAX_QUERY_TOKENS * 4


def test_empty_texts_and_queries() -> None:
    corpora: list[list[list[str]]] = [[], [[]], [[], ["a"]]]
    for texts in corpora:
        search = over(texts)
        for tokens in ([], ["zzz"]):
            assert scores(search, tokens).tolist() == [0.0] * len(texts)
            assert len(search.best(search.query(tokens), 0, None, 5)[0]) == 0


def test_more_than_255_of_a_word_count_as_255() -> None:
    segment = LexicalSegment.build([["a"] * 1_000, ["a"]])
    assert segment.counts.tolist() == [255, 1]
    assert segment.lengths.tolist() == [1_000, 1]
