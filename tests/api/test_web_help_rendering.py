from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.help import TAGS, preferred, render, words


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
    begun = time.perf_counter()
    render(piece * 20_000)
    assert time.perf_counter() - begun < 5


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
