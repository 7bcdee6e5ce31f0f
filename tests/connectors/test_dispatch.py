from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select

from connectors.dispatch import LONGEST_REST_S, Dispatcher, Lane, Pace
from connectors.protocols import Delivered, Event
from tests.connectors.desks import a_lane, a_ticket, events_of, run_until, turn
from tests.connectors.receiving import Answer, Received, ReceivingServer, receiving_server
from tickets.errors import UnavailableError
from tickets.outbox import KEPT_DONE, MOST_ATTEMPTS, Outbox
from tickets.store import TicketStore
from tickets.tables import OutboxRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tickets.database import Database
    from tickets.outbox import Delivery

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def errors(database: Database) -> list[str | None]:
    with database.session() as session:
        return list(session.scalars(select(OutboxRow.last_error).order_by(OutboxRow.id)))


def fails_for(text: str, answer: Answer) -> Callable[[Received], Answer]:
    def rule(request: Received) -> Answer:
        return answer if text in request.body.decode() else Answer()

    return rule


def test_what_is_due_is_delivered_and_noted(
    database: Database, store: TicketStore, outbox: Outbox, server: ReceivingServer
) -> None:
    for number in range(25):
        a_ticket(store, number)
    assert turn(a_lane(database, server.url)) == 25
    assert len(set(server.ids)) == 25
    assert outbox.counts() == {"done": 25}
    assert turn(a_lane(database, server.url)) == 0


def test_nothing_is_queued_for_who_is_not_configured(store: TicketStore, outbox: Outbox) -> None:
    stored = a_ticket(store, 1, connector="shop-form")
    store.reply(stored.ticket_id, "Done.", actor="ann")
    assert outbox.counts() == {}


def test_a_poisonous_event_is_parked_and_never_holds_others_up(
    database: Database, store: TicketStore, outbox: Outbox, server: ReceivingServer, clock: time_machine.Traveller
) -> None:
    server.answer = fails_for("ext-poison", Answer(500))
    lane = a_lane(database, server.url)
    a_ticket(store, "poison")
    attempts = []
    for number in range(200):
        clock.shift(timedelta(seconds=30))
        stored = a_ticket(store, number)
        assert turn(lane) == 1, "the healthy event goes in the turn after it came"
        assert any(stored.ticket_id in request.body.decode() for request in server.received)
        attempts.append(sum("ext-poison" in request.body.decode() for request in server.received))
    assert attempts[-1] == MOST_ATTEMPTS
    assert outbox.counts() == {"done": 200, "parked": 1}
    assert [error for error in errors(database) if error] == ["receiver mydesk answered 500"]


def test_a_lone_failure_lets_the_next_event_pass_at_once(
    database: Database, store: TicketStore, server: ReceivingServer, clock: time_machine.Traveller
) -> None:
    server.answer = fails_for("ext-poison", Answer(500))
    lane = a_lane(database, server.url)
    a_ticket(store, "poison")
    for number in range(MOST_ATTEMPTS):
        assert turn(lane) == 0
        clock.shift(timedelta(seconds=1))
        a_ticket(store, number)
        assert turn(lane) == 1
        clock.shift(timedelta(hours=2))


def test_an_outage_of_hours_parks_nothing(
    database: Database, store: TicketStore, outbox: Outbox, server: ReceivingServer, clock: time_machine.Traveller
) -> None:
    server.always(Answer(502))
    lane = a_lane(database, server.url)
    for number in range(12):
        a_ticket(store, number)
    for _ in range(3 * 60):
        turn(lane)
        clock.shift(timedelta(seconds=60))
    assert outbox.counts() == {"waiting": 12}
    assert 12 < len(server.received) < 60
    server.always(Answer())
    for _ in range(60):
        clock.shift(timedelta(seconds=60))
        turn(lane)
    assert outbox.counts() == {"done": 12}


def test_a_busy_receiver_gets_the_pause_that_it_asks_for(
    database: Database, store: TicketStore, outbox: Outbox, server: ReceivingServer, clock: time_machine.Traveller
) -> None:
    server.answer = fails_for("ext-first", Answer(429, {"Retry-After": "90"}))
    lane = a_lane(database, server.url)
    a_ticket(store, "first")
    assert turn(lane) == 0
    a_ticket(store, "second")
    clock.shift(timedelta(seconds=89))
    assert turn(lane) == 0
    assert len(server.received) == 1
    server.always(Answer())
    clock.shift(timedelta(seconds=2))
    assert turn(lane) == 2


def test_a_pause_of_hours_is_for_the_one_event_alone(
    database: Database, store: TicketStore, outbox: Outbox, server: ReceivingServer, clock: time_machine.Traveller
) -> None:
    server.answer = fails_for("ext-first", Answer(503, {"Retry-After": "7200"}))
    lane = a_lane(database, server.url)
    a_ticket(store, "first")
    turn(lane)
    a_ticket(store, "second")
    clock.shift(timedelta(seconds=LONGEST_REST_S + 1))
    assert turn(lane) == 1
    server.always(Answer())
    clock.shift(timedelta(seconds=7190 - LONGEST_REST_S))
    assert turn(lane) == 0
    clock.shift(timedelta(seconds=20))
    assert turn(lane) == 1


