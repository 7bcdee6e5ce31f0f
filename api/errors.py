"""The one shape that every error leaves the house in, and the codes that it may carry."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.rule_checks import RuleBrokenError
from api.validation import explain, explain_query
from api.web.missing import missing_page, wants_page
from models.errors import BundleError
from tickets.errors import DeskhandError

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code that clients may branch on, its status, and what it means."""

    code: str
    status: int
    meaning: str


CODES: tuple[ErrorCode, ...] = (
    ErrorCode("invalid_json", 400, "The body is not JSON; the message names line and column."),
    ErrorCode("bad_request", 400, "The request cannot be read."),
    ErrorCode("unauthenticated", 401, "No key, a wrong key, or a wrong signature."),
    ErrorCode("forbidden", 403, "The key's role may not do this."),
    ErrorCode("not_found", 404, "Nothing lies at this address."),
    ErrorCode("method_not_allowed", 405, "The address exists, the method does not; `Allow` lists the valid ones."),
    ErrorCode("conflict", 409, "The request contradicts what is stored already."),
    ErrorCode("too_large", 413, "The body, or a text in it, is over the limit."),
    ErrorCode("unsupported_media_type", 415, "The body is not declared as `application/json`."),
    ErrorCode("invalid", 422, "A field is missing, unknown or has a value that cannot be used; `field` names it."),
    ErrorCode("rule_broken", 422, "A reply breaks a rule of the marketplace that carries it; `findings` lists where."),
    ErrorCode("rate_limited", 429, "Too many requests; `Retry-After` says when to come back."),
    ErrorCode("internal", 500, "A fault of Deskhand; the log has it under the response's `X-Request-Id`."),
    ErrorCode("bundle", 503, "The models cannot be used; messages are stored all the same, and decided later."),
    ErrorCode("unavailable", 503, "A part that is needed (database, index) cannot be used at present."),
    ErrorCode("overloaded", 503, "Too many requests wait already; `Retry-After` says when to come back."),
)
MEANINGS: Mapping[str, ErrorCode] = {entry.code: entry for entry in CODES}
_BY_STATUS: Mapping[int, str] = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class UnauthenticatedError(DeskhandError):
    """No key, or one that is not valid."""

    status = 401
    code = "unauthenticated"


class ForbiddenError(DeskhandError):
    """A valid key whose role may not do this."""

    status = 403
    code = "forbidden"


class TooLargeError(DeskhandError):
    """More bytes than are taken."""

    status = 413
    code = "too_large"


class UnsupportedMediaTypeError(DeskhandError):
    """A body that is not declared as JSON."""

    status = 415
    code = "unsupported_media_type"


class RateLimitedError(DeskhandError):
    """Too many requests from one address; come back after `retry_after_s`."""

    status = 429
    code = "rate_limited"
    retry_after_s = 60


class OverloadedError(DeskhandError):
    """Too many requests wait for a thread already."""

    status = 503
    code = "overloaded"
    retry_after_s = 1


def error_body(
    code: str,
    message: str,
    *,
    field: str | None = None,
    hint: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the error envelope as JSON; `details` stand beside the four that every error has."""
    return orjson.dumps({"error": {"code": code, "message": message, "field": field, "hint": hint, **(details or {})}})


def error_response(error: DeskhandError | BundleError) -> Response:
    """Render an error that carries its own status."""
    headers: dict[str, str] = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="deskhand"'
    if isinstance(error, RateLimitedError | OverloadedError):
        headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, TooLargeError):
        headers["connection"] = "close"  # the rest of the body is not read
    code = error.code if error.code in MEANINGS else "internal"
    details = error.details() if isinstance(error, RuleBrokenError) else None
    body = error_body(code, _encodable(error.message), field=error.field, hint=error.hint, details=details)
    return Response(body, status_code=error.status, media_type="application/json", headers=headers)


def install(app: FastAPI) -> None:
    """Register the handlers that turn every exception into the envelope."""
    app.add_exception_handler(DeskhandError, _on_known)
    app.add_exception_handler(BundleError, _on_known)
    app.add_exception_handler(RequestValidationError, _on_query)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)


async def _on_known(request: Request, error: Exception) -> Response:
    if not isinstance(error, DeskhandError | BundleError):
        raise error
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and error.code != "overloaded":
        logger.error("request failed", code=error.code, error=error.message, path=request.url.path)
    if error.status == HTTPStatus.NOT_FOUND and wants_page(request):
        return missing_page(request, error.message)
    return error_response(error)


async def _on_query(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return error_response(explain_query(error.errors()))


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code = _BY_STATUS.get(error.status_code, "bad_request" if error.status_code < 500 else "internal")
    path = request.url.path[:200]
    texts = {
        404: (f"Nothing lies at {path}", "GET /openapi.json lists every route."),
        405: (f"{path} knows no {request.method}", "The Allow header lists the valid ones."),
    }
    message, hint = texts.get(error.status_code, (str(error.detail), None))
    if error.status_code == HTTPStatus.NOT_FOUND and wants_page(request):
        return missing_page(request, message)
    body = error_body(code, _encodable(message), hint=hint)
    return Response(body, error.status_code, headers=_allow(error), media_type="application/json")


async def _on_fault(request: Request, error: Exception) -> Response:
    """Answer an unforeseen exception; its message may quote a customer, so only type and place are logged."""
    trace, places = error.__traceback__, []
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    logger.error("fault", error=type(error).__name__, path=request.url.path, places=places[-12:])
    body = error_body("internal", "Deskhand failed to answer this request", hint="The log names the place.")
    return Response(body, status_code=500, media_type="application/json")


def _allow(error: HTTPException) -> dict[str, str]:
    return {str(name): str(value) for name, value in (error.headers or {}).items()}


def _encodable(text: str) -> str:
    """Drop lone surrogates, which JSON cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


__all__ = ["CODES", "ErrorCode", "error_body", "error_response", "explain", "install"]
