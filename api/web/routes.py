"""The addresses of the pages."""

from __future__ import annotations

import time
from dataclasses import asdict
from mimetypes import guess_type
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request
from markupsafe import Markup
from starlette.responses import FileResponse, RedirectResponse, Response

from api.auth import Caller, need
from api.errors import ForbiddenError
from api.permissions import Permission, Role
from api.rendering import json_response
from api.rendering_tickets import feedback_body
from api.schemas.feedback import LabelsIn
from api.sessions import COOKIE, SIGNED_OUT, end_session, is_from_own_page, is_local, set_cookie
from api.state import state_of
from api.validation import parse
from api.web import contact
from api.web import help as help_centre
from api.web.pages import examples, page, static_files, version
from api.web.visitors import has_session
from tickets.errors import NotFoundError
from tickets.records import Channel, Priority, TicketStatus
from tickets.stored import Labels

router = APIRouter(include_in_schema=False)
router.include_router(contact.router)
router.include_router(help_centre.router)

LANGUAGES = (
    ("ar", "Arabic"),
    ("zh", "Chinese"),
    ("nl", "Dutch"),
    ("en", "English"),
    ("fr", "French"),
    ("de", "German"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("es", "Spanish"),
    ("tr", "Turkish"),
)
CHANNELS = {
    Channel.EMAIL: "E-mail",
    Channel.CHAT: "Chat",
    Channel.MARKETPLACE: "Marketplace",
    Channel.SOCIAL: "Social media",
    Channel.PHONE: "Phone (transcript)",
    Channel.FORM: "Web form",
}
MARKETPLACES = (
    "amazon",
    "ebay",
    "walmart",
    "zalando",
    "bol",
    "allegro",
    "otto",
    "cdiscount",
    "mercadolibre",
    "rakuten",
)
# A file's address changes with its content, so a browser may keep it for good.
FOREVER = "public, max-age=31536000, immutable"


@router.get("/")
async def paste_page(request: Request) -> Response:
    """Show the page where a message is pasted."""
    data = orjson.dumps([asdict(example) for example in examples()]).decode()
    return await _own_page(
        request,
        "index.html",
        here="/",
        channels=[(channel.value, name) for channel, name in CHANNELS.items()],
        marketplaces=MARKETPLACES,
        examples=examples(),
        # A data block ends at the first "</script": "<" is escaped the way JSON allows.
        examples_json=Markup(data.replace("<", "\\u003c")),  # noqa: S704 - our own file, "<" escaped
    )


@router.get("/inbox")
@router.get("/inbox/{ticket_id}")
async def inbox_page(request: Request, ticket_id: str = "") -> Response:
    """Show the inbox, with one ticket opened where the address names it."""
    return await _own_page(
        request,
        "inbox.html",
        here="/inbox",
        ticket_id=ticket_id,
        statuses=[status.value for status in TicketStatus],
        priorities=[priority.value for priority in reversed(Priority)],
        languages=LANGUAGES,
    )


@router.get("/signin")
async def signin_page(request: Request) -> Response:
    """Show where a key is entered."""
    return await _own_page(request, "signin.html", here="/signin")


@router.post("/signout")
async def sign_out(request: Request) -> Response:
    """End the session of this browser and lead to where one signs in.

    Raises:
        ForbiddenError: Another site sent it.

    """
    if not is_from_own_page(request):
        raise ForbiddenError("Signing out is done on this service's own pages", field="Origin", hint="Open /inbox.")
    response = RedirectResponse("/signin", status_code=303, headers={"cache-control": "no-store"})
    end_session(response)
    return response


@router.post("/pages/messages/{message_id}/labels", status_code=201)
async def correct(
    request: Request, message_id: str, caller: Annotated[Caller, Depends(need(Permission.FEEDBACK_WRITE))]
) -> Response:
    """Store what a person says a message is about, beside the prediction."""
    given = parse(LabelsIn, await request.body())
    also = None if given.also is None else tuple(given.also)
    labels = Labels(given.intent, also, given.language, given.sentiment, given.escalate)
    state = state_of(request)
    feedback = await state.storage.run(state.services.tickets.correct, message_id, labels, actor=caller.name)
    return json_response(feedback_body(feedback), 201)


@router.get("/static/{release}/{name:path}")
async def static_file(release: str, name: str) -> Response:
    """Send a style sheet, a module or a picture.

    Raises:
        NotFoundError: There is no such file.

    """
    path = static_files().get(name)
    if path is None:
        raise NotFoundError(f"There is no static file {name[:200]}", field="name")
    caching = FOREVER if release == version() else "no-cache"
    kind = "text/javascript" if path.suffix == ".js" else guess_type(path.name)[0] or "application/octet-stream"
    return FileResponse(path, media_type=kind, headers={"cache-control": caching, "x-content-type-options": "nosniff"})


async def _own_page(request: Request, template: str, **values: object) -> Response:
    """Render a page for the people who work here; in the demo, someone at this machine gets a session with it."""
    state = state_of(request)
    left = request.cookies.get(COOKIE) == SIGNED_OUT
    gives_session = state.settings.demo and is_local(request) and not left
    session = gives_session or await has_session(request)
    response = page(template, {"session": session, "shop_name": state.services.shop.name, **values})
    if gives_session:
        set_cookie(response, state.sessions.issue(Role.AGENT.value, time.time()))
    return response
