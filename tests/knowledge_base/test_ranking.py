"""Rankings and their fusion, against a dictionary and a sort."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.entries import Entry, Tags
from knowledge_base.ranking import DEPTH, RRF, fused, ranked
from knowledge_base.records import Visibility

ROWS = 40
RANKING = st.permutations(range(ROWS)).flatmap(lambda rows: st.integers(0, ROWS).map(lambda count: rows[:count]))
TAGS = st.lists(st.lists(st.sampled_from("abcd"), max_size=3).map(tuple), min_size=1, max_size=8)


@given(st.lists(st.sampled_from([0.1, 0.5, 0.9]), min_size=1, max_size=3 * DEPTH), st.integers(0, 9))
def test_ties_are_in_the_order_of_keys(scores: list[float], seed: int) -> None:
    keys = np.random.default_rng(seed).permutation(len(scores))
    rows = ranked(np.arange(len(scores)), np.array(scores), keys)
    wanted = sorted(range(len(scores)), key=lambda row: (-scores[row], keys[row]))
    assert rows.tolist() == wanted[:DEPTH]


@given(RANKING, RANKING, st.lists(st.sampled_from([0.0, 0.0, 0.3, 1.0]), min_size=ROWS, max_size=ROWS), st.booleans())
def test_rankings_are_fused_by_reciprocal_rank(
    first: list[int], second: list[int], topics: list[float], asked: bool
) -> None:
    keys = np.arange(ROWS)[::-1] // 2
    likely = np.array(topics)
    found = fused(
        [np.array(one, dtype=np.int64) for one in (first, second)], keys, likely.__getitem__ if asked else None
    )
    gained: dict[int, float] = {}
    for ranking in (first, second):
        for rank, row in enumerate(ranking, start=1):
            gained[row] = gained.get(row, 0.0) + 1 / (RRF + rank)
    if asked:
        tagged = sorted(
            (row for row in gained if topics[row]), key=lambda row: (-topics[row], -gained[row], keys[row], row)
        )
        for rank, row in enumerate(tagged, start=1):
            gained[row] += topics[row] / (RRF + rank)
    assert found.tolist() == sorted(gained, key=lambda row: (-gained[row], keys[row], row))


@given(TAGS, st.dictionaries(st.sampled_from("abce"), st.floats(0.01, 1.0), max_size=3))
def test_the_likeliest_topic_of_a_passage_is_the_best_of_its_tags(
    tags: list[tuple[str, ...]], topics: dict[str, float]
) -> None:
    made = Tags.of([Entry("a", "T", "en", Visibility.PUBLIC, "text", tags=some) for some in tags])
    wanted = [max((topics.get(tag, 0.0) for tag in some), default=0.0) for some in tags]
    for _ in range(2):
        assert made.likeliest(topics)[made.numbers].tolist() == wanted
