"""From waiting messages to decisions: what waits is decided together, and nothing ever waits for a batch to fill."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from api.errors import OverloadedError
from api.known_errors import as_known
from knowledge_base.records import Visibility

if TYPE_CHECKING:
    from api.metrics import Metrics
    from api.workers import Workers
    from tickets.records import Decision, Message
    from triage.pipeline import Pipeline

# More than this gains nothing on a CPU and makes the first one wait for the last.
MAX_TOGETHER = 16

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Waiting:
    message: Message
    visibility: Visibility
    result: asyncio.Future[Decision | None]


class Decider:
    """Decides messages that are to be stored; a message that cannot be decided gives None, not an error."""

    def __init__(self, workers: Workers, metrics: Metrics, max_waiting: int) -> None:
        self._workers = workers
        self._metrics = metrics
        self._max_waiting = max_waiting
        self._waiting: list[_Waiting] = []
        self._pump: asyncio.Task[None] | None = None

    async def decide(
        self, pipeline: Pipeline | None, message: Message, visibility: Visibility = Visibility.INTERNAL
    ) -> Decision | None:
        """Return the decision on one message, or None where the models fail.

        Args:
            pipeline: What decides; None where the models cannot be used.
            message: The message.
            visibility: PUBLIC where the sender may see neither internal articles nor orders of others.

        Raises:
            OverloadedError: Too many messages wait already.
        """
        if pipeline is None:
            self._metrics.failures.inc()
            return None
        if len(self._waiting) >= self._max_waiting:
            raise OverloadedError(f"{len(self._waiting)} messages wait already", hint="Come back in a second.")
        entry = _Waiting(message, visibility, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._run(pipeline))
        return await entry.result

    async def _run(self, pipeline: Pipeline) -> None:
        while self._waiting:
            batch = self._next()
            found = await self._together(pipeline, batch)
            if found is None and len(batch) > 1:
                for entry in batch:
                    alone = await self._together(pipeline, [entry])
                    self._settle(entry, alone[0] if alone else None)
                continue
            for index, entry in enumerate(batch):
                self._settle(entry, found[index] if found else None)

    def _next(self) -> list[_Waiting]:
        """Take the longest waiting message, and those behind it that are decided in the same way."""
        first = self._waiting[0].visibility
        batch = [entry for entry in self._waiting if entry.visibility is first][:MAX_TOGETHER]
        taken = {id(entry) for entry in batch}
        self._waiting = [entry for entry in self._waiting if id(entry) not in taken]
        return batch

    async def _together(self, pipeline: Pipeline, batch: list[_Waiting]) -> list[Decision] | None:
        """Decide a batch; None where that fails, whatever the fault: a message is stored in any case."""
        messages = [entry.message for entry in batch]
        job = asyncio.ensure_future(self._workers.urgent(pipeline.decide, messages, visibility=batch[0].visibility))
        await asyncio.wait([job])
        fault = job.exception()
        if fault is None:
            return job.result()
        known = as_known(fault)
        logger.error("triage failed", messages=len(batch), error=known.message if known else type(fault).__name__)
        return None

    def _settle(self, entry: _Waiting, decision: Decision | None) -> None:
        if decision is None:
            self._metrics.failures.inc()
        else:
            self._metrics.count(decision)
        if not entry.result.done():
            entry.result.set_result(decision)
