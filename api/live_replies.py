"""The active templates: the shipped library with the shop's own in front, in the order that people's verdicts give.

Both are taken up anew when they change.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog

from replies.library import shipped_library
from replies.ranking import Ranking
from replies.suggest import Replies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replies.rules import RuleCheck
    from replies.store import TemplateStore
    from replies.suggest import ReplyContext
    from replies.templates import Template
    from tickets.records import Suggestion
    from tickets.verdicts import AcceptanceStore

logger = structlog.get_logger(__name__)


class LiveReplies:
    """Offers replies from the newest templates. Threads may share it: a set of templates is replaced as a whole.

    Args:
        store: The shop's own templates.
        verdicts: What people made of suggestions; left out, only their fit decides on the order.
        check: The marketplaces' rules; left out, those that ship.

    """

    def __init__(
        self, store: TemplateStore, verdicts: AcceptanceStore | None = None, check: RuleCheck | None = None
    ) -> None:
        self._store = store
        self._check = check
        self._verdicts = verdicts
        self._generation: int | None = None
        self._judged = 0
        self._ranking = Ranking()
        self._replies = Replies((), check=check)
        self._refreshing = threading.Lock()
        self.refresh()

    def __len__(self) -> int:
        return len(self._replies)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the active templates."""
        return self._replies.ids

    @property
    def templates(self) -> tuple[Template, ...]:
        """The active templates."""
        return self._replies.templates

    def refresh(self) -> bool:
        """Take over what changed in the database; tell whether anything did."""
        with self._refreshing:
            reordered = self._refresh_ranking()
            generation = self._store.generation()
            if generation == self._generation:
                return reordered
            own, refused = self._store.templates()
            for entry in refused:
                logger.warning("stored template refused", file=entry.file, line=entry.line, reason=entry.reason)
            self._replies = Replies(own, self._ranking, self._check, library=shipped_library())
            self._generation = generation
            return True

    def _refresh_ranking(self) -> bool:
        """Take over new verdicts; tell whether there are any."""
        if self._verdicts is None:
            return False
        judged, changed = self._verdicts.since(self._judged)
        if judged == self._judged:
            return False
        self._ranking, self._judged = self._ranking.with_changes(changed), judged
        self._replies = self._replies.ranked(self._ranking)
        return True

    def suggest(self, context: ReplyContext, limit: int) -> Sequence[Suggestion]:
        """Return filled-in replies, best first."""
        return self._replies.suggest(context, limit)
