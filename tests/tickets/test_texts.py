from __future__ import annotations

import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.ids import new_id
from tickets.texts import email_key, fold, index_key, number_key, order_key, phone_key, storable

ANY_TEXT = st.text(st.characters(codec=None), max_size=300)


@given(ANY_TEXT)
def test_stored_text_is_utf8_without_nul(text: str) -> None:
    stored = storable(text)
    stored.encode()
    assert "\x00" not in stored
    assert len(stored) == len(text)
    assert storable(stored) == stored


@given(ANY_TEXT)
def test_keys_are_short_enough_for_any_index(text: str) -> None:
    for key in (index_key(text), email_key(text), number_key(text), order_key(text)):
        assert len(key.encode()) <= 2000
        key.encode()


@given(ANY_TEXT)
def test_no_text_breaks_the_reading_of_telephone_numbers(text: str) -> None:
    for region in (None, "DE", "de", "xx", "\x00"):
        assert len(phone_key(text, region)) <= 110


@pytest.mark.parametrize(
    ("written", "region", "key"),
    [
        ("+49 171 1234567", None, "+491711234567"),
        ("0049-171-1234567", None, "+491711234567"),
        ("0171 / 123 45 67", "DE", "+491711234567"),
        ("0171 / 123 45 67", None, "01711234567"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("none", None, ""),
        ("", "DE", ""),
    ],
)
def test_telephone_numbers_meet_in_one_form(written: str, region: str | None, key: str) -> None:
    assert phone_key(written, region) == key


@pytest.mark.parametrize(
    ("one", "other"), [("HP-100 001", "hp100001"), ("#1001", "1001"), ("ＨＰ１", "hp1"), ("305-2817409", "3052817409")]
)
def test_numbers_meet_whatever_stands_between_their_digits(one: str, other: str) -> None:
    assert number_key(one) == number_key(other)


def test_folding_meets_case_width_and_sharp_s() -> None:
    assert fold("STRASSE Ｘ") == fold("straße x")


def test_long_keys_are_told_apart() -> None:
    assert index_key("x" * 500 + "1") != index_key("x" * 500 + "2")
    assert index_key("x" * 200) == "x" * 200


def test_ids_are_uuids_that_sort_by_time() -> None:
    made = []
    for _ in range(200):
        made.append(new_id())
        time.sleep(0.00001)
    assert made == sorted(made)
    assert len(set(made)) == 200
    assert all(uuid.UUID(i).version == 7 and str(uuid.UUID(i)) == i for i in made)
    assert uuid.UUID(made[0]).variant == uuid.RFC_4122


def test_ids_tell_their_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    told = uuid.UUID(new_id()).int >> 80
    assert before <= told <= time.time_ns() // 1_000_000
