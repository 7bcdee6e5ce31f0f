"""Turn an HTML mail into text, quoted replies marked as such, in linear time."""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser

_DEEPEST = 200
_LARGEST = 2_000_000
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_DROPPED = "script, style, head, title, noscript, template, svg, math, object, iframe"
_QUOTES = "blockquote, div.gmail_quote, div.yahoo_quoted, div#divRplyFwdMsg, div.moz-cite-prefix, div#appendonsend"
_BLOCKS = "p, div, li, tr, h1, h2, h3, h4, h5, h6, table, ul, ol, blockquote, pre, section, article, header, footer"


def html_to_text(html: str) -> str:
    """Return the text of an HTML message, one line a block, quoted blocks behind `> `.

    Markup nested deeper than any mail needs, or larger than 2 million characters, is not parsed into a tree: its tags
    are taken out one by one instead.
    """
    if len(html) > _LARGEST or _depth(html) > _DEEPEST:
        return unescape(_ANY_TAG.sub(" ", html))
    tree = LexborHTMLParser(_SPACE.sub(" ", html.replace("\x00", "")))
    body = tree.body
    if body is None:
        return ""
    for node in tree.css(_DROPPED):
        node.decompose()
    for node in tree.css("br"):
        node.replace_with("\n")
    for node in tree.css(_BLOCKS):
        node.insert_before("\n")
        node.insert_after("\n")
    for node in tree.css(_QUOTES):
        if node.parent is not None:
            node.replace_with("\n" + _as_quote(node.text(deep=True)) + "\n")
    lines = (line.strip() for line in body.text(deep=True).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _as_quote(text: str) -> str:
    return "\n".join(f"> {line.strip()}" for line in text.split("\n") if line.strip())


def _depth(html: str) -> int:
    """Return the deepest nesting that the tags can reach, counted without a tree."""
    depth = deepest = 0
    for closing, name in _TAG.findall(html):
        if name.lower() in _VOID:
            continue
        depth += -1 if closing else 1
        deepest = max(deepest, depth)
        depth = max(depth, 0)
    return deepest
