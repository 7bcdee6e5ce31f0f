"""Where events may go: never to an address of the own machine or network that an operator did not allow."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx2

from connectors.errors import ReceiverError, RetryableError

_SCHEMES = frozenset({"https", "http"})
_PORTS = range(1, 65536)
_EXAMPLE = "Write it as https://desk.example/hooks/deskhand."
# Networks that carry an IPv4 address in their last 32 bits: NAT64, and the old "IPv4-compatible" form.
_CARRIERS = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet; the IPv4 address inside an IPv6 one counts too."""
    found = ip_address(address.partition("%")[0])
    inner = _inner(found) if isinstance(found, IPv6Address) else None
    if inner is not None:
        return _is_global(inner)
    return _is_global(found)


def check_url(name: str, url: str, *, allow_private: bool) -> None:
    """Refuse an address that nothing may be sent to, as far as it can be told without asking anybody.

    Raises:
        ReceiverError: It is no web address, carries a password, is not encrypted, or leads to the own machine.
    """
    problem = _problem(url, allow_private)
    if problem is not None:
        what, hint = problem
        raise ReceiverError(f"the url of receiver {name!r} {what}", field=f"DESKHAND_WEBHOOK_URLS.{name}", hint=hint)


async def resolve(host: str, port: int, *, allow_private: bool) -> tuple[str, ...]:
    """Return the addresses of a host, all of them allowed; connect to one of these, and never ask again.

    Raises:
        RetryableError: The name is unknown at present, or leads to an address that is not allowed.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RetryableError(f"the name {host} cannot be resolved: {error}") from None
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    refused = [] if allow_private else [address for address in addresses if not is_public(address)]
    if refused:
        raise RetryableError(f"{host} leads to {refused[0]}, which is not public; see allow_private in the guide")
    return addresses


def _problem(url: str, allow_private: bool) -> tuple[str, str] | None:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        return "cannot be read", _EXAMPLE
    if parsed.scheme not in _SCHEMES or not parsed.host or (parsed.port is not None and parsed.port not in _PORTS):
        return "is no web address", _EXAMPLE
    if parsed.userinfo:
        return "carries a user or password", "The signature proves who sends: leave them out."
    return None if allow_private else _reach_problem(parsed)


def _reach_problem(parsed: httpx2.URL) -> tuple[str, str] | None:
    if parsed.scheme != "https":
        return "is not encrypted", 'Use https, or set "allow_private": true where it stays in your own network.'
    if _is_surely_private(parsed.host):
        return f"leads to {parsed.host}, which is not public", 'Set "allow_private": true if that is meant.'
    return None


def _is_surely_private(host: str) -> bool:
    if host.rstrip(".").lower() == "localhost" or host.rstrip(".").lower().endswith(".localhost"):
        return True
    try:
        return not is_public(host)
    except ValueError:
        return False  # a name: what it leads to is looked at when something is sent


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in carrier for carrier in _CARRIERS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    # ipaddress calls multicast global.
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified
