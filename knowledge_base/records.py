"""Records of the knowledge base: articles as imported, the passages they are cut into, and what an import reports."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from datetime import date, datetime


class Visibility(StrEnum):
    """Who may be shown an article: everybody, or the shop's own people only."""

    PUBLIC = "public"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language; (`id`, `language`) names it, `body` is Markdown.

    `valid_from` and `valid_until` are days, both included; `origin` says which file and line it came from.
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
    origin: str | None = None

    @property
    def digest(self) -> str:
        """Give the sha256 of all that is said; where the article came from does not count."""
        parts = [
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
    """What a file or folder gave: the good articles, and the rest with a reason each."""

    articles: tuple[Article, ...]
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import changed; each tuple names articles as `id (language)`."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()

    @property
    def changed(self) -> bool:
        """Tell whether the import changed anything that a search could show."""
        return bool(self.added or self.updated or self.removed)
