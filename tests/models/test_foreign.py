"""Languages outside the bundle's own."""

from __future__ import annotations

from models.foreign import name_foreign
from training.cli import other_languages, other_languages_test

OWN = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh")


def test_most_of_fifteen_other_languages_are_named() -> None:
    rows = other_languages_test()
    named = [(name_foreign(text, OWN), code) for text, code in rows]
    right = sum(found == code or (found, code) == ("no", "nb") for found, code in named)
    assert len(rows) == 225
    assert right / len(rows) > 0.85


def test_the_same_text_gets_the_same_name_each_time() -> None:
    text = "Hvor er min pakke, den skulle være kommet i går"
    assert len({name_foreign(text, OWN) for _ in range(5)}) == 1


def test_short_texts_texts_without_letters_and_own_languages_get_no_name() -> None:
    for text in ("", "12345", "да", "Wo bleibt mein Paket, das sollte doch gestern kommen"):
        assert name_foreign(text, OWN) is None


def test_a_long_text_is_read_no_further_than_needed() -> None:
    assert name_foreign("Var är mitt paket någonstans? " * 20_000, OWN) == "sv"


def test_what_trains_the_head_and_what_tests_it_share_no_text() -> None:
    assert not {text for text, _ in other_languages()} & {text for text, _ in other_languages_test()}
