"""For every connector of the table: how its other side behaves. A new connector adds one entry to each mapping."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.protocols import Event
from tests.connectors.receiving import Received
from tickets.errors import InvalidInputError
from tickets.records import Message

SECRET = "a secret of the test desk"


@dataclass(frozen=True)
class InboundSample:
    """A request that the other system would send: two different bodies, and how it proves where they come from."""

    bodies: tuple[bytes, bytes]
    headers: Callable[[bytes, str], Mapping[str, str]]
    proof: str  # the header without which a request is refused


@dataclass(frozen=True)
class OutboundSample:
    """What the other system reads from a request of ours: the event's id, and whether it comes from us."""

    id_of: Callable[[Received], str]
    is_authentic: Callable[[Received, str], bool]


def read_message(raw: bytes) -> Message:
    """Read a body as the HTTP interface does, in short."""
    try:
        given = json.loads(raw)
        return Message(text=given["text"], external_id=given.get("external_id"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInputError("the body cannot be read", field="body") from error


def an_event(**changes: object) -> Event:
    values: dict[str, object] = {
        "id": "0193-event",
        "type": "ticket.replied",
        "created_at": datetime(2026, 11, 21, 9, 30, 0, 250_000, tzinfo=UTC),
        "connector": "mydesk",
        "data": {"ticket": {"id": "t1"}, "reply": {"text": "Ihr Paket 包裹 ist unterwegs."}},
    }
    return Event(**{**values, **changes})  # type: ignore[arg-type]


def hex_digest(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


INBOUND: Mapping[str, InboundSample] = {
    "generic": InboundSample(
        bodies=(b'{"text": "Where is my order?"}', b'{"text": "Wo?", "external_id": "4711"}'),
        headers=lambda body, secret: {"x-deskhand-signature": f"sha256={hex_digest(body, secret)}"},
        proof="x-deskhand-signature",
    )
}
OUTBOUND: Mapping[str, OutboundSample] = {
    "generic": OutboundSample(
        id_of=lambda request: str(request.json["id"]),
        is_authentic=lambda request, secret: (
            request.headers["x-deskhand-signature"] == f"sha256={hex_digest(request.body, secret)}"
        ),
    )
}
