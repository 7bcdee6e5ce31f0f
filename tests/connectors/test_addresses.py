from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.addresses import check_url, is_public, resolve
from connectors.errors import ReceiverError, RetryableError


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 - nothing listens here
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # where clouds keep their machines' passwords
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_all_others_are_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_a_private_address_stays_one_in_every_clothing(address: IPv4Address) -> None:
    number = int(address)
    for clothed in (
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address(number),
    ):
        assert not is_public(str(clothed))


@pytest.mark.parametrize(
    "url",
    [
        "https://desk.example/hooks",
        "https://desk.example:8443/",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "https://bücher.example/",
    ],
)
def test_public_addresses_are_taken(url: str) -> None:
    check_url("mydesk", url, allow_private=False)


@pytest.mark.parametrize(
    ("url", "allow_private", "what"),
    [
        ("http://desk.example/", False, "not encrypted"),
        ("https://localhost/", False, "not public"),
        ("https://shop.localhost./", False, "not public"),
        ("https://127.0.0.1:9000/", False, "not public"),
        ("https://[::1]/", False, "not public"),
        ("https://169.254.169.254/latest/meta-data/", False, "not public"),
        ("ftp://desk.example/", True, "no web address"),
        ("file:///etc/passwd", True, "no web address"),
        ("desk.example/hooks", True, "no web address"),
        ("https:///hooks", True, "no web address"),
        ("", True, "no web address"),
        ("https://ann:pass@desk.example/", True, "user or password"),
        ("https://desk.example\r\nX-Evil: 1/", True, "cannot be read"),
        ("https://[::1/", True, "cannot be read"),
        ("https://desk.example:99999/", True, "no web address"),
        ("https://desk.example:0/", True, "no web address"),
    ],
)
def test_other_addresses_are_refused_with_a_remedy(url: str, allow_private: bool, what: str) -> None:
    with pytest.raises(ReceiverError, match=what) as caught:
        check_url("mydesk", url, allow_private=allow_private)
    assert caught.value.field == "DESKHAND_WEBHOOK_URLS.mydesk"
    assert caught.value.hint
    assert "pass@" not in caught.value.message


@given(st.text(max_size=60))
def test_any_address_is_taken_or_refused(url: str) -> None:
    for candidate in (url, f"https://{url}"):
        try:
            check_url("mydesk", candidate, allow_private=False)
        except ReceiverError:
            continue
        assert candidate.lower().startswith("https://")


def fake_names(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def resolved(host: str, *, allow_private: bool = False) -> tuple[str, ...]:
    return asyncio.run(resolve(host, 443, allow_private=allow_private))


def test_a_name_is_resolved_to_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_names(monkeypatch, ["93.184.216.34", "8.8.8.8", "8.8.8.8"])
    assert resolved("desk.example") == ("93.184.216.34", "8.8.8.8")


def test_one_private_address_spoils_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_names(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(RetryableError, match=r"10\.0\.0\.1"):
        resolved("desk.example")
    assert resolved("desk.example", allow_private=True) == ("93.184.216.34", "10.0.0.1")


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_other_spellings_of_the_own_machine_are_seen_through(host: str) -> None:
    with pytest.raises(RetryableError, match="not public"):
        resolved(host)


def test_an_unknown_name_may_be_known_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(RetryableError, match="cannot be resolved"):
        resolved("desk.example")
    with pytest.raises(RetryableError, match="cannot be resolved"):
        resolved("a" * 70 + ".example")
