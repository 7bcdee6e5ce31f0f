"""Work that goes on beside the requests: messages that wait for a decision, articles and templates that changed."""

from __future__ import annotations

import asyncio
import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select

from api.known_errors import as_known
from tickets.tables import MessageRow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from api.state import AppState
    from tickets.database import Database

BATCH = 32
PAUSE_S = 5.0
REFRESH_S = 2.0
# After so many failures a message is tried again at the next start only: it would fail the same way, and fill the log.
MAX_ATTEMPTS = 5

logger = structlog.get_logger(__name__)


async def keep_doing(name: str, pause_s: float, work: Callable[[], Awaitable[object]]) -> None:
    """Repeat a piece of work until cancelled; a failure is logged, and the work goes on at the next turn."""
    while True:
        job = asyncio.ensure_future(work())
        try:
            await asyncio.wait([job])
        except asyncio.CancelledError:
            job.cancel()
            await asyncio.wait([job])
            raise
        fault = None if job.cancelled() else job.exception()
        if fault is not None:
            known = as_known(fault)
            logger.error("background work failed", work=name, error=known.message if known else type(fault).__name__)
        await asyncio.sleep(pause_s)


class Backlog:
    """Decides stored messages that have no decision yet, those that failed least first."""

    def __init__(self, state: AppState) -> None:
        self._state = state
        self._is_first_turn = True

    async def work_off(self) -> int:
        """Decide what waits; return how many were decided. Of several processes over one home only one does it."""
        with only_one(self._state.settings.home / "backlog.lock") as mine:
            done = await self._work_off() if mine else 0
        waiting = await self._state.storage.urgent(count_untriaged, self._state.services.database)
        self._state.metrics.untriaged.set(waiting)
        self._is_first_turn = False
        return done

    async def _work_off(self) -> int:
        state, done = self._state, 0
        tried: set[str] = set()
        while state.services.current_pipeline is not None:
            found = await state.storage.urgent(state.services.tickets.untriaged, BATCH)
            waiting = [entry for entry in found if entry.message_id not in tried and self._is_due(entry.attempts)]
            if not waiting:
                break
            for entry in waiting:
                tried.add(entry.message_id)
                decision = await state.decider.decide(state.services.current_pipeline, entry.message)
                if decision is None:
                    await state.storage.urgent(state.services.tickets.triage_failed, entry.message_id, "triage failed")
                else:
                    add = state.services.tickets.add_decision
                    receipt = state.services.notifier.receipt(entry.message, decision)
                    await state.storage.urgent(add, entry.ticket_id, entry.message_id, decision, receipt)
                    done += 1
        return done

    def _is_due(self, attempts: int) -> bool:
        return self._is_first_turn or attempts < MAX_ATTEMPTS


def count_untriaged(database: Database) -> int:
    """Count the stored messages that wait for a decision."""
    with database.session() as session:
        return session.scalar(select(func.count()).where(MessageRow.triaged.is_(False))) or 0


@contextmanager
def only_one(path: Path) -> Iterator[bool]:
    """Hold a lock file as long as the block runs; yield False where another process holds it."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
