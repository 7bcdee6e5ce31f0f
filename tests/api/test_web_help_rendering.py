from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.help import TAGS, excerpt, preferred, render, words
from api.web.help_search import titled
from api.web.pages import bracketed, colon
from tests.api.conftest import StartService


def test_an_article_keeps_headings_lists_tables_and_links() -> None:
    html = render(
        "## Late\n\n- one\n- **two**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[us](https://shop.example/x) and `code`"
    )
    for piece in ("<h2>Late</h2>", "<strong>two</strong>", "<td>1</td>", 'href="https://shop.example/x"', "<code>"):
        assert piece in html
    assert 'rel="noopener noreferrer nofollow"' in html


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![track](https://spy.example/pixel.gif)",
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        '<a href="https://x.example" style="position:fixed" onclick="x()">x</a>',
        "<iframe src=https://x.example></iframe>",
        "<svg/onload=alert(1)>",
        "`</code><script>alert(1)</script>`",
        '[x](https://a.example "onmouseover=alert(1)")',
        "<style>body{display:none}</style>",
    ],
)
def test_markup_in_an_article_can_neither_run_nor_load_anything(markdown: str) -> None:
    html = render(markdown)
    assert not re.search(r"<(script|img|iframe|svg|style|object|embed|form|input)\b", html, re.IGNORECASE)
    assert not re.search(r"<[^>]*\s(on\w+|style|src)\s*=", html, re.IGNORECASE)
    assert not re.search(r'href="(?!https?:|mailto:|tel:)', html, re.IGNORECASE)


@given(st.text(max_size=200))
def test_whatever_the_text_only_allowed_tags_come_out(markdown: str) -> None:
    assert set(re.findall(r"</?([a-z0-9]+)", render(markdown))) <= TAGS


@pytest.mark.parametrize("piece", ["[", "](", "*_", "> ", "|", "`", "![[", "<a "])
def test_hostile_articles_take_linear_time(piece: str) -> None:
    render(piece)  # the parser is built once
    small, large = processor_s(piece * 2_500), processor_s(piece * 10_000)
    assert large < 10 * max(small, 0.001), f"{small:.4f} s, four times the text {large:.4f} s"


def processor_s(markdown: str) -> float:
    """Return the lesser of two measurements: what other processes do meanwhile does not count."""
    taken = []
    for _ in range(2):
        begun = time.process_time()
        render(markdown)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize(
    ("passage", "shown"),
    [
        ("One sentence.\n\nAnother one", "One sentence. Another one"),
        ("Late?\n- two days: write\n- ten days: paid back", "Late? two days: write · ten days: paid back"),
        ("State | Meaning\nShipped | on its way | soon", "State: Meaning · Shipped: on its way: soon"),
        ("已签收？\n页面显示 | 含义", "已签收？页面显示：含义"),
        ("届きますか？\n- EU | 2〜4 | 速達便", "届きますか？EU: 2〜4：速達便"),
        ("送料 · 100 円です。\n\nOK", "送料 · 100 円です。OK"),
        ("", ""),
        ("\n \n", ""),
    ],
)
def test_a_result_shows_no_signs_of_lists_and_tables(passage: str, shown: str) -> None:
    assert excerpt(passage) == shown


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("sv, fr;q=0.5, it;q=0.7", "it"),
        ("zh-TW", "zh"),
        ("de;q=0, pl;q=0.1", "pl"),
        ("de;q=abc, nl", "nl"),
        ("*;;;,,=,q", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_reader_is_sent_to_a_language_that_is_there(header: str | None, language: str) -> None:
    assert preferred(header) == language


def test_the_help_centre_speaks_all_twelve_languages() -> None:
    assert sorted(words()) == ["ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh"]
    titles = [texts.title for texts in words().values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("vou", ["codes"]),
        ("Codes  VOUCHERS", ["codes"]),
        ("ruckg", ["back"]),
        ("grosse", ["size"]),
        ("İADE", ["tr"]),
        ("退货", ["zh"]),
        ("退", ["zh"]),
        ("ouchers", []),
        ("vouchers tomorrow", []),
        ("v", []),
        ("?!", []),
        ("", []),
    ],
)
def test_a_title_is_found_by_how_its_words_begin(typed: str, ids: list[str]) -> None:
    titles = [
        ("codes", "Vouchers and discount codes"),
        ("back", "Rückgabebedingungen"),
        ("size", "Größe oder Farbe"),
        ("tr", "Ürün iadesi"),
        ("zh", "怎么退货"),
    ]
    assert titled(typed, titles) == ids


@pytest.mark.parametrize(
    ("language", "label", "optional"),
    [
        ("en", "Updated: ", "Name (optional)"),
        ("fr", "Updated\u00a0: ", "Name (optional)"),
        ("ja", "Updated：", "Name（optional）"),
        ("zh", "Updated：", "Name（optional）"),
    ],
)
def test_punctuation_is_that_of_the_language(language: str, label: str, optional: str) -> None:
    assert f"Updated{colon(language)}" == label
    assert f"Name{bracketed('optional', language)}" == optional


@pytest.mark.parametrize(("language", "shown"), [("ja", 'お名前<span class="soft">（任意）</span>'), ("de", " (")])
def test_pages_write_it(start_service: StartService, language: str, shown: str) -> None:
    assert shown in start_service().client.get(f"/contact/{language}").text
