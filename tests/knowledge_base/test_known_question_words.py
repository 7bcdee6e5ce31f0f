"""Known questions by their words, and in segments, against the plainest way to do the same."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.dense import ClusteredVectors, ExactVectors
from knowledge_base.entries import Entry, Scope
from knowledge_base.index import Partition, SearchIndex
from knowledge_base.known_questions import AskedWords, compared
from knowledge_base.records import Visibility
from knowledge_base.segments import IndexedArticle, Segment, with_questions
from knowledge_base.tokens import tokenize
from tests.knowledge_base.hashing import HashingEncoder

WORDS = ("parcel", "parcels", "refund", "Größe", "付款方式", "card", "a", "late", "7")
TEXTS = st.lists(st.sampled_from(WORDS), min_size=0, max_size=6).map(" ".join)
LISTS = st.lists(TEXTS, max_size=4)
ARTICLES = st.lists(
    st.tuples(st.sampled_from(Visibility), LISTS, LISTS, st.integers(0, 1), st.sampled_from([None, "first"])),
    min_size=1,
    max_size=8,
)
SCOPE = Scope.of(Visibility.PUBLIC, None, date(2026, 6, 15))
INSIDE = Scope.of(Visibility.INTERNAL, None, date(2026, 6, 15))


def beginnings(text: str) -> set[str]:
    return {word[:6] for word in tokenize(text, "und")}


def plainly(
    asked: str, entries: list[Entry], every: list[Entry]
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Compare what is asked with each question, one after another."""
    held: dict[str, int] = defaultdict(int)
    for entry in every:
        for word in beginnings(entry.text):
            held[word] += 1

    def weigh(words: set[str]) -> float:
        return sum(math.log(1 + len(every) / (1 + held.get(word, 0))) ** 2 for word in words)

    vector, *vectors = HashingEncoder().encode([asked, *(entry.text for entry in entries)])
    said = beginnings(asked)
    found: tuple[dict[str, list[float]], dict[str, list[float]]] = ({}, {})
    for entry, other in zip(entries, vectors, strict=True):
        if not other.any():
            continue
        named = beginnings(entry.text)
        both = weigh(said) * weigh(named)
        words = weigh(said & named) / math.sqrt(both) if both else 0.0
        share = weigh(said & named) / weigh(said) if said else 0.0
        cosine = float(vector @ other)
        best = found[entry.denies].setdefault(entry.original, [-1.0, 0.0, 0.0, 0.0])
        best[:3] = max(best[0], cosine), max(best[1], words), max(best[2], share)
        best[3] += math.exp(25 * (cosine - 1) + 5 * words)
    return found


def article(
    number: int, visibility: Visibility, known: list[str], negative: list[str], original: str | None
) -> IndexedArticle:
    passages = [
        Entry(f"a{number}", "T", "en", visibility, f"part {n} of {number}", translation_of=original) for n in range(2)
    ]
    return IndexedArticle(number, with_questions(passages, known, negative))


def built(articles: list[IndexedArticle]) -> Segment:
    entries = [entry for one in articles for entry in one.entries]
    return Segment.build(articles, HashingEncoder().encode([entry.spoken for entry in entries]))


@settings(max_examples=80, deadline=None)
@given(ARTICLES, TEXTS.filter(bool), st.sampled_from([SCOPE, INSIDE]))
def test_the_best_of_each_article_are_those_of_a_plain_comparison(
    given_articles: list[tuple[Visibility, list[str], list[str], int, str | None]], asked: str, scope: Scope
) -> None:
    articles: tuple[list[IndexedArticle], list[IndexedArticle]] = ([], [])
    for number, (visibility, known, negative, where, original) in enumerate(given_articles, start=1):
        articles[where].append(article(number, visibility, known, negative, original))
    segments = [built(some) for some in articles if some]
    index = SearchIndex("1", {"en": Partition.of(segments, [None] * len(segments))})
    (vector,) = HashingEncoder().encode([asked])
    near = index.partitions["en"].near(vector, scope)
    found = compared(near, asked, index.weights(["en"]))
    every = [entry for some in articles for one in some for entry in one.questions]
    seen = [entry for entry in every if scope is INSIDE or entry.visibility is Visibility.PUBLIC]
    wanted = plainly(asked, seen, every)
    for ours, theirs in zip((found.answered, found.denied), wanted, strict=True):
        if not vector.any():
            assert not ours
            continue
        assert set(ours) == set(theirs)
        for name, (cosine, words, share, mass) in theirs.items():
            assert ours[name].cosine == pytest.approx(cosine, abs=2e-3)
            assert ours[name].words == pytest.approx(words, abs=1e-9)
            assert ours[name].said == pytest.approx(share, abs=1e-9)
            assert ours[name].mass == pytest.approx(mass, rel=0.1)


