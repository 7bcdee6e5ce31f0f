"""What every connector that tells another system something must keep, tried on a real server."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.errors import DeliveryError, PermanentError, ReceiverError, RetryableError
from connectors.protocols import Delivered, Event, Receiver
from connectors.table import CONNECTORS
from tests.connectors.receiving import Answer, ReceivingServer
from tests.connectors.samples import OUTBOUND, SECRET, an_event

TIME_LIMIT_S = 20.0
SHORT_LIMIT_S = 0.5


@pytest.fixture(params=sorted(CONNECTORS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def deliver(
    kind: str, url: str, event: Event | None = None, *, times: int = 1, limit_s: float = TIME_LIMIT_S
) -> list[Delivered]:
    """Deliver with a fresh connector, as a process does that has just started."""

    async def run() -> list[Delivered]:
        receiver = Receiver("mydesk", url, SECRET, allow_private=True, timeout_s=limit_s)
        outbound = CONNECTORS[kind].outbound(receiver)
        try:
            return [await outbound.deliver(event or an_event()) for _ in range(times)]
        finally:
            await outbound.close()

    return asyncio.run(run())


def test_an_event_arrives_with_its_id_and_proves_where_it_comes_from(kind: str, server: ReceivingServer) -> None:
    assert deliver(kind, server.url) == [Delivered(200)]
    (request,) = server.received
    assert OUTBOUND[kind].id_of(request) == an_event().id
    assert OUTBOUND[kind].is_authentic(request, SECRET)
    assert not OUTBOUND[kind].is_authentic(request, "another secret, as long")
    assert SECRET.encode() not in request.body
    assert SECRET not in str(request.headers)


def test_a_repeat_is_the_same_to_the_byte(kind: str, server: ReceivingServer) -> None:
    deliver(kind, server.url, times=2)
    deliver(kind, server.url)
    one, two, three = server.received
    assert one == two == three


def test_different_events_have_different_ids(kind: str, server: ReceivingServer) -> None:
    deliver(kind, server.url)
    deliver(kind, server.url, an_event(id="0194-event"))
    assert len({OUTBOUND[kind].id_of(request) for request in server.received}) == 2


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_counts(kind: str, server: ReceivingServer, status: int) -> None:
    server.always(Answer(status))
    assert deliver(kind, server.url) == [Delivered(status)]


@pytest.mark.parametrize("status", [304, 400, 401, 404, 409, 422, 429, 500, 502, 503, 504])
def test_everything_else_is_tried_again(kind: str, server: ReceivingServer, status: int) -> None:
    server.always(Answer(status))
    with pytest.raises(RetryableError) as caught:
        deliver(kind, server.url)
    assert str(status) in caught.value.message
    assert caught.value.retry_after_s is None
    assert len(server.received) == 1


def test_what_is_gone_is_not_tried_again(kind: str, server: ReceivingServer) -> None:
    server.always(Answer(410))
    with pytest.raises(PermanentError, match="410"):
        deliver(kind, server.url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(kind: str, server: ReceivingServer, status: int) -> None:
    server.answer = lambda request: (
        Answer()
        if request.path == "/elsewhere"
        else Answer(status, {"Location": f"{server.url.split('/hooks')[0]}/elsewhere"})
    )
    with pytest.raises(DeliveryError):
        deliver(kind, server.url)
    assert [request.path for request in server.received] == ["/hooks/deskhand?shop=1"]


@pytest.mark.parametrize(("status", "wants_rest"), [(429, True), (503, True), (500, False)])
def test_the_pause_that_is_asked_for_is_passed_on(
    kind: str, server: ReceivingServer, status: int, wants_rest: bool
) -> None:
    server.always(Answer(status, {"Retry-After": "120"}))
    with pytest.raises(RetryableError) as caught:
        deliver(kind, server.url)
    assert caught.value.retry_after_s == 120.0
    assert caught.value.wants_rest is wants_rest
    until = datetime.now(UTC) + timedelta(seconds=600)
    server.always(Answer(status, {"Retry-After": format_datetime(until, usegmt=True)}))
    with pytest.raises(RetryableError) as caught:
        deliver(kind, server.url)
    assert 590 < (caught.value.retry_after_s or 0) <= 600


@pytest.mark.parametrize("answer", [Answer(delay_s=2.0), Answer(trickle_s=0.05)], ids=["silent", "byte by byte"])
def test_the_time_limit_is_for_the_whole(kind: str, server: ReceivingServer, answer: Answer) -> None:
    server.always(answer)
    with pytest.raises(RetryableError, match="did not answer within"):
        deliver(kind, server.url, limit_s=SHORT_LIMIT_S)


def test_a_connection_that_breaks_is_tried_again(kind: str, server: ReceivingServer) -> None:
    server.always(Answer(hangs_up=True))
    with pytest.raises(RetryableError):
        deliver(kind, server.url)


def test_a_receiver_that_is_not_there_is_tried_again(kind: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(RetryableError, match="could not be reached"):
        deliver(kind, f"http://127.0.0.1:{port}/")


def test_what_goes_wrong_is_said_without_quoting_anybody(kind: str, server: ReceivingServer) -> None:
    server.always(Answer(500))
    with pytest.raises(DeliveryError) as caught:
        deliver(kind, server.url, an_event(data={"reply": {"text": "a private word"}}))
    assert "private word" not in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "mydesk" in caught.value.message


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "http://example.com/"]
)
def test_the_own_network_needs_to_be_allowed(kind: str, url: str) -> None:
    with pytest.raises(ReceiverError):
        CONNECTORS[kind].outbound(Receiver("mydesk", url, SECRET))
