"""Bytes to text: what is certain is converted, what is not is refused with the place of the doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.errors import RefusalError
from knowledge_base.importing import read_path
from knowledge_base.text_encoding import ALPHABETS, decode

if TYPE_CHECKING:
    from pathlib import Path

GERMAN = "Größe ändern: „Müller“ zahlt 5 € – fürs Übergepäck."
FRENCH = "Où est mon colis ? Déjà expédié, sûr, il faut l’être : « naïf » en forêt."
POLISH = "Zażółć gęślą jaźń, proszę o zwrot pieniędzy."
TURKISH = "İade için kargo ücreti ödüyor muyum? Şu ığdır çağrısı."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_its_mark_is_certain(encoding: str) -> None:
    assert decode(f"a\r\nb\r{FRENCH}退货".encode(encoding)) == f"a\nb\n{FRENCH}退货"


@pytest.mark.parametrize("order", ["le", "be"])
def test_both_orders_of_utf_16(order: str) -> None:
    assert decode("\ufeff退货".encode(f"utf-16-{order}")) == "退货"


@pytest.mark.parametrize(
    ("text", "encoding", "language"),
    [
        (GERMAN, "cp1252", "de"),
        (GERMAN, "cp1252", None),
        (FRENCH, "cp1252", "fr"),
        (FRENCH, "cp1252", None),
        (POLISH, "cp1250", "pl"),
        (POLISH, "cp1250", None),
        (TURKISH, "cp1254", "tr"),
        (TURKISH, "cp1254", None),
        ("très", "cp1252", "fr"),
        ("čas", "cp1250", "cs"),
        ("Fünf Stück", "cp1250", None),
    ],
)
def test_a_code_page_is_taken_where_nothing_else_makes_sense(text: str, encoding: str, language: str | None) -> None:
    assert decode(text.encode(encoding), language=language) == text


@pytest.mark.parametrize(
    ("data", "language"),
    [
        ("très".encode("cp1252"), None),
        ("Привет, где мой заказ?".encode("cp1251"), None),
        ("Привет, где мой заказ?".encode("cp1251"), "ru"),
        ("Πού είναι η παραγγελία μου;".encode("cp1253"), None),
        (GERMAN.replace("„", "").replace("“", "").replace("€", "").replace("–", "").encode("cp850"), "de"),
        (GERMAN.encode("mac-roman"), None),
        ("我的包裹在哪里".encode("gb18030"), "zh"),
        ("荷物はどこですか".encode("shift-jis"), None),
        (POLISH.encode("cp1250"), "de"),
        ("退货".encode("utf-16-le"), None),
        (b"\xff\xfea", None),
        (b"\xff\xfe\x00\x00a", None),
    ],
)
def test_a_doubt_is_a_refusal(data: bytes, language: str | None) -> None:
    with pytest.raises(RefusalError, match=r"save it as UTF-8|binary file"):
        decode(data, language=language)


def test_a_refusal_names_the_place_and_the_candidates() -> None:
    with pytest.raises(RefusalError, match=r"byte 0xe8 at offset 9, and it could be cp1250, cp1252: save") as caught:
        decode(b"# A\n\n\ntr\x65\xe8s")
    assert caught.value.line == 4


def test_what_html_declares_counts(tmp_path: Path) -> None:
    page = '<html lang="ru"><head><meta charset="{}"><title>Где</title></head><body><p>Заказ в пути.</p></body></html>'
    (tmp_path / "a.html").write_bytes(page.format("windows-1251").encode("cp1251"))
    (tmp_path / "b.html").write_bytes(page.format("utf-8").encode("cp1251"))
    (tmp_path / "c.html").write_bytes(page.format("no-such-page").encode("cp1251"))
    (tmp_path / "d.html").write_bytes(page.format("utf-16").encode("cp1251"))
    (tmp_path / "e.html").write_bytes(b'<?xml version="1.0" encoding="ISO-8859-1"?><p lang="es">Espa\xf1a \x80</p>')
    result = read_path(tmp_path, guess_language=lambda _: "es")
    assert [(a.id, a.language, a.body) for a in result.articles if a.id == "a"] == [("a", "ru", "Заказ в пути.")]
    assert [refused.file[-6:] for refused in result.refused][:3] == ["b.html", "c.html", "d.html"]
    assert all("as it declares: save it as UTF-8" in refused.reason for refused in result.refused[:3])


def test_the_language_of_the_front_matter_decides(tmp_path: Path) -> None:
    text = "---\nid: a\nlanguage: {}\n---\n# T\n\ntr\xe8s"
    path = tmp_path / "a.md"
    path.write_bytes(text.format("fr").encode("cp1252"))
    assert read_path(path).articles[0].body == "# T\n\ntrès"
    path.write_bytes(text.format("pl").encode("cp1252"))
    assert read_path(path).refused[0].line == 7


@given(st.sampled_from([(page, name) for page, ones in ALPHABETS.items() for name in ones]), st.data())
def test_a_named_language_is_never_misread(chosen: tuple[str, str], data: st.DataObject) -> None:
    page, language = chosen
    words = st.text("abcdefghijklmnopqrstuvwxyz" + ALPHABETS[page][language].replace("İ", ""), min_size=1, max_size=9)
    text = " ".join(data.draw(st.lists(words, min_size=1, max_size=20)))
    assert decode(text.encode(page), language=language) == text


@given(st.binary(max_size=200))
def test_any_bytes_give_text_or_a_refusal(data: bytes) -> None:
    try:
        text = decode(data, markup=True)
    except RefusalError:
        return
    assert "\0" not in text
    assert "\r" not in text
