"""What is due for review, and what a changed article touches: what links to it or is for the same intents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """An article that changes: its id, the languages it exists in, and the intents among its tags."""

    id: str
    languages: tuple[str, ...]
    intents: frozenset[str]

    def reasons(self, candidate: Candidate) -> tuple[str, ...]:
        """Say why a candidate is touched; empty where it is not."""
        found = []
        if candidate.kind == "article" and candidate.id == self.id:
            found.append("the same article")
        if self.id in candidate.articles or link_to(self.id).search(candidate.text):
            found.append("links to it")
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


def changed_article(database: Database, article_id: str) -> Changed:
    """Read what a change of an article can touch.

    Raises:
        NotFoundError: There is no such article in any language.
    """
    query = select(ArticleRow.language, ArticleRow.tags).where(ArticleRow.article_id == article_id, ~ArticleRow.deleted)
    with database.session() as session:
        rows = session.execute(query.order_by(ArticleRow.language)).all()
    if not rows:
        raise NotFoundError(
            f"there is no article {article_id[:128]}", field="id", hint="`deskhand kb search` shows the ids of articles"
        )
    intents = frozenset(tag for _, tags in rows for tag in tags if _INTENT.fullmatch(tag))
    return Changed(article_id, tuple(language for language, _ in rows), intents)


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


def link_to(article_id: str) -> re.Pattern[str]:
    """Give the pattern of a link to an article: its page in the help centre, or its file in the imported folder."""
    name = re.escape(article_id)
    return re.compile(
        rf"(?:/help/[\w-]{{2,8}}/|\]\((?:[^()\s]{{0,200}}/)?){name}(?:\.[\w-]{{2,8}}){{0,2}}(?=[)#?\s\"']|$)"
    )


def _covers(intents: Collection[str], intent: str) -> bool:
    return any(intent == name or intent.startswith(f"{name}.") for name in intents)


def _nearness(why: tuple[str, ...]) -> int:
    return 0 if "the same article" in why else 1 if "links to it" in why else 2