def test_only_the_nearest_of_all_segments_count() -> None:
    texts = [f"parcel number {n} late" for n in range(300)]
    segments = [built([article(n, Visibility.PUBLIC, texts[n::2], [], None)]) for n in range(2)]
    partition = Partition.of([segments[0], segments[1], segments[0]], [None, None, None])
    (vector,) = HashingEncoder().encode(["parcel number 7 late"])
    near = partition.near(vector, SCOPE)
    cosines = np.concatenate([one.cosines for one in near])
    every = np.concatenate([one.questions.vectors.all() for one in partition.segments]) @ vector
    assert len(cosines) == 400
    assert np.allclose(np.sort(cosines), np.sort(every)[-400:], atol=1e-3)


def test_merging_reads_no_question_again_and_gives_the_same_words() -> None:
    texts = [["where is it", "where is the parcel"], ["größe wählen", ""], ["parcel lost", "付款方式"]]
    parts = [AskedWords.of(some) for some in texts]
    keep = [np.array([True, False]), np.array([True, True]), np.array([True, True])]
    merged = AskedWords.merge(zip(parts, keep, strict=True))
    anew = AskedWords.of(["where is it", "größe wählen", "", "parcel lost", "付款方式"])
    assert dict(merged.vocabulary) == dict(anew.vocabulary)
    assert merged.numbers.tolist() == anew.numbers.tolist()
    assert merged.starts.tolist() == anew.starts.tolist()
    assert AskedWords.merge([]).size == 0


def test_a_segment_keeps_vectors_of_passages_and_questions_through_every_change() -> None:
    articles = [
        article(n, Visibility.PUBLIC, [f"how late is parcel {n}", f"refund {n}"][: n % 3], [f"card {n}"][: n % 2], None)
        for n in range(1, 30)
    ]
    encode = HashingEncoder(1_024).encode
    texts = [entry.spoken for one in articles for entry in one.entries]
    empty = Segment.build(articles, np.zeros((len(texts), 1_024), dtype=np.float32))
    every = np.ones(empty.size, dtype=np.bool_)
    missing = empty.unencoded(every)
    assert sorted(missing.values()) == sorted(texts)
    numbers = np.array(list(missing))
    half = empty.with_vectors(numbers[::2], encode(list(missing.values())[::2]))
    assert list(half.unencoded(every)) == numbers[1::2].tolist()
    whole = half.with_vectors(numbers[1::2], encode(list(missing.values())[1::2]))
    clustered = whole.with_dense(ClusteredVectors.learn(whole.dense.all()))
    keep = np.array([entry.article not in {"a2", "a7"} for entry in whole.entries])
    for segment in (whole, clustered, Segment.merge([(whole, keep)])):
        assert not segment.unencoded(np.ones(segment.size, dtype=np.bool_))
        for row, entry in enumerate(segment.entries[::7]):
            (vector,) = encode([entry.spoken])
            assert segment.dense.nearest(vector, None, 1)[0].tolist() == [7 * row]
        for place, text in enumerate(segment.questions.texts[::7]):
            (vector,) = encode([text])
            assert segment.questions.near(vector, None, 1).places.tolist() == [7 * place]
            assert text.rpartition(" ")[2] == segment.entries[segment.questions.rows[7 * place]].article[1:]


def test_texts_of_articles_that_are_gone_are_not_encoded() -> None:
    segment = built([article(n, Visibility.PUBLIC, ["why?"], ["why not?"], None) for n in range(1, 4)])
    blank = segment.with_dense(ExactVectors.of(np.zeros_like(segment.dense.all())))
    kept = np.array([entry.article != "a2" for entry in segment.entries])
    assert [text.rpartition(" ")[2] for text in blank.unencoded(kept).values()] == ["1", "1", "3", "3"]
    assert segment.extent(kept) == 4 + 4
