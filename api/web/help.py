"""The public help centre: a shop's public articles, searched as one types, rendered without trust in their markup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

import nh3
import yaml
from fastapi import APIRouter, Request
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.languages import accepted_languages
from api.state import state_of
from api.uses import viewed
from api.web.contact_words import contact_words
from api.web.forms import read_form
from api.web.help_search import FALLBACK, MAX_QUERY_CHARS, MOST_LISTED, is_shown, market_of, search_public
from api.web.pages import FOLDER, page
from api.web.visitors import has_session
from knowledge_base.records import Visibility
from knowledge_base.store import MOST_ITEMS, ArticleFilter
from knowledge_base.translations import TranslationStore
from knowledge_base.votes import VoteStore
from tickets.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.wiring import Services
    from knowledge_base.records import Article, StoredArticle

router = APIRouter(include_in_schema=False)

# More of a passage than a result shows, so that what is cut off can be seen to be missing.
EXCERPTED = 500
_SENTENCE_ENDS = (".", "!", "?", "…", ":", ";", "。", "！", "？", "؟", "：")
# Japanese and Chinese set signs apart by punctuation of full width, which needs no space.
_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WIDE_CELLS = re.compile(f"(?<=[{_WIDE}]) \\| | \\| (?=[{_WIDE}])")
_BEHIND_WIDE = re.compile("(?<=[。！？：；，、）」])[ ]+")
# What an article may be made of. No images: a picture from elsewhere would tell its host who reads.
TAGS = frozenset(
    [
        "a",
        "blockquote",
        "br",
        "code",
        "em",
        "h2",
        "h3",
        "h4",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
SCHEMES = frozenset({"http", "https", "mailto", "tel"})


@dataclass(frozen=True, slots=True)
class Words:
    """What the help centre says in one language."""

    name: str
    title: str
    search: str
    placeholder: str
    none: str
    found: str
    all: str
    back: str
    language: str
    updated: str
    elsewhere: str


@cache
def words() -> Mapping[str, Words]:
    """Return the texts by language."""
    texts = yaml.safe_load((FOLDER / "help_texts.yaml").read_text(encoding="utf-8"))
    return {code: Words(**fields) for code, fields in texts.items()}


def preferred(accepted: str | None) -> str:
    """Choose a language from an Accept-Language header; English where it names none of ours."""
    return next((code for code in accepted_languages(accepted) if code in words()), FALLBACK)


def render(markdown: str) -> Markup:
    """Turn an article's Markdown into safe HTML: raw markup is shown as text, what slips through is stripped."""
    html = _markdown().render(markdown)
    cleaned = nh3.clean(
        html,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(cleaned)  # noqa: S704 - cleaned in the line above


def excerpt(passage: str) -> str:
    """Join the first lines of a passage for a list of results: list signs go, cells and lines are set apart."""
    lines = [line.strip().removeprefix("- ") for line in passage[:EXCERPTED].splitlines()]
    lines = [_WIDE_CELLS.sub("：", line).replace(" | ", ": ") for line in lines]
    said = [line if line.endswith(_SENTENCE_ENDS) else f"{line} ·" for line in lines if line]
    return _BEHIND_WIDE.sub("", " ".join(said).removesuffix(" ·"))


@router.get("/help")
async def help_home(request: Request) -> Response:
    """Send readers to their language."""
    target = f"/help/{preferred(request.headers.get('accept-language'))}"
    query = request.url.query
    return RedirectResponse(f"{target}?{query}" if query else target, 303)


@router.get("/help/{language}")
async def help_index(request: Request, language: str, q: str = "") -> Response:
    """Show all public articles of a language, and what a search found."""
    refuse_unknown(language)
    state = state_of(request)
    articles = await state.storage.run(_public, state.services, language, market_of(request))
    found = await search_public(request, q, language) if q.strip() else []
    return await help_page(
        request, "help/index.html", language, articles=articles, query=q[:MAX_QUERY_CHARS], found=found
    )


@router.get("/help/{language}/find")
async def help_find(request: Request, language: str, q: str = "") -> Response:
    """Return what a search found, as a piece of the page: asked for as one types."""
    refuse_unknown(language)
    found = await search_public(request, q, language) if q.strip() else []
    return await help_page(request, "help/found.html", language, query=q[:MAX_QUERY_CHARS], found=found)


@router.get("/help/{language}/{article_id}")
async def help_article(request: Request, language: str, article_id: str, voted: str = "") -> Response:
    """Show a public article; in another language where this one has none.

    Raises:
        NotFoundError: There is no such article, or none for the public.
    """
    refuse_unknown(language)
    state = state_of(request)
    stored = await state.storage.run(_read, state.services, article_id, language, market_of(request))
    article = stored.article
    # A long one takes its time, and others are waiting.
    body = await state.compute.urgent(render, _without_title(article))
    shown = await help_page(
        request,
        "help/article.html",
        language,
        article=article,
        voted=voted,
        body=body,
        updated_at=stored.updated_at,
    )
    return viewed(shown, request, article, again=bool(voted))


@router.post("/help/{language}/{article_id}/vote")
async def help_vote(request: Request, language: str, article_id: str) -> Response:
    """Store whether an article helped.

    Raises:
        NotFoundError: There is no such article, or none for the public.
        InvalidInputError: The vote is neither yes nor no.
        RateLimitedError: Too many votes came from one address.
    """
    refuse_unknown(language)
    helped = (await read_form(request)).get("helped", "")
    if helped not in ("yes", "no"):
        raise InvalidInputError(f"helped {helped[:20]!r} is neither yes nor no", field="helped")
    state = state_of(request)
    market = market_of(request)
    stored = await state.storage.run(_read, state.services, article_id, language, market)
    await state.storage.run(VoteStore(state.services.database).add, stored, helped=helped == "yes")
    more = f"&market={market}" if market else ""
    return RedirectResponse(f"/help/{language}/{quote(article_id, safe='')}?voted={helped}{more}", 303)


async def help_page(request: Request, template: str, language: str, **values: object) -> Response:
    """Render a page of the help centre with its words and its frame."""
    market = market_of(request)
    fixed = {
        "market": market,
        # What every link and form inside the help centre carries along.
        "kept": f"?market={market}" if market else "",
        "here": "/help",
        "page_language": language,
        "language": language,
        "words": words()[language],
        "said": contact_words()[language],
        "excerpt": excerpt,
        "choices": [(code, texts.name) for code, texts in words().items()],
        "session": await has_session(request),
        "shop_name": state_of(request).services.shop.name,
    }
    return page(template, {**fixed, **values})


def _public(services: Services, language: str, market: str | None) -> list[Article]:
    """List the public articles of a language by title; those that only exist in English come too, after them."""
    own = _listed(services, language, market)
    known = {_original(article) for article in own}
    more = [] if language == FALLBACK else [a for a in _listed(services, FALLBACK, market) if _original(a) not in known]
    return [*own, *more]


def _original(article: Article) -> str:
    return article.translation_of or article.id


def _listed(services: Services, language: str, market: str | None) -> list[Article]:
    filters = ArticleFilter(language=language, visibility=Visibility.PUBLIC)
    shown: list[Article] = []
    cursor: str | None = None
    today = services.today()
    while len(shown) < MOST_LISTED:
        page_of = services.articles.list(filters, cursor=cursor, limit=MOST_ITEMS)
        shown += [item.article for item in page_of.items if is_shown(item.article, market, today)]
        cursor = page_of.next
        if cursor is None:
            break
    return sorted(shown, key=lambda article: article.title)


def _read(services: Services, article_id: str, language: str, market: str | None) -> StoredArticle:
    """Find an article in a language, else in English, else in any; only what is public, valid and for the market.

    A translation with an id of its own is found by the original's, and the original by that of any translation.
    """
    family = TranslationStore(services.database).families([article_id])[article_id]
    for name in sorted(family, key=lambda one: (one.language != language, one.language != FALLBACK)):
        stored = services.articles.get(name.id, name.language)
        if is_shown(stored.article, market, services.today()):
            return stored
    raise NotFoundError(f"There is no article {article_id[:100]} in the help centre", field="article")


def _without_title(article: Article) -> str:
    """Drop a first heading that only repeats the title."""
    first, _, rest = article.body.lstrip().partition("\n")
    return rest if first.startswith("#") and first.lstrip("# ").strip() == article.title.strip() else article.body


def refuse_unknown(language: str) -> None:
    """Refuse a language that the help centre has no words for.

    Raises:
        NotFoundError: It has none.
    """
    if language not in words():
        raise NotFoundError(f"The help centre does not speak {language[:20]!r}", field="language", hint="Try /help/en.")


@cache
def _markdown() -> MarkdownIt:
    """Return the renderer: tables and lists, no raw HTML, addresses as links."""
    return MarkdownIt("js-default", {"html": False, "linkify": False, "typographer": False})


__all__ = ["excerpt", "help_page", "preferred", "refuse_unknown", "render", "router"]
