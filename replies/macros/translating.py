"""A macro's text in our Liquid: placeholders mapped, what cannot be mapped marked, markup taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from models.text import strip_invisible
from models.text.html import html_to_text
from replies.macros.placeholders import path_of
from replies.macros.records import Unmapped
from replies.marks import mark

if TYPE_CHECKING:
    from replies.macros.placeholders import Placeholders

MAX_TEXT = 100_000
MOST_MARKUP = 2_000_000
MOST_TAGS = 2_000
"""Markup with more is no macro: its links are not looked at, so that nothing nested ever so deep is written out."""

_OUTPUT = re.compile(r"\{\{-?([^{}]{0,400}?)-?\}\}")
_TAG = re.compile(r"\{%-?\s*([^{}%]{0,400}?)\s*-?%\}")
_FILTER = re.compile(r"\|\s*(\w+)\s*(?::|\()?\s*([^|]*?)\)?\s*(?=\||$)")
_STRING = re.compile(r"\A(['\"])([^'\"{}%]{0,200})\1\Z")
# A path in a condition, outside of quotes.
_QUOTED_OR_PATH = re.compile(r"('[^']*'|\"[^\"]*\")|([A-Za-z_][\w-]*(?:\.[\w-]+|\[[^\[\]]{1,60}\])+)")
_SPACES = re.compile(r"[ \t\xa0\u2000-\u200a\u202f]+")
_BLANK_LINES = re.compile(r"\n{3,}")
# Our filters write dates and amounts as the reply's language does: the desk's own formats are left out.
_FORMATS = frozenset(
    {"date", "datetime_format", "date_format", "date_and_time", "money", "currency", "escape", "strip"}
)
_DEFAULTS = frozenset({"default", "fallback"})
_CASES = frozenset({"upcase", "downcase", "capitalize"})


@dataclass(frozen=True, slots=True)
class Translated:
    """A text in our Liquid, the same without any placeholder, what was marked, and what conditions ask for in vain."""

    body: str
    words: str
    unmapped: tuple[Unmapped, ...]
    asked: tuple[Unmapped, ...] = ()


def translate(text: str, table: Placeholders, *, html: bool) -> Translated:
    """Translate a macro's text.

    Args:
        text: As the help desk exports it.
        table: Which variable stands for which placeholder.
        html: Whether the text is HTML.

    """
    if html:
        text = html_to_text(_with_addresses(text))
    # Longer than any template may be: what is cut off is refused by its length.
    text = text[:MAX_TEXT]
    text = "\n".join(_SPACES.sub(" ", line).strip() for line in strip_invisible(text).splitlines())
    text = _BLANK_LINES.sub("\n\n", text).strip()
    unmapped: dict[str, Unmapped] = {}

    def output(found: re.Match[str]) -> str:
        written, note = _output(found.group(1), table)
        if note is not None:
            unmapped.setdefault(note.placeholder, note)
        return written

    asked: dict[str, Unmapped] = {}

    def tag(found: re.Match[str]) -> str:
        if found.group(1).split(" ", 1)[0] in {"comment", "endcomment"}:
            return found.group()
        return "{% " + _condition(found.group(1), table, asked) + " %}"

    body = _TAG.sub(tag, _OUTPUT.sub(output, text))
    words = _SPACES.sub(" ", _TAG.sub(" ", _OUTPUT.sub(" ", text)))
    return Translated(body, words.strip(), tuple(unmapped.values()), tuple(asked.values()))


def _with_addresses(html: str) -> str:
    """Write the address of each link behind its words: the reply is plain text."""
    if html.count("<") > MOST_TAGS or len(html) > MOST_MARKUP:
        return html
    tree = LexborHTMLParser(html)
    for node in tree.css("a[href]"):
        words, address = node.text(deep=True).strip(), (node.attributes.get("href") or "").strip()
        address = address.removeprefix("mailto:").removeprefix("tel:")
        if address and address.rstrip("/") not in words:
            node.replace_with(f"{words} ({address})" if words else address)
    return tree.html or html


def _output(inner: str, table: Placeholders) -> tuple[str, Unmapped | None]:
    """Return what is written for a placeholder, and a note where that is only a mark."""
    written, _, rest = inner.partition("|")
    path = path_of(written)
    ours = table.ours(path) if path else None
    if ours is None:
        name = " ".join(written.split())[:100] or "(nothing)"
        return mark(name), Unmapped(name, table.advise(path or name))
    filters = ""
    for name, argument in _FILTER.findall(f"|{rest}") if rest else ():
        if name in _FORMATS:
            continue
        value = _STRING.match(argument.strip())
        if name in _DEFAULTS and value and " | " not in ours:
            quote = "'" if '"' in value.group(2) else '"'
            filters += f" | default: {quote}{value.group(2)}{quote}"
        elif name in _CASES and " | " not in ours:
            filters += f" | {name}"
        else:
            whole = " ".join(inner.split())[:100]
            return mark(whole), Unmapped(whole, f"the filter {name} is not known here: {ours} stands for the rest")
    return f"{{{{ {ours}{filters} }}}}", None


def _condition(inner: str, table: Placeholders, asked: dict[str, Unmapped]) -> str:
    """Put our variables into a tag; what has no counterpart stays, for the compiler to refuse, and is noted."""

    def replaced(found: re.Match[str]) -> str:
        if found.group(1):
            return found.group(1)
        path = path_of(found.group(2))
        ours = table.ours(path) if path else None
        if ours is not None:
            return ours.partition(" | ")[0]
        asked.setdefault(found.group(2), Unmapped(found.group(2), table.advise(path or found.group(2))))
        return found.group(2)

    return _QUOTED_OR_PATH.sub(replaced, inner)
