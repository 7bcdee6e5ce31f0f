"""HTML to Markdown in two steps: thin the markup to what has structure, then walk the tree.

A tree parser takes time and memory far beyond linear on hostile nesting (thousands of open elements, formatting that
is reopened in every paragraph). So one linear pass first drops scripts, comments, attributes, formatting and what is no
part of the article, counts how deep the rest is nested, and writes it anew. The parser sees only what was counted.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge_base.boilerplate import Boilerplate
from knowledge_base.errors import RefusalError

MAX_DEPTH = 128
MAX_ELEMENTS = 50_000
_ESCAPES = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>#|"})
_VOID = frozenset({"br", "hr"})
# Their end tags may be left out; they cannot nest without one of the counted elements between.
_UNCOUNTED = frozenset({"p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot"})
_STRUCTURE = (
    "h1 h2 h3 h4 h5 h6 div section article main aside header footer nav figure figcaption ul ol dl table caption pre"
    " blockquote details summary address"
)
_COUNTED = frozenset(_STRUCTURE.split())
_KEPT = _VOID | _UNCOUNTED | _COUNTED
_ARTICLES = frozenset({"main", "article"})
_NO_TEXT = "script style template noscript iframe object svg math textarea select canvas audio video"
_DROPPED_WHOLE = frozenset(_NO_TEXT.split())
_MARKUP = re.compile(r"<(?:(/?)([A-Za-z][A-Za-z0-9:-]{0,40})|!--|[!?])")
_TAG_STOP = re.compile(r"[>\"']")
_LOOKS_LIKE = re.compile(
    r"\s*<(?:!doctype|html|body|p|div|h[1-6]|ul|ol|dl|table|section|article|main|br|span)\b", re.IGNORECASE
)
_ATTRIBUTE = re.compile(
    r"([a-z-]{1,20})\s*=\s*(?:\"([^\"]{0,500})\"|'([^']{0,500})'|([^\s\"'>]{1,500}))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class HtmlText:
    """What an HTML text says: as Markdown, and what its head tells of it (`title`, `lang`, names of `meta`)."""

    markdown: str
    head: dict[str, str]


def looks_like_html(text: str) -> bool:
    """Tell whether a text begins as HTML does."""
    return _LOOKS_LIKE.match(text) is not None


def html_to_markdown(markup: str) -> HtmlText:
    """Turn HTML into Markdown with its headings, lists and tables; time and memory are linear in the input.

    Raises:
        RefusalError: The elements are nested deeper than `MAX_DEPTH`.

    """
    thin = _Thinner(markup, Boilerplate.of(markup))
    written = _written(thin.reduce())
    if not written:
        # A page that is all navigation is its own article.
        written = _written(_Thinner(markup, None).reduce())
    return HtmlText(written, thin.head)


def _written(reduced: str) -> str:
    body = LexborHTMLParser(reduced).body
    lines: list[str] = [] if body is None else _Writer().write(body)
    return "\n".join(lines).strip("\n")


class _Thinner:
    """One pass over the markup; never goes back, so its time is linear."""

    def __init__(self, markup: str, boilerplate: Boilerplate | None) -> None:
        self.head: dict[str, str] = {}
        self._markup = markup
        self._boilerplate = boilerplate
        self._start, self._end = boilerplate.article() if boilerplate else (0, len(markup))
        self._parts: list[str] = []
        self._open: list[str] = []
        self._elements = 0

    def reduce(self) -> str:
        position = 0
        while (found := _MARKUP.search(self._markup, position)) is not None:
            self._text(position, found.start())
            position = self._markup_at(found)
        self._text(position, len(self._markup))
        return "".join(self._parts)

    def _text(self, start: int, end: int) -> None:
        if start < end and self._start <= start < self._end:
            self._parts.append(self._markup[start:end].replace("<", "&lt;"))

    def _markup_at(self, found: re.Match[str]) -> int:
        """Deal with a tag or comment; give the position after it."""
        name = found[2]
        if name is None:
            return _after(self._markup, "-->" if found[0] == "<!--" else ">", found.end())
        return self._tag(name.lower(), bool(found[1]), found.end())

    def _tag(self, name: str, closing: bool, position: int) -> int:
        text = self._markup
        end = _tag_end(text, position)
        if not closing and name in {"html", "meta"}:
            self._note(name, text[position : min(end, position + 2_000)])
        if name == "title" and not closing:
            close = text.find("<", end)
            close = len(text) if close == -1 else close
            self.head.setdefault("title", html.unescape(" ".join(text[end : min(close, end + 500)].split())))
            return close
        if name in _DROPPED_WHOLE and not closing:
            found = re.compile(rf"</{name}\b", re.IGNORECASE).search(text, end)
            return len(text) if found is None else _tag_end(text, found.end())
        if not self._start <= position <= self._end:
            return end
        if self._boilerplate is not None and not closing:
            in_article = not _ARTICLES.isdisjoint(self._open)
            skipped = self._boilerplate.skips_to(
                name, text[position : min(end, position + 2_000)], end, in_article=in_article
            )
            if skipped is not None:
                return _tag_end(text, skipped)
        if name not in _KEPT:
            return end
        self._count(name, closing)
        self._parts.append(f"</{name}>" if closing and name not in _VOID else f"<{name}>")
        return end

    def _count(self, name: str, closing: bool) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise RefusalError(f"the HTML has more than {MAX_ELEMENTS} tags: cut it into several articles")
        if name not in _COUNTED:
            return
        # Only an end tag that fits the innermost element surely closes something; any other leaves the count as it is.
        if not closing:
            self._open.append(name)
        elif self._open and self._open[-1] == name:
            self._open.pop()
        if len(self._open) > MAX_DEPTH:
            raise RefusalError(f"the HTML is nested deeper than {MAX_DEPTH} elements, or many of them are never closed")

    def _note(self, name: str, attributes: str) -> None:
        values = {match[1].lower(): match[2] or match[3] or match[4] or "" for match in _ATTRIBUTE.finditer(attributes)}
        if name == "html" and "lang" in values:
            self.head.setdefault("language", html.unescape(values["lang"]))
        elif "name" in values and "content" in values and len(self.head) < 64:
            self.head.setdefault(values["name"].lower(), html.unescape(values["content"]))


def _after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    return len(text) if found == -1 else found + len(mark)


def _tag_end(text: str, position: int) -> int:
    """Give the position after the tag's `>`; a `>` between quotes does not end it."""
    while (stop := _TAG_STOP.search(text, position)) is not None:
        if stop[0] == ">":
            return stop.end()
        position = _after(text, stop[0], stop.end())
    return len(text)


