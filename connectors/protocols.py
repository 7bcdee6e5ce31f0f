"""What a connector is: something that reads another system's requests, and something that tells it what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from tickets.records import Message

# Reads a body of POST /v1/messages; given by `api`, which keeps the one schema of it.
ReadMessage: TypeAlias = "Callable[[bytes], Message]"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a ticket of a connector.

    `id` and everything else are the same at each attempt, so that the receiver can drop what it has already. `data` is
    JSON as docs/connectors.md describes it for each `type`.
    """

    id: str
    type: str
    created_at: datetime
    connector: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has the event; `status` is what it answered."""

    status: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where the events of a connector go, as an operator configured it.

    `allow_private` admits addresses of the own machine or network, and plain http; `timeout_s` is for a whole delivery.
    """

    name: str
    url: str
    secret: str
    allow_private: bool = False
    timeout_s: float = 8.0


class Inbound(Protocol):
    """Reads the requests that another system sends to POST /v1/webhooks/{connector}."""

    def verify(self, headers: Mapping[str, str], raw: bytes, secret: str) -> None:
        """Check that the request comes from the system, before anything of it is read.

        Args:
            headers: By lower-case name.
            raw: The body, byte by byte as it arrived.
            secret: What both sides know.

        Raises:
            SignatureError: It does not prove where it comes from.
        """

    def parse(self, raw: bytes) -> tuple[Message, ...]:
        """Return the customers' messages in a verified body; none where it speaks of something else.

        Each has this connector's name and an `external_id` that is the same whenever the same message comes again.

        Raises:
            DeskhandError: The body cannot be read; its status says why.
        """


class Outbound(Protocol):
    """Tells another system what happened."""

    async def deliver(self, event: Event) -> Delivered:
        """Hand an event over, once or again; the receiver recognises a repeat by the event's id.

        Raises:
            RetryableError: It did not arrive, or nobody knows.
            PermanentError: It never will.
        """

    async def close(self) -> None:
        """Let go of connections."""
