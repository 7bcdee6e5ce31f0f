"""Searching the help centre: what answers, then what is called so, in the reader's language where there is one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from api.state import state_of
from knowledge_base.records import Visibility
from knowledge_base.translations import TranslationStore
from tickets.errors import NotFoundError
from tickets.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from fastapi import Request

    from api.wiring import Services
    from knowledge_base.records import Article
    from knowledge_base.translations import Title

FALLBACK = "en"
# More titles than this on one page help nobody: such a shop is searched.
MOST_LISTED = 2_000
FOUND = 6
MAX_QUERY_CHARS = 500
# From here on a passage stands before articles whose title has the words that were typed.
LIKELY = 0.1
# Where even the best passage is below, nothing of what was typed is known to the shop: half a word, a slip, a key held
# down. Six pages about something else would be shown for it. Single words of a shop's matters are above.
LEAST_SCORE = 0.04
# Beside a passage that fits, others are shown down to this.
LEAST_BESIDE = 0.01
MIN_TITLE_CHARS = 2
_MARKET = re.compile("[A-Za-z]{2}")
_WORD = re.compile(r"\w+")
# Scripts without spaces: a word may begin anywhere.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def market_of(request: Request) -> str | None:
    """Read the country that the shop's links name (`?market=DE`); what is none is as good as not given."""
    given = request.query_params.get("market", "")
    return given.upper() if _MARKET.fullmatch(given) else None


def is_shown(article: Article, market: str | None, today: date) -> bool:
    """Tell whether readers may see an article: public, valid on the shop's day, and for their market."""
    if article.visibility is not Visibility.PUBLIC or (market and article.market not in (None, market)):
        return False
    begun = article.valid_from is None or article.valid_from <= today
    return begun and (article.valid_until is None or today <= article.valid_until)


async def search_public(request: Request, query: str, language: str) -> list[Answer]:
    """Find public articles, each once by its best passage; in the reader's language where they exist in it."""
    state = state_of(request)
    base = state.services.knowledge_base
    if base is None:
        return []
    cleaned = unicodedata.normalize("NFC", query[:MAX_QUERY_CHARS])
    market = market_of(request)
    # An article that was added or changed a moment ago is found, as by a decision.
    await state.compute.run(base.refresh)
    found = await state.compute.run(
        base.search, cleaned, language=language, visibility=Visibility.PUBLIC, market=market, limit=2 * FOUND
    )
    # Two passages of one article are two ways to the same page: the better one is enough.
    best: dict[str, Answer] = {}
    for answer in found if found and found[0].score >= LEAST_SCORE else []:
        if answer.score >= LEAST_BESIDE:
            best.setdefault(answer.article, answer)
    return await state.storage.run(_arranged, state.services, list(best.values()), cleaned, language, market)


def titled(query: str, titles: Iterable[tuple[str, str]]) -> list[str]:
    """Give the ids of the titles that hold every word of a query or, as one types, its beginning."""
    words = _WORD.findall(_folded(query))
    if sum(map(len, words)) < MIN_TITLE_CHARS and not _UNSPACED.search(query):
        return []
    return [name for name, title in titles if all(_begins(word, _folded(title)) for word in words)]


def _arranged(services: Services, found: list[Answer], query: str, language: str, market: str | None) -> list[Answer]:
    """Put the titles that fit behind what is likely to answer, and everything into the reader's language."""
    translations = TranslationStore(services.database)
    families = translations.families({answer.article for answer in found if answer.language != language})
    originals = translations.originals({answer.article for answer in found})

    def translated(answer: Answer) -> Answer:
        names = [name.id for name in families.get(answer.article, ()) if name.language == language]
        opened = next(filter(None, (_opening(services, name, language, market) for name in names)), None)
        return answer if opened is None else replace(opened, score=answer.score)

    likely = [answer for answer in found if answer.score >= LIKELY]
    rest = found[len(likely) :]
    shown = [translated(answer) for answer in likely[:FOUND]]
    titles = _titles(translations, language)
    for name in titled(query, ((title.id, title.title) for _, title in titles.values())):
        if len(shown) == FOUND:
            break
        spoken, title = titles[name]
        says_so = partial(_says_the_same, name=name, original=title.original, language=spoken, originals=originals)
        opened = None if any(map(says_so, likely)) else _opening(services, name, spoken, market)
        if opened is not None:
            same = [answer for answer in rest if says_so(answer)]
            rest = [answer for answer in rest if answer not in same]
            shown.append(same[0] if same and same[0].language == spoken else opened)
    return shown + [translated(answer) for answer in rest][: FOUND - len(shown)]


def _says_the_same(answer: Answer, *, name: str, original: str, language: str, originals: Mapping[str, str]) -> bool:
    """Tell whether a passage is of an article, or of one in another language that it is a translation of."""
    return answer.article == name or (answer.language != language and originals[answer.article] == original)


def _titles(translations: TranslationStore, language: str) -> dict[str, tuple[str, Title]]:
    """Give the titles that the help centre lists to a reader by id, each with its language: their own, else English."""
    titles: dict[str, tuple[str, Title]] = {}
    for code in dict.fromkeys((language, FALLBACK)):
        held = {title.original for _, title in titles.values()}
        for title in translations.titles(code, Visibility.PUBLIC, limit=MOST_LISTED):
            if title.original not in held:
                titles.setdefault(title.id, (code, title))
    return titles


def _opening(services: Services, name: str, language: str, market: str | None) -> Answer | None:
    """Give an article by how it begins; None where readers may not see it."""
    try:
        article = services.articles.get(name, language).article
        passages = services.articles.passages(name, language)
    except NotFoundError:  # removed while one searched
        return None
    if not is_shown(article, market, services.today()):
        return None
    return Answer(name, article.title, passages[0].text if passages else "", 0.0, language)


def _begins(word: str, title: str) -> bool:
    if _UNSPACED.search(word):
        return word in title
    return any(part.startswith(word) for part in _WORD.findall(title))


def _folded(text: str) -> str:
    """Take case and accents off: who types in haste leaves them out."""
    marked = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in marked if not unicodedata.combining(sign))


__all__ = ["FALLBACK", "MAX_QUERY_CHARS", "MOST_LISTED", "is_shown", "market_of", "search_public", "titled"]
