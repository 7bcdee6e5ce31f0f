"""Events on their way out: which receivers are configured, who delivers, and what is counted of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.backlog import only_one
from api.rendering import decision_body
from connectors import table
from connectors.dispatch import Dispatcher, Lane
from connectors.events import Events
from connectors.protocols import Receiver
from tickets.outbox import LEASED, PARKED, WAITING
from tickets.outgoing import Outgoing

if TYPE_CHECKING:
    from api.settings import Settings
    from api.state import AppState

TAKE_OVER_S = 5.0
WATCH_S = 10.0
PRUNE_PAUSE_S = 3600.0


class Deliveries:
    """The delivery of events from this process, or the readiness to take over from another one of the same home."""

    def __init__(self, state: AppState) -> None:
        services = state.services
        self._state = state
        events = Events(Outgoing(services.database), decision_body)
        lanes = tuple(
            Lane(receiver.name, table.connector(receiver.name).outbound(receiver), services.outbox, events)
            for receiver in receivers(state.settings)
        )
        self._has_receivers = bool(lanes)
        self._dispatcher = Dispatcher(services.outbox, lanes, state.storage.urgent)

    async def deliver(self) -> None:
        """Deliver as long as the service runs, unless another process does; machines are kept apart by leases."""
        if not self._has_receivers:
            return
        with only_one(self._state.settings.home / "deliveries.lock") as mine:
            if mine:
                await self._dispatcher.run()

    async def watch(self) -> None:
        """Count what waits and what is parked."""
        counts = await self._state.storage.urgent(self._state.services.outbox.counts)
        gauge = self._state.metrics.deliveries
        gauge.labels(WAITING).set(counts.get(WAITING, 0) + counts.get(LEASED, 0))
        gauge.labels(PARKED).set(counts.get(PARKED, 0))

    async def prune(self) -> None:
        """Remove what arrived long ago, and what no receiver will ever take."""
        await self._dispatcher.prune()

    async def close(self) -> None:
        """Let go of connections."""
        await self._dispatcher.close()


def receivers(settings: Settings) -> tuple[Receiver, ...]:
    """Return the receivers that an operator configured."""
    return tuple(
        Receiver(name, given.url, given.secret.get_secret_value(), given.allow_private)
        for name, given in settings.webhook_urls.items()
    )
