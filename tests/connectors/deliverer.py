"""Deliver without end. Started, and killed, by the tests. Arguments: database URL, URL of the receiver."""

from __future__ import annotations

import asyncio
import sys

from connectors.dispatch import Dispatcher, Pace
from tests.connectors.desks import a_lane
from tickets.database import Database
from tickets.outbox import Outbox


def main() -> None:
    """Deliver until killed."""
    database = Database.open(sys.argv[1])
    lane = a_lane(database, sys.argv[2], pace=Pace(batch=4, lease_s=1.0, poll_s=0.05))
    asyncio.run(Dispatcher(Outbox(database), (lane,)).run())


if __name__ == "__main__":
    main()
