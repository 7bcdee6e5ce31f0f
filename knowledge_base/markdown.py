"""Markdown to blocks: headings, paragraphs, lists, tables. Inline marks are taken off by rules of linear time."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

# A class never contains its own opening sign, so a failed attempt ends at the next one: linear over the whole text.
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,500})\]\([^()\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,500})\]\([^()\n]{0,2000}\)")
_REFERENCE = re.compile(r"\[([^\[\]\n]{1,500})\]\[[^\[\]\n]{0,200}\]")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_EMPHASIS = re.compile(r"(\*{1,3}|~~|`{1,3}|(?<![^\W_])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![^\W_]))")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_LINE_END = re.compile(r"\r\n?|\n")
_BACKTICKS = re.compile(r"`+")
_MAY_HIDE = re.compile(r"\\[!-/:-@\[-`{-~]|`+|<!--")
_SPACES = re.compile(r"[ \t\xa0]+")
# An escaped sign waits in a private code point until the marks are off.
_WAITING = 0xE000
_RESTORED = {_WAITING + code: chr(code) for code in range(0x21, 0x7F)}


class BlockKind(StrEnum):
    """What a block is; lists and tables are kept whole where possible."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a text as plain lines; `level` is a heading's (1 to 6), else 0."""

    kind: BlockKind
    lines: tuple[str, ...]
    level: int = 0

    @property
    def text(self) -> str:
        """Give the lines as one text."""
        return "\n".join(self.lines)


@cache
def _parser() -> MarkdownIt:
    # Inline parsing is the part that costs super-linear time on hostile input, and passages do not need it.
    return MarkdownIt("commonmark", {"html": True}).enable("table").disable("inline")


def parse_blocks(markdown: str) -> list[Block]:
    """Cut Markdown into blocks of plain text, in order."""
    tokens = _parser().parse(without_comments(markdown))
    blocks: list[Block] = []
    position = 0
    while position < len(tokens):
        position = _read(tokens, position, blocks)
    return [block for block in blocks if any(block.lines)]


def without_comments(markdown: str) -> str:
    """Drop `<!-- … -->`, which is for the authors, where it is no code; one without an end reaches to the end."""
    parts: list[str] = []
    position = 0
    for start, end in _comments(markdown):
        parts.append(markdown[position:start])
        position = len(markdown) if end is None else end
    return "".join((*parts, markdown[position:]))


def open_comment(markdown: str) -> int | None:
    """Give the number of lines before a comment that is never closed, or None where there is none."""
    for start, end in _comments(markdown):
        if end is None:
            return markdown.count("\n", 0, start)
    return None


def first_heading(markdown: str) -> str | None:
    """Give the first heading of a text as plain words, or None where it has none."""
    # The beginning is enough: a title that stands later is no title.
    for block in parse_blocks(markdown[:20_000]):
        if block.kind is BlockKind.HEADING:
            return block.text
    return None


