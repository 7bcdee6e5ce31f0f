"""Bytes to text: UTF-8, UTF-16 and UTF-32 by their marks, and older code pages where no other reading makes sense.

A wrong guess would put wrong words before customers. So a code page is taken only if the file declares it, or if it is
the only one under which every character beyond ASCII belongs to the alphabet of one language and stands where that
language puts it. Libraries that rank code pages by likelihood always name one; here a doubt is a refusal.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from knowledge_base.errors import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The letters beyond ASCII of the languages that were written in each code page.
ALPHABETS: Mapping[str, Mapping[str, str]] = {
    "cp1252": {
        "de": "äöüß",
        "en": "éèêàçïöñ",
        "fr": "àâæçéèêëîïôœùûüÿ",
        "es": "áéíñóúüªº",
        "it": "àèéìíîòóùú",
        "nl": "áäçèéêëíïóöúü",
        "pt": "áâãàçéêíóôõúüªº",
        "da": "æøåé",
        "nb": "æøåéèêóòô",
        "sv": "åäöé",
        "fi": "åäöšž",
        "ca": "àçèéíïòóúü·",
        "is": "áðéíóúýþæö",
    },
    "cp1250": {
        "pl": "ąćęłńóśźż",
        "cs": "áčďéěíňóřšťúůýž",
        "sk": "áäčďéíĺľňóôŕšťúýž",
        "hu": "áéíóöőúüű",
        "ro": "ăâîşţ",
        "hr": "čćđšž",
        "sl": "čšž",
    },
    "cp1254": {"tr": "âçğıîöşüûİ"},
}
_SIGNS = frozenset("€„“”‘’–—…•«»¿¡°§©®™²³½¼¾£±×´·\xa0")
_INSIDE_WORDS = frozenset("’´·\xa0\u00ad")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_HTML_CHARSET = re.compile(rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"\A<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})[\"']")
_FRONT_LANGUAGE = re.compile(rb"^(?:language|lang|locale):[ \t]*[\"']?([A-Za-z]{2})\b", re.MULTILINE)
_DECLARED_WITHIN = 4_096


def decode(data: bytes, *, language: str | None = None, markup: bool = False) -> str:
    """Decode a file and bring its line ends to one form.

    Args:
        data: The whole file.
        language: The language (ISO 639-1) that its name or folder says, where it does.
        markup: Whether it is HTML, so that what it declares of its encoding counts.

    Raises:
        RefusalError: The encoding is not certain; names the line and the first doubtful byte.

    """
    text = _decoded(data, language, markup)
    if "\0" in text:
        raise RefusalError("holds a NUL character: is it a binary file?", text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, language: str | None, markup: bool) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(name)
            except UnicodeDecodeError:
                raise RefusalError(
                    f"begins as {name.upper()}, but breaks off or is damaged: save it as UTF-8"
                ) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = error.start
    line = data.count(b"\n", 0, place) + 1
    doubt = f"is not UTF-8: byte 0x{data[place]:02x} at offset {place}"
    if markup:
        declared = _declared(data)
        if declared is not None:
            return _as_declared(data, declared, line, doubt)
    readings = {text: page for page, text in _readings(data, _written_language(data) or language)}
    if len(readings) == 1:
        return next(iter(readings))
    pages = ", ".join(sorted(readings.values())) or "no code page that is known here"
    raise RefusalError(f"{doubt}, and it could be {pages}: save it as UTF-8", line)


def _written_language(data: bytes) -> str | None:
    """Read the language out of the front matter; names and codes are ASCII in every code page."""
    if not data.startswith(b"---"):
        return None
    found = _FRONT_LANGUAGE.search(data[:_DECLARED_WITHIN])
    return found[1].decode("ascii").lower() if found else None


def _declared(data: bytes) -> str | None:
    head = data[:_DECLARED_WITHIN]
    found = _XML_CHARSET.search(head) or _HTML_CHARSET.search(head)
    if found is None:
        return None
    name = found[1].decode("ascii").lower()
    # Browsers read these names as the larger code page, and so do the programs that write them.
    return {"iso-8859-1": "cp1252", "latin1": "cp1252", "iso-8859-9": "cp1254", "us-ascii": "cp1252"}.get(name, name)


def _as_declared(data: bytes, declared: str, line: int, doubt: str) -> str:
    try:
        if declared.startswith(("utf-16", "utf16", "utf-32", "utf32")):
            # Without their mark; the declaration could be read as plain bytes, so it is wrong.
            raise LookupError(declared)
        return data.decode(declared)
    except (LookupError, UnicodeDecodeError):
        raise RefusalError(f"{doubt}, and it is not {declared[:40]!r} as it declares: save it as UTF-8", line) from None


def _readings(data: bytes, language: str | None) -> Iterator[tuple[str, str]]:
    """Give the code pages under which the text makes sense, each with the text."""
    for page, alphabets in ALPHABETS.items():
        try:
            text = data.decode(page)
        except UnicodeDecodeError:
            continue
        known = any(language in one for one in ALPHABETS.values())
        spoken = [alphabet for name, alphabet in alphabets.items() if name == language or not known]
        if any(_fits(text, alphabet) for alphabet in spoken):
            yield page, text


def _fits(text: str, alphabet: str) -> bool:
    """Tell whether every character beyond ASCII is a letter of the alphabet, or a sign where signs stand."""
    letters = frozenset(alphabet + alphabet.upper())
    for found in _BEYOND_ASCII.finditer(text):
        sign, place = found[0], found.start()
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if sign in letters:
            if sign.isupper() and before.islower():
                return False
        elif sign not in _SIGNS or (before.isalpha() and after.isalpha() and sign not in _INSIDE_WORDS):
            return False
    return True
