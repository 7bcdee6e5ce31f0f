"""What the customer wrote, and nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import clean, strip_invisible


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Where is it?\n\nOn Mon, 3 Nov 2026 at 10:01, Shop <care@example.com> wrote:\n> Hello\n> bye", "Where is it?"),
        ("Wo ist es?\n\nAm 03.11.2026 um 10:01 schrieb Shop <care@example.com>:\n\n> Hallo", "Wo ist es?"),
        ("Où est-il ?\n\nLe lun. 3 nov. 2026 à 10:01, Shop <a@example.com> a écrit :\n> Bonjour", "Où est-il ?"),
        ("¿Dónde está?\n\nEl 3 nov 2026, a las 10:01, Tienda <a@example.com> escribió:\n> Hola", "¿Dónde está?"),
        ("Dov'è?\n\nIl giorno 3 nov 2026 alle 10:01 Shop <a@example.com> ha scritto:\n> Ciao", "Dov'è?"),
        ("Waar is het?\n\nOp 3 nov 2026 om 10:01 schreef Shop <a@example.com>:\n> Hoi", "Waar is het?"),
        ("Gdzie to jest?\n\nW dniu 03.11.2026 o 10:01, Sklep <a@example.com> pisze:\n> Cześć", "Gdzie to jest?"),
        ("Cadê?\n\nEm 3 de nov. de 2026 10:01, Loja <a@example.com> escreveu:\n> Olá", "Cadê?"),
        ("Nerede?\n\nShop <a@example.com>, 3 Kas 2026 Sal, 10:01 tarihinde şunu yazdı:\n> Merhaba", "Nerede?"),
        ("أين هو؟\n\nفي 3 نوفمبر 2026 10:01 ص، كتب Shop <a@example.com>:\n> مرحبا", "أين هو؟"),
        ("どこですか\n\n2026年11月3日(火) 10:01 Shop <a@example.com>のメール:\n> こんにちは", "どこですか"),
        ("到哪了\n\nShop <a@example.com> 于2026年11月3日周二 10:01写道：\n> 你好", "到哪了"),
        (
            "Still nothing.\n\n-----Original Message-----\nFrom: Shop\nSent: Monday\nTo: me\n\nDear you",
            "Still nothing.",
        ),
        (
            "Immer noch nichts\n\nVon: Shop\nGesendet: Montag\nAn: mich\nBetreff: Paket\n\nLieber Kunde",
            "Immer noch nichts",
        ),
        ("Yes please.\n\nSent from my iPhone", "Yes please."),
        ("Bitte stornieren\n\nVon meinem iPhone gesendet", "Bitte stornieren"),
        ("Cancel it please\n\nKind regards,\nAnna Berg\n+44 7700 900123", "Cancel it please"),
        ("Cancel it please\n-- \nAnna\nACME Ltd", "Cancel it please"),
        ("请取消\n\n此致\n敬礼\n陈立", "请取消"),
    ],
)
def test_quotes_and_signatures_go(raw: str, text: str) -> None:
    assert clean(raw).text == text


@pytest.mark.parametrize(
    "raw",
    [
        "My mother wrote:\nshe wants her money back",
        "Thank you\n\nPlease also change my address to the one below",
        "Thanks\nand where is my invoice?",
        "From: London to Paris, how long does it take?",
        "On 3 November I ordered a lamp.",
        "Le 3 novembre j'ai commandé une lampe :\nune rouge",
    ],
)
def test_the_customers_own_words_stay(raw: str) -> None:
    assert clean(raw).text == raw


def test_answers_between_quoted_lines_stay() -> None:
    raw = "On 3 Nov 2026, Shop <a@example.com> wrote:\n> Which colour?\nBlue please\n> Which size?\nXL"
    cleaned = clean(raw)
    assert cleaned.text == "Blue please\nXL"
    assert "Which size?" in cleaned.quoted


def test_an_order_number_below_the_name_stays() -> None:
    assert clean("Where is it?\n\nBest regards,\nAnn Lee\nOrder 114-3941689-8772232").text.endswith(
        "114-3941689-8772232"
    )


def test_a_postscript_stays() -> None:
    assert "blue one" in clean("Cancel it.\n\nBest regards,\nAnn\nPS: keep the blue one").text


def test_what_is_only_quoted_is_the_message() -> None:
    assert clean("> where is my order").text == "> where is my order"


def test_html_becomes_lines_and_its_quotes_go() -> None:
    raw = (
        "<html><head><style>p{color:red}</style></head><body><p>Hello,</p><p>where is <b>it</b>?<br>Ann</p>"
        "<script>alert(1)</script><div class='gmail_quote'>On 3 Nov Shop wrote:<blockquote>Old mail</blockquote></div>"
    )
    cleaned = clean(raw, html=True)
    assert cleaned.text == "Hello,\n\nwhere is it?\nAnn"
    assert "Old mail" in cleaned.quoted
    assert "alert" not in cleaned.quoted


def test_html_entities_are_decoded_and_nesting_is_survived() -> None:
    assert clean("Tom &amp; Ann &lt;3", html=True).text == "Tom & Ann <3"
    assert clean("<div>" * 50_000 + "lost parcel" + "</div>" * 50_000, html=True).text == "lost parcel"


def test_invisible_and_bidi_characters_go_but_emoji_stay_whole() -> None:
    family = "👨\u200d👩\u200d👧"
    assert strip_invisible(f"re\u200bfund\u202e me\u2069 {family}\x00") == f"refund me {family}"
    assert strip_invisible("a\r\nb\rc\u2028d\u00a0e") == "a\nb\nc\nd e"
    assert strip_invisible("x\ud800y") == "x\ufffdy"


def _seconds(text: str, *, html: bool = False) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        clean(text, html=html)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize(
    ("unit", "html"),
    [
        ("\n", False), ("On ", False), ("wrote:\n", False), ("> ", False), (">\n", False), ("From: x\n", False),
        ("-- ", False), ("thanks\n", False), ("On 3 Nov 2026 x@y wrote\n", False), ("Sent from my \n", False),
        ("<div>", True), ("<br>", True), ("<!--", True), ("&amp;", True), ("<p>x</p>", True), ("<", True),
        ("<blockquote>x", True),
    ],
)  # fmt: skip
def test_time_grows_linearly(unit: str, html: bool) -> None:
    small, large = _seconds(unit * 20_000, html=html), _seconds(unit * 80_000, html=html)
    assert large < 12 * small + 0.05, f"four times the input took {large / small:.1f} times as long"


@given(st.text(max_size=400))
def test_any_text_is_cleaned_to_something_valid(raw: str) -> None:
    cleaned = clean(raw)
    cleaned.text.encode("utf-8")
    assert "\x00" not in cleaned.text
    assert clean(cleaned.text).text is not None


@given(st.text(alphabet="<>/divapbrscript \"'=&;x\n", max_size=300))
def test_any_markup_is_survived(raw: str) -> None:
    assert "\x00" not in clean(raw, html=True).text
