"""What a browser shows at an address where nothing lies; programs get JSON there."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from api.web.pages import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

API = "/v1/"


def wants_page(request: Request) -> bool:
    """Say whether a person looks: a browser names text/html, a client of the API names JSON, anything or nothing."""
    return "text/html" in request.headers.get("accept", "").lower() and not request.url.path.startswith(API)


def missing_page(request: Request, message: str) -> Response:
    """Render the page; it asks for no session, so that it shows even where the rest fails."""
    here = "/help" if request.url.path.startswith("/help") else ""
    values = {"message": message.rstrip("."), "here": here, "session": False, "shop_name": None}
    response = page("missing.html", values, status=HTTPStatus.NOT_FOUND)
    response.headers["vary"] = "accept"
    return response
