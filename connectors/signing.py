"""The signature of our own webhooks, in both directions: HMAC-SHA256 over the raw bytes of the body."""

from __future__ import annotations

import hashlib
import hmac

from connectors.errors import SignatureError

SIGNATURE_HEADER = "X-Deskhand-Signature"
SIGNATURE_PREFIX = "sha256="


def signature(raw: bytes, secret: str) -> str:
    """Return the header's value for a body."""
    return SIGNATURE_PREFIX + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def check_signature(given: str, raw: bytes, secret: str) -> None:
    """Compare a signature with the right one, in a time that tells nothing about it.

    Raises:
        SignatureError: It is missing or wrong.
    """
    if not hmac.compare_digest(given.strip().encode("latin-1", "replace"), signature(raw, secret).encode()):
        raise SignatureError(
            "The signature does not fit the body" if given else "The signature is missing",
            field=SIGNATURE_HEADER,
            hint="Send sha256= and the hexadecimal HMAC-SHA256 of the raw body with the connector's secret.",
        )
