"""Records of the knowledge base: articles as imported, the passages they are cut into, and what an import reports."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from datetime import date, datetime

    from knowledge_base.procedure import Procedure


class Visibility(StrEnum):
    """Who may be shown an article: everybody, or the shop's own people only."""

    PUBLIC = "public"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language; (`id`, `language`) names it, `body` is Markdown.

    `valid_from` and `valid_until` are days, both included; `market` is a two-letter country code. A translation names
    its original: by `original_language` where both have one id, else by `translation_of`, the original's id.
    `questions` are ways in which customers ask what it answers, in any language; `negative_questions` sound as if it
    answered them, and neither it nor another page does. Both are compared with what is asked, and never shown.
    `source_url` is the page that it came from, `source_updated_at` when it was last changed there, and `origin` which
    file and line it was read from.
    """

    id: str
    language: str
    title: str
    body: str
    visibility: Visibility = Visibility.PUBLIC
    tags: tuple[str, ...] = ()
    brand: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    market: str | None = None
    translation_of: str | None = None
    original_language: str | None = None
    owner: str | None = None
    review_date: date | None = None
    source_url: str | None = None
    source_updated_at: datetime | None = None
    origin: str | None = None
    questions: tuple[str, ...] = ()
    negative_questions: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Give the sha256 of all that is said; which file it came from and when it was changed there do not count."""
        parts: list[object] = [
            self.id,
            self.language,
            self.title,
            self.body,
            self.visibility.value,
            list(self.tags),
            self.brand,
            self.valid_from.isoformat() if self.valid_from else None,
            self.valid_until.isoformat() if self.valid_until else None,
        ]
        later = {
            "market": self.market,
            "translation_of": self.translation_of,
            "original_language": self.original_language,
            "owner": self.owner,
            "review_date": self.review_date.isoformat() if self.review_date else None,
            "source_url": self.source_url,
            "questions": list(self.questions) or None,
            "negative_questions": list(self.negative_questions) or None,
        }
        # Digests that were stored before these names existed stay the same.
        if given := {name: value for name, value in later.items() if value is not None}:
            parts.append(given)
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article that can be shown on its own; `heading_path` runs from the outermost heading inwards."""

    position: int
    heading_path: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as the database holds it; `source` is what gave it last, `removed` marks the version that ended it."""

    article: Article
    version: int
    updated_at: datetime
    source: str | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that could not be imported: `line` counts from 1, 0 where no line can be named."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a file or folder gave: the good articles, the rest with a reason each, and what is not published yet."""

    articles: tuple[Article, ...]
    refused: tuple[Refused, ...] = ()
    unpublished: tuple[str, ...] = ()
    procedures: tuple[Procedure, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import changed; each tuple names articles as `id (language)`.

    `kept` would have been removed, were it not that something was refused.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Tell whether the import changed anything that a search could show."""
        return bool(self.added or self.updated or self.removed)
