from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from connectors import addresses
from connectors.errors import RetryableError
from connectors.protocols import Delivered, Receiver
from connectors.sending import Sender, retry_after_s
from tests.connectors.receiving import CERTIFICATE, ReceivingServer, receiving_server
from tests.connectors.samples import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def tls_server() -> Iterator[ReceivingServer]:
    with receiving_server(tls=True) as running:
        yield running


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let every name lead to this machine once, and nowhere after that; return the names that were asked for."""
    names: list[str] = []

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        names.append(host)
        address = "127.0.0.1" if names.count(host) == 1 else "192.0.2.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names


def post(url: str, tls: ssl.SSLContext | None, *, allow_private: bool = True) -> Delivered:
    async def run() -> Delivered:
        sender = Sender(Receiver("mydesk", url, SECRET, allow_private=allow_private, timeout_s=5), tls=tls)
        try:
            return await sender.post(b"{}", {"Content-Type": "application/json"})
        finally:
            await sender.close()

    return asyncio.run(run())


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def test_the_connection_goes_to_the_address_that_was_checked(
    tls_server: ReceivingServer, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda address: ip_address(address) == ip_address("127.0.0.1"))
    url = f"https://desk.example:{tls_server.port}/hooks"
    assert post(url, trusting(), allow_private=False) == Delivered(200)
    assert asked == ["desk.example"]
    (request,) = tls_server.received
    assert request.headers["host"] == f"desk.example:{tls_server.port}"
    # Once it leads elsewhere, nothing goes there.
    with pytest.raises(RetryableError, match="not public"):
        post(url, trusting(), allow_private=False)


def test_a_certificate_that_nobody_signed_is_not_trusted(tls_server: ReceivingServer, asked: list[str]) -> None:
    with pytest.raises(RetryableError, match=r"(?i)certificate"):
        post(f"https://desk.example:{tls_server.port}/", None)
    assert tls_server.received == []


def test_a_certificate_of_another_name_is_not_trusted(tls_server: ReceivingServer, asked: list[str]) -> None:
    with pytest.raises(RetryableError, match=r"(?i)hostname mismatch"):
        post(f"https://other.example:{tls_server.port}/", trusting())
    assert tls_server.received == []


def test_the_next_address_of_a_name_is_tried(server: ReceivingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 1)) for a in ("127.0.0.9", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert post(f"http://desk.example:{server.port}/", None) == Delivered(200)
    assert server.received[0].headers["host"] == f"desk.example:{server.port}"


def test_proxies_of_the_environment_are_not_used(server: ReceivingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert post(server.url, None) == Delivered(200)


def test_pauses_are_read_as_seconds_or_dates() -> None:
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False):
        assert retry_after_s("120") == 120
        assert retry_after_s(" 0 ") == 0
        assert retry_after_s("Sat, 21 Nov 2026 12:02:00 GMT") == 120
        assert retry_after_s("Sat, 21 Nov 2026 12:02:00 -0000") == 120
        assert retry_after_s("Sat, 21 Nov 2026 11:00:00 GMT") == 0
    for senseless in ("", "soon", "-5", "1.5", "²", "Sat, 99 Nov 2026 12:02:00 GMT"):
        assert retry_after_s(senseless) is None


@given(st.one_of(st.text(max_size=80), st.from_regex(r"[A-Z][a-z]{2}, \d{1,9} [A-Z][a-z]{2} \d{1,9} \d+:\d+:\d+ \S*")))
def test_any_pause_is_read_or_ignored(value: str) -> None:
    found = retry_after_s(value)
    assert found is None or found >= 0
