from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tickets.errors import NotFoundError
from tickets.outbox import KEPT_DONE, KEPT_UNDELIVERED, MOST_ATTEMPTS, Delivery, Outbox, Pruned, pause_s

if TYPE_CHECKING:
    from tickets.database import Database

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def _fill(outbox: Outbox, count: int, target: str = "zendesk") -> None:
    for number in range(count):
        assert outbox.put("reply", target, f"{target}:{number}", {"n": number})


def test_a_delivery_is_taken_once_and_settled(outbox: Outbox) -> None:
    _fill(outbox, 1)
    (taken,) = outbox.lease(["zendesk"])
    assert (taken.topic, taken.target, taken.payload, taken.attempts) == ("reply", "zendesk", {"n": 0}, 1)
    assert outbox.lease(["zendesk"]) == []
    assert outbox.ack(taken)
    assert not outbox.ack(taken)
    assert not outbox.fail(taken, "late")
    assert outbox.counts() == {"done": 1}


def test_a_key_is_queued_once_even_after_its_delivery(outbox: Outbox) -> None:
    _fill(outbox, 1)
    assert not outbox.put("reply", "zendesk", "zendesk:0", {"n": 1})
    outbox.ack(outbox.lease(["zendesk"])[0])
    assert not outbox.put("reply", "zendesk", "zendesk:0", {"n": 1})


def test_only_configured_targets_are_served(outbox: Outbox) -> None:
    _fill(outbox, 1, "zendesk")
    _fill(outbox, 1, "gorgias")
    assert [d.target for d in outbox.lease(["gorgias"])] == ["gorgias"]
    assert outbox.lease([]) == []


def test_a_dead_workers_delivery_is_due_again(outbox: Outbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        _fill(outbox, 1)
        (lost,) = outbox.lease(["zendesk"], lease_s=60)
        clock.shift(59)
        assert outbox.lease(["zendesk"]) == []
        clock.shift(2)
        (again,) = outbox.lease(["zendesk"])
        assert (again.id, again.attempts) == (lost.id, 2)
        # The first worker wakes up: its answer no longer counts.
        assert not outbox.ack(lost)
        assert not outbox.fail(lost, "late")
        assert outbox.ack(again)


def test_pauses_grow_and_the_eighth_failure_parks(outbox: Outbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        _fill(outbox, 2)
        for attempt in range(1, MOST_ATTEMPTS + 1):
            taken = outbox.lease(["zendesk"], limit=1)
            assert [d.attempts for d in taken] == [attempt]
            assert outbox.fail(taken[0], "HTTP 500")
            # The broken one never stands before the other.
            if attempt == 1:
                (other,) = outbox.lease(["zendesk"])
                outbox.ack(other)
            clock.shift(timedelta(seconds=pause_s(attempt) * 1.3))
        assert outbox.counts() == {"done": 1, "parked": 1}
        assert outbox.lease(["zendesk"]) == []


def test_a_delivery_that_kills_its_worker_is_parked(outbox: Outbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        _fill(outbox, 1)
        for _ in range(MOST_ATTEMPTS):
            assert len(outbox.lease(["zendesk"], lease_s=60)) == 1
            clock.shift(61)
        assert outbox.lease(["zendesk"]) == []
        assert outbox.counts() == {"parked": 1}


def test_the_other_side_may_ask_for_a_longer_pause(outbox: Outbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        _fill(outbox, 1)
        outbox.fail(outbox.lease(["zendesk"])[0], "HTTP 429", retry_after_s=3600)
        clock.shift(3599)
        assert outbox.lease(["zendesk"]) == []
        clock.shift(2)
        assert len(outbox.lease(["zendesk"])) == 1


def test_a_parked_delivery_can_start_anew(outbox: Outbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        _fill(outbox, 1)
        delivery: Delivery | None = None
        for attempt in range(1, MOST_ATTEMPTS + 1):
            (delivery,) = outbox.lease(["zendesk"])
            outbox.fail(delivery, "HTTP 500")
            clock.shift(timedelta(seconds=pause_s(attempt) * 1.3))
        assert delivery is not None
        outbox.replay(delivery.id, actor="ann")
        assert [d.attempts for d in outbox.lease(["zendesk"])] == [1]
        with pytest.raises(NotFoundError):
            outbox.replay(delivery.id, actor="ann")


def test_pauses_double_up_to_six_hours() -> None:
    assert all(30 * 2 ** (n - 1) <= pause_s(n) <= 30 * 2 ** (n - 1) * 1.25 for n in range(1, 9))
    assert pause_s(40) <= 6 * 3600 * 1.25


def test_many_workers_never_take_the_same_delivery(outbox: Outbox) -> None:
    _fill(outbox, 30)
    taken: list[str] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        while got := outbox.lease(["zendesk"], limit=3):
            for delivery in got:
                taken.append(delivery.id)
                outbox.ack(delivery)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken))
    assert outbox.counts().get("done", 0) == len(taken) == 30


def test_what_no_attempt_can_help_is_parked_at_once(outbox: Outbox) -> None:
    _fill(outbox, 1)
    (taken,) = outbox.lease(["zendesk"])
    assert outbox.park(taken, "the ticket is gone")
    assert not outbox.park(taken, "again")
    assert outbox.counts() == {"parked": 1}
    outbox.replay(taken.id, actor="ann")
    assert len(outbox.lease(["zendesk"])) == 1


def test_a_delivery_says_when_it_was_written(outbox: Outbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        _fill(outbox, 1)
        clock.shift(5)
        assert outbox.lease(["zendesk"])[0].created_at == NOW


def test_what_arrived_is_kept_for_a_week(outbox: Outbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        _fill(outbox, 3)
        for delivery in outbox.lease(["zendesk"], limit=2):
            outbox.ack(delivery)
        clock.shift(KEPT_DONE - timedelta(seconds=1))
        assert outbox.prune(["zendesk"]) == Pruned(0, 0)
        clock.shift(2)
        assert outbox.prune(["zendesk"], limit=1) == Pruned(1, 0)
        assert outbox.prune(["zendesk"], limit=1) == Pruned(1, 0)
        # What still waits for a receiver is never dropped for its age.
        clock.shift(KEPT_UNDELIVERED)
        assert outbox.prune(["zendesk"]) == Pruned(0, 0)
        assert len(outbox.lease(["zendesk"])) == 1


def test_what_nobody_will_take_is_kept_for_a_month(outbox: Outbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        _fill(outbox, 1, "zendesk")
        _fill(outbox, 2, "gone")
        outbox.park(outbox.lease(["zendesk"])[0], "HTTP 410")
        outbox.lease(["gone"], limit=1)
        clock.shift(KEPT_UNDELIVERED - timedelta(seconds=1))
        assert outbox.prune(["zendesk"]) == Pruned(0, 0)
        clock.shift(2)
        assert outbox.prune(["zendesk"]) == Pruned(0, 3)
        assert outbox.counts() == {}
        assert outbox.prune([]) == Pruned(0, 0)
