"""The description of the service at /openapi.json: FastAPI's own, plus the bodies that routes read by themselves."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.release import release
from api.schemas.bots import CallIn, QuestionIn
from api.schemas.knowledge import ArticleContent, ArticleIn, TemplateContent
from api.schemas.messages import IncomingMessage, TriageRequest
from api.schemas.orders import OrderIn, OrdersIn
from api.schemas.tickets import FeedbackIn, NoteIn, ReplyIn, TicketPatch

if TYPE_CHECKING:
    from fastapi import FastAPI
    from pydantic import BaseModel

BODIES: tuple[type[BaseModel], ...] = (
    TriageRequest,
    IncomingMessage,
    QuestionIn,
    CallIn,
    TicketPatch,
    ReplyIn,
    NoteIn,
    FeedbackIn,
    ArticleIn,
    ArticleContent,
    TemplateContent,
    OrderIn,
    OrdersIn,
)
REFERENCE = "#/components/schemas/{model}"
DESCRIPTION = (
    "Triage and reply assistance for cross-border e-commerce support. Send `Authorization: Bearer KEY`; errors are "
    '`{"error": {"code", "message", "field", "hint"}}`; lists are `{"items": […], "next": cursor-or-null}`.'
)


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
        return document

    app.openapi = build  # type: ignore[method-assign]  # the way FastAPI documents
