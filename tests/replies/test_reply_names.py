"""First names: told only where they can be."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.names import first_name, shown_name
from replies.slots import plain

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh")


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("Anna Berg", "de", "Anna"),
        ("Berg, Anna", "de", "Anna"),
        ("Anna", "en", "Anna"),
        ("Dr. Jana Köhler", "de", "Jana"),
        ("Frau Dr. Jana Köhler", "de", "Jana"),
        ("Herr Müller", "de", None),
        ("Mr. Smith", "en", None),
        ("Mr. J. Smith", "en", None),
        ("ANNA SCHMIDT", "de", "Anna"),
        ("anna-lena schmidt", "de", "Anna-Lena"),
        ("McKenzie Jones", "en", "McKenzie"),
        ("O'Brien Kate", "en", "O'Brien"),
        ("José Núñez", "es", "José"),
        ("Małgorzata Wiśniewska", "pl", "Małgorzata"),
        ("J. Smith", "en", None),
        ("J Smith", "en", None),
        ("shopper92", "en", None),
        ("anna@example.com", "en", None),
        ("Acme Ltd", "en", None),
        ("Müller GmbH", "de", None),
        ("Guest", "en", None),
        ("{{ order.id }}", "en", None),
        ("<b>Anna</b>", "en", None),
        ("", "en", None),
        (None, "en", None),
        (",", "en", None),
        ("Dr.", "en", None),
        ("A" * 41, "en", None),
    ],
)
def test_western_names(name: str | None, language: str, expected: str | None) -> None:
    assert first_name(name, language) == expected


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("佐藤 花子", "ja", "佐藤 花子"),
        ("佐藤花子様", "ja", "佐藤花子"),
        ("佐藤花子 さん", "de", "佐藤花子"),
        ("ジョン・スミス", "ja", "ジョン・スミス"),
        ("John Smith", "ja", "John Smith"),
        ("user_99", "ja", None),
        ("王小明", "zh", "王小明"),
        ("王小明", "de", "王小明"),
        ("김민준", "en", "김민준"),
    ],
)
def test_east_asian_names_are_never_split(name: str, language: str, expected: str | None) -> None:
    assert first_name(name, language) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ليلى حداد", "ليلى"),
        ("عبد الله محمد", "عبد الله"),
        ("أبو بكر الصديق", "أبو بكر"),
        ("عبد", None),
        ("السيد أحمد", None),
        ("الدكتور أحمد حسن", "أحمد"),
    ],
)
def test_arabic_names(name: str, expected: str | None) -> None:
    assert first_name(name, "ar") == expected


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("IŞIL YILMAZ", "tr", "Işıl"),
        ("ismail kaya", "tr", "İsmail"),
        ("İREM", "tr", "İrem"),
        ("İREM", "de", "İrem"),
        ("Ayşe Nur Yılmaz", "tr", "Ayşe"),
        ("ILSE BERG", "de", "Ilse"),
    ],
)
def test_turkish_letters_keep_their_dots(name: str, language: str, expected: str) -> None:
    assert first_name(name, language) == expected


@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
def test_any_name_gives_letters_or_nothing(name: str, language: str) -> None:
    found = first_name(plain(name), language)
    assert found is None or all(
        letter.isalpha() or letter in " '’.-・·" or unicodedata.category(letter).startswith("M") for letter in found
    )


@pytest.mark.parametrize("name", ["evil.example", "www.evil.example", "Visit evil.example now", "shop.evil"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_nobody_is_greeted_with_a_web_address(name: str, language: str) -> None:
    assert "." not in (first_name(name, language) or "")
    assert shown_name(name) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna Berg", True),
        ("Berg, Anna", True),
        ("J.R. Tolkien", True),
        ("Berg & Söhne GmbH", True),
        ("佐藤 花子", True),
        ("ليلى حداد", True),
        ("<b>Bob</b>", False),
        ("{{ shop.name }}", False),
        ("=1+1", False),
        ("bob@evil.example", False),
        ("user4711", False),
        ("", False),
        (None, False),
    ],
)
def test_a_whole_name_is_shown_where_it_is_one(name: str | None, shown: bool) -> None:
    assert shown_name(name) == (name if shown else None)