class _Writer:
    """Walk the thinned tree and write Markdown, one block after the other."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._words: list[str] = []
        self._prefix = ""
        self._lists: list[int | None] = []

    def write(self, node: LexborNode) -> list[str]:
        self._children(node)
        self._flush()
        return self._lines

    def _children(self, node: LexborNode) -> None:
        child = node.child
        while child is not None:
            self._node(child)
            child = child.next

    def _node(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "-text":
            self._words.append(_escaped(node.text_content or ""))
        elif tag == "br":
            self._flush(blank=False)
        elif tag == "table":
            self._table(node)
        elif tag == "pre":
            self._preformatted(node)
        elif tag in {"ul", "ol"}:
            self._list(node, tag)
        elif tag == "li":
            self._item(node)
        elif tag == "hr":
            self._flush()
        else:
            self._flush()
            self._prefix = "#" * int(tag[1]) + " " if len(tag) == 2 and tag[0] == "h" else self._prefix
            self._children(node)
            self._flush()

    def _flush(self, *, blank: bool = True) -> None:
        text = " ".join("".join(self._words).split())
        self._words.clear()
        if text:
            indent = "  " * max(0, len(self._lists) - (1 if self._prefix.strip() else 0))
            self._lines.append(indent + self._prefix + text)
            self._prefix = ""
        if blank and self._lines and self._lines[-1] and not self._lists:
            self._lines.append("")

    def _list(self, node: LexborNode, tag: str) -> None:
        self._flush(blank=not self._lists)
        self._lists.append(1 if tag == "ol" else None)
        self._children(node)
        self._flush(blank=False)
        self._lists.pop()
        self._flush()

    def _item(self, node: LexborNode) -> None:
        self._flush(blank=False)
        number = self._lists[-1] if self._lists else None
        self._prefix = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1
        self._children(node)
        self._flush(blank=False)

    def _table(self, node: LexborNode) -> None:
        self._flush()
        lists, self._lists = self._lists, []
        rows = [[_cell(cell) for cell in row.css("td, th")] for row in node.css("tr") if row.css_first("tr tr") is None]
        width = max((len(row) for row in rows), default=0)
        for index, row in enumerate(row for row in rows if any(row)):
            self._lines.append("| " + " | ".join(row + [""] * (width - len(row))) + " |")
            if index == 0:
                self._lines.append("|" + " --- |" * width)
        self._lines.append("")
        self._lists = lists

    def _preformatted(self, node: LexborNode) -> None:
        self._flush()
        text = node.text(deep=True).strip("\n")
        fence = "````" if "```" in text else "```"
        self._lines.extend([fence, *text.split("\n"), fence, ""])


def _cell(node: LexborNode) -> str:
    return " ".join(node.text(deep=True, separator=" ").split()).replace("|", "/")


def _escaped(text: str) -> str:
    """Keep Markdown from reading marks into words that were plain text in HTML."""
    return text.translate(_ESCAPES)
