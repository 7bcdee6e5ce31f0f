"""POST /v1/triage: decide, store nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth import KEY_HINT, Caller, demand, identify
from api.errors import UnauthenticatedError
from api.limits import address_of
from api.permissions import Permission
from api.rendering import decision_body, json_response
from api.routes.common import State, gives, require_json, takes, visible_to
from api.schemas.decisions import TriageResponse
from api.schemas.messages import TriageRequest
from api.validation import parse
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from api.state import AppState
    from tickets.records import Decision

MAX_ANONYMOUS_BATCH = 10
# One thread is not held longer than this many messages take: others come in between.
CHUNK = 32

router = APIRouter(tags=["triage"])


@router.post(
    "/v1/triage",
    summary="Decide on up to 1,000 messages, store nothing",
    description="Without a key: at most 10 messages a request, rate-limited, public articles and no order data.",
    responses={
        200: {"model": TriageResponse, "description": "The decisions, in order."},
        **gives(400, 401, 403, 413, 415, 422, 429),
    },
    openapi_extra=takes(TriageRequest),
)
async def triage(request: Request, state: State) -> Response:
    """Decide on messages without storing anything of them."""
    caller = await identify(request)
    if caller.is_anonymous:
        _let_in(request, state)
    else:
        demand(caller, Permission.TRIAGE)
    require_json(request)
    wanted = parse(TriageRequest, await request.body())
    _refuse_repeats(wanted)
    if caller.is_anonymous:
        _charge(request, state, len(wanted.messages))
    decisions = await decide(state, wanted, caller)
    return json_response({"decisions": [decision_body(decision) for decision in decisions]})


async def decide(state: AppState, wanted: TriageRequest, caller: Caller) -> list[Decision]:
    """Decide with as much as the caller may see."""
    services = state.services
    pipeline = services.pipeline_for_strangers if caller.is_anonymous else services.pipeline
    visibility = visible_to(caller)
    messages = [message.record() for message in wanted.messages]
    decisions: list[Decision] = []
    for start in range(0, len(messages), CHUNK):
        decisions += await state.compute.run(
            pipeline.decide,
            messages[start : start + CHUNK],
            answers=wanted.answers,
            suggestions=wanted.suggestions,
            visibility=visibility,
        )
    for decision in decisions:
        state.metrics.count(decision)
    return decisions


def _let_in(request: Request, state: AppState) -> None:
    if state.settings.anonymous_per_minute == 0:
        raise UnauthenticatedError("This needs a key", field="Authorization", hint=KEY_HINT)
    state.anonymous.check(address_of(request))


def _charge(request: Request, state: AppState, messages: int) -> None:
    if messages > MAX_ANONYMOUS_BATCH:
        raise UnauthenticatedError(
            f"Over {MAX_ANONYMOUS_BATCH} messages at once need a key", field="Authorization", hint=KEY_HINT
        )
    state.anonymous.take(address_of(request), messages)


def _refuse_repeats(wanted: TriageRequest) -> None:
    seen: dict[str, int] = {}
    for index, message in enumerate(wanted.messages):
        if message.id is None:
            continue
        if message.id in seen:
            raise InvalidInputError(
                f"messages[{index}].id {message.id[:60]!r} is that of messages[{seen[message.id]}] already",
                field=f"messages[{index}].id",
                hint="Give each message of a batch its own id, or none.",
            )
        seen[message.id] = index
