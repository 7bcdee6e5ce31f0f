"""Saved pages: the article is kept, what the site puts around it is not, and nothing that runs gets through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knowledge_base.html_text import html_to_markdown
from knowledge_base.importing import read_path

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """<!doctype html><html lang="en-US"><head><title>Return policy - Acme Help</title>
<script>track("<main>")</script><style>p { color: red }</style><noscript>Turn scripts on</noscript></head>
<body class="page" onload="steal()"><a class="skip-link" href="#main">Skip to content</a>
<div id="onetrust-consent-sdk"><div><div>We use cookies <button>Accept all</button></div></div></div>
<header class="site-header"><nav><ul><li><a href="/">Shop</a></li><li>Account</li></ul></nav></header>
<nav aria-label="Breadcrumb" class="breadcrumbs"><ol><li>Help</li><li>Returns</li></ol></nav>
<div class="layout"><div class="sidebar"><ul><li>Popular articles</li></ul></div>
{main}<article><header><h1>Return policy</h1></header>
<div class="article-body"><p onclick="steal()">You have <a href="javascript:steal()">30 days</a>.</p>
<aside>Earrings are never taken back.</aside><h2>How?</h2>
<details><summary>Do I pay?</summary><p>No.</p></details>
<iframe src="https://evil.example">frame</iframe><svg><script>steal()</script></svg><object>o</object>
<table><tr><th>Zone</th><th>Fee</th></tr><tr><td>EU</td><td>0</td></tr></table></div>
<div class="article-votes">Was this article helpful? <button>Yes</button></div>
<section class="related-articles"><h3>Related articles</h3><ul><li>Refunds</li></ul></section>
<footer>Written by Jo</footer></article>{end}</div>
<div class="cookie-banner" role="dialog">Cookies again</div>
<footer class="footer">2026 Acme <a>Privacy</a></footer></body></html>"""
ARTICLE = (
    "# Return policy\n\nYou have 30 days.\n\nEarrings are never taken back.\n\n## How?\n\nDo I pay?\n\nNo.\n\n"
    "| Zone | Fee |\n| --- | --- |\n| EU | 0 |"
)


@pytest.mark.parametrize(
    ("main", "end"),
    [("<main id=main>", "</main>"), ('<div role="main">', "</div>"), ("", ""), ("<div><main>", "</main>")],
)
def test_the_article_alone_is_kept(main: str, end: str) -> None:
    page = html_to_markdown(PAGE.replace("{main}", main).replace("{end}", end))
    assert page.markdown == ARTICLE
    assert page.head["title"] == "Return policy - Acme Help"
    assert page.head["language"] == "en-US"


def test_a_page_without_marks_of_its_article() -> None:
    body = PAGE.replace("{main}", "").replace("{end}", "").replace("<article>", "<div>").replace("</article>", "</div>")
    assert html_to_markdown(body.replace("<aside>", "<div>").replace("</aside>", "</div>")).markdown == ARTICLE


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        ("<nav><ul><li>All there is</li></ul></nav>", "- All there is"),
        ("<div class='page sidebar'><h1>T</h1><p>a</p></div>", "# T\n\na"),
        ("<div class='sidebar'>never closed<p>a</p>", "never closed\n\na"),
        ("<h1>T</h1><p>a</p><article><p>teaser</p></article>", "# T\n\na\n\nteaser"),
        ("<main>a</main><p>b</p><main>c</main>", "a\n\nb\n\nc"),
        ("<div class='cookie-policy'>What a cookie is</div>", "What a cookie is"),
        ("<div class='faq-header'>Question</div><div class='comments-policy'>a</div>", "Question\n\na"),
        ("<h3><button>Do I pay?</button></h3><div hidden>No.</div>", "### Do I pay?\n\nNo."),
    ],
)
def test_doubt_keeps_the_text(markup: str, kept: str) -> None:
    assert html_to_markdown(markup).markdown == kept


@pytest.mark.parametrize(
    "name",
    [
        'id="CybotCookiebotDialog"',
        'class="cc-window cc-banner"',
        "class=cookie_consent",
        'class="x gdpr-banner"',
        'role="navigation"',
        'role="contentinfo"',
        'class="breadcrumb"',
        'class="page-header"',
        'class="article-relatives"',
        'class="intercom-reaction-picker"',
        'class="newsletter"',
    ],
)
def test_marks_of_boilerplate(name: str) -> None:
    assert html_to_markdown(f"<p>a</p><div {name}><div>x</div>noise</div><p>b</p>").markdown == "a\n\nb"


def test_a_saved_page_is_imported(tmp_path: Path) -> None:
    (tmp_path / "returns.html").write_text(PAGE.replace("{main}", "<main>").replace("{end}", "</main>"))
    (article,) = read_path(tmp_path).articles
    assert (article.id, article.language, article.title) == ("returns", "en", "Return policy - Acme Help")
    assert article.body == ARTICLE
    for trace in ("steal", "script", "<", "track", "javascript"):
        assert trace not in article.body
