"""Hashed n-grams: the same for the same text, bounded, and apart for different words."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lexical import count_ngrams, normalise


def test_case_digits_forms_and_blanks_are_folded() -> None:
    assert normalise("ＯＲＤＥＲ  12\t٣٤") == "order 00 00"


def test_words_and_characters_fall_into_their_own_halves() -> None:
    counted = count_ngrams("where is my order", 22)
    assert counted.words.sum() == 4 + 3, "four words and three pairs"
    assert (counted.buckets[counted.words] >= 1 << 21).all()
    assert (counted.buckets[~counted.words] < 1 << 21).all()


def test_character_ngrams_do_not_cross_a_words_edge() -> None:
    alone = set(count_ngrams("refund", 26).buckets[~count_ngrams("refund", 26).words])
    inside = count_ngrams("my refund please", 26)
    assert alone <= set(inside.buckets[~inside.words])
    # Between two words no n-gram holds the blank in its middle: " y r" would add to the parts' sum.
    parts = count_ngrams("my", 26).counts.sum() + count_ngrams("refund", 26).counts.sum()
    both = count_ngrams("my refund", 26)
    assert both.counts.sum() == parts + 1, "one pair of words is all that is new"


def test_counts_add_up() -> None:
    counted = count_ngrams("aa", 22)
    # " a", "aa", "a ", " aa", "aa ", " aa ", "a" twice, and the word.
    assert counted.counts.sum() == 9
    assert counted.counts.max() == 2


@pytest.mark.parametrize("text", ["", " \n\t", "!!! ???", "😀", "注文", "x" * 500])
def test_odd_texts_are_counted(text: str) -> None:
    counted = count_ngrams(text, 18)
    assert len(counted.buckets) == len(counted.counts) == len(counted.words)
    assert (np.diff(counted.buckets.astype(np.int64)) > 0).all(), "sorted and unique"


@given(st.text(max_size=200), st.integers(min_value=8, max_value=31))
def test_buckets_stay_within_their_bits(text: str, bits: int) -> None:
    counted = count_ngrams(text, bits)
    assert (counted.buckets < (1 << bits)).all()
    again = count_ngrams(text, bits)
    assert (again.buckets == counted.buckets).all()


def test_time_grows_linearly() -> None:
    def seconds(size: int) -> float:
        text = "wo ist mein paket " * size
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            count_ngrams(text, 22)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(8_000) < 10 * seconds(2_000) + 0.05
