"""DOCX to Markdown: headings, lists and tables by their styles. Runs in a fork; only the parts with words are parsed.

Three parts of the package are read: the text, the names of its styles, and what the file says of itself. Libraries for
Word read all parts, to be able to write them again, which takes several times as long.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.docx_package import Package
from knowledge_base.errors import RefusalError
from knowledge_base.foreign import ForeignText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>#|"})
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_WORDS = re.compile(r"[,;]")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_KEYWORDS = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}keywords"
_PARAGRAPH, _TABLE, _ROW, _CELL, _RUN, _TEXT = (f"{_W}{name}" for name in ("p", "tbl", "tr", "tc", "r", "t"))
_HOLDERS = frozenset({f"{_W}body", f"{_W}sdt", f"{_W}sdtContent"})
_SPACES = frozenset({f"{_W}tab", f"{_W}br", f"{_W}cr"})
_HYPHEN, _DEPTH, _VALUE = f"{_W}noBreakHyphen", f"{_W}ilvl", f"{_W}val"
_STYLE, _NUMBERING, _VANISH = f"{_W}pPr/{_W}pStyle", f"{_W}pPr/{_W}numPr", f"{_W}rPr/{_W}vanish"
# Text boxes are kept twice, once for programs that do not know them; both copies would be read.
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_UNSEEN = frozenset({f"{_W}del", f"{_W}pPr", f"{_W}moveFrom", _FALLBACK})


def read_docx(path: Path) -> ForeignText:
    """Read the text of a Word document; hidden text, comments and what was deleted under review are left out.

    Raises:
        RefusalError: It is broken, encrypted, unpacks to too much, or holds no text.

    """
    with path.open("rb") as file:
        if file.read(len(_OLE)) == _OLE:
            raise RefusalError("is encrypted, or a Word file from before 2007: save it as .docx without a password")
    try:
        with zipfile.ZipFile(path) as opened:
            return _read(Package.checked(opened, path.stat().st_size))
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise RefusalError(f"is no readable Word document ({error}): open the file and save it anew") from error


def _read(package: Package) -> ForeignText:
    document = package.main()
    if document.root.tag != f"{_W}document":
        raise RefusalError(
            f"is no Word document (its main part is `{document.root.tag.rpartition('}')[2]}`): save it as .docx, "
            "not as Strict Open XML"
        )
    lines: list[str] = []
    _Writer(package.style_names(document), lines).blocks(document.root)
    if not any(line.strip() for line in lines):
        raise RefusalError("holds no text: does it hold pictures only?")
    about = package.about()
    title, language, keywords = (_said(about, name) for name in (f"{_DC}title", f"{_DC}language", _KEYWORDS))
    tags = tuple(word for word in (part.strip() for part in _WORDS.split(keywords)) if word)
    return ForeignText("\n".join(lines), title or None, language or None, tags)


def _said(about: Element | None, name: str) -> str:
    return ((about.findtext(name) if about is not None else None) or "").strip()


class _Writer:
    """Walks the body and writes Markdown, one block after the other."""

    def __init__(self, styles: dict[str, str], lines: list[str]) -> None:
        self._styles = styles
        self._lines = lines

    def blocks(self, parent: Element) -> None:
        """Write the paragraphs and tables of an element; those inside the body and content controls too."""
        for child in parent:
            if child.tag == _PARAGRAPH:
                self._paragraph(child)
            elif child.tag == _TABLE:
                self._table(child)
            elif child.tag in _HOLDERS:
                self.blocks(child)

    def _paragraph(self, paragraph: Element) -> None:
        text = " ".join(_text(paragraph).split()).translate(_MARKUP)
        if not text:
            self._blank()
            return
        named = paragraph.find(_STYLE)
        style = self._styles.get(named.get(_VALUE, ""), "") if named is not None else ""
        level = _level(style)
        listed = paragraph.find(_NUMBERING) is not None
        if level:
            self._blank()
            self._lines += ["#" * min(level, 6) + " " + text, ""]
        elif listed or style.lower().startswith("list"):
            self._lines.append(self._mark(paragraph, style) + text)
        else:
            self._blank()
            self._lines += [text, ""]

    def _mark(self, paragraph: Element, style: str) -> str:
        """Give the mark of a list item; which marks a numbering draws is not looked up, only its depth."""
        depths = [int(level.get(_VALUE, "0")) for level in paragraph.iter(_DEPTH)]
        return "  " * min(depths[0] if depths else 0, 4) + ("1. " if "number" in style.lower() else "- ")

    def _table(self, table: Element) -> None:
        self._blank()
        rows = [[_cell(cell) for cell in row.findall(_CELL)] for row in table.findall(_ROW)]
        width = max((len(row) for row in rows), default=0)
        for number, row in enumerate(row for row in rows if any(row)):
            self._lines.append("| " + " | ".join(row + [""] * (width - len(row))) + " |")
            if number == 0:
                self._lines.append("|" + " --- |" * width)
        self._blank()

    def _blank(self) -> None:
        if self._lines and self._lines[-1]:
            self._lines.append("")


def _level(style: str) -> int:
    """Tell the level of a heading; built-in styles have English names in every language of Word."""
    if style.lower() == "title":
        return 1
    found = _HEADING.fullmatch(style)
    return int(found[1]) if found else 0


def _cell(cell: Element) -> str:
    texts = (_text(paragraph) for paragraph in cell.iter(_PARAGRAPH))
    return " ".join(" ".join(texts).split()).translate(_MARKUP).replace("\\|", "/")


def _text(paragraph: Element) -> str:
    return "".join(_pieces(paragraph))


def _pieces(element: Element) -> Iterator[str]:
    """Give the words that a reader sees: inserted ones too, neither deleted nor hidden ones."""
    for child in element:
        if child.tag == _TEXT:
            yield child.text or ""
        elif child.tag in _SPACES:
            yield " "
        elif child.tag == _HYPHEN:
            yield "-"
        elif child.tag in _UNSEEN or _hidden(child):
            continue
        else:
            yield from _pieces(child)


def _hidden(run: Element) -> bool:
    if run.tag != _RUN:
        return False
    mark = run.find(_VANISH)
    return mark is not None and mark.get(_VALUE) not in {"0", "false"}
