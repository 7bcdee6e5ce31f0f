"""The package that a Word document is: parts in a ZIP file, found by their relations; sizes are checked first."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree as Tree

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from knowledge_base.errors import RefusalError

if TYPE_CHECKING:
    import zipfile
    from typing import Self
    from xml.etree.ElementTree import Element

MAX_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 96 * 1024 * 1024
MAX_XML_BYTES = 16 * 1024 * 1024
MAX_RATIO = 200
_RATIO_FROM_BYTES = 4 * 1024 * 1024
_CHUNK_BYTES = 1 << 12
_STYLE = re.compile(r'<w:style\s[^<>]*?w:styleId="(?P<id>[^"]*)"|<w:name\s[^<>]*?w:val="(?P<name>[^"]*)"')
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


@dataclass(frozen=True, slots=True)
class Part:
    """A part with its name in the package, without a slash in front."""

    name: str
    root: Element


@dataclass(frozen=True, slots=True)
class Package:
    """An open package that does not unpack to more than is allowed."""

    opened: zipfile.ZipFile

    @classmethod
    def checked(cls, opened: zipfile.ZipFile, packed_bytes: int) -> Self:
        """Look at what the package says of its parts, before any is read.

        Raises:
            RefusalError: It holds too much, or more than its own size lets expect.

        """
        entries = opened.infolist()
        if len(entries) > MAX_ENTRIES:
            raise RefusalError(f"holds {len(entries)} parts, {MAX_ENTRIES} are allowed: is it a Word document?")
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > MAX_UNPACKED_BYTES:
            raise RefusalError(
                f"unpacks to {unpacked} bytes, {MAX_UNPACKED_BYTES} are allowed: take large pictures out"
            )
        if unpacked > _RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed_bytes:
            raise RefusalError(
                f"unpacks to {unpacked // packed_bytes} times its size, {MAX_RATIO} are allowed: is it a bomb?"
            )
        return cls(opened)

    def main(self) -> Part:
        """Read the part that holds the text.

        Raises:
            RefusalError: The package names none, or it cannot be read.

        """
        name = self._target("officeDocument", "")
        if name is None:
            raise RefusalError("is no Word document: the package names no main part")
        return Part(name, self._parsed(name))

    def about(self) -> Element | None:
        """Read what the document says of itself: title, language, keywords; None where it says nothing."""
        name = self._target("metadata/core-properties", "")
        return None if name is None or name not in self.opened.NameToInfo else self._parsed(name)

    def style_names(self, main: Part) -> dict[str, str]:
        """Name the styles by their ids; a paragraph says only the id.

        The styles are by far the largest part of many documents, and next to nothing of them is wanted. So they are not
        parsed but searched, with the prefix that all programs write; with another one headings come as paragraphs.
        """
        name = self._target("styles", main.name)
        if name is None or name not in self.opened.NameToInfo:
            return {}
        names: dict[str, str] = {}
        style: str | None = None
        for found in _STYLE.finditer(self._bytes(name).decode("utf-8", "replace")):
            if found["id"] is not None:
                style = found["id"]
            elif style is not None:
                names[html.unescape(style)] = html.unescape(found["name"])
                style = None
        return names

    def _target(self, kind: str, of: str) -> str | None:
        folder, name = posixpath.split(of)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if relations not in self.opened.NameToInfo:
            return None
        for relation in self._parsed(relations).iter(_RELATION):
            inside = relation.get("TargetMode", "Internal") == "Internal"
            if inside and relation.get("Type", "").endswith(f"/{kind}"):
                target = posixpath.join("/", folder, unquote(relation.get("Target", "")))
                return posixpath.normpath(target).lstrip("/")
        return None

    def _parsed(self, name: str) -> Element:
        data = self._bytes(name)
        with _told(name):
            _refuse_declarations(data)
            return Tree.fromstring(data)  # noqa: S314 - what could declare entities was refused in the line above

    def _bytes(self, name: str) -> bytes:
        entry = self.opened.NameToInfo.get(name)
        if entry is None:
            raise RefusalError(f"is no Word document: {name} is missing")
        if entry.flag_bits & 0x1:
            raise RefusalError("is encrypted: save a copy without a password")
        if entry.file_size > MAX_XML_BYTES:
            raise RefusalError(
                f"{name} has {entry.file_size} bytes, {MAX_XML_BYTES} are allowed: cut it into several files"
            )
        return self.opened.read(entry)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Say which part is no good."""
    try:
        yield
    except DefusedXmlException as error:
        raise RefusalError(f"{name} declares a document type: no Word document does") from error
    except Tree.ParseError as error:
        raise RefusalError(f"{name} is no XML ({error}): open the file and save it anew") from error


def _refuse_declarations(data: bytes) -> None:
    """Refuse what could declare entities; it can only stand before the first element.

    Up to there the careful parser reads; the rest is left to the fast one.
    """
    parser = defusedxml.ElementTree.DefusedXMLParser(target=_Beginning(), forbid_dtd=True)
    try:
        for start in range(0, len(data), _CHUNK_BYTES):
            parser.feed(data[start : start + _CHUNK_BYTES])
    except _BegunError:
        return


class _BegunError(Exception):
    """The first element was reached."""


class _Beginning:
    """Ends the reading at the first element."""

    def start(self, _tag: str, _attributes: dict[str, str]) -> None:
        raise _BegunError

    def close(self) -> None:
        """Nothing was kept."""
