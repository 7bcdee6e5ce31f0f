"""Small PDF files with real text to measure on: headings and paragraphs in a font that every reader has."""

from __future__ import annotations

import textwrap
from itertools import accumulate

_LINE_CHARS = 90
_HEADING_PT, _BODY_PT = 16.0, 11.0
_TOP_PT, _BOTTOM_PT = 800.0, 60.0
_CHARSET = "cp1252"


def fits(text: str) -> bool:
    """Tell whether the font has every letter of a text."""
    return text.encode(_CHARSET, "ignore").decode(_CHARSET) == text


def pdf_file(blocks: list[str]) -> bytes:
    """Set blocks of Markdown, one under the other, on as many pages as they need; `## ` makes a heading."""
    pages: list[list[str]] = [[]]
    height = _TOP_PT
    for block in blocks:
        size = _HEADING_PT if block.startswith("#") else _BODY_PT
        for line in textwrap.wrap(block.lstrip("# "), _LINE_CHARS):
            if height < _BOTTOM_PT:
                pages.append([])
                height = _TOP_PT
            written = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            pages[-1].append(f"BT /F1 {size} Tf 1 0 0 1 50 {height:.1f} Tm ({written}) Tj ET")
            height -= size * 1.3
        height -= _BODY_PT
    return _joined(["\n".join(lines).encode(_CHARSET) for lines in pages])


def _joined(contents: list[bytes]) -> bytes:
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(contents)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, content in enumerate(contents):
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R"
        objects.append(f"{page} /Resources << /Font << /F1 3 0 R >> >> >>".encode())
        objects.append(f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream")
    written = [f"{number} 0 obj\n".encode() + one + b"\nendobj\n" for number, one in enumerate(objects, start=1)]
    *places, start = accumulate((len(one) for one in written), initial=len(b"%PDF-1.4\n"))
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>"
    return b"%PDF-1.4\n" + b"".join(written) + f"{end}\nstartxref\n{start}\n%%EOF\n".encode()
