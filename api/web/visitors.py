"""Who looks at a page: one of the shop's people, or anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.auth import identify
from api.permissions import Permission
from tickets.errors import DeskhandError

if TYPE_CHECKING:
    from fastapi import Request


async def has_session(request: Request) -> bool:
    """Say whether a request comes from someone who may read tickets; a broken key or cookie is nobody's."""
    try:
        caller = await identify(request)
    except DeskhandError:
        return False
    return caller.may(Permission.TICKETS_READ)