def test_what_is_gone_is_parked_at_once(
    database: Database, store: TicketStore, outbox: Outbox, server: ReceivingServer
) -> None:
    server.always(Answer(410))
    a_ticket(store, 1)
    turn(a_lane(database, server.url))
    assert outbox.counts() == {"parked": 1}
    with database.session() as session:
        parked = session.scalars(select(OutboxRow.id)).one()
    outbox.replay(parked, actor="ann")
    server.always(Answer())
    assert turn(a_lane(database, server.url)) == 1


class _Scripted:
    """A connector with faults of its own, as the next one may have."""

    def __init__(self, *faults: BaseException | None) -> None:
        self.faults = list(faults)

    async def deliver(self, event: Event) -> Delivered:
        fault = self.faults.pop(0)
        if isinstance(fault, TimeoutError):
            await asyncio.sleep(60)
        if fault is not None:
            raise fault
        return Delivered(200)

    async def close(self) -> None:
        """Hold nothing."""


def test_a_faulty_connector_spoils_one_delivery(database: Database, store: TicketStore, outbox: Outbox) -> None:
    for number in range(4):
        a_ticket(store, number)
    scripted = _Scripted(KeyError("a private word"), TimeoutError(), None, None)
    lane = Lane("mydesk", scripted, outbox, events_of(database), Pace(deliver_within_s=0.1))
    assert turn(lane) == 2
    assert outbox.counts() == {"done": 2, "waiting": 2}
    assert sorted(error for error in errors(database) if error) == ["a fault: KeyError", "no answer in time"]


class _Unsteady(Outbox):
    """An outbox whose database fails when the first delivery is noted."""

    failed = False

    def ack(self, delivery: Delivery) -> bool:
        if not self.failed:
            self.failed = True
            raise UnavailableError("database is busy")
        return super().ack(delivery)


def test_what_could_not_be_noted_is_delivered_again(
    database: Database, store: TicketStore, server: ReceivingServer
) -> None:
    a_ticket(store, 1)
    unsteady = _Unsteady(database)
    lane = a_lane(database, server.url, outbox=unsteady, pace=Pace(lease_s=0.3, poll_s=0.05))
    asyncio.run(run_until(Dispatcher(unsteady, (lane,)), lambda: unsteady.counts() == {"done": 1}))
    one, two = server.received
    assert one == two


def test_a_slow_receiver_holds_no_other_up(database: Database, outbox: Outbox, server: ReceivingServer) -> None:
    store = TicketStore(database, deliver_to=["slow", "mydesk"])
    server.always(Answer(delay_s=0.9))
    with receiving_server() as quick:
        lanes = (a_lane(database, server.url, name="slow"), a_lane(database, quick.url))
        for number in range(30):
            a_ticket(store, number, connector="slow")
        for number in range(30):
            a_ticket(store, 100 + number)
        asyncio.run(run_until(Dispatcher(outbox, lanes), lambda: len(quick.received) == 30))
        assert len(server.received) < 30, "one after the other they take half a minute"


def test_two_dispatchers_share_the_work(
    database: Database, store: TicketStore, outbox: Outbox, server: ReceivingServer
) -> None:
    for number in range(60):
        a_ticket(store, number)
    server.always(Answer(delay_s=0.01))

    async def both() -> None:
        two = [Dispatcher(outbox, (a_lane(database, server.url),)) for _ in range(2)]
        await asyncio.gather(*(run_until(each, lambda: outbox.counts() == {"done": 60}) for each in two))

    asyncio.run(both())
    assert len(server.ids) == len(set(server.ids)) == 60


def test_old_deliveries_are_swept_out(
    database: Database,
    store: TicketStore,
    outbox: Outbox,
    server: ReceivingServer,
    clock: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors.dispatch._PRUNE_AT_ONCE", 2)
    for number in range(3):
        a_ticket(store, number)
    lane = a_lane(database, server.url)
    assert turn(lane) == 3
    clock.shift(KEPT_DONE + timedelta(seconds=1))
    a_ticket(store, "new")
    for number in range(5):
        outbox.put("reply", "nobody", f"nobody:{number}", {})
    swept = asyncio.run(Dispatcher(outbox, (lane,)).prune())
    assert (swept.done, swept.undelivered) == (3, 0)
    assert outbox.counts() == {"waiting": 6}
    clock.shift(timedelta(days=31))
    swept = asyncio.run(Dispatcher(outbox, (lane,)).prune())
    assert (swept.done, swept.undelivered) == (0, 5)
    assert outbox.counts() == {"waiting": 1}
