"""The active templates: the shipped library with the shop's own in front, taken up anew when they change."""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING

import structlog

from replies.library import SHIPPED, load_folder
from replies.suggest import Replies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replies.store import TemplateStore
    from replies.suggest import ReplyContext
    from replies.templates import Template
    from tickets.records import Suggestion

logger = structlog.get_logger(__name__)


@cache
def shipped() -> tuple[Template, ...]:
    """Return the library that ships, compiled once per process."""
    templates, refused = load_folder(SHIPPED)
    for entry in refused:
        logger.warning("shipped template refused", file=entry.file, line=entry.line, reason=entry.reason)
    return tuple(templates)


class LiveReplies:
    """Offers replies from the newest templates. Threads may share it: a set of templates is replaced as a whole."""

    def __init__(self, store: TemplateStore) -> None:
        self._store = store
        self._generation: int | None = None
        self._replies = Replies(())
        self._refreshing = threading.Lock()
        self.refresh()

    def __len__(self) -> int:
        return len(self._replies)

    @property
    def templates(self) -> tuple[Template, ...]:
        """The active templates."""
        return self._replies.templates

    def refresh(self) -> bool:
        """Take over what changed in the database; tell whether anything did."""
        with self._refreshing:
            generation = self._store.generation()
            if generation == self._generation:
                return False
            own, refused = self._store.templates()
            for entry in refused:
                logger.warning("stored template refused", file=entry.file, line=entry.line, reason=entry.reason)
            self._replies, self._generation = Replies([*shipped(), *own]), generation
            return True

    def suggest(self, context: ReplyContext, limit: int) -> Sequence[Suggestion]:
        """Return filled-in replies, best first."""
        return self._replies.suggest(context, limit)
