"""The index against the plainest possible search: nothing forbidden is found, nothing allowed is overlooked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.index import RRF, Entry, Partition, Scope
from knowledge_base.lexical import LexicalIndex
from knowledge_base.records import Visibility
from knowledge_base.search import MAX_PER_ARTICLE, KnowledgeBase
from knowledge_base.tokens import tokenize, tokenize_all
from tests.knowledge_base.hashing import HashingEncoder

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
    ),
    max_size=25,
)
SCOPES = st.builds(
    Scope.of,
    st.sampled_from(Visibility),
    st.sampled_from([None, "pine", "HARBOUR", "else"]),
    st.just(TODAY),
)
QUERIES = st.lists(st.sampled_from([*WORDS, "unheard"]), min_size=1, max_size=4).map(" ".join)


def partition(entries: list[Entry]) -> Partition:
    entries = [replace(entry, language="en") for entry in entries]
    vectors = HashingEncoder().encode([entry.spoken for entry in entries])
    lexical = LexicalIndex.build(tokenize_all([entry.searched for entry in entries], "en"))
    return Partition.build("en", entries, lexical, vectors)


def allowed(entry: Entry, scope: Scope) -> bool:
    """Say the rules once more, in other words than the code under test."""
    return not (
        (entry.visibility == "internal" and scope.visibility == "public")
        or (scope.brand and entry.brand and entry.brand.lower() != scope.brand)
        or (entry.valid_from and entry.valid_from > TODAY)
        or (entry.valid_until and entry.valid_until < TODAY)
    )


@settings(max_examples=60, deadline=None)
@given(ENTRIES, SCOPES, QUERIES)
def test_rankings_are_those_of_a_search_over_the_allowed_passages(
    entries: list[Entry], scope: Scope, query: str
) -> None:
    index = partition(entries)
    vector = HashingEncoder().encode([query])[0]
    found = index.search(tokenize(query, "en"), vector, scope, limit=50)
    rows = [row for row, entry in enumerate(index.entries) if allowed(entry, scope)]
    assert {id(candidate.entry) for candidate in found} == {id(index.entries[row]) for row in rows}
    scores = index.lexical.score(tokenize(query, "en")).scores
    by_words = sorted((row for row in rows if scores[row] > 0), key=lambda row: (-scores[row], row))
    ranks = {id(index.entries[row]): rank for rank, row in enumerate(by_words, start=1)}
    for candidate in found:
        assert candidate.lexical_rank == ranks.get(id(candidate.entry))
        position = next(row for row in rows if index.entries[row] is candidate.entry)
        assert candidate.cosine == pytest.approx(float(index.vectors[position] @ vector), abs=1e-5)
        assert 0.0 <= candidate.share <= 1.0
        assert 0.0 <= candidate.agreement <= 1.0
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


class Fixed:
    """Passages that stand still."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries

    def generation(self) -> str:
        return "1"

    def entries(self) -> list[Entry]:
        return self._entries


@settings(max_examples=60, deadline=None)
@given(
    ENTRIES,
    QUERIES,
    st.sampled_from([None, "und", "en", "de", "fr"]),
    st.sampled_from(Visibility),
    st.sampled_from([None, "pine"]),
    st.integers(1, 8),
)
def test_what_is_shown_keeps_every_promise(
    entries: list[Entry], query: str, language: str | None, visibility: Visibility, brand: str | None, limit: int
) -> None:
    entries = [replace(entry, valid_from=None, valid_until=None) for entry in entries]
    base = KnowledgeBase(Fixed(entries), HashingEncoder(), encoder_digest="h", cache_dir=None)
    answers = base.search(query, language=language, visibility=visibility, brand=brand, limit=limit)
    scope = Scope.of(visibility, brand, TODAY)
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
