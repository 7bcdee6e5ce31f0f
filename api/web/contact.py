"""The contact form of the help centre: it shows articles that may answer, then stores a ticket."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.errors import OverloadedError, RateLimitedError
from api.intake import Delivery, take_in
from api.schemas.base import is_blank
from api.state import state_of
from api.web.contact_words import contact_words
from api.web.forms import read_form
from api.web.help import help_page, preferred, refuse_unknown
from api.web.help_search import market_of, search_public
from models.text import strip_invisible
from tickets.errors import UnavailableError
from tickets.records import Channel, Customer, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.web.contact_words import ContactWords
    from tickets.records import Answer

router = APIRouter(include_in_schema=False)
logger = structlog.get_logger(__name__)

MAX_MESSAGE_CHARS = 10_000
MAX_NAME_CHARS = 200
# Under this a passage is shown to nobody who is about to write: it would only be in the way.
MIN_SCORE = 0.3
SHOWN = 3
_EMAIL = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,190}\.[^\s@<>,;.]{2,63}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a visitor filled in; `token` names the page, so that a form sent twice is one ticket."""

    message: str = ""
    email: str = ""
    name: str = ""
    order: str = ""
    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    market: str | None = None

    @classmethod
    def of(cls, form: Mapping[str, str], market: str | None = None) -> Letter:
        """Read the fields of a form."""
        token = form.get("token", "")
        short = {name: _line(form.get(name, "")) for name in ("email", "name", "order")}
        message = form.get("message", "").strip()
        return cls(message=message, market=market, **short, **({"token": token} if _UUID.fullmatch(token) else {}))

    def problems(self, said: ContactWords) -> dict[str, str]:
        """Say what is wrong, by field."""
        found = {}
        if is_blank(self.message):
            found["message"] = said.need_message
        elif len(self.message) > MAX_MESSAGE_CHARS:
            found["message"] = said.long
        if not _EMAIL.fullmatch(self.email):
            found["email"] = said.need_email
        return found

    def record(self, said: ContactWords) -> Message:
        """Make the message. The order's number is one of the customer's words: nobody has checked that it is theirs."""
        text = f"{self.message}\n\n{said.order}: {self.order}" if self.order else self.message
        customer = Customer(name=self.name or None, email=self.email)
        return Message(text=text, channel=Channel.FORM, market=self.market, customer=customer)

    def key(self) -> str:
        """Name what was sent: the same form again gives the first ticket, a changed one its own."""
        parts = "\x1f".join((self.token, self.message, self.email, self.name, self.order))
        return "help-centre:" + hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()


def _line(text: str) -> str:
    """Return what is seen of a field, in one line."""
    return " ".join(strip_invisible(text).split())[:MAX_NAME_CHARS]


@router.get("/contact")
async def contact_home(request: Request) -> Response:
    """Send visitors to their language."""
    market = market_of(request)
    kept = f"?market={market}" if market else ""
    return RedirectResponse(f"/contact/{preferred(request.headers.get('accept-language'))}{kept}", 303)


@router.get("/contact/{language}")
async def contact_form(request: Request, language: str, sent: str = "") -> Response:
    """Show the form, or that a message arrived."""
    refuse_unknown(language)
    return await _page(request, language, Letter(), sent=sent if _UUID.fullmatch(sent) else "")


@router.post("/contact/{language}")
async def contact_send(request: Request, language: str) -> Response:
    """Show the articles that may answer first; store the message when it is sent again, or where there are none."""
    refuse_unknown(language)
    said = contact_words()[language]
    try:
        form = await read_form(request)
    except RateLimitedError:
        return await _page(request, language, Letter(), failure=said.busy, status=429)
    letter = Letter.of(form, market_of(request))
    if form.get("website"):  # a field that no person sees: a program filled it in
        return _arrived(request, language, str(uuid.uuid4()))
    problems = letter.problems(said)
    if problems:
        return await _page(request, language, letter, problems=problems, status=422)
    if not form.get("seen"):
        found = await _answers(request, letter.message, language)
        if found:
            return await _page(request, language, letter, found=found)
    return await _store(request, language, letter)


async def _store(request: Request, language: str, letter: Letter) -> Response:
    said = contact_words()[language]
    delivery = Delivery(letter.record(said), await request.body(), "help centre", letter.key())
    try:
        stored = await take_in(state_of(request), delivery)
    except (UnavailableError, OverloadedError) as error:
        logger.warning("contact form not stored", error=error.message)
        return await _page(request, language, letter, failure=said.failed, status=503)
    return _arrived(request, language, str(stored.ticket_id))


def _arrived(request: Request, language: str, ticket: str) -> Response:
    market = market_of(request)
    return RedirectResponse(f"/contact/{language}?sent={ticket}{f'&market={market}' if market else ''}", 303)


async def _answers(request: Request, text: str, language: str) -> list[Answer]:
    found = await search_public(request, text, language)
    return [answer for answer in found if answer.score >= MIN_SCORE][:SHOWN]


async def _page(  # noqa: PLR0913 - what a form page may have to say
    request: Request,
    language: str,
    letter: Letter,
    *,
    sent: str = "",
    problems: Mapping[str, str] | None = None,
    found: list[Answer] | None = None,
    failure: str = "",
    status: int = 200,
) -> Response:
    values = {
        "letter": letter,
        "sent": sent,
        "problems": problems or {},
        "found": found or [],
        "failure": failure,
        "max_chars": MAX_MESSAGE_CHARS,
    }
    response = await help_page(request, "help/contact.html", language, **values)
    response.status_code = status
    return response
