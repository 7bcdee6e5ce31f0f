"""What every route is built from: bodies read in one pass, callers, and the description of answers and errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel

from api.auth import Caller, need
from api.errors import CODES, UnsupportedMediaTypeError
from api.permissions import Permission
from api.schemas.errors import ErrorOut
from api.state import AppState, state_of
from api.validation import parse
from knowledge_base.fields import language_code
from knowledge_base.records import Visibility
from tickets.errors import InvalidInputError

SchemaT = TypeVar("SchemaT", bound=BaseModel)


async def app_state(request: Request) -> AppState:
    """Return the app's state; a coroutine, since FastAPI would give a plain function a thread of its own."""
    return state_of(request)


State = Annotated[AppState, Depends(app_state)]

_BY_STATUS: Mapping[int, str] = {
    status: " / ".join(entry.meaning for entry in CODES if entry.status == status)
    for status in {c.status for c in CODES}
}
_HINTS = {401: "Send `Authorization: Bearer KEY`.", 403: "Use a key of another role.", 404: "Check the number."}
# What any route may answer with, whoever asks.
ALWAYS = (500, 503)
WITH_KEY = (401, 403)
WITH_BODY = (400, 413, 415, 422)


def body(schema: type[SchemaT]) -> Callable[[Request], Awaitable[SchemaT]]:
    """Return a dependency that reads a JSON body into a schema."""

    async def read(request: Request) -> SchemaT:
        require_json(request)
        return parse(schema, await request.body())

    return read


def require_json(request: Request) -> None:
    """Refuse a body that is not declared as JSON.

    Raises:
        UnsupportedMediaTypeError: It is declared as something else, or as nothing.

    """
    declared = request.headers.get("content-type", "")
    kind = declared.partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaTypeError(
            f"The body is declared as {declared[:60]!r}" if declared else "The body is not declared as anything",
            field="Content-Type",
            hint="Send the header `Content-Type: application/json`.",
        )


def takes(schema: type[BaseModel]) -> dict[str, Any]:
    """Describe a body for OpenAPI; `api.openapi` adds the schema itself."""
    reference = {"$ref": f"#/components/schemas/{schema.__name__}"}
    content = {"schema": reference}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def gives(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of a route, each with the one shape they all have."""
    return {status: _error(status) for status in sorted({*statuses, *ALWAYS})}


def allowed(permission: Permission) -> Any:  # noqa: ANN401 - FastAPI's own type of a dependency
    """Return the dependency that lets only callers with a permission pass."""
    return Depends(need(permission))


def _error(status: int) -> dict[str, Any]:
    code = next(entry.code for entry in CODES if entry.status == status)
    example = {
        "error": {"code": code, "message": "What is wrong", "field": "where", "hint": _HINTS.get(status, "What to do")}
    }
    return {
        "model": ErrorOut,
        "description": _BY_STATUS[status],
        "content": {"application/json": {"example": example}},
    }


__all__ = ["Caller", "State", "allowed", "body", "gives", "takes"]


def visible_to(caller: Caller) -> Visibility:
    """Return what a caller may see: everything, or what any stranger may."""
    return Visibility.INTERNAL if caller.may(Permission.ARTICLES_INTERNAL) else Visibility.PUBLIC


def stored_language(given: str, field: str = "language") -> str:
    """Return the two-letter code that the search compares, as an import does.

    Raises:
        InvalidInputError: It names no language.

    """
    code = language_code(given)
    if code is None:
        raise InvalidInputError(
            f"{field} {given!r} is no two-letter code (ISO 639-1)",
            field=field,
            hint="Send one such as en, de or zh; pt-BR counts as pt.",
        )
    return code
