"""How search reads words, and BM25 over them."""

from __future__ import annotations

import random

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.lexical import MAX_QUERY_TOKENS, LexicalIndex, best
from knowledge_base.tokens import tokenize, tokenize_all


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "I was returning the parcels", "return parcel"),
        ("de", "Rücksendungen meiner Häuser", "Rücksendung haus"),
        ("es", "las devoluciones pagadas", "devolución pagado"),
        ("fr", "des livraisons retardées", "livraison retardé"),
        ("it", "ordini cancellati", "ordine cancellato"),
        ("nl", "bestellingen", "bestelling"),
        ("pl", "zamówienia", "zamówienie"),
        ("pt", "devoluções", "devolução"),
        ("tr", "SİPARİŞLERİM KIRIK", "siparişlerim kırık"),
        ("ar", "الطَّلَب", "طلب"),
        ("xx", "Łódź ＡＢＣ", "lodz abc"),
    ],
)
def test_forms_of_a_word_meet(language: str, one: str, other: str) -> None:
    assert set(tokenize(other, language)) <= set(tokenize(one, language))


def test_chinese_and_japanese_become_pairs() -> None:
    assert tokenize("我的包裹", "zh") == ["我的", "的包", "包裹"]
    assert tokenize("返品 を", "ja") == ["返品", "を"]
    assert set(tokenize("iPhone14を返品", "ja")) == {"iphone14", "を返", "返品"}


def test_numbers_stay_and_single_letters_go() -> None:
    assert tokenize("a 7 HP-100042 l'article", "xx") == ["7", "hp", "100042", "article"]


def test_invisible_signs_do_not_part_words() -> None:
    assert tokenize("re\u200bturn\u00ad pol\u202eicy", "xx") == ["return", "policy"]


def test_long_words_are_cut() -> None:
    assert [len(token) for token in tokenize("x" * 100_000, "en")] == [40]


@given(st.text(max_size=200), st.sampled_from(["en", "de", "zh", "ar", "tr", "xx"]))
def test_many_texts_read_like_one(text: str, language: str) -> None:
    assert tokenize_all([text, text], language) == [tokenize(text, language)] * 2


def corpus(size: int) -> list[list[str]]:
    rng = random.Random(size)  # noqa: S311 made-up texts are no secret
    return [
        rng.choices([f"w{n}" for n in range(40)], weights=range(40, 0, -1), k=rng.randint(0, 20)) for _ in range(size)
    ]


@pytest.mark.parametrize("size", [1, 2, 45])
def test_scores_are_those_of_bm25s(size: int) -> None:
    texts = corpus(size)
    index = LexicalIndex.build(texts)
    oracle = bm25s.BM25(method="lucene")
    oracle.index(texts, show_progress=False)
    for query in (["w1", "w7"], ["w39"], ["w0", "w5", "w20"]):
        known = [token for token in query if token in index.vocabulary]
        expected = oracle.get_scores(known) if known else np.zeros(size)
        assert np.allclose(index.score(query).scores, expected, atol=1e-5)


def test_no_passage_reaches_more_than_the_ceiling() -> None:
    index = LexicalIndex.build(corpus(200))
    for query in (["w1"], ["w39", "w2"], [f"w{n}" for n in range(40)], ["unknown", "w3"]):
        scored = index.score(query)
        assert 0.0 <= scored.scores.max() <= scored.ceiling


def test_what_nobody_says_lowers_the_share() -> None:
    index = LexicalIndex.build(corpus(200))
    plain, more = index.score(["w30"]), index.score(["w30", "unheard"])
    assert np.array_equal(plain.scores, more.scores)
    assert more.ceiling > plain.ceiling


def test_words_of_most_passages_are_left_out() -> None:
    index = LexicalIndex.build([["the", f"w{n}"] for n in range(100)])
    assert np.flatnonzero(index.score(["the", "w3"]).scores).tolist() == [3]
    assert np.count_nonzero(index.score(["the"]).scores) == 100


def test_of_a_long_query_the_rarest_words_are_used() -> None:
    index = LexicalIndex.build([[f"w{n % 120}", f"rare{n}"] for n in range(480)])
    query = [f"w{n}" for n in range(120)] + ["rare7"]
    scored = index.score(query)
    assert int(scored.scores.argmax()) == 7
    assert np.count_nonzero(scored.scores) <= MAX_QUERY_TOKENS * 4


def test_empty_texts_and_queries() -> None:
    corpora: list[list[list[str]]] = [[], [[]], [[], ["a"]]]
    for texts in corpora:
        index = LexicalIndex.build(texts)
        assert index.score([]).scores.tolist() == [0.0] * len(texts)
        assert index.score(["zzz"]).scores.tolist() == [0.0] * len(texts)


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 10), st.randoms())
def test_best_is_sorting(values: list[int], limit: int, rng: random.Random) -> None:
    scores = np.array(values, dtype=np.float32)
    allowed = np.array([rng.random() < 0.7 for _ in values], dtype=np.bool_)
    for mask in (None, allowed):
        wanted = [row for row in range(len(values)) if values[row] > 0 and (mask is None or mask[row])]
        assert best(scores, mask, limit) == sorted(wanted, key=lambda row: (-values[row], row))[:limit]
