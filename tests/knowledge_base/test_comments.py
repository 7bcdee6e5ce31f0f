"""Comments in Markdown are for the authors: no customer reads them, and code that shows one stays whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.importing import read_path
from knowledge_base.markdown import open_comment, parse_blocks, without_comments
from knowledge_base.passages import split_passages
from knowledge_base.records import Article
from knowledge_base.store import ArticleStore

if TYPE_CHECKING:
    from pathlib import Path

    from tickets.database import Database

SECRET = "60 days if they insist"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"30 days. <!-- internal: {SECRET} -->", "30 days. "),
        (f"<!-- {SECRET}\n\n# No heading\n\n```\ncode\n```\n-->\n30 days.", "\n30 days."),
        (f"30 days <!-- so\n\n{SECRET} --> at most.", "30 days  at most."),
        (f"- one <!-- {SECRET} -->\n- two", "- one \n- two"),
        (f"| a | b <!-- {SECRET} --> |\n|---|---|\n| 1 | <!-- {SECRET} --> |", "| a | b  |\n|---|---|\n| 1 |  |"),
        (f"A\n\n    <!-- {SECRET} -->\n\nB", "A\n\n    \n\nB"),
        (f"<div>\n`<!-- {SECRET} -->` \\<!-- {SECRET} -->\n</div>", "<div>\n`` \\\n</div>"),
        (f"a ` b\n\nc <!-- {SECRET} ` -->", "a ` b\n\nc "),
        (f"a \\` b <!-- {SECRET} ` -->", "a \\` b "),
        (f"a `` b <!-- {SECRET} ` -->", "a `` b "),
        (f"```not``` <!-- {SECRET} -->", "```not``` "),
        (f"\\\\<!-- {SECRET} --> b", "\\\\ b"),
        (f"a\r\n\r\n~~~\r\n<!-- code -->\r\n~~~\r\n<!-- {SECRET} -->", "a\r\n\r\n~~~\r\n<!-- code -->\r\n~~~\r\n"),
        ("a <!--> b <!-- c --> d", "a  b  d"),
        (f"30 days. <!-- {SECRET}\n\nmore", "30 days. "),
    ],
)
def test_comments_go(text: str, left: str) -> None:
    assert without_comments(text) == left
    said = " ".join(block.text for block in parse_blocks(text))
    assert "60 days" not in said


@pytest.mark.parametrize(
    "text",
    [
        "Write `<!-- note -->` or ``a ` <!-- b -->``.",
        "```html\n<!-- note -->\n```",
        "- x\n  ~~~\n  <!-- note -->\n  ~~~",
        "> ```\n> <!-- note -->\n> ```",
        "| `<!-- note -->` |\n|---|\n| a |",
        "\\<!-- note -->",
        "a -> b, c --> d, <!doctype html>, <!- x ->",
        "",
    ],
)
def test_code_and_plain_words_stay(text: str) -> None:
    assert without_comments(text) == text
    assert open_comment(text) is None


def test_a_comment_without_an_end_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nid: a\nlanguage: en\n---\n# Returns\n\n30 days.\n\n<!-- 60 days\n\nMore.\n")
    read = read_path(tmp_path)
    assert read.articles == ()
    assert [(one.line, one.reason) for one in read.refused] == [
        (9, "a comment is opened by `<!--` and never closed: add `-->` after it")
    ]


def test_what_is_imported_holds_no_comment(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"---\nlanguage: en\n---\n<!-- {SECRET} -->\n# Returns <!-- 1 -->\n\n30 days.\n")
    (tmp_path / "b.csv").write_text(f"id,title,language,body\nb,B,en,30 days <!-- {SECRET} -->\n")
    (tmp_path / "c.md").write_text(f"---\nkind: procedure\nlanguage: en\ntitle: C\n---\n1. Refund. <!-- {SECRET} -->\n")
    read = read_path(tmp_path)
    assert read.refused == ()
    assert [(one.title, one.body) for one in read.articles] == [
        ("Returns", "# Returns \n\n30 days."),
        ("B", "30 days "),
    ]
    assert read.procedures[0].steps[0].text == "Refund."


def test_an_article_of_nothing_but_comments_has_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"---\nlanguage: en\ntitle: A\n---\n<!-- {SECRET} -->\n")
    assert read_path(tmp_path).refused[0].reason.startswith("the article has no text")


def test_an_article_from_before_shows_none(database: Database) -> None:
    store = ArticleStore(database)
    old = Article("returns", "en", "Returns", f"30 days.\n\n<!-- {SECRET} -->\n\nNo more.")
    store.apply([old], source="test")
    assert store.get("returns", "en").article == replace(old, body="30 days.\n\n\n\nNo more.")
    assert [passage.text for passage in store.passages("returns", "en")] == ["30 days.\n\nNo more."]


@given(st.text(alphabet="a`\\<!->~ \n#|1.", max_size=60))
def test_nothing_but_comments_is_taken_away(text: str) -> None:
    left = without_comments(text)
    kept = iter(text)
    assert all(sign in kept for sign in left)
    assert "<!--" in text or left == text
    split_passages("T", text)


@pytest.mark.parametrize(
    "piece", ["<!-- a -->", "<!--", "` <!-- ", "``` <!-- -->\n", "`" * 7 + " ", "\\<!-- ", "- <!--\n"]
)
def test_hostile_texts_are_read_once(piece: str) -> None:
    without_comments(piece * (200_000 // len(piece)))
    without_comments(" ".join("`" * length for length in range(1, 600)) + "<!-- x -->")
