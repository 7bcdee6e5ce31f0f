"""The pages' session: a signed cookie that only this service's own pages can use."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.responses import Response

COOKIE = "deskhand_session"
LIFETIME_S = 12 * 3600
# Stands in the cookie's place until the browser is closed, so that the demo's next page does not sign in again.
SIGNED_OUT = "signed-out"
# A proxy in front makes every visitor look like this machine: where one shows, the session is not for us to give.
PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Session:
    """What a valid cookie says."""

    role: str
    expires_at_s: int


class Sessions:
    """Signs and checks the cookie with the home's own secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, role: str, now_s: float) -> str:
        """Return a cookie value for a role."""
        payload = f"{role}.{int(now_s) + LIFETIME_S}.{secrets.token_hex(8)}"
        return f"{payload}.{self._sign(payload)}"

    def read(self, value: str, now_s: float) -> Session | None:
        """Return what a cookie says, or None where it is forged, damaged or expired."""
        payload, _, signature = value.rpartition(".")
        parts = payload.split(".")
        if len(parts) != 3 or not value.isascii() or not hmac.compare_digest(signature, self._sign(payload)):
            return None
        role, expires, _ = parts
        if int(expires) < now_s:
            return None
        return Session(role, int(expires))

    def _sign(self, payload: str) -> str:
        return hmac.new(self._secret, payload.encode(), hashlib.sha256).hexdigest()


def set_cookie(response: Response, value: str) -> None:
    """Add the cookie: out of scripts' reach, sent by same-site requests only."""
    response.set_cookie(COOKIE, value, max_age=LIFETIME_S, path="/", httponly=True, samesite="strict")


def end_session(response: Response) -> None:
    """Take the cookie away, and note that somebody wanted that."""
    response.set_cookie(COOKIE, SIGNED_OUT, path="/", httponly=True, samesite="strict")


def is_local(connection: HTTPConnection) -> bool:
    """Say whether a request comes from this machine, directly, under a local name.

    The name matters: a foreign page whose name was made to resolve to 127.0.0.1 sends its own name as Host.
    """
    if connection.client is None or any(name in connection.headers for name in PROXY_HEADERS):
        return False
    try:
        if not ip_address(connection.client.host).is_loopback:
            return False
    except ValueError:
        return False
    return (urlsplit(f"//{connection.headers.get('host', '')}").hostname or "") in LOCAL_NAMES


def is_from_own_page(connection: HTTPConnection) -> bool:
    """Say whether the browser itself vouches for one of our pages, even where a proxy gave it another name."""
    return connection.headers.get("sec-fetch-site") == "same-origin" or is_same_origin(connection)


def is_same_origin(connection: HTTPConnection) -> bool:
    """Say whether a changing request was sent by one of our own pages (against cross-site request forgery)."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = connection.headers.get("origin")
    if origin is None:
        return site == "same-origin"
    return urlsplit(origin).netloc == connection.headers.get("host", "")
