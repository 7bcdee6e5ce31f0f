"""The same passage in other languages, so that a chatbot does not say it again in another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from knowledge_base.entries import Scope
from knowledge_base.records import Visibility
from tickets.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.answering import Asked
    from api.wiring import Services
    from knowledge_base.entries import Entry
    from knowledge_base.search import KnowledgeBase
    from knowledge_base.store import ArticleStore
    from tickets.records import Answer


@dataclass(frozen=True, slots=True)
class Translations:
    """Finds a passage's wordings in other languages: of the same article, at the same place.

    `languages` are those to look in, `scope` says which articles the customer may see.
    """

    base: KnowledgeBase
    articles: ArticleStore
    languages: frozenset[str]
    scope: Scope

    @classmethod
    def of(cls, services: Services, asked: Asked) -> Translations | None:
        """Return what to ask for a question, None where there are no articles.

        Looked through are the languages that the bot speaks, and those of what it said.
        """
        if services.knowledge_base is None:
            return None
        told = (source.language for turn in asked.question.conversation for source in turn.sources)
        languages = {*services.bot.speech.languages, asked.language, *(code.split("-")[0] for code in told if code)}
        message = asked.message
        scope = Scope.of(Visibility.PUBLIC, message.brand, services.router.day(datetime.now(UTC)), message.market)
        return cls(services.knowledge_base, services.articles, frozenset(languages), scope)

    def __call__(self, answer: Answer) -> tuple[tuple[str, str | None], ...]:
        """Return articles and texts; no text where a translation is not cut into the same passages."""
        original = self._original(answer)
        passages = self._passages(answer.language, original)
        place = next((number for number, entry in enumerate(passages) if entry.shown == answer.passage), None)
        return tuple(self._wordings(answer.language, original, place, len(passages)))

    def _wordings(self, own: str, original: str, place: int | None, size: int) -> Iterator[tuple[str, str | None]]:
        for language in sorted(self.languages - {own}):
            passages = self._passages(language, original)
            if passages:
                fits = place is not None and len(passages) == size
                yield passages[0].article, passages[place].shown if fits and place is not None else None

    def _original(self, answer: Answer) -> str:
        """Return the id that an article has in common with its translations; most have one id in all languages."""
        if self._passages(answer.language, answer.article):
            return answer.article
        try:
            return self.articles.get(answer.article, answer.language).article.translation_of or answer.article
        except NotFoundError:
            return answer.article

    def _passages(self, language: str, original: str) -> tuple[Entry, ...]:
        partition = self.base.partition(language)
        return partition.article(original, self.scope) if partition else ()
