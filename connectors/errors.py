"""What goes wrong between us and another system; `dispatch` acts by the class of the error."""

from __future__ import annotations

from tickets.errors import DeskhandError, InvalidInputError, UnavailableError


class SignatureError(DeskhandError):
    """A request does not prove that it comes from the connector."""

    status = 401
    code = "unauthenticated"


class ReceiverError(InvalidInputError):
    """A receiver is configured with an address to which nothing may be sent."""


class DeliveryError(UnavailableError):
    """An event did not arrive. Its message names the receiver and the reason, never what the event says."""


class RetryableError(DeliveryError):
    """Another attempt may help.

    Args:
        message: What went wrong.
        retry_after_s: The pause that the receiver asked for, in seconds.
        wants_rest: The receiver takes nothing else either until then.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None, wants_rest: bool = False) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.wants_rest = wants_rest


class PermanentError(DeliveryError):
    """No further attempt can help: the event is parked until a person looks at it."""
