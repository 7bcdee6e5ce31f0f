"""Whatever the text, finding entities ends soon and gives spans that fit the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.entities import FINDERS, find_entities, references
from triage.entities.resolving import MAX_ENTITIES, resolve
from triage.entities.source import Candidate, Source
from triage.escalation import reasons
from triage.subjects import strip_subject

HOSTILE = [
    "1 ", "1", "a", "A1-", "1-", "111 ", "1.", "1,", "a@", "@", "a.a@b.", "a@b.cc ", "+1 2 ", "#1", "€1 ", "1€",
    "12.12.", "1/1/", "2026-", "3 mai ", "1月", "三块 ",
    "order 1234 ", "ORDER ", "http://a", "0171 555 ", "( 1", "e euro ", "١",
    "RR473124829CN ", "\n", "\u0300", "\ud800", "paid 12,34 ", "bank ", "1'1", "الطلب ",
]  # fmt: skip
PIECES = [
    "order ", "#", "12", "1.234,56", " €", "@example.com", "\n", "٥٠", "円",
    "3月5日", "+49 ", "RR", "-", "é", "\ud800", "😀",
]  # fmt: skip
LENGTH = 40_000


def seconds(run: object, text: str) -> float:
    """Measure the fastest of three runs in processor time, so that a busy machine does not count."""
    assert callable(run)
    fastest = float("inf")
    for _ in range(3):
        begin = time.process_time()
        run(text)
        fastest = min(fastest, time.process_time() - begin)
    return fastest


def grows_too_fast(run: object, unit: str) -> bool:
    short = (unit * LENGTH)[:LENGTH]
    # A few hundredths of a second are noise.
    return seconds(run, short * 2) > 3 * seconds(run, short) + 0.05


@pytest.mark.parametrize("unit", HOSTILE, ids=ascii)
def test_finders_take_no_longer_than_the_text(unit: str) -> None:
    book = references.shipped().book
    for finder in FINDERS:

        def run(text: str, find: object = finder.find) -> None:
            assert callable(find)
            list(find(Source(text, "de", book=book)))

        assert not grows_too_fast(run, unit), finder.kinds


@pytest.mark.parametrize("unit", ["order ", "bank ", "third ", "订单", "الطلب ", "a ", "re: ", "\n"], ids=ascii)
def test_phrases_and_subjects_take_no_longer_than_the_text(unit: str) -> None:
    assert not grows_too_fast(lambda text: reasons(text, "und"), unit)
    assert not grows_too_fast(strip_subject, unit)


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=30).map("".join))
def test_spans_fit_the_text_and_do_not_overlap(text: str) -> None:
    end = 0
    for entity in find_entities(text, language="de"):
        assert end <= entity.start < entity.end <= len(text)
        assert entity.value
        end = entity.end


@given(
    st.text(max_size=60),
    st.sampled_from(["ar", "de", "en", "ja", "und", "xx", None]),
    st.sampled_from(["US", "zz", None]),
)
def test_no_text_is_too_odd(text: str, language: str | None, market: str | None) -> None:
    find_entities(text, language=language, market=market)


def test_the_number_of_entities_is_bounded() -> None:
    candidates = [Candidate("order", str(place), place, place + 1, 1.0) for place in range(3 * MAX_ENTITIES)]
    assert len(resolve(candidates)) == MAX_ENTITIES


def test_the_heavier_candidate_stays() -> None:
    long = Candidate("order", "12345", 0, 5, 50.0)
    heavy = Candidate("amount", "34", 2, 4, 80.0)
    apart = Candidate("date", "6", 6, 7, 1.0)
    assert [entity.kind for entity in resolve([long, heavy, apart])] == ["amount", "date"]
