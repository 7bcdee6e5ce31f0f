"""How search reads words, and BM25 over them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.tokens import tokenize, tokenize_each


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
    assert list(tokenize_each([text, text], language)) == [tokenize(text, language)] * 2
