"""Markdown to blocks: headings, paragraphs, lists, tables. Inline marks are taken off by rules of linear time."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from markdown_it.token import Token

# A class never contains its own opening sign, so a failed attempt ends at the next one: linear over the whole text.
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,500})\]\([^()\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,500})\]\([^()\n]{0,2000}\)")
_REFERENCE = re.compile(r"\[([^\[\]\n]{1,500})\]\[[^\[\]\n]{0,200}\]")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_EMPHASIS = re.compile(r"(\*{1,3}|~~|`{1,3}|(?<![^\W_])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![^\W_]))")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
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
    tokens = _parser().parse(markdown)
    blocks: list[Block] = []
    position = 0
    while position < len(tokens):
        position = _read(tokens, position, blocks)
    return [block for block in blocks if any(block.lines)]


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
