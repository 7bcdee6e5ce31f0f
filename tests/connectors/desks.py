"""A shop with a receiver: its lanes, and tickets whose events go there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.dispatch import Dispatcher, Lane, Pace
from connectors.events import Events
from connectors.generic import GenericOutbound
from connectors.protocols import Receiver
from tests.connectors.samples import SECRET
from tests.tickets.makers import a_decision, a_message
from tickets.outbox import Outbox
from tickets.outgoing import Outgoing

if TYPE_CHECKING:
    from tickets.database import Database
    from tickets.records import Decision
    from tickets.store import TicketStore
    from tickets.stored import Ingested


def write(decision: Decision) -> Mapping[str, Any]:
    return {"intent": decision.intent, "suggestions": [offer.text for offer in decision.suggestions]}


def events_of(database: Database) -> Events:
    return Events(Outgoing(database), write)


def a_lane(
    database: Database, url: str, *, name: str = "mydesk", outbox: Outbox | None = None, pace: Pace | None = None
) -> Lane:
    receiver = Receiver(name, url, SECRET, allow_private=True, timeout_s=20.0)
    return Lane(name, GenericOutbound(receiver), outbox or Outbox(database), events_of(database), pace)


def a_ticket(store: TicketStore, number: object, *, connector: str = "mydesk") -> Ingested:
    """Store a decided message; its event waits in the outbox."""
    message = a_message(external_id=f"ext-{number}", connector=connector)
    return store.ingest(message, f"body {number}", a_decision(), actor="test")


def turn(lane: Lane) -> int:
    """Let a lane deliver what is due now."""
    return asyncio.run(lane.work_off(asyncio.to_thread))


async def run_until(dispatcher: Dispatcher, condition: Any, *, within_s: float = 60.0) -> None:
    """Run a dispatcher until something is so."""
    running = asyncio.ensure_future(dispatcher.run())
    try:
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.wait([running])
        await dispatcher.close()
