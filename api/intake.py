"""Taking a message in: once, whole, and for good, whether or not the models can decide it now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fastapi import Request

from api.errors import TooLargeError
from api.schemas.messages import MAX_STORED_BYTES
from api.state import AppState
from knowledge_base.records import Visibility
from tickets.errors import InvalidInputError
from tickets.threads import assignee_of

if TYPE_CHECKING:
    from tickets.records import Message
    from tickets.stored import Ingested

MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message with what came along: the raw body, the caller's own key against repeats, and who sent it.

    `visibility` is PUBLIC where the caller may not see what only the shop's people may.
    """

    message: Message
    raw: bytes
    actor: str
    idempotency_key: str | None = None
    visibility: Visibility = Visibility.INTERNAL


async def take_in(state: AppState, delivery: Delivery) -> Ingested:
    """Store a message with its decision in one transaction; a repeat gives the first answer again.

    Raises:
        ConflictError: The same number or key came before with another body.
        TooLargeError: The text is over 10 MiB.
        OverloadedError: Too many messages wait already; nothing is stored then.
        UnavailableError: The database cannot be written; nothing is stored then.

    """
    message, store = delivery.message, state.services.tickets
    _check_size(message.text)
    digest = hashlib.sha256(delivery.raw).hexdigest()
    if message.external_id is not None or delivery.idempotency_key is not None:
        repeat = await state.storage.run(store.find_repeat, message, delivery.idempotency_key, digest)
        if repeat is not None:
            return repeat
    known = message
    if message.thread is not None and message.agent is None and state.services.shop.agents:
        assignee = await state.storage.run(assignee_of, state.services.database, message)
        known = replace(message, agent=assignee)
    decision = await state.decider.decide(state.services.current_pipeline, known, delivery.visibility)
    receipt = state.services.notifier.receipt(message, decision)
    # Refused where too many wait for the disk: nothing is stored then, and the caller is told to come back.
    return await state.storage.run(
        store.ingest,
        message,
        delivery.raw,
        decision,
        idempotency_key=delivery.idempotency_key,
        actor=delivery.actor,
        receipt=receipt,
    )


def idempotency_key(request: Request) -> str | None:
    """Return the header Idempotency-Key.

    Raises:
        InvalidInputError: It is empty, too long or not printable ASCII.

    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not key or len(key) > MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        wrong = "holds characters that are not printable ASCII"
        if not key or len(key) > MAX_KEY_LENGTH:
            wrong = f"has {len(key)} characters; 1 to {MAX_KEY_LENGTH} are taken" if key else "is empty"
        raise InvalidInputError(
            f"The header Idempotency-Key {wrong}",
            field="Idempotency-Key",
            hint=f"Send 1 to {MAX_KEY_LENGTH} printable ASCII characters, such as a UUID.",
        )
    return key


def _check_size(text: str) -> None:
    # A text has at most four bytes a character: the encoding is done only where it can matter.
    if len(text) * 4 > MAX_STORED_BYTES and (size := len(text.encode())) > MAX_STORED_BYTES:
        raise TooLargeError(
            f"text has {size} bytes; at most {MAX_STORED_BYTES} are stored",
            field="text",
            hint="Send it as an attachment.",
        )
