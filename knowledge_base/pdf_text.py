"""PDF to Markdown: lines with their sizes, running heads taken off, large lines as headings. Runs in a fork."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pypdf import PdfReader
from pypdf.errors import PdfReadError

from knowledge_base.errors import RefusalError
from knowledge_base.foreign import ForeignText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pypdf import PageObject

MAX_PAGES = 200
_HEADING_RATIO = 1.15
_MOST_HEADING_CHARS = 120
_EDGE_LINES = 2
_RUNNING_SHARE = 0.6
_PAGES_FOR_RUNNING_HEADS = 3
_MARKUP = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>#|"})
_BULLET = re.compile(r"^[•◦▪‣●○■–-]\s+")
_NUMBERED = re.compile(r"^(\d{1,3})[.)]\s+")
_DIGITS = re.compile(r"\d+")
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[-\u00ad]$")


@dataclass(slots=True)
class _Line:
    """A line of a page; `size` is its type size in points, and the gap to the line before it in points."""

    text: str
    size: float
    gap: float = 0.0


@dataclass(slots=True)
class _Lines:
    """Collects the pieces of text that a page draws into lines."""

    lines: list[_Line] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)
    _sizes: Counter[float] = field(default_factory=Counter)
    _height: float | None = None
    _before: float | None = None

    def take(self, text: str, placing: Sequence[float], size: float) -> None:
        """Note a piece; `placing` is the text matrix, whose last number is the height on the page."""
        first, *others = text.split("\n")
        self._piece(first, placing, size)
        for part in others:
            self.end()
            self._piece(part, placing, size)

    def end(self) -> None:
        """Close the line."""
        text = " ".join("".join(self._words).split())
        if text:
            gap = abs(self._before - self._height) if self._before is not None and self._height is not None else 0.0
            self.lines.append(_Line(text, self._sizes.most_common(1)[0][0], gap))
            self._before = self._height
        self._words.clear()
        self._sizes.clear()
        self._height = None

    def _piece(self, text: str, placing: Sequence[float], size: float) -> None:
        self._words.append(text)
        if text.strip():
            self._sizes[size] += len(text)
            self._height = placing[5] if self._height is None else self._height


def read_pdf(path: Path) -> ForeignText:
    """Read the text of a PDF.

    Raises:
        RefusalError: It is broken, encrypted, has more than `MAX_PAGES` pages, or holds no text.

    """
    try:
        document = PdfReader(path, strict=False)
        if document.is_encrypted:
            raise RefusalError("is encrypted: save a copy without a password")
        count = len(document.pages)
        if count > MAX_PAGES:
            raise RefusalError(f"has {count} pages, {MAX_PAGES} are allowed: cut it into several files")
        pages = [_page_lines(page) for page in document.pages]
    except PdfReadError as error:
        raise RefusalError(f"is no readable PDF ({error}): open the file and save it anew") from error
    if not any(pages):
        raise RefusalError("holds no text (a scan?): run text recognition (OCR) on it first")
    lines = [line for page in _without_running_heads(pages) for line in page]
    headings = _heading_levels(lines)
    title = next((line.text for line in lines if headings.get(line.size) == 1), None)
    return ForeignText("\n".join(_markdown(lines, headings)), title or _title(document), _language(document))


def _page_lines(page: PageObject) -> list[_Line]:
    found = _Lines()
    page.extract_text(visitor_text=_visitor(found))
    found.end()
    return found.lines


def _visitor(found: _Lines) -> Callable[..., None]:
    def visit(text: str, outer: Sequence[float], placing: Sequence[float], _font: object, size: float) -> None:
        # The size that is set is scaled by both matrices: many writers set 1 and scale.
        scale = abs(placing[3] or placing[1]) * abs(outer[3] or outer[1])
        found.take(text, placing, round(size * (scale or 1.0), 1))

    return visit


def _without_running_heads(pages: list[list[_Line]]) -> list[list[_Line]]:
    """Drop lines at the edge of a page that stand, but for their numbers, on most other pages too."""
    if len(pages) < _PAGES_FOR_RUNNING_HEADS:
        return pages
    seen = Counter(key for page in pages for key in {_running(line) for line in _edges(page)})
    running = {key for key, count in seen.items() if count >= max(2, _RUNNING_SHARE * len(pages))}
    kept = []
    for page in pages:
        dropped = {id(line) for line in _edges(page) if _running(line) in running}
        left = [line for line in page if id(line) not in dropped]
        # Pages that are alike and short are no heads and feet, but all that there is.
        kept.append(left or page)
    return kept


def _edges(page: list[_Line]) -> list[_Line]:
    return page if len(page) <= 2 * _EDGE_LINES else page[:_EDGE_LINES] + page[-_EDGE_LINES:]


def _running(line: _Line) -> str:
    return _DIGITS.sub("0", line.text)


def _heading_levels(lines: list[_Line]) -> dict[float, int]:
    """Find the sizes that headings are set in, the largest as level 1; body text is what most characters are set in."""
    characters: Counter[float] = Counter()
    for line in lines:
        characters[line.size] += len(line.text)
    if not characters:
        return {}
    body = characters.most_common(1)[0][0]
    larger = sorted((size for size in characters if size >= body * _HEADING_RATIO), reverse=True)
    return {size: min(level, 3) for level, size in enumerate(larger, start=1)}


def _markdown(lines: list[_Line], headings: dict[float, int]) -> list[str]:
    """Write headings, list items and paragraphs; a line of a heading's size is one only where it is short."""
    written: list[str] = []
    usual = Counter(round(line.gap) for line in lines if line.gap).most_common(1)
    wide = usual[0][0] * 1.4 if usual else 0.0

    def level(line: _Line) -> int:
        return headings.get(line.size, 0) if len(line.text) <= _MOST_HEADING_CHARS else 0

    for heading, group in groupby(lines, key=level):
        run = list(group)
        if heading:
            written += ["", f"{'#' * heading} " + " ".join(line.text.translate(_MARKUP) for line in run), ""]
            continue
        for number, line in enumerate(run):
            if number and wide and line.gap > wide:
                written.append("")
            _append(written, line.text)
    return written


def _append(written: list[str], text: str) -> None:
    """Add a line of body text: as a list item, or to the paragraph before it, whose broken word it ends."""
    bullet, numbered = _BULLET.match(text), _NUMBERED.match(text)
    if bullet:
        written.append("- " + text[bullet.end() :].translate(_MARKUP))
    elif numbered:
        written.append(f"{numbered[1]}. " + text[numbered.end() :].translate(_MARKUP))
    elif written and _BROKEN_WORD.search(written[-1]) and text[:1].islower():
        written[-1] = written[-1][:-1] + text.translate(_MARKUP)
    else:
        written.append(text.translate(_MARKUP))


def _title(document: PdfReader) -> str | None:
    """Give the title that the file names, unless it is the name of a file."""
    given = document.metadata.title if document.metadata else None
    title = " ".join(str(given).split()) if given else ""
    return title if title and not re.search(r"\.\w{2,5}$", title) else None


def _language(document: PdfReader) -> str | None:
    given = document.root_object.get("/Lang")
    return str(given) if isinstance(given, str) and given else None
