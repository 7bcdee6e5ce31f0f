"""Messages that come in to stay: from callers, from signed webhooks, from the telephone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Path, Request
from starlette.responses import Response

from api.auth import Caller
from api.intake import Delivery, idempotency_key, take_in
from api.permissions import Permission
from api.rendering import json_response, visible_part
from api.rendering_tickets import ingested_body
from api.routes.common import State, allowed, gives, require_json, takes, visible_to
from api.schemas.messages import IncomingMessage
from api.schemas.tickets import IngestedOut
from api.validation import parse
from connectors import table
from connectors.signing import SIGNATURE_HEADER
from knowledge_base.records import Visibility
from tickets.errors import NotFoundError

if TYPE_CHECKING:
    from tickets.records import Message
    from tickets.stored import Ingested

router = APIRouter(tags=["messages"])

_STORED: dict[int | str, dict[str, Any]] = {
    201: {"model": IngestedOut, "description": "Stored, or stored before."},
}


@router.post(
    "/v1/messages",
    status_code=201,
    summary="Store a message with its decision",
    description=(
        "Message, decision and suggestions are committed in one transaction before the answer. The same `external_id` "
        "of a connector or the same `Idempotency-Key` gives the first answer again; with another body 409."
    ),
    responses={**_STORED, **gives(400, 401, 403, 409, 413, 415, 422)},
    openapi_extra=takes(IncomingMessage),
)
async def ingest(
    request: Request,
    state: State,
    caller: Annotated[Caller, allowed(Permission.MESSAGES_WRITE)],
    _repeat: Annotated[
        str | None, Header(alias="Idempotency-Key", description="The caller's own key against repeats.")
    ] = None,
) -> Response:
    """Store a message and decide on it."""
    require_json(request)
    raw = await request.body()
    message = parse(IncomingMessage, raw).record()
    delivery = Delivery(message, raw, caller.name, idempotency_key(request), visible_to(caller))
    return stored(await take_in(state, delivery), delivery.visibility)


@router.post(
    "/v1/webhooks/{connector}",
    status_code=201,
    summary="Take a signed message from a connector",
    description=(
        f"The body is that of POST /v1/messages; `{SIGNATURE_HEADER}: sha256=HEX` is the HMAC-SHA256 of the raw body "
        "with the connector's secret (`DESKHAND_WEBHOOK_SECRETS`). A body without `external_id` is known by its "
        "digest, so that a repeated delivery is stored once."
    ),
    responses={
        **_STORED,
        204: {"description": "Taken; nothing in it is a customer's message."},
        **gives(400, 401, 404, 409, 413, 415, 422),
    },
    openapi_extra=takes(IncomingMessage),
)
async def webhook(
    request: Request,
    state: State,
    connector: Annotated[str, Path(description="A name from DESKHAND_WEBHOOK_SECRETS.")],
    _signature: Annotated[str | None, Header(alias=SIGNATURE_HEADER, description="sha256=HEX of the raw body.")] = None,
) -> Response:
    """Check the signature of the raw bytes first, then read them."""
    secrets = state.settings.webhook_secrets
    if connector not in secrets:
        # Which ones there are is not told to whoever asks without a signature.
        raise NotFoundError(
            "There is no such connector", field="connector", hint="Name it in DESKHAND_WEBHOOK_SECRETS."
        )
    raw = await request.body()
    inbound = table.connector(connector).inbound(connector, _read)
    inbound.verify(request.headers, raw, secrets[connector].get_secret_value())
    require_json(request)
    found = [await take_in(state, Delivery(message, raw, f"connector {connector}")) for message in inbound.parse(raw)]
    return stored(found[-1]) if found else Response(status_code=204)


def stored(ingested: Ingested, visibility: Visibility = Visibility.INTERNAL) -> Response:
    """Answer with the ticket that holds the message; PUBLIC leaves internal passages out."""
    if ingested.decision is not None:
        ingested = dataclasses.replace(ingested, decision=visible_part(ingested.decision, visibility))
    headers = {"location": f"/v1/tickets/{ingested.ticket_id}"}
    if not ingested.created:
        headers["idempotent-replayed"] = "true"
    return json_response(ingested_body(ingested), 201, headers)


def _read(raw: bytes) -> Message:
    return parse(IncomingMessage, raw).record()
