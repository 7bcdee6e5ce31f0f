"""HTML and Markdown: what is kept of them, and that hostile input costs no more than its length."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.errors import RefusalError
from knowledge_base.html_text import MAX_DEPTH, MAX_ELEMENTS, html_to_markdown, looks_like_html
from knowledge_base.markdown import BlockKind, first_heading, parse_blocks, plain

SIZE = 200_000
# One core of a plain server needs a tenth of it; machines that run tests are busy.
SECONDS = 10.0


def test_structure_of_html_becomes_markdown() -> None:
    page = (
        "<h2>Send <em>back</em></h2><p>Hello <a href='/x?a>b'>world</a>,<br>you.</p>loose"
        "<ul><li>one<li>two<ol><li>a</li><li>b</li></ol></ul>after"
        "<table><tr><th>Land<th>Days</tr><tr><td>DE | AT<td>2</tr></table><pre>x\n  y</pre><!-- no --><hr>"
    )
    assert html_to_markdown(page).markdown == (
        "## Send back\n\nHello world,\nyou.\n\nloose\n\n- one\n- two\n  1. a\n  2. b\n\nafter\n\n"
        "| Land | Days |\n| --- | --- |\n| DE / AT | 2 |\n\n```\nx\n  y\n```"
    )


def test_words_of_html_are_no_markdown() -> None:
    markdown = html_to_markdown("<p># no heading, 2 * 3 * 4, a_b_c, 1 < 2 &lt;b&gt; [x](y)</p>").markdown
    (block,) = parse_blocks(markdown)
    assert block.kind is BlockKind.PARAGRAPH
    assert block.text == "# no heading, 2 * 3 * 4, a_b_c, 1 < 2 <b> [x](y)"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p><script>if (a < b) '<p>no</p>'</script><p>c</p>", "a\n\nc"),
        ("<p>a<!-- <p>no</p> --></p>", "a"),
        ("<p>a</p><SCRIPT>no", "a"),
        ("<style>p{}</style><svg><text>no</text></svg><p>a", "a"),
        ("a <b", "a"),
        ("1 < 2 <3", "1 \\< 2 \\<3"),
        ("<p title='>'>a</p>", "a"),
        ("", ""),
        ("<p>&#0;&#xD800;a&amp;b</p>", "��a&b"),
    ],
)
def test_what_is_no_text_is_left_out(markup: str, text: str) -> None:
    assert html_to_markdown(markup).markdown == text


def test_html_is_told_from_text() -> None:
    assert looks_like_html("\n <P class='a'>x")
    assert looks_like_html("<!DOCTYPE html>")
    assert not looks_like_html("a <p>")
    assert not looks_like_html("<3 you")


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 50_000,
        "<table><tr><td>" * 20_000,
        # An end tag that does not fit the innermost element must not hide how deep the tree gets.
        "<div><table><td></div>" * 5_000,
        "<ul><li>" * 20_000,
    ],
)
def test_deep_nesting_is_refused_before_it_is_parsed(markup: str) -> None:
    start = time.process_time()
    with pytest.raises(RefusalError, match=f"nested deeper than {MAX_DEPTH}"):
        html_to_markdown(markup)
    assert time.process_time() - start < SECONDS / 10


def test_too_many_tags_are_refused() -> None:
    with pytest.raises(RefusalError, match=f"more than {MAX_ELEMENTS} tags"):
        html_to_markdown("<p>x" * (MAX_ELEMENTS + 1))


def test_nesting_up_to_the_limit_is_read() -> None:
    assert html_to_markdown("<div>" * MAX_DEPTH + "x" + "</div>" * MAX_DEPTH).markdown == "x"


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<!--",
        "<script>",
        "<a '",
        "&lt;",
        "<b a=1>x",
        "</p",
        "<p>",
        "<div>x</div>",
        "<a b=",
        "<![CDATA[",
        "<meta a='",
        "|",
    ],
)
def test_hostile_html_costs_no_more_than_its_length(piece: str) -> None:
    markup = piece * min(SIZE // len(piece), MAX_ELEMENTS - 1)
    start = time.process_time()
    html_to_markdown(markup)
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "*_",
        ">",
        "- ",
        "`",
        "[x](",
        "![",
        "<a ",
        "&amp",
        "\\",
        "_a_",
        "](",
        "# ",
        "\n",
        " ",
        "~~",
        "<http://",
        "> > a\n",
    ],
)
def test_hostile_markdown_costs_no_more_than_its_length(piece: str) -> None:
    text = piece * (SIZE // len(piece) if "\n" not in piece else 20_000)
    start = time.process_time()
    for block in parse_blocks(text):
        plain(block.text)
    plain(text)
    assert time.process_time() - start < SECONDS


def test_blocks_of_markdown() -> None:
    blocks = parse_blocks(
        "Set *in* stone\n===\n\npara\nline two\n\n3. a\n4. b\n   - c\n\n     more\n\n> quoted\n\n"
        "| a | b |\n|---|---|\n| `1` | |\n\n```\n*code*\n```\n\n<div>raw</div>\n\n---\n\n#\n"
    )
    assert [(block.kind.value, block.level, block.text) for block in blocks] == [
        ("heading", 1, "Set in stone"),
        ("paragraph", 0, "para\nline two"),
        ("list", 0, "3. a\n4. b\n  - c\n    more"),
        ("paragraph", 0, "quoted"),
        ("table", 0, "a | b\n1 | "),
        ("code", 0, "*code*"),
        ("paragraph", 0, "raw"),
    ]


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("**bold** and *it* and __both__ and ~~gone~~", "bold and it and both and gone"),
        ("snake_case_name and 2_000", "snake_case_name and 2_000"),
        ("see [our page](https://a.example/x) and [this][1]", "see our page and this"),
        ("![a photo](x.png) <b>x</b>", "a photo x"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("3 \\* 4 \\_x\\_ \\# &lt;b&gt; &euro;5", "3 * 4 _x_ # <b> €5"),
        ("a   b\n\n  c", "a b\nc"),
    ],
)
def test_inline_marks_are_taken_off(marked: str, words: str) -> None:
    assert plain(marked) == words


def test_first_heading() -> None:
    assert first_heading("text\n\n### Deep *one*\n\n# Top") == "Deep one"
    assert first_heading("no heading") is None


@given(st.text(alphabet=st.sampled_from("<>/abpliutrdh1 \"'=&;!-\n#*_[]()|`\\"), max_size=400))
def test_any_markup_is_read_or_refused(markup: str) -> None:
    try:
        markdown = html_to_markdown(markup).markdown
    except RefusalError:
        return
    for block in parse_blocks(markdown):
        assert all("\n" not in line for line in block.lines)


@given(st.lists(st.from_regex(r"[a-z0-9*_#<>&|\[\]]{1,12}", fullmatch=True), min_size=1, max_size=30))
def test_no_word_of_html_text_is_lost(words: list[str]) -> None:
    escaped = " ".join(words).replace("&", "&amp;").replace("<", "&lt;")
    (block,) = parse_blocks(html_to_markdown(f"<p>{escaped}</p>").markdown)
    assert " ".join(block.lines) == " ".join(words)
