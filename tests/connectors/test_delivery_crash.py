"""Every event arrives, however often the process that delivers is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.connectors.desks import a_ticket
from tests.connectors.receiving import Answer, ReceivingServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickets.outbox import Outbox
    from tickets.store import TicketStore

ROOT = Path(__file__).parents[2]
EVENTS = 60


def start(url: str, server: ReceivingServer) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = str(Path(__file__).with_name("deliverer.py"))
    command = [sys.executable, script, url, server.url]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.005)


def test_killing_loses_nothing(url: str, store: TicketStore, outbox: Outbox, server: ReceivingServer) -> None:
    server.always(Answer(delay_s=0.05))
    for number in range(EVENTS):
        a_ticket(store, number)
    for kills in range(1, 4):
        worker = start(url, server)
        # In the midst of a batch: some of its events have arrived, and nobody has noted it.
        wait_for(lambda wanted=kills * 14: len(server.received) >= wanted)  # type: ignore[misc]
        worker.kill()
        worker.wait()
    assert outbox.counts().get("done", 0) < EVENTS
    worker = start(url, server)
    try:
        wait_for(lambda: outbox.counts() == {"done": EVENTS})
    finally:
        worker.kill()
        worker.wait()
    bodies = defaultdict(set)
    for request in server.received:
        bodies[request.json["id"]].add(request.body)
    assert len(bodies) == EVENTS
    assert all(len(versions) == 1 for versions in bodies.values()), "a repeat is the same to the byte"
