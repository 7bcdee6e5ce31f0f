"""Work that goes on beside the requests: messages that wait for a decision, articles and templates that changed."""

from __future__ import annotations

import asyncio
import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from api.errors import as_known

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from api.state import AppState

BATCH = 32
PAUSE_S = 5.0
REFRESH_S = 2.0

logger = structlog.get_logger(__name__)


async def keep_doing(name: str, pause_s: float, work: Callable[[], Awaitable[object]]) -> None:
    """Repeat a piece of work until cancelled; a failure is logged, and the work goes on at the next turn."""
    while True:
        job = asyncio.ensure_future(work())
        try:
            await asyncio.wait([job])
        except asyncio.CancelledError:
            job.cancel()
            raise
        fault = None if job.cancelled() else job.exception()
        if fault is not None:
            known = as_known(fault)
            logger.error("background work failed", work=name, error=known.message if known else type(fault).__name__)
        await asyncio.sleep(pause_s)


async def triage_backlog(state: AppState) -> int:
    """Decide stored messages that have no decision yet, oldest first; return how many were decided.

    Of several worker processes over one home only one does this at a time.
    """
    with only_one(state.settings.home / "backlog.lock") as mine:
        return await _triage(state) if mine else 0


async def _triage(state: AppState) -> int:
    store, done = state.services.tickets, 0
    while True:
        waiting = await state.workers.urgent(store.untriaged, BATCH)
        state.metrics.untriaged.set(len(waiting))
        if not waiting or state.services.pipeline is None:
            return done
        decided = 0
        for entry in waiting:
            decision = await state.decider.decide(state.services.pipeline, entry.message)
            if decision is not None:
                await state.workers.urgent(store.add_decision, entry.ticket_id, entry.message_id, decision)
                decided += 1
        done += decided
        if decided < len(waiting):
            return done


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
