"""What a saved page holds beside its article: navigation, banners, footers, votes. Told by element, role and class.

The rules are those that help centres' themes follow, and they look at marks only, never at the text. Libraries that
weigh text against links keep a short article whole or lose its headings, and help articles are short.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ATTRIBUTE = re.compile(
    r"(class|id|role|hidden)\s*=\s*(?:\"([^\"]{0,500})\"|'([^']{0,500})'|([^\s\"'>]{1,500}))", re.IGNORECASE
)
_ELEMENTS = frozenset({"nav", "footer"})
_OUTSIDE_ARTICLES = frozenset({"header", "aside", "form"})
_BLOCKS = frozenset({"div", "section", "ul", "ol", "dl", "a", "span", "header", "aside", "form", "button"})
_ROLE_NAMES = "navigation banner contentinfo search complementary dialog alertdialog menu menubar tablist toolbar"
_ROLES = frozenset(_ROLE_NAMES.split())
_WHERE = r"(?:site|page|global|app|main|top|layout|hc|js|article|blog|post)"
_WHAT = (
    r"nav|navbar|navigation|menu|breadcrumbs?|side-?bar|skip-?(?:link|nav|to-content)s?|header|footer|toc"
    r"|votes?|vote|ratings?|feedback|was-?this-?helpful|relatives|related|related-(?:articles|posts|links)"
    r"|recent(?:ly-viewed)?-articles|recent-articles|promoted-articles|return-to-top|back-to-top|subscribe"
    r"|shar(?:e|ing)|social(?:-(?:share|links|icons))?|comments?|pagination|pager|newsletter|announcement"
)
# A plain `header` or `votes` may belong to an article; with `site-` before it, it does not.
_PLAIN = (
    r"nav|navbar|navigation|breadcrumbs?|side-?bar|skip-?(?:link|nav|to-content)s?|footer|was-?this-?helpful"
    r"|related-(?:articles|posts|links)|recent(?:ly-viewed)?-articles|promoted-articles|back-to-top|pagination"
    r"|social(?:-(?:share|links|icons))?|share-buttons|newsletter"
)
_CONSENT = (
    r"(?:cookies?|consent|gdpr|ccpa|privacy)-?(?:consent-?)?(?:banner|bar|notice|pop-?up|modal|overlay|dialog|law|layer|message)"
    r"|cookie-?consent|onetrust(?:-.{1,30})?|cookiebot|cybotcookiebot.{0,30}|cc-window|intercom-reaction-picker"
)
_NAME = re.compile(rf"(?:{_WHERE}-(?:{_WHAT})|{_PLAIN}|{_CONSENT})")
_MAIN = re.compile(r"<main\b|<[a-z]{1,10}\b[^<>]{0,500}\brole\s*=\s*[\"']?main\b", re.IGNORECASE)
_ARTICLE = re.compile(r"<article\b", re.IGNORECASE)
_HEADING = re.compile(r"<h1\b", re.IGNORECASE)
_CONTENT = re.compile(r"<(?:main|article|h1)\b", re.IGNORECASE)
_NAME_AT = re.compile(r"<([a-z][a-z0-9]{0,20})", re.IGNORECASE)


@dataclass(slots=True)
class Boilerplate:
    """Finds in one page what is no part of the article; a name whose end tag is missing is not looked for again."""

    markup: str
    _unclosed: set[str]

    @classmethod
    def of(cls, markup: str) -> Boilerplate:
        """Make one for a page."""
        return cls(markup, set())

    def article(self) -> tuple[int, int]:
        """Give where the article stands: inside the one `main`, or the one `article`, or else the whole page.

        An `article` without the page's first heading may be a teaser of another one.
        """
        for sought in (_MAIN, _ARTICLE):
            found = [match.start() for _, match in zip(range(2), sought.finditer(self.markup), strict=False)]
            if len(found) == 1 and (name := _NAME_AT.match(self.markup, found[0])):
                end = self.end_of(name[1].lower(), name.end())
                teaser = (
                    sought is _ARTICLE
                    and _HEADING.search(self.markup)
                    and not _HEADING.search(self.markup, found[0], end or 0)
                )
                if end is not None and not teaser:
                    return found[0], end
        return 0, len(self.markup)

    def skips_to(self, name: str, attributes: str, after: int, *, in_article: bool) -> int | None:
        """Tell where an element that is boilerplate ends; None where it is none.

        Args:
            name: The element, in lower case.
            attributes: What stands in its start tag.
            after: The position after that tag.
            in_article: Whether an `article` or `main` is open around it.

        """
        by_name = name in _ELEMENTS or (name in _OUTSIDE_ARTICLES and not in_article)
        if not by_name and not (name in _BLOCKS and _marked(attributes)):
            return None
        end = self.end_of(name, after)
        if end is None or (name not in _ELEMENTS and _CONTENT.search(self.markup, after, end)):
            return None
        return end

    def end_of(self, name: str, after: int) -> int | None:
        """Give the position of the end tag of an element that is open at a position; None where there is none."""
        if name in self._unclosed:
            return None
        depth = 1
        for tag in re.compile(rf"<(/?){name}\b", re.IGNORECASE).finditer(self.markup, after):
            depth += -1 if tag[1] else 1
            if depth == 0:
                return tag.start()
        self._unclosed.add(name)
        return None


def _marked(attributes: str) -> bool:
    """Tell whether role, class or id say that an element is boilerplate."""
    for found in _ATTRIBUTE.finditer(attributes):
        words = (found[2] or found[3] or found[4] or "").lower().replace("_", "-").split()
        kind = found[1].lower()
        if kind == "role" and any(word in _ROLES for word in words):
            return True
        if kind in {"class", "id"} and any(_NAME.fullmatch(word) for word in words):
            return True
    return False
