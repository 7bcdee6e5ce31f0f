"""Replies before they are sent: what the marketplace would object to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth import Caller
from api.permissions import Permission
from api.rendering import json_response
from api.routes.common import State, allowed, body, gives, takes
from api.rule_checks import check_reply
from api.schemas.replies import ReplyCheckIn, ReplyCheckOut

router = APIRouter(tags=["tickets"])


@router.post(
    "/v1/replies/check",
    summary="Check a reply against the rules of the marketplace that carries it",
    responses={200: {"model": ReplyCheckOut}, **gives(400, 401, 403, 404, 413, 415, 422)},
    openapi_extra=takes(ReplyCheckIn),
)
async def check(
    state: State,
    _: Annotated[Caller, allowed(Permission.TICKETS_READ)],
    given: Annotated[ReplyCheckIn, Depends(body(ReplyCheckIn))],
) -> Response:
    """Return what the rules object to, with one-click mends; nothing is stored."""
    return json_response(await state.storage.run(check_reply, state.services, given))
