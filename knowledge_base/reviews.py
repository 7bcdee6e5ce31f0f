"""What is due for review, and what a changed article touches: what links to it or is for the same intents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import select

from knowledge_base.procedure_store import ProcedureStore
from tickets.errors import NotFoundError
from tickets.tables import ArticleRow, ProcedureRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

    from tickets.database import Database

_INTENT = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+){1,3}")
_AT_ONCE = 200
_SAME, _ORIGINAL, _LINKS = "the same article", "its original", "links to it"
_TRANSLATION = "a translation of it"
# Where a link begins that ends in an article's id, and what may stand behind it.
_TARGET = r"\]\((?:[^()\s]{0,200}/)?"
_ADDRESS = r"https?://[^()\s<>\"']{1,200}/"
_END = r"[)#?\s\"'<>]|[.,;:!](?:\s|$)|$"


@dataclass(frozen=True, slots=True)
class Due:
    """Something whose review date has come; `kind` is article, procedure or template."""

    kind: str
    id: str
    language: str
    title: str
    owner: str | None
    review_date: date


@dataclass(frozen=True, slots=True)
class Touched:
    """Something that may have to follow a changed article, in some languages, and why."""

    kind: str
    id: str
    languages: tuple[str, ...]
    title: str
    owner: str | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be touched: its words, the intents that it is for, the articles that it names."""

    kind: str
    id: str
    language: str
    title: str
    owner: str | None
    text: str
    intents: Collection[str] = ()
    articles: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """An article that changes: its id, the languages it exists in, and the intents among its tags.

    `urls` are its addresses in the help desk that it came from, `originals` the ids of what it is a translation of.
    """

    id: str
    languages: tuple[str, ...]
    intents: frozenset[str]
    urls: frozenset[str] = frozenset()
    originals: frozenset[str] = frozenset()

    def reasons(self, candidate: Candidate) -> tuple[str, ...]:
        """Say why a candidate is touched; empty where it is not."""
        found = []
        if candidate.kind == "article" and candidate.id == self.id:
            found.append(_SAME)
        elif candidate.kind == "article" and candidate.id in self.originals:
            found.append(_ORIGINAL)
        if candidate.kind == "article" and self.id in candidate.articles:
            found.append(_TRANSLATION)
        elif self.id in candidate.articles or link_to(self.id, self.urls).search(candidate.text):
            found.append(_LINKS)
        shared = sorted(intent for intent in self.intents if _covers(candidate.intents, intent))
        found.extend(f"is about {intent}" for intent in shared)
        return tuple(found)


def due(database: Database, day: date) -> list[Due]:
    """List the articles and procedures whose review date is not after a day, the longest overdue first."""
    article = (ArticleRow.article_id, ArticleRow.language, ArticleRow.title, ArticleRow.owner, ArticleRow.review_date)
    procedure = (
        ProcedureRow.procedure_id,
        ProcedureRow.language,
        ProcedureRow.title,
        ProcedureRow.owner,
        ProcedureRow.review_date,
    )
    articles = select(*article).where(~ArticleRow.deleted, ArticleRow.review_date <= day)
    procedures = select(*procedure).where(~ProcedureRow.deleted, ProcedureRow.review_date <= day)
    with database.session() as session:
        rows = [("article", row) for row in session.execute(articles)]
        rows += [("procedure", row) for row in session.execute(procedures)]
    return in_order(
        Due(kind, name, language, title, owner, review_date)
        for kind, (name, language, title, owner, review_date) in rows
        if review_date is not None
    )


def in_order(found: Iterable[Due]) -> list[Due]:
    """Sort by review date, then by kind, id and language."""
    return sorted(found, key=lambda entry: (entry.review_date, entry.kind, entry.id, entry.language))


