"""Who is asking, and whether they may."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request

from api.errors import ForbiddenError, UnauthenticatedError
from api.permissions import ANONYMOUS, Permission, Role, grants, roles_with
from api.sessions import COOKIE, SAFE_METHODS, is_local, is_same_origin
from api.state import state_of

if TYPE_CHECKING:
    from tickets.keys import KeyRecord

# How long a key that was found valid is not looked up again: a revoked one works for so long at most.
KEY_CACHE_S = 5.0
KEY_CACHE_SIZE = 1_024
KEY_HINT = (
    "Send `Authorization: Bearer KEY`; `deskhand keys create --role ROLE` makes a key, "
    "admin.key in the home holds the first."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: a key, a page of the demo, or nobody known."""

    name: str
    role: str | None
    permissions: frozenset[Permission]

    @property
    def is_anonymous(self) -> bool:
        """Whether no key and no session came along."""
        return self.role is None

    def may(self, permission: Permission) -> bool:
        """Say whether the caller has a permission."""
        return permission in self.permissions


NOBODY = Caller("anonymous", None, ANONYMOUS)


class KeyCache:
    """Remembers for some seconds which keys were valid, by their hash; wrong keys are not remembered."""

    def __init__(self, ttl_s: float = KEY_CACHE_S, size: int = KEY_CACHE_SIZE) -> None:
        self._ttl_s, self._size = ttl_s, size
        self._found: dict[bytes, tuple[float, Caller]] = {}

    def get(self, key: str) -> Caller | None:
        """Return the caller of a key that was seen lately."""
        found = self._found.get(self._digest(key))
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def put(self, key: str, caller: Caller) -> None:
        """Remember a valid key."""
        if len(self._found) >= self._size:
            self._found.clear()
        self._found[self._digest(key)] = (time.monotonic() + self._ttl_s, caller)

    def clear(self) -> None:
        """Forget all."""
        self._found.clear()

    @staticmethod
    def _digest(key: str) -> bytes:
        return hashlib.sha256(key.encode()).digest()


def need(permission: Permission) -> Callable[..., Awaitable[Caller]]:
    """Return a dependency that lets only callers with a permission pass."""

    async def check(request: Request) -> Caller:
        caller = await identify(request)
        if caller.is_anonymous:
            raise UnauthenticatedError("This needs a key", field="Authorization", hint=KEY_HINT)
        return demand(caller, permission)

    check.__name__ = f"need_{permission.name.lower()}"
    return check


def demand(caller: Caller, permission: Permission) -> Caller:
    """Return the caller if it has a permission.

    Raises:
        ForbiddenError: It has not.

    """
    if caller.may(permission):
        return caller
    roles = ", ".join(roles_with(permission))
    raise ForbiddenError(
        f"The role {caller.role} may not do this: it needs {permission.value}",
        field="Authorization",
        hint=f"Use a key of one of these roles: {roles}.",
    )


async def identify(request: Request) -> Caller:
    """Find out who sends a request: by key, else by session, else nobody.

    Raises:
        UnauthenticatedError: The key is not valid or not readable.
        ForbiddenError: A changing request rides on the session but comes from another site.

    """
    header = request.headers.get("authorization")
    if header is not None:
        return await _by_key(request, header)
    value = request.cookies.get(COOKIE)
    if value is None:
        return NOBODY
    session = state_of(request).sessions.read(value, time.time())
    if session is None or not is_local(request):
        return NOBODY
    if request.method not in SAFE_METHODS and not is_same_origin(request):
        raise ForbiddenError(
            "A session serves this service's own pages only",
            field="Origin",
            hint="Other clients send a key. " + KEY_HINT,
        )
    return Caller("demo", session.role, grants(session.role))


async def _by_key(request: Request, header: str) -> Caller:
    scheme, _, key = header.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key or len(key) > 200 or not key.isascii():
        raise UnauthenticatedError("The header Authorization is not `Bearer KEY`", field="Authorization", hint=KEY_HINT)
    state = state_of(request)
    known = state.key_cache.get(key)
    if known is not None:
        return known
    record = await state.storage.run(state.services.keys.verify, key)
    if record is None:
        raise UnauthenticatedError("The key is not valid", field="Authorization", hint=KEY_HINT)
    caller = caller_of(record)
    state.key_cache.put(key, caller)
    return caller


def caller_of(record: KeyRecord) -> Caller:
    """Return the caller that a key stands for."""
    return Caller(record.name or f"key {record.id}", record.role, grants(record.role))


__all__ = ["NOBODY", "Caller", "KeyCache", "Role", "caller_of", "demand", "identify", "need"]
