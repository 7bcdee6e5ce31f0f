"""Deliver what lies in the outbox: at least once, each receiver by itself, and none held up by what will not go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

import structlog

from connectors.errors import PermanentError, RetryableError
from tickets.errors import DeskhandError
from tickets.outbox import MOST_ATTEMPTS, Pruned

if TYPE_CHECKING:
    from connectors.events import Events
    from connectors.protocols import Outbound
    from tickets.outbox import Delivery, Outbox

P = ParamSpec("P")
T = TypeVar("T")

FIRST_REST_S = 30.0
LONGEST_REST_S = 300.0
_PRUNE_AT_ONCE = 1000

logger = structlog.get_logger(__name__)


class InThread(Protocol):
    """Runs a function off the event loop: the database makes its caller wait."""

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Return what the function returns."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How deliveries are taken.

    `batch` go to a receiver at the same time; one that takes longer than `deliver_within_s` has failed, whatever the
    connector does; `lease_s` after a process died, another takes over what it held; `poll_s` is the pause of an idle
    loop.
    """

    batch: int = 10
    deliver_within_s: float = 30.0
    lease_s: float = 60.0
    poll_s: float = 1.0


class Lane:
    """One receiver: takes what is due for it, and notes what became of it.

    A receiver that fails for several events and takes none is left alone for a while, and then tried with one event at
    a time: so an outage of hours does not use up the attempts of all that waits. A lone event that fails holds nothing
    up: it waits for its next attempt by itself.
    """

    def __init__(self, name: str, outbound: Outbound, outbox: Outbox, events: Events, pace: Pace | None = None) -> None:
        self.name = name
        self.pace = pace or Pace()
        self._outbound = outbound
        self._outbox = outbox
        self._events = events
        self._health = _Health()

    async def work_off(self, in_thread: InThread) -> int:
        """Deliver what is due now; return how many arrived."""
        arrived = 0
        while not self._health.is_resting():
            limit = 1 if self._health.is_ailing else self.pace.batch
            lease_s = self.pace.lease_s
            taken = await in_thread(self._outbox.lease, [self.name], limit=limit, lease_s=lease_s)
            if not taken:
                break
            attempts = (self._attempt(delivery, in_thread) for delivery in taken)
            # All of them end before a failing database is complained of.
            for result in await asyncio.gather(*attempts, return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result
                arrived += result
        return arrived

    async def close(self) -> None:
        """Let go of connections."""
        await self._outbound.close()

    async def _attempt(self, delivery: Delivery, in_thread: InThread) -> bool:
        """Deliver, and note at once what became of it; return whether it arrived."""
        # As an outcome rather than an exception: a fault in one connector must not stop the others.
        (outcome,) = await asyncio.gather(self._deliver(delivery, in_thread), return_exceptions=True)
        if isinstance(outcome, Exception):
            await self._failed(delivery, outcome, in_thread)
            return False
        if outcome is not None:
            raise outcome
        await in_thread(self._outbox.ack, delivery)
        self._health.note_success()
        return True

    async def _deliver(self, delivery: Delivery, in_thread: InThread) -> None:
        event = await in_thread(self._events.of, delivery)
        async with asyncio.timeout(self.pace.deliver_within_s):
            await self._outbound.deliver(event)

    async def _failed(self, delivery: Delivery, error: Exception, in_thread: InThread) -> None:
        reason = _reason(error)
        if isinstance(error, PermanentError):
            await in_thread(self._outbox.park, delivery, reason)
        else:
            pause_s = error.retry_after_s if isinstance(error, RetryableError) else None
            await in_thread(self._outbox.fail, delivery, reason, retry_after_s=pause_s)
            self._health.note_failure(delivery.id, error)
        where = {"receiver": self.name, "delivery": delivery.id, "attempt": delivery.attempts, "error": reason}
        if isinstance(error, PermanentError) or delivery.attempts >= MOST_ATTEMPTS:
            logger.error("delivery parked", **where)
        else:
            logger.warning("delivery failed", **where)


class _Health:
    """Whether a receiver should be left alone at present."""

    def __init__(self) -> None:
        self._failing: set[str] = set()
        self._rests = 0
        self._rest_until = self._asked_until = datetime.min.replace(tzinfo=UTC)

    @property
    def is_ailing(self) -> bool:
        """Whether it has taken nothing since its last rest."""
        return self._rests > 0

    def is_resting(self) -> bool:
        return datetime.now(UTC) < max(self._rest_until, self._asked_until)

    def note_success(self) -> None:
        self._failing.clear()
        self._rests = 0
        self._rest_until = self._asked_until

    def note_failure(self, delivery_id: str, error: Exception) -> None:
        now = datetime.now(UTC)
        if isinstance(error, RetryableError) and error.wants_rest:
            asked_s = min(error.retry_after_s or 0.0, LONGEST_REST_S)
            self._asked_until = max(self._asked_until, now + timedelta(seconds=asked_s))
        if now < self._rest_until:
            return  # one of a batch that failed together: that counts once
        self._failing.add(delivery_id)
        if len(self._failing) > 1:
            pause_s = min(FIRST_REST_S * 2.0 ** min(self._rests, 8), LONGEST_REST_S)
            self._rest_until = now + timedelta(seconds=pause_s)
            self._rests += 1


class Dispatcher:
    """All lanes of a process, and the sweeping out of what is done.

    Args:
        outbox: Where deliveries wait.
        lanes: One for each configured receiver.
        in_thread: Runs what waits on the database.
    """

    def __init__(self, outbox: Outbox, lanes: tuple[Lane, ...], in_thread: InThread = asyncio.to_thread) -> None:
        self._outbox = outbox
        self._lanes = lanes
        self._in_thread = in_thread

    @property
    def receivers(self) -> tuple[str, ...]:
        """The configured receivers, by name."""
        return tuple(lane.name for lane in self._lanes)

    async def run(self) -> None:
        """Deliver until cancelled. Several processes may do this at the same time: leases keep them apart."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes:
                group.create_task(self._run(lane))

    async def prune(self) -> Pruned:
        """Remove what arrived long ago and what never will; see `Outbox.prune`."""
        total = Pruned(0, 0)
        while True:
            step = await self._in_thread(self._outbox.prune, self.receivers, limit=_PRUNE_AT_ONCE)
            total = Pruned(total.done + step.done, total.undelivered + step.undelivered)
            if max(step.done, step.undelivered) < _PRUNE_AT_ONCE:
                break
        if total.undelivered:
            logger.warning("deliveries dropped that nobody took", count=total.undelivered)
        return total

    async def close(self) -> None:
        """Let go of connections."""
        for lane in self._lanes:
            await lane.close()

    async def _run(self, lane: Lane) -> None:
        while True:
            try:
                await lane.work_off(self._in_thread)
            except DeskhandError as error:  # the database; what was leased comes again when its lease has run out
                logger.error("deliveries stopped for a moment", receiver=lane.name, error=error.message)
            await asyncio.sleep(lane.pace.poll_s)


def _reason(error: Exception) -> str:
    """Say what went wrong, without anything that a customer wrote: only our own messages are known to be free of it."""
    if isinstance(error, DeskhandError):
        return error.message
    return "no answer in time" if isinstance(error, TimeoutError) else f"a fault: {type(error).__name__}"
