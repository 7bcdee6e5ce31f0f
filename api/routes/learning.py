"""What the data scientist needs: the models, and what people said of their predictions."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from api.auth import Caller
from api.permissions import Permission
from api.rendering import JsonObject, json_bytes, json_response
from api.rendering_tickets import labelled_body
from api.routes.common import State, allowed, gives
from api.schemas.service import ModelList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.bundle import Bundle
    from tickets.stored import Labelled

LINES_TOGETHER = 100
JSON_LINES = "application/x-ndjson"

router = APIRouter(tags=["learning"])

_LINE = (
    '{"ticket_id":"…","message_id":"…","created_at":"2026-11-21T09:30:00Z","text":"Wo ist mein Paket?","language":"de",'
    '"intent":"order.status","model":"default-1","predicted":{"intent":"delivery.delay"},'
    '"corrected":{"intent":"order.status"},"confirmed":false}\n'
)


@router.get(
    "/v1/models",
    summary="List the bundles, with their measured quality",
    responses={200: {"model": ModelList}, **gives(401, 403)},
)
async def list_models(state: State, _: Annotated[Caller, allowed(Permission.MODELS_READ)]) -> Response:
    """Return the bundle that decides; `deskhand models` promotes and rolls back."""
    bundle = state.services.bundle
    return json_response({"items": [_model_body(bundle)] if bundle is not None else [], "next": None})


@router.get(
    "/v1/labels",
    summary="Export labelled messages as JSON lines",
    description="One object a line, oldest first, streamed; `deskhand train` reads the file as it is.",
    responses={
        200: {"content": {JSON_LINES: {"example": _LINE}}, "description": "JSON lines."},
        **gives(401, 403),
    },
    response_class=StreamingResponse,
)
async def export_labels(state: State, _: Annotated[Caller, allowed(Permission.LABELS_READ)]) -> Response:
    """Stream every message that somebody confirmed or corrected."""
    return StreamingResponse(
        _lines(state.services.tickets.labelled()),
        media_type=JSON_LINES,
        headers={"content-disposition": 'attachment; filename="labels.jsonl"'},
    )


def _lines(entries: Iterator[Labelled]) -> Iterator[bytes]:
    """Join lines, so that not each of them costs a change of threads."""
    while together := list(islice(entries, LINES_TOGETHER)):
        yield b"".join(json_bytes(labelled_body(entry)) + b"\n" for entry in together)


def _model_body(bundle: Bundle) -> JsonObject:
    return {
        "version": bundle.name,
        "name": bundle.name,
        "active": True,
        "labels": bundle.labels,
        "languages": bundle.languages,
        "metrics": bundle.manifest.metrics,
    }
