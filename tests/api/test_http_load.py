"""Bounds: threads, waiting requests, bytes, minutes, and work in the background."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from api.auth import Caller, KeyCache
from api.backlog import keep_doing, only_one
from api.errors import OverloadedError, RateLimitedError
from api.limits import BodyLimit, RateLimit
from api.observing import UNMATCHED, route_of
from api.rendering import json_bytes, moment
from api.workers import Workers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Service, StartService


def test_more_than_may_wait_are_turned_away_and_those_let_in_are_served() -> None:
    async def scenario() -> None:
        workers = Workers(threads=1, max_waiting=2)
        gate = threading.Event()
        try:
            running = [asyncio.create_task(workers.run(gate.wait, 10)) for _ in range(3)]
            await asyncio.sleep(0.05)
            assert workers.busy == 3
            with pytest.raises(OverloadedError):
                await workers.run(gate.wait, 10)
            urgent = asyncio.create_task(workers.urgent(lambda: "stored"))
            gate.set()
            assert await asyncio.gather(*running) == [True] * 3
            assert await urgent == "stored"
            assert workers.busy == 0
        finally:
            workers.close()

    asyncio.run(scenario())


def test_a_failing_function_frees_its_place() -> None:
    async def scenario() -> None:
        workers = Workers(threads=1, max_waiting=0)
        try:
            for _ in range(3):
                with pytest.raises(ZeroDivisionError):
                    await workers.run(lambda: 1 // 0)
            assert workers.busy == 0
        finally:
            workers.close()

    asyncio.run(scenario())


def test_an_overloaded_service_says_when_to_come_back(start_service: StartService) -> None:
    service = start_service(threads=1, max_waiting=1)
    headers, asked = service.headers(), {"messages": [{"text": "Where is my order? " * 500}] * 32}

    def ask(_: int) -> Any:
        return service.client.post("/v1/triage", json=asked, headers=headers)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(12)))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused
    assert {answer.status_code for answer in refused} == {503}
    assert all(answer.json()["error"]["code"] == "overloaded" for answer in refused)
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert any(answer.status_code == 200 for answer in answers)


def test_messages_that_cannot_wait_are_turned_away_whole(start_service: StartService) -> None:
    service = start_service(threads=1, max_waiting=2)
    headers = service.headers()

    def send(number: int) -> Any:
        body = {"text": f"Where is my order {number}? " * 1_000, "external_id": str(number)}
        return service.client.post("/v1/messages", json=body, headers=headers)

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(send, range(80)))
    assert {answer.status_code for answer in answers} <= {201, 503}
    assert all(answer.json()["error"]["code"] == "overloaded" for answer in answers if answer.status_code == 503)
    listed = service.send("GET", "/v1/tickets?limit=200").json()["items"]
    assert len(listed) == sum(answer.status_code == 201 for answer in answers)
    again = [send(number) for number in range(80)]
    assert {answer.status_code for answer in again} == {201}
    assert len(service.send("GET", "/v1/tickets?limit=200").json()["items"]) == 80


def test_a_large_batch_does_not_hold_up_the_others(service: Service) -> None:
    asked = {"messages": [{"text": f"Where is my order number {n}?"} for n in range(600)]}
    headers = service.headers()
    with ThreadPoolExecutor(1) as pool:
        batch = pool.submit(service.client.post, "/v1/triage", json=asked, headers=headers)
        answered = 0
        while not batch.done():
            assert service.client.get("/healthz").status_code == 200
            answered += 1
        assert batch.result().status_code == 200
    assert answered > 3, "who asks meanwhile waits for a part of the batch, not for all of it"


def test_the_window_moves_and_addresses_do_not_share_it() -> None:
    limit = RateLimit(5)
    limit.take("a", 4)
    limit.check("a")
    with pytest.raises(RateLimitedError):
        limit.take("a", 2)
    limit.take("a", 1)
    with pytest.raises(RateLimitedError):
        limit.check("a")
    limit.take("b", 5)


async def _swallow(scope: Any, receive: Any, send: Any) -> None:
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    ("declared", "pieces", "expected"),
    [
        (b"10", [b"x" * 10], 200),
        (None, [b"x" * 5, b"x" * 5], 200),
        (b"11", [], 413),
        (b"9" * 4_000, [], 413),
        (b"abc", [b"x"], 200),  # the server itself refuses such a header; nothing is counted wrongly
    ],
)
def test_bytes_are_counted_as_declared_and_as_they_come(
    declared: bytes | None, pieces: list[bytes], expected: int
) -> None:
    sent: list[Any] = []

    async def scenario() -> None:
        rest = iter(pieces)

        async def receive() -> Any:
            piece = next(rest)
            return {"type": "http.request", "body": piece, "more_body": piece is not pieces[-1]}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [] if declared is None else [(b"content-length", declared)]
        scope = {"type": "http", "headers": headers, "method": "POST", "path": "/"}
        await BodyLimit(_swallow, max_bytes=10)(scope, receive, send)

    asyncio.run(scenario())
    assert sent[0]["status"] == expected


def test_one_process_at_a_time_works_off_the_backlog(tmp_path: Path) -> None:
    path = tmp_path / "backlog.lock"
    with only_one(path) as first, only_one(path) as second:
        assert first
        assert not second
    with only_one(path) as third:
        assert third


def test_background_work_survives_its_failures_and_ends_when_told() -> None:
    turns: list[int] = []

    async def work() -> None:
        turns.append(1)
        if len(turns) < 3:
            raise RuntimeError("not yet")

    async def scenario() -> None:
        task = asyncio.create_task(keep_doing("test", 0.001, work))
        while len(turns) < 5:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_known_keys_are_forgotten_in_time_and_never_too_many() -> None:
    caller = Caller("mia", "agent", frozenset())
    brief = KeyCache(ttl_s=0.0)
    brief.put("k", caller)
    assert brief.get("k") is None
    small = KeyCache(size=2)
    for key in "abc":
        small.put(key, caller)
    assert [small.get(key) is not None for key in "abc"] == [False, False, True]


def test_addresses_never_become_labels() -> None:
    assert route_of({"type": "http"}) == UNMATCHED
    assert route_of({"type": "http", "route": object()}) == UNMATCHED


def test_times_are_written_in_utc_and_money_to_the_cent() -> None:
    east = timezone(timedelta(hours=9))
    assert moment(datetime(2026, 11, 21, 9, 30, 15, 999, tzinfo=east)) == "2026-11-21T00:30:15Z"
    assert moment(datetime(2026, 11, 21, tzinfo=UTC)) == "2026-11-21T00:00:00Z"
    assert moment(None) is None
    assert json_bytes({"a": Decimal("0.10"), "b": date(2026, 1, 2)}) == b'{"a":"0.10","b":"2026-01-02"}'
    with pytest.raises(TypeError, match="not JSON serializable"):
        json_bytes(object())
