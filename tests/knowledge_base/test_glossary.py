"""What foreign words may stand for in English."""

from __future__ import annotations

import pytest

from knowledge_base.errors import RefusalError
from knowledge_base.glossary import Glossary, written

TABLES = {
    "de": {
        "paket": {"parcel": 0.75, "package": 0.25},
        "reis": {"travel": 1.0},
        "adapt": {"adapter": 1.0},
        "gebuhr": {"fee": 1.0},
    },
    "zh": {"退货": {"return": 1.0}},
}


@pytest.fixture
def glossary() -> Glossary:
    return Glossary.parse(written(TABLES))


def test_a_word_becomes_its_translations_and_stays_itself(glossary: Glossary) -> None:
    (found,) = glossary.understood("Gebühr", "de")
    assert found == {"fee": 1.0, "gebuhr": 0.3}


def test_shares_are_kept_to_a_quarter_of_a_percent(glossary: Glossary) -> None:
    glossary = Glossary.parse(written({"de": {"bot": {"boat": 0.7, "messeng": 0.3}}}))
    (found,) = glossary.understood("Bot", "de")
    assert isinstance(found, dict)
    assert found["boat"] == pytest.approx(0.7, abs=1 / 255)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Reisadapt", [{"travel": 1.0}, {"adapter": 1.0}]),
        ("Gebührsadapt", [{"fee": 1.0}, {"adapter": 1.0}]),
        ("Quux", ["quux"]),
        ("HP-100", ["hp", "100"]),
    ],
)
def test_unknown_words_are_taken_apart_or_stay_as_they_are(glossary: Glossary, text: str, found: list[object]) -> None:
    assert glossary.understood(text, "de") == found


def test_pairs_of_characters_that_cut_through_words_are_left_out(glossary: Glossary) -> None:
    assert glossary.understood("我退货", "zh") == [{"return": 1.0}]
    assert glossary.understood("我退货 Pulse", "zh")[1:] == ["puls"]


def test_a_language_that_it_does_not_know_is_read_as_english(glossary: Glossary) -> None:
    assert glossary.understood("running shoes", "sv") == ["run", "shoe"]
    assert glossary.languages == ("de", "zh")


@pytest.mark.parametrize("data", [b"", b"nothing", written({})[:-1]])
def test_a_damaged_table_is_named(data: bytes) -> None:
    with pytest.raises(RefusalError, match=r"glossary\.safetensors"):
        Glossary.parse(data)


def test_the_shipped_table_knows_the_words_of_shops() -> None:
    shipped = Glossary.shipped()
    assert shipped.languages == ("ar", "de", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh")
    for language, word, english in [
        ("ar", "شحن", "ship"),
        ("de", "Rückerstattung", "refund"),
        ("es", "reembolso", "refund"),
        ("fr", "colis", "parcel"),
        ("it", "reso", "return"),
        ("ja", "返品", "return"),
        ("nl", "factuur", "invoic"),
        ("pl", "paczka", "parcel"),
        ("pt", "reembolso", "refund"),
        ("tr", "fatura", "invoic"),
        ("zh", "海关", "custom"),
    ]:
        words = [token for found in shipped.understood(word, language) if isinstance(found, dict) for token in found]
        assert english in words, (language, word)
