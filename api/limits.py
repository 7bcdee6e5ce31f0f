"""Limits on what a caller may send: bytes of a body, requests of an address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers

from api.errors import RateLimitedError, TooLargeError, error_response

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 16 * 1024 * 1024


class BodyLimit:
    """Refuse a body of over 16 MiB: by its declared length at once, else as soon as the bytes are over."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared[:18]) > self._max_bytes:
            await error_response(self._error(int(declared[:18])))(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self._max_bytes:
                    raise self._error(taken)
            return message

        await self._app(scope, counted, send)

    def _error(self, size: int) -> TooLargeError:
        return TooLargeError(
            f"The body has {size} bytes or more; at most {self._max_bytes} are taken",
            field="Content-Length",
            hint="Split the batch over several requests.",
        )


class RateLimit:
    """A moving window of one minute per address, in this process's memory."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, address: str) -> None:
        """Refuse an address that has used up its minute, without counting anything.

        Raises:
            RateLimitedError: It has.

        """
        if not self._limiter.test(RateLimitItemPerMinute(self.per_minute), address):
            raise self._error()

    def take(self, address: str, cost: int = 1) -> None:
        """Count some messages.

        Raises:
            RateLimitedError: The address has used up its minute.

        """
        if not self._limiter.hit(RateLimitItemPerMinute(self.per_minute), address, cost=cost):
            raise self._error()

    def _error(self) -> RateLimitedError:
        return RateLimitedError(
            f"Over {self.per_minute} messages a minute without a key",
            field="Authorization",
            hint="Send a key, or come back in a minute.",
        )


def address_of(request: HTTPConnection) -> str:
    """Return what a visitor is counted by; one household has a whole /64 of IPv6 addresses."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(int(address) >> 64)
    return host
