"""What the people who run Deskhand ask of it: is it alive, is it ready, how much does it do, what can it do."""

from __future__ import annotations

from fastapi import APIRouter, Request
from markupsafe import escape
from starlette.responses import HTMLResponse, Response

from api.auth import demand, identify
from api.errors import UnauthenticatedError
from api.permissions import Permission
from api.release import release
from api.rendering import json_response
from api.routes.common import State, gives
from api.schemas.service import HealthOut, ReadinessOut
from api.sessions import is_local
from api.web.pages import static_address

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

router = APIRouter(tags=["service"])


@router.get(
    "/healthz",
    summary="Say that the process lives",
    responses={
        200: {"model": HealthOut, "description": "It lives."},
        **gives(),
    },
)
async def healthz() -> Response:
    """Answer without asking any other part."""
    return json_response({"status": "ok", "version": release()})


@router.get(
    "/readyz",
    summary="Say whether every part can be used, and which cannot",
    responses={
        200: {"model": ReadinessOut, "description": "Everything can be used."},
        503: {"model": ReadinessOut, "description": "Something is missing; `parts` says what, and what to do."},
    },
)
async def readyz(state: State) -> Response:
    """Ask database, bundle, knowledge base and templates."""
    parts = await state.storage.urgent(state.services.check)
    ready = all(part.ok for part in parts)
    shown = {part.name: {"ok": part.ok, "detail": part.detail, "hint": part.hint} for part in parts}
    body = {
        "status": "ready" if ready else "unready",
        "parts": shown,
        "safe_mode": state.services.database.safe_mode,
        "model": state.services.bundle.name if state.services.bundle else None,
    }
    return json_response(body, 200 if ready else 503)


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    description="From this machine without a key, from elsewhere with one that has metrics.read. One set per process.",
    responses={
        200: {
            "content": {
                "text/plain": {"example": 'deskhand_requests_total{method="GET",route="/healthz",status="200"} 1.0'}
            }
        },
        **gives(401, 403),
    },
    response_class=Response,
)
async def metrics(request: Request, state: State) -> Response:
    """Return counts and latencies."""
    if not is_local(request):
        caller = await identify(request)
        if caller.is_anonymous:
            raise UnauthenticatedError(
                "This needs a key", field="Authorization", hint="Send `Authorization: Bearer KEY`."
            )
        demand(caller, Permission.METRICS_READ)
    state.metrics.waiting.set(state.compute.busy + state.storage.busy)
    return Response(state.metrics.text(), headers={"content-type": METRICS_TYPE})


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """Return the description of all routes."""
    return json_response(request.app.openapi())


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """Show the description of all routes, with nothing loaded from elsewhere."""
    icon, style, bundle, start = (
        escape(static_address(name))
        for name in ("icon.svg", "vendor/swagger/swagger-ui.css", "vendor/swagger/swagger-ui-bundle.js", "js/docs.js")
    )
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Deskhand API</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="{icon}"><link rel="stylesheet" href="{style}"></head>'
        f'<body><div id="docs"></div><script src="{bundle}"></script><script src="{start}"></script></body></html>'
    )
