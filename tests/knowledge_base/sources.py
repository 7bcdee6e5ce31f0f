"""Sources of articles that tests can change by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge_base.segments import IndexedArticle

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from knowledge_base.index import Entry


def indexed(entries: Iterable[Entry]) -> list[IndexedArticle]:
    """Number articles in the order in which they come; passages of one article and language need not stand together."""
    grouped: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        grouped.setdefault((entry.article, entry.language), []).append(entry)
    return [IndexedArticle(key, tuple(passages)) for key, passages in enumerate(grouped.values(), start=1)]


class Fixed:
    """Passages that stand still."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._articles = indexed(entries)

    def generation(self) -> str:
        return "1"

    def changed_since(self, generation: str) -> None:
        return None

    def articles(self, keys: Collection[int] | None = None) -> list[IndexedArticle]:
        return [article for article in self._articles if keys is None or article.key in keys]


class Changing:
    """Articles that come and go: every change is a generation, counted from 0."""

    def __init__(self) -> None:
        self.held: dict[int, IndexedArticle] = {}
        self._changes: list[set[int]] = []

    def put(self, *articles: IndexedArticle) -> None:
        self.held.update({article.key: article for article in articles})
        self._changes.append({article.key for article in articles})

    def drop(self, *keys: int) -> None:
        for key in keys:
            self.held.pop(key, None)
        self._changes.append(set(keys))

    def generation(self) -> str:
        return str(len(self._changes))

    def changed_since(self, generation: str) -> set[int]:
        return set().union(*self._changes[int(generation) :])

    def articles(self, keys: Collection[int] | None = None) -> list[IndexedArticle]:
        return [article for key, article in sorted(self.held.items()) if keys is None or key in keys]
