"""Messages that may ask for more are read sentence by sentence."""

from __future__ import annotations

import numpy as np
import pytest

from models.manifest import SecondLook
from models.second_look import MOST_PIECES, features, gate_scores, named, pieces

LOOK = SecondLook(gate=(0.0, 1.0, 0.5), gate_threshold=-1.0, weights=(-1.0, 0.5, 0.5, 1.0, 0.0, 0.0), threshold=0.0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("wo ist mein paket", ["wo ist mein paket"]),
        (
            "Where is my parcel? And please send me the invoice.",
            ["Where is my parcel?", "And please send me the invoice."],
        ),
        (
            "包裹到哪里了呢我等了很久了。另外请给我开一张发票好吗。",
            ["包裹到哪里了呢我等了很久了。", "另外请给我开一张发票好吗。"],
        ),
        (
            "荷物はまだ届いていないのですか？領収書も送ってください。",
            ["荷物はまだ届いていないのですか？", "領収書も送ってください。"],
        ),
        ("أين الشحنة التي طلبتها؟ وأريد الفاتورة أيضا", ["أين الشحنة التي طلبتها؟", "وأريد الفاتورة أيضا"]),
        (
            "Hi!\nThe zip of the jacket is broken\n\nAlso: where is order 7?",
            ["Hi! The zip of the jacket is broken", "Also: where is order 7?"],
        ),
        ("", []),
    ],
)
def test_a_text_is_cut_into_sentences(text: str, found: list[str]) -> None:
    assert pieces(text) == found


def test_a_long_text_has_few_pieces_and_loses_no_time() -> None:
    assert len(pieces("One more sentence that says something. " * 5_000)) == MOST_PIECES
    assert len(pieces("\n" * 50_000)) == 0


def test_the_gate_opens_by_the_likeliest_further_intent_of_messages_in_pieces() -> None:
    odds = np.array([[9.0, -2.0, -3.0], [9.0, 0.5, -3.0], [9.0, 0.5, -3.0]])
    scores = gate_scores(LOOK, odds, np.array([0, 0, 0]), np.array([2, 2, 1]))
    assert scores == pytest.approx([-2.0 + 0.5 * np.log(2), 0.5 + 0.5 * np.log(2), -np.inf])


def test_an_intent_is_named_where_a_sentence_says_so_and_never_the_first_guess() -> None:
    whole = np.array([0.90, 0.06, 0.04])
    further = np.array([3.0, -1.0, -1.0])
    best = np.array([0.95, 0.98, 0.02])
    assert named(LOOK, features(whole, further, best, 2, 0), 0) == {1}
    best[1] = 0.05
    assert named(LOOK, features(whole, further, best, 2, 0), 0) == frozenset()
