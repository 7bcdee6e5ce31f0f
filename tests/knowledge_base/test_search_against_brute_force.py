"""The index against the plainest possible search: nothing forbidden is found, nothing allowed is overlooked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.index import Entry, Partition, Scope, SearchIndex
from knowledge_base.ranking import RRF
from knowledge_base.records import Visibility
from knowledge_base.search import MAX_PER_ARTICLE, KnowledgeBase
from knowledge_base.segments import IndexedArticle, Segment
from knowledge_base.tokens import tokenize
from tests.knowledge_base.hashing import HashingEncoder
from tests.knowledge_base.sources import Fixed

TODAY = date(2026, 6, 15)
WORDS = ("parcel", "refund", "voucher", "size", "card", "jacket", "customs", "late")
DAYS = st.none() | st.integers(-3, 3).map(lambda offset: TODAY + timedelta(days=offset))

ENTRIES = st.lists(
    st.builds(
        Entry,
        article=st.sampled_from(["a", "b", "c", "d"]),
        title=st.sampled_from(WORDS),
        language=st.sampled_from(["en", "de", "xx"]),
        visibility=st.sampled_from(Visibility),
        text=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join),
        brand=st.sampled_from([None, "Pine", "harbour"]),
        valid_from=DAYS,
        valid_until=DAYS,
        market=st.sampled_from([None, None, "DE", "US"]),
    ),
    min_size=1,
    max_size=25,
)
SCOPES = st.builds(
    Scope.of,
    st.sampled_from(Visibility),
    st.sampled_from([None, "pine", "HARBOUR", "else"]),
    st.just(TODAY),
    st.sampled_from([None, "DE", "us", "FR"]),
)
QUERIES = st.lists(st.sampled_from([*WORDS, "unheard"]), min_size=1, max_size=4).map(" ".join)


def partition(entries: list[Entry]) -> Partition:
    entries = [replace(entry, language="en") for entry in entries]
    vectors = HashingEncoder().encode([entry.spoken for entry in entries])
    # Each passage is an article of its own, and they lie in three segments.
    parts = [list(range(len(entries)))[start::3] for start in range(3)]
    segments = [
        Segment.build([IndexedArticle(row + 1, (entries[row],)) for row in rows], vectors[rows])
        for rows in parts
        if rows
    ]
    return Partition.of(segments, [None] * len(segments))


def in_order(index: Partition) -> list[tuple[int, Entry, np.ndarray[tuple[int], np.dtype[np.float32]]]]:
    """Give key, passage and vector of all rows, in the order in which articles came."""
    found: list[tuple[int, Entry, np.ndarray[tuple[int], np.dtype[np.float32]]]] = []
    for segment in index.segments:
        rows = zip(segment.keys.tolist(), segment.entries, segment.dense.all(), strict=True)
        found.extend(rows)
    return sorted(found, key=lambda row: row[0])


def allowed(entry: Entry, scope: Scope) -> bool:
    """Say the rules once more, in other words than the code under test."""
    return not (
        (entry.visibility == "internal" and scope.visibility == "public")
        or (scope.brand and entry.brand and entry.brand.lower() != scope.brand)
        or (scope.market and entry.market and entry.market.lower() != scope.market)
        or (entry.valid_from and entry.valid_from > TODAY)
        or (entry.valid_until and entry.valid_until < TODAY)
    )


def bm25(index: Partition, tokens: list[str]) -> dict[int, np.float32]:
    """Give the score of every article by its key."""
    query = index.words.query(tokens)
    scores: dict[int, np.float32] = {}
    for number, segment in enumerate(index.segments):
        values = index.words.scores(query, number, np.arange(segment.size))
        scores.update(zip(segment.keys.tolist(), values, strict=True))
    return scores


@settings(max_examples=60, deadline=None)
@given(ENTRIES, SCOPES, QUERIES)
def test_rankings_are_those_of_a_search_over_the_allowed_passages(
    entries: list[Entry], scope: Scope, query: str
) -> None:
    index = partition(entries)
    vector = HashingEncoder().encode([query])[0]
    found = index.search(tokenize(query, "en"), vector, scope, limit=50)
    rows = [row for row in in_order(index) if allowed(row[1], scope)]
    assert {id(candidate.entry) for candidate in found} == {id(entry) for _, entry, _ in rows}
    scores = bm25(index, tokenize(query, "en"))
    by_words = sorted((row for row in rows if scores[row[0]] > 0), key=lambda row: (-scores[row[0]], row[0]))
    ranks = {id(entry): rank for rank, (_, entry, _) in enumerate(by_words, start=1)}
    for candidate in found:
        assert candidate.lexical_rank == ranks.get(id(candidate.entry))
        own = next(vector for _, entry, vector in rows if entry is candidate.entry)
        assert candidate.cosine == pytest.approx(float(own @ vector), abs=1e-5)
        assert 0.0 <= candidate.share <= 1.0
        assert candidate.share <= candidate.coverage + 1e-6
        assert 0.0 <= candidate.heading <= candidate.coverage + 1e-6 <= 1.0 + 2e-6
    cosines = [c.cosine for c in sorted(found, key=lambda c: c.dense_rank or 0)]
    assert cosines == sorted(cosines, reverse=True) or np.allclose(cosines, sorted(cosines, reverse=True), atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(ENTRIES, SCOPES, QUERIES)
def test_candidates_come_in_the_order_of_fused_ranks(entries: list[Entry], scope: Scope, query: str) -> None:
    vector = HashingEncoder().encode([query])[0]
    found = partition(entries).search(tokenize(query, "en"), vector, scope, limit=50)
    fused = [
        sum(1 / (RRF + rank) for rank in (candidate.lexical_rank, candidate.dense_rank) if rank is not None)
        for candidate in found
    ]
    assert fused == sorted(fused, reverse=True)


@settings(max_examples=60, deadline=None)
@given(
    ENTRIES,
    QUERIES,
    st.sampled_from([None, "und", "en", "de", "fr"]),
    st.sampled_from(Visibility),
    st.tuples(st.sampled_from([None, "pine"]), st.sampled_from([None, "US"])),
    st.integers(1, 8),
)
def test_what_is_shown_keeps_every_promise(
    entries: list[Entry],
    query: str,
    language: str | None,
    visibility: Visibility,
    served: tuple[str | None, str | None],
    limit: int,
) -> None:
    brand, market = served
    entries = [replace(entry, valid_from=None, valid_until=None) for entry in entries]
    base = KnowledgeBase(Fixed(entries), HashingEncoder(), encoder_digest="h", cache_dir=None)
    answers = base.search(query, language=language, visibility=visibility, brand=brand, market=market, limit=limit)
    scope = Scope.of(visibility, brand, TODAY, market)
    seen = {(entry.article, entry.language, entry.text) for entry in entries if allowed(entry, scope)}
    assert {(answer.article, answer.language, answer.passage) for answer in answers} <= seen
    assert len(answers) <= limit
    for article in {answer.article for answer in answers}:
        shown = [answer.language for answer in answers if answer.article == article]
        assert len(set(shown)) == 1
        assert len(shown) <= MAX_PER_ARTICLE
    # Where anything is left to show, the limit is reached.
    languages = {article: {name for other, name, _ in seen if other == article} for article in {one[0] for one in seen}}
    if all(len(names) == 1 for names in languages.values()):
        counts = [len([e for e in entries if allowed(e, scope) and e.article == article]) for article in languages]
        assert len(answers) == min(limit, sum(min(count, MAX_PER_ARTICLE) for count in counts))


@settings(max_examples=30, deadline=None)
@given(ENTRIES, QUERIES, st.sampled_from(["en", "de"]))
def test_the_same_question_gives_the_same_answer(entries: list[Entry], query: str, language: str) -> None:
    bases = [KnowledgeBase(Fixed(entries), HashingEncoder(), encoder_digest="h", cache_dir=None) for _ in range(2)]
    first, second = (base.search(query, language=language, limit=5) for base in bases)
    assert first == second
    assert bases[0].search(query, language=language, limit=5) == first


@settings(max_examples=60, deadline=None)
@given(ENTRIES, st.sets(st.sampled_from(["en", "de", "xx"]), min_size=1), st.integers(0, 3))
def test_languages_are_searched_further_where_they_hold_what_the_first_do_not(
    entries: list[Entry], first: set[str], every: int
) -> None:
    parts: dict[str, Partition] = {}
    told: dict[str, set[tuple[object, ...]]] = {}
    for language in sorted({entry.language for entry in entries}):
        held = {entry.article: entry for entry in entries if entry.language == language}
        articles = [IndexedArticle(key, (entry,)) for key, entry in enumerate(held.values(), start=1)]
        gone = np.array([bool(every) and place % (every + 1) == 1 for place in range(len(articles))])
        segment = Segment.build(articles, np.zeros((len(articles), 8), dtype=np.float32))
        parts[language] = Partition.of([segment], [gone if gone.any() else None])
        told[language] = {
            (one.article, one.visibility, one.brand, one.market, one.valid_from, one.valid_until)
            for one, missing in zip(held.values(), gone, strict=True)
            if not missing
        }
    given_first = [language for language in sorted(first) if language in parts]
    known = set().union(*(told[language] for language in given_first))
    wanted = [language for language in parts if language not in given_first and not told[language] <= known]
    assert list(SearchIndex("1", parts).beyond(given_first)) == wanted
