"""Forms that strangers send from the help centre: small, counted, and from our own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from api.errors import ForbiddenError
from api.limits import address_of
from api.state import state_of
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_FORM_BYTES = 128 * 1024
MAX_FIELDS = 20


async def read_form(request: Request) -> dict[str, str]:
    """Read a form and count its sender; of a name that comes twice the last value counts.

    Raises:
        ForbiddenError: Another site's page sent it.
        InvalidInputError: It is too large, or no form.
        RateLimitedError: Too many came from one address.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise ForbiddenError("Another site sent this form", hint="Send it from the help centre's own page.")
    state_of(request).forms.take(address_of(request))
    raw = await request.body()
    if len(raw) > MAX_FORM_BYTES:
        raise InvalidInputError(f"The form has {len(raw)} bytes, {MAX_FORM_BYTES} are allowed", field="body")
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise InvalidInputError("The form cannot be read", field="body") from None
    return {name: value.replace("\r\n", "\n").replace("\x00", "") for name, value in pairs}
