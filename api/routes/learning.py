"""What the data scientist needs: the models, and what people said of their predictions."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from api.auth import Caller
from api.bundles import known_versions
from api.permissions import Permission
from api.rendering import JsonObject, json_bytes, json_response
from api.rendering_tickets import judged_body, labelled_body
from api.routes.common import State, allowed, gives
from api.schemas.service import ModelList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.wiring import Services
    from models.manifest import Manifest
    from tickets.stored import Judged, Labelled

LINES_TOGETHER = 100
JSON_LINES = "application/x-ndjson"

router = APIRouter(tags=["learning"])

_LINE = (
    '{"ticket_id":"…","message_id":"…","created_at":"2026-11-21T09:30:00Z","text":"Wo ist mein Paket?","language":"de",'
    '"intent":"order.status","model":"default-1","predicted":{"intent":"delivery.delay"},'
    '"corrected":{"intent":"order.status"},"confirmed":false}\n'
)

_VERDICT = (
    '{"ticket_id":"…","message_id":"…","suggested":"Guten Tag Anna, …","order_state":"late","id":"…","action":"edited",'
    '"text":"Guten Tag Anna, …","kept":0.94,"diff":[{"at":42,"old":"","new":" today"}],"reason":null,'
    '"template":"delivery.delay.apology","template_version":2,"language":"de","intent":"delivery.delay",'
    '"model":"default-5","rank":1}\n'
)


@router.get(
    "/v1/models",
    summary="List the bundles, with their measured quality",
    responses={200: {"model": ModelList}, **gives(401, 403)},
)
async def list_models(state: State, _: Annotated[Caller, allowed(Permission.MODELS_READ)]) -> Response:
    """Return the registry, with the bundle that decides now; `deskhand models` promotes and rolls back."""
    items = await state.storage.run(_models, state.services)
    return json_response({"items": items, "next": None})


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


@router.get(
    "/v1/feedback",
    summary="Export what became of suggestions as JSON lines",
    description=(
        "One verdict a line, oldest first, streamed: what was suggested for which intent and state of the order, by "
        "which template, version and model, at which rank, and whether it was accepted, edited (with what was changed) "
        "or rejected (with the reason)."
    ),
    responses={
        200: {"content": {JSON_LINES: {"example": _VERDICT}}, "description": "JSON lines."},
        **gives(401, 403),
    },
    response_class=StreamingResponse,
)
async def export_feedback(state: State, _: Annotated[Caller, allowed(Permission.LABELS_READ)]) -> Response:
    """Stream every verdict on a suggestion."""
    return StreamingResponse(
        _verdicts(state.services.tickets.judged()),
        media_type=JSON_LINES,
        headers={"content-disposition": 'attachment; filename="feedback.jsonl"'},
    )


def _lines(entries: Iterator[Labelled]) -> Iterator[bytes]:
    """Join lines, so that not each of them costs a change of threads."""
    while together := list(islice(entries, LINES_TOGETHER)):
        yield b"".join(json_bytes(labelled_body(entry)) + b"\n" for entry in together)


def _verdicts(entries: Iterator[Judged]) -> Iterator[bytes]:
    while together := list(islice(entries, LINES_TOGETHER)):
        yield b"".join(json_bytes(judged_body(entry)) + b"\n" for entry in together)


def _models(services: Services) -> list[JsonObject]:
    """List the registry; `active` is what this process decides with, which a promotion changes at the next start."""
    known = known_versions(services.settings)
    serving = services.bundle.manifest if services.bundle is not None else None
    items = [_model_body(version.version, manifest, active=manifest == serving) for version, manifest in known]
    if serving is not None and not any(item["active"] for item in items):
        items.append(_model_body(serving.name, serving, active=True))
    return items


def _model_body(version: str, manifest: Manifest, *, active: bool) -> JsonObject:
    return {
        "version": version,
        "name": manifest.name,
        "active": active,
        "labels": manifest.heads.intent.labels,
        "languages": [label for label in manifest.heads.language.labels if label != "other"],
        "metrics": manifest.metrics,
    }