def changed_article(database: Database, article_id: str, labels: Collection[str] = ()) -> Changed:
    """Read what a change of an article can touch; one that was removed in all its languages counts as changed too.

    Args:
        database: Where it is.
        article_id: Its id.
        labels: Intents that are known beside those that procedures name. A tag that is none of them, and that has no
            dot, is no intent.

    Raises:
        NotFoundError: There never was such an article in any language.
    """
    query = select(ArticleRow).where(ArticleRow.article_id == article_id).order_by(ArticleRow.language)
    with database.session() as session:
        all_rows = session.scalars(query).all()
    rows = [row for row in all_rows if not row.deleted] or all_rows
    if not rows:
        raise NotFoundError(
            f"there is no article {article_id[:128]}", field="id", hint="`deskhand kb search` shows the ids of articles"
        )
    named = {intent for stored in ProcedureStore(database).all() for intent in stored.procedure.intents} | {*labels}
    return Changed(
        article_id,
        tuple(row.language for row in rows),
        frozenset(tag for row in rows for tag in row.tags if _INTENT.fullmatch(tag) or _covers(named, tag)),
        frozenset(row.source_url for row in rows if row.source_url),
        frozenset(row.translation_of for row in rows if row.translation_of),
    )


def candidates(database: Database) -> Iterator[Candidate]:
    """Yield every article and procedure."""
    last = 0
    while True:
        query = select(ArticleRow).where(~ArticleRow.deleted, ArticleRow.pk > last).order_by(ArticleRow.pk)
        with database.session() as session:
            rows = list(session.scalars(query.limit(_AT_ONCE)))
        for row in rows:
            named = [] if row.translation_of is None else [row.translation_of]
            words = f"{row.title}\n{row.body_markdown}"
            yield Candidate("article", row.article_id, row.language, row.title, row.owner, words, row.tags, named)
        if len(rows) < _AT_ONCE:
            break
        last = rows[-1].pk
    for stored in ProcedureStore(database).all():
        it = stored.procedure
        words = "\n".join([it.intro, *[step.text for step in it.steps]])
        yield Candidate("procedure", it.id, it.language, it.title, it.owner, words, it.intents, it.articles)


def touched(changed: Changed, all_of_them: Iterable[Candidate]) -> list[Touched]:
    """List what a change touches, each once with its languages; what links to the article comes first."""
    found: dict[tuple[str, str], Touched] = {}
    for candidate in all_of_them:
        reasons = changed.reasons(candidate)
        if not reasons:
            continue
        key = (candidate.kind, candidate.id)
        known = found.get(key, Touched(candidate.kind, candidate.id, (), candidate.title, candidate.owner, ()))
        languages = tuple(dict.fromkeys((*known.languages, candidate.language)))
        why = tuple(dict.fromkeys((*known.why, *reasons)))
        found[key] = Touched(known.kind, known.id, languages, known.title, known.owner, why)
    return sorted(found.values(), key=lambda entry: (_nearness(entry.why), entry.kind, entry.id))


def link_to(article_id: str, urls: Iterable[str] = ()) -> re.Pattern[str]:
    """Give the pattern of a link to an article.

    To its page in the help centre, to its file in the imported folder, or to its page in the help desk that it came
    from, also where words follow its number there (`/articles/360001-returns`).

    Args:
        article_id: The article.
        urls: Its addresses elsewhere; links of the same site leave out the host.

    """
    name = re.escape(article_id)
    ways = [rf"(?:/help/[\w-]{{2,8}}/|{_TARGET}|{_ADDRESS}){name}(?:\.[\w-]{{2,8}}){{0,2}}{_end(article_id)}"]
    for url in sorted(urls):
        at = urlsplit(url)
        path = at.path.rstrip("/")
        host = rf"https?://{re.escape(at.netloc)}"
        # Without a path it is the whole site.
        ways += [rf"(?:{host}|\]\()(?i:{re.escape(path)}){_end(path.rpartition('/')[2])}"] if path else []
    return re.compile("|".join(ways))


def _end(name: str) -> str:
    """Give the pattern of what may follow the last part of an address: behind a number any words."""
    return rf"(?=[-/]|{_END})" if name.isdecimal() else rf"/?(?={_END})"


def _covers(intents: Collection[str], intent: str) -> bool:
    """Tell whether one of the intents is this one, or one of both is the first part of the other."""
    return any(intent == name or intent.startswith(f"{name}.") or name.startswith(f"{intent}.") for name in intents)


def _nearness(why: tuple[str, ...]) -> int:
    return 0 if _SAME in why else 1 if {_ORIGINAL, _TRANSLATION, _LINKS} & {*why} else 2
