"""What a marketplace is called, whichever country's branch a message names."""

from __future__ import annotations


def marketplace_family(name: str | None) -> str:
    """Return "amazon" for "Amazon.de", "AMAZON_US" or "amazon-fr"; the empty string for none."""
    lowered = (name or "").strip().lower()
    for separator in (".", "_", "-", " "):
        lowered = lowered.split(separator, 1)[0]
    return lowered