def plain(text: str) -> str:
    """Take inline marks off: emphasis, code, links (their words stay), images, tags, entities."""
    text = _ESCAPE.sub(lambda match: chr(_WAITING + ord(match[1])), text)
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _REFERENCE.sub(r"\1", text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _TAG.sub(" ", text)
    text = _EMPHASIS.sub("", text)
    text = html.unescape(text).translate(_RESTORED)
    return "\n".join(line for line in (_SPACES.sub(" ", line).strip() for line in text.split("\n")) if line)


def has_text(markdown: str) -> bool:
    """Tell whether there is a word or number beside headings: what has none gives no passage that could answer."""
    blocks = (block for block in parse_blocks(markdown) if block.kind is not BlockKind.HEADING)
    return any(sign.isalnum() for block in blocks for sign in block.text)


def _comments(markdown: str) -> Iterator[tuple[int, int | None]]:
    """Find where each comment begins and ends, in time that grows with the length."""
    if "<!--" not in markdown:
        return
    fences, texts = _ranges(markdown)
    runs: defaultdict[int, list[int]] = defaultdict(list)
    for run in _BACKTICKS.finditer(markdown):
        runs[len(run[0])].append(run.start())
    position = 0
    while (found := _MAY_HIDE.search(markdown, position)) is not None:
        start, sign = found.span()[0], found[0]
        if (fence := _around(fences, start)) is not None:
            position = fence[1]
        elif sign == "<!--":
            # `<!-->` is a whole comment.
            end = markdown.find("-->", start + 2)
            yield start, None if end == -1 else end + 3
            if end == -1:
                return
            position = end + 3
        elif (text := _around(texts, start)) is None:
            # Markup is no place for code and escapes.
            position = start + 1 if sign[0] == "\\" else found.end()
        elif sign[0] == "`":
            same = runs[len(sign)]
            closing = bisect_left(same, found.end())
            closed = closing < len(same) and same[closing] < text[1]
            position = same[closing] + len(sign) if closed else found.end()
        else:
            position = found.end()


def _ranges(markdown: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Give where fenced code stands, and where text stands in which marks are read."""
    starts = [0, *(end.end() for end in _LINE_END.finditer(markdown)), len(markdown)]
    fences: list[tuple[int, int]] = []
    texts: list[tuple[int, int]] = []
    for token in _parser().parse(markdown):
        if token.map is not None and token.type in {"fence", "inline"}:
            first, last = (starts[min(line, len(starts) - 1)] for line in token.map)
            (fences if token.type == "fence" else texts).append((first, last))
    return fences, texts


def _around(ranges: list[tuple[int, int]], position: int) -> tuple[int, int] | None:
    index = bisect_left(ranges, (position + 1, 0)) - 1
    return ranges[index] if index >= 0 and position < ranges[index][1] else None


def _read(tokens: list[Token], position: int, blocks: list[Block]) -> int:
    """Read the block that begins at `position`; give the position after it."""
    token = tokens[position]
    if token.type == "heading_open":
        title = " ".join(plain(tokens[position + 1].content).split())
        blocks.append(Block(BlockKind.HEADING, (title,), int(token.tag[1])))
        return position + 3
    if token.type in {"bullet_list_open", "ordered_list_open"}:
        end = _end(tokens, position)
        blocks.append(Block(BlockKind.LIST, _list_lines(tokens[position:end])))
        return end
    if token.type == "table_open":
        end = _end(tokens, position)
        blocks.append(Block(BlockKind.TABLE, _table_lines(tokens[position:end])))
        return end
    if token.type == "inline":
        blocks.append(Block(BlockKind.PARAGRAPH, tuple(plain(token.content).split("\n"))))
    elif token.type in {"fence", "code_block"}:
        blocks.append(Block(BlockKind.CODE, tuple(token.content.rstrip("\n").split("\n"))))
    elif token.type == "html_block":
        blocks.append(Block(BlockKind.PARAGRAPH, tuple(plain(token.content).split("\n"))))
    return position + 1


def _end(tokens: list[Token], position: int) -> int:
    level = tokens[position].level
    for end in range(position + 1, len(tokens)):
        if tokens[end].level == level and tokens[end].nesting == -1:
            return end + 1
    return len(tokens)


def _list_lines(tokens: list[Token]) -> tuple[str, ...]:
    """Write a list, nested ones too, as lines that begin with `- ` or a number."""
    lines: list[str] = []
    marks: list[int | None] = []
    fresh = False
    for token in tokens:
        if token.type == "bullet_list_open":
            marks.append(None)
        elif token.type == "ordered_list_open":
            marks.append(int(token.attrs.get("start", 1)))
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            marks.pop()
        elif token.type == "list_item_open":
            fresh = True
        elif token.type in {"inline", "fence", "code_block", "html_block"}:
            indent = "  " * (len(marks) - 1)
            for line in plain(token.content).split("\n"):
                lines.append(indent + (_mark(marks) if fresh else "  ") + line)
                fresh = False
    return tuple(line for line in lines if line.strip(" -"))


def _mark(marks: list[int | None]) -> str:
    number = marks[-1]
    if number is None:
        return "- "
    marks[-1] = number + 1
    return f"{number}. "


def _table_lines(tokens: list[Token]) -> tuple[str, ...]:
    """Write a table as one line a row, cells parted by bars."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(plain(token.content).replace("\n", " "))
    return tuple(" | ".join(row) for row in rows)
