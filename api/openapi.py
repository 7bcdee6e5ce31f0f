"""The description of the service at /openapi.json: FastAPI's own, plus the bodies that routes read by themselves."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.release import release
from api.schemas.base import Schema, Shown
from api.schemas.bots import CallIn, QuestionIn
from api.schemas.feedback import FeedbackIn
from api.schemas.knowledge import ArticleContent, ArticleIn
from api.schemas.messages import IncomingMessage, TriageRequest
from api.schemas.orders import OrderIn, OrdersIn
from api.schemas.procedures import ProcedureContent
from api.schemas.replies import ReplyCheckIn
from api.schemas.templates import ApprovalIn, TemplateContent
from api.schemas.tickets import NoteIn, ReplyIn, TicketPatch
from api.sessions import COOKIE
from connectors.signing import SIGNATURE_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from pydantic import BaseModel

BODIES: tuple[type[BaseModel], ...] = (
    TriageRequest,
    IncomingMessage,
    QuestionIn,
    CallIn,
    TicketPatch,
    ReplyIn,
    ReplyCheckIn,
    NoteIn,
    FeedbackIn,
    ArticleIn,
    ArticleContent,
    TemplateContent,
    ApprovalIn,
    ProcedureContent,
    OrderIn,
    OrdersIn,
)
REFERENCE = "#/components/schemas/{model}"
DESCRIPTION = (
    "Triage and reply assistance for cross-border e-commerce support. Send `Authorization: Bearer KEY`; errors are "
    '`{"error": {"code", "message", "field", "hint"}}`; lists are `{"items": […], "next": cursor-or-null}`.'
)


# What opens a route; they are described here and checked in `api.auth`, where that costs nothing per request.
SCHEMES: dict[str, dict[str, str]] = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key from `deskhand keys create --role ROLE`; the first lies in admin.key.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Set by the pages of `deskhand demo`; works on this machine and from these pages only.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": SIGNATURE_HEADER,
        "description": "sha256=HEX, the HMAC-SHA256 of the raw body with the connector's secret.",
    },
}
KEYED: list[dict[str, list[str]]] = [{"key": []}, {"session": []}]
NOBODY: dict[str, list[str]] = {}


def _secure(path: str, operation: dict[str, Any]) -> None:
    """Say what opens a route: one that may answer 401 needs something."""
    if "401" not in operation["responses"]:
        return
    if path.startswith("/v1/webhooks/"):
        operation["security"] = [{"signature": []}]
    else:
        operation["security"] = [*KEYED, NOBODY] if path in ("/v1/triage", "/metrics") else KEYED


def _examples() -> dict[str, Any]:
    """Return the example of every schema that has one, by the schema's name."""
    found: dict[str, Any] = {}
    for schema in _subclasses(Schema, Shown):
        extra = schema.model_config.get("json_schema_extra")
        examples = extra.get("examples") if isinstance(extra, dict) else None
        if isinstance(examples, list):
            found[schema.__name__] = examples[0]
    return found


def _subclasses(*bases: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for base in bases:
        for schema in base.__subclasses__():
            yield schema
            yield from _subclasses(schema)


def _exemplify(document: dict[str, Any]) -> None:
    """Put the examples in: FastAPI would drop every null of them."""
    examples = _examples()
    for name, definition in document["components"]["schemas"].items():
        if name in examples:
            definition["examples"] = [examples[name]]
    for methods in document["paths"].values():
        for operation in methods.values():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for media in part.get("content", {}).values():
                    name = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
                    if name in examples:
                        media["example"] = examples[name]


def describe(app: FastAPI) -> None:
    """Make the app describe itself, built at the first request and kept."""

    @cache
    def build() -> dict[str, Any]:
        document = get_openapi(
            title=app.title, version=release(), description=DESCRIPTION, routes=app.routes, openapi_version="3.1.0"
        )
        _, definitions = models_json_schema([(schema, "validation") for schema in BODIES], ref_template=REFERENCE)
        components = document.setdefault("components", {}).setdefault("schemas", {})
        for name, definition in definitions.get("$defs", {}).items():
            components.setdefault(name, definition)
        _exemplify(document)
        document["components"]["securitySchemes"] = SCHEMES
        for path, methods in document["paths"].items():
            for operation in methods.values():
                _secure(path, operation)
        return document

    app.openapi = build  # type: ignore[method-assign]  # the way FastAPI documents
