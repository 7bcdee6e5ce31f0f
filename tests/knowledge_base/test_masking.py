from __future__ import annotations

import pytest

from knowledge_base.masking import masked, without_masks
from tickets.records import Customer

WHO = Customer("K-4711", "Ana Sofía Pérez", "ana@example.com")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Write to ana@example.com", "Write to [email]"),
        ("My number is +49 (0)171", "My number is +49 (0)171"),
        ("Call 0171 1234567 today", "Call [number] today"),
        ("It costs 12.50 for 2 pieces, size 42", "It costs 12.50 for 2 pieces, size 42"),
        ("I am ana pérez, customer K-4711", "I am [person] [person], customer [person]"),
        ("See https://example.com/u/ana?id=1", "See [link]"),
        ("Banana split", "Banana split"),
        ("Hello,\ndo you ship to Peru?\nBest wishes\nAna", "do you ship to Peru?"),
        ("Ana", "[person]"),
        ("", ""),
    ],
)
def test_personal_data_gives_way_to_its_kind(text: str, shown: str) -> None:
    assert masked(text, (), WHO) == shown


def test_what_the_decision_found_is_masked_but_not_what_the_question_is_about() -> None:
    text = "😡 order HP-1 with the tent, invoice R9"
    entities = (
        {"kind": "order", "start": 8, "end": 12},
        {"kind": "product", "start": 22, "end": 26},
        {"kind": "invoice", "start": 36, "end": 38},
    )
    assert masked(text, entities) == "😡 order [order] with the tent, invoice [invoice]"


def test_masks_can_be_taken_out() -> None:
    assert without_masks("gift for [person] now").split() == ["gift", "for", "now"]
