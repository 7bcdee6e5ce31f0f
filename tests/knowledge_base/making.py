"""Real files for the tests: PDF and Word documents, whole and broken, made on the spot."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from docx import Document
from pypdf import PdfReader, PdfWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from docx.document import Document as WordDocument

BODY = 11


def pdf(pages: Sequence[Sequence[tuple[float, str]]], *, language: str | None = None) -> bytes:
    """Make a PDF of pages; each is a list of lines with their type size, set in Helvetica from the top down."""
    contents = [_content(lines) for lines in pages]
    return _document(
        [f"<< /Length {len(one)} >>\nstream\n".encode() + one + b"\nendstream" for one in contents], language
    )


def pdf_of(stream: bytes) -> bytes:
    """Make a PDF of one page that draws the stream object."""
    return _document([stream], None)


def _document(streams: Sequence[bytes], language: str | None) -> bytes:
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(streams)))
    spoken = f" /Lang ({language})" if language else ""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R{spoken} >>".encode(),
        f"<< /Type /Pages /Count {len(streams)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, stream in enumerate(streams):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(stream)
    return _joined(objects)


def _content(lines: Sequence[tuple[float, str]]) -> bytes:
    height = 800.0
    parts = []
    for size, text in lines:
        written = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        parts.append(f"BT /F1 {size} Tf 1 0 0 1 50 {height} Tm ({written}) Tj ET")
        height -= size * 1.3
    return "\n".join(parts).encode("cp1252")


def _joined(objects: Sequence[bytes]) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + content + b"\nendobj\n")
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    for place in places:
        out.write(f"{place:010d} 00000 n \n".encode())
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def encrypted_pdf(password: str) -> bytes:
    """Make a PDF that opens only with the password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([[(BODY, "Secret prices.")]]))))
    writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def word(document: WordDocument) -> bytes:
    """Give the bytes of a Word document."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def policy() -> WordDocument:
    """Make a Word document with headings, lists and a table."""
    document = Document()
    document.core_properties.title = "Return policy"
    document.core_properties.keywords = "returns, refund"
    document.core_properties.language = "en-GB"
    document.add_heading("Return policy", level=0)
    document.add_paragraph("You have 30 days from delivery.")
    document.add_heading("What cannot be returned?", level=2)
    document.add_paragraph("Earrings", style="List Bullet")
    document.add_paragraph("Gift_cards * 2", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((*table.rows[0].cells, *table.rows[1].cells), ("Zone", "Fee", "EU", "0"), strict=True):
        cell.text = text
    return document


def repacked(data: bytes, changes: dict[str, bytes], path: Path) -> Path:
    """Write a package anew with some of its parts changed or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in changes:
                new.writestr(entry, old.read(entry))
        for name, content in changes.items():
            new.writestr(name, content)
    return path
