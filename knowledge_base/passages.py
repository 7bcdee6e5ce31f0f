"""Cut an article into passages: by heading first, then to a size that answers one question.

Sizes are measured in words; a character of Chinese, Japanese or Korean counts half a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge_base.markdown import Block, BlockKind, parse_blocks
from knowledge_base.records import Passage

MIN_WORDS = 60
MAX_WORDS = 220
SMALL_WORDS = 25
_CHARS_A_WORD = 12
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_SENTENCE_END = re.compile(r"(?<=[.!?؟…])(?=\s)|(?<=[。！？])")
_QUESTION = ("?", "？", "؟")


@dataclass(frozen=True, slots=True)
class _Section:
    """What stands under one heading; `path` ends with that heading."""

    path: tuple[str, ...]
    blocks: tuple[Block, ...]


def size_in_words(text: str) -> float:
    """Measure a text in words, whatever its script; text without spaces counts by its length."""
    narrow = _CJK.sub(" ", text)
    wide = sum(1 for _ in _CJK.finditer(text)) / 2
    return wide + max(len(narrow.split()), len(narrow.strip()) / _CHARS_A_WORD)


def split_passages(title: str, markdown: str) -> list[Passage]:
    """Cut an article into passages of at most 220 words.

    A section under its own heading is one passage: it answers what the heading says, and nothing else. Only where one
    has fewer than 25 words is it joined to its neighbour under the same parent, unless the heading asks a question:
    those answer by themselves. Larger sections are cut between blocks into passages of 60 to 220 words; a list or
    table is cut only where it does not fit by itself, and a table's first row is repeated.

    Args:
        title: The article's title; a first heading that repeats it does not count as a heading.
        markdown: The article's text.

    """
    pieces: list[tuple[tuple[str, ...], str]] = []
    waiting: list[_Section] = []
    for section in _sections(title, parse_blocks(markdown)):
        if waiting and not _joins(waiting, section):
            pieces.extend(_cut(waiting))
            waiting = []
        waiting.append(section)
    if waiting:
        pieces.extend(_cut(waiting))
    return [Passage(position, path, text) for position, (path, text) in enumerate(pieces)]


def _sections(title: str, blocks: list[Block]) -> list[_Section]:
    sections: list[_Section] = []
    path: list[tuple[int, str]] = []
    under: list[Block] = []

    def close() -> None:
        if under:
            sections.append(_Section(tuple(name for _, name in path), tuple(under)))
            under.clear()

    for block in blocks:
        if block.kind is not BlockKind.HEADING:
            under.append(block)
            continue
        close()
        while path and path[-1][0] >= block.level:
            path.pop()
        if path or sections or block.text.casefold() != title.casefold():
            path.append((block.level, block.text))
    close()
    return sections


def _joins(waiting: list[_Section], section: _Section) -> bool:
    """Tell whether a section is added to those that wait: small neighbours with the same parent."""
    if _asks(waiting[-1]) or _asks(section) or waiting[0].path[:-1] != section.path[:-1]:
        return False
    size = sum(_size(one) for one in waiting)
    return min(size, _size(section)) < SMALL_WORDS and size + _size(section) <= MAX_WORDS


def _asks(section: _Section) -> bool:
    return bool(section.path) and section.path[-1].endswith(_QUESTION)


def _size(section: _Section) -> float:
    """Measure a section with its heading, which stands in the text once sections are joined."""
    return sum(size_in_words(block.text) for block in section.blocks) + sum(map(size_in_words, section.path[-1:]))


def _cut(sections: list[_Section]) -> list[tuple[tuple[str, ...], str]]:
    """Make passages of one section, or of several small ones whose headings then stand in the text."""
    first = sections[0]
    if len(sections) == 1:
        return [(first.path, text) for text in _pack(_bounded(first.blocks))]
    parts: list[str] = []
    for section in sections:
        heading = (section.path[-1],) if section.path else ()
        parts.append("\n".join((*heading, *(block.text for block in section.blocks))))
    return [(first.path[:-1], "\n\n".join(parts))]


def _pack(texts: list[str]) -> list[str]:
    """Fill passages one text after the other; the last two share fairly where the last would be small."""
    groups: list[list[str]] = []
    size = 0.0
    for text in texts:
        words = size_in_words(text)
        if not groups or size + words > MAX_WORDS:
            groups.append([])
            size = 0.0
        groups[-1].append(text)
        size += words
    if len(groups) > 1:
        _share(groups[-2], groups[-1])
    return ["\n\n".join(group) for group in groups]


def _share(before: list[str], last: list[str]) -> None:
    size_before = sum(map(size_in_words, before))
    size_last = sum(map(size_in_words, last))
    while len(before) > 1 and size_last < MIN_WORDS:
        moved = size_in_words(before[-1])
        if size_before - moved < MIN_WORDS or size_last + moved > MAX_WORDS:
            return
        last.insert(0, before.pop())
        size_before, size_last = size_before - moved, size_last + moved


def _bounded(blocks: tuple[Block, ...]) -> list[str]:
    """Give the blocks as texts none of which is larger than a passage."""
    texts: list[str] = []
    for block in blocks:
        if size_in_words(block.text) <= MAX_WORDS:
            texts.append(block.text)
        elif block.kind is BlockKind.TABLE:
            head, *rows = block.lines
            texts.extend(_lines(rows, head if size_in_words(head) < MIN_WORDS else None))
        elif block.kind is BlockKind.PARAGRAPH:
            texts.extend(_lines(_SENTENCE_END.split(" ".join(block.lines)), None, ""))
        else:
            texts.extend(_lines(list(block.lines), None))
    return texts


def _lines(lines: list[str], head: str | None, joint: str = "\n") -> list[str]:
    """Join lines or sentences up to the size of a passage, under a repeated head where there is one."""
    room = MAX_WORDS - (size_in_words(head) if head else 0)
    groups: list[list[str]] = []
    size = 0.0
    for line in (piece for long in lines for piece in _pieces(long, room)):
        words = size_in_words(line)
        if not groups or size + words > room:
            groups.append([head] if head else [])
            size = 0.0
        groups[-1].append(line)
        size += words
    return [joint.join(group).strip() for group in groups]


def _pieces(line: str, room: float) -> list[str]:
    """Cut a line that is larger than a passage: between words, and at last anywhere."""
    if size_in_words(line) <= room:
        return [line]
    pieces: list[str] = []
    step = int(room)
    for word_start in range(0, len(words := line.split()), max(step // 2, 1)):
        piece = " ".join(words[word_start : word_start + max(step // 2, 1)])
        if size_in_words(piece) <= room:
            pieces.append(f" {piece}" if word_start else piece)
        else:
            pieces.extend(piece[start : start + step] for start in range(0, len(piece), step))
    return pieces
