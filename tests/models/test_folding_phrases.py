"""Folding keeps every offset; phrases are found as people write them in each script."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.folding import fold, plain_digits
from models.text.phrases import PhraseBook


def test_folding_keeps_the_length_of_every_character() -> None:
    for code in range(sys.maxunicode + 1):
        assert len(fold(chr(code))) == 1, hex(code)
        assert len(plain_digits(chr(code))) == 1, hex(code)


@given(st.text())
def test_folding_is_done_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ŻÓŁĆ", "zolc"),
        ("İSTANBUL ılık", "istanbul ilik"),
        ("ＡＢ１２", "ab12"),
        ("٣٥", "35"),
        ("أإآ ة", "ااا ه"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_plain_digits_keeps_case() -> None:
    assert plain_digits("Ａb ٣–５") == "Ab 3-5"


def found(phrase: str, text: str) -> list[str]:
    folded = fold(text)
    return [folded[hit.start : hit.end] for hit in PhraseBook({"it": [phrase]}).find(folded)]


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("anwalt*", "Mein ANWÄLTIN-Freund, der Anwaltsbrief", ["anwaltin", "anwaltsbrief"]),
        ("anwalt", "Anwaltsbrief vom Anwalt.", ["anwalt"]),
        ("small claims", "see you in small  claims court", ["small  claims"]),
        ("konto ... gehackt*", "mein konto wurde heute gehackt!", ["konto wurde heute gehackt"]),
        ("konto ... gehackt*", "mein konto. Dann wurde ich gehackt", []),
        ("{call|write to} us", "So write to us, call us or recall us", ["write to us", "call us"]),
        ("{call|write to} {us|me}", "call me, call them", ["call me"]),
        (
            "ruf* ... {an|zurück}",
            "Rufen Sie uns heute an; wir rufen manchmal zurück",
            ["rufen sie uns heute an", "rufen manchmal zuruck"],
        ),
        ("ruf* ... {an}", "Rufen Sie jedermann", []),
        ("review ...5 gift", "a review: long gap, gift", []),
        ("review ...60 gift", "a review: long gap, gift", ["review: long gap, gift"]),
        ("{好评|五星} ... {红包|礼物}", "给五星就返红包", ["五星就返红包"]),
        ("弁護士", "もう弁護士に相談します", ["弁護士"]),
        ("订单", "这个订单号", ["订单"]),
        ("محكمه", "سأذهب إلى المحكمة غداً", ["محكمه"]),
        ("محكمه", "وبالمحكمة", []),
        ("mahkeme*", "MAHKEMEYE vereceğim", ["mahkemeye"]),
        ("a la z", "garantía a la Z", ["a la z"]),
        ("c++", "we use c++ here", ["c++"]),
    ],
)
def test_phrases(phrase: str, text: str, expected: list[str]) -> None:
    assert found(phrase, text) == expected


def test_longest_phrase_of_a_label_is_given() -> None:
    assert found("x", "y") == []
    book = PhraseBook({"it": ["gift", "gift card"]})
    assert [(hit.start, hit.end) for hit in book.find("my gift card")] == [(3, 12)]


def test_labels_are_told_apart() -> None:
    book = PhraseBook({"one": ["refund*"], "two": ["refund now"]})
    assert {hit.label for hit in book.find("refund now")} == {"one", "two"}
