"""The signed JSON webhook that any system can speak: in as POST /v1/messages, out as events."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC
from typing import TYPE_CHECKING

import orjson

from connectors.signing import SIGNATURE_HEADER, check_signature, signature

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from connectors.protocols import Delivered, Event, ReadMessage, Receiver
    from tickets.records import Message


class GenericInbound:
    """Reads one signed message a request, in the shape of POST /v1/messages.

    Args:
        name: The connector's, which its messages carry.
        read: Reads a body of POST /v1/messages.
    """

    def __init__(self, name: str, read: ReadMessage) -> None:
        self._name = name
        self._read = read

    def verify(self, headers: Mapping[str, str], raw: bytes, secret: str) -> None:
        """Check the signature of the raw bytes."""
        check_signature(headers.get(SIGNATURE_HEADER.lower(), ""), raw, secret)

    def parse(self, raw: bytes) -> tuple[Message, ...]:
        """Return the message; without an `external_id` it is known by the digest of its body."""
        message = self._read(raw)
        known = message.external_id or f"sha256-{hashlib.sha256(raw).hexdigest()}"
        return (dataclasses.replace(message, connector=self._name, external_id=known),)


class GenericOutbound:
    """Posts events as signed JSON.

    Args:
        receiver: Where to, and the secret to sign with.
        tls: Whom to trust; left out, whom the system trusts.
    """

    def __init__(self, receiver: Receiver, *, tls: ssl.SSLContext | None = None) -> None:
        # Reading messages needs no HTTP client, and it takes a tenth of a second to load.
        from connectors.sending import Sender

        self._secret = receiver.secret
        self._sender = Sender(receiver, tls=tls)

    async def deliver(self, event: Event) -> Delivered:
        """Send an event; its body is the same, byte by byte, at each attempt."""
        body = event_body(event)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": event.id,
            "X-Deskhand-Event": event.type,
            SIGNATURE_HEADER: signature(body, self._secret),
        }
        return await self._sender.post(body, headers)

    async def close(self) -> None:
        """Let go of connections."""
        await self._sender.close()


def event_body(event: Event) -> bytes:
    """Return an event as the JSON that is signed and sent."""
    created = event.created_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    return orjson.dumps({"id": event.id, "type": event.type, "created": created, "data": event.data})
