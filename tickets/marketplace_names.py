"""What a marketplace is called, whichever country's branch a message names."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[._\- ]+")
# Branches that go by two names; "com" is the one at home.
_SAME_BRANCH = {"com": "us", "gb": "uk"}


def marketplace_family(name: str | None) -> str:
    """Return "amazon" for "Amazon.de", "AMAZON_US" or "amazon-fr"; the empty string for none."""
    lowered = (name or "").strip().lower()
    for separator in (".", "_", "-", " "):
        lowered = lowered.split(separator, 1)[0]
    return lowered


def marketplace_branch(name: str | None) -> str:
    """Return "de" for "Amazon.de", "uk" for "amazon.co.uk" and "AMAZON_GB"; the empty string where none is named."""
    parts = _SEPARATORS.split((name or "").strip().lower())
    branch = _SAME_BRANCH.get(parts[-1], parts[-1]) if len(parts) > 1 else ""
    return branch if len(branch) == 2 else ""


def is_marketplace(given: str | None, wanted: str) -> bool:
    """Say whether a message's marketplace is the one that a rule names.

    "amazon" is Amazon everywhere, "amazon.de" its German branch; a message that says "amazon" alone may be of any.

    Args:
        given: As the message names it, None for none.
        wanted: As the rule names it.

    """
    if not given or marketplace_family(given) != marketplace_family(wanted):
        return False
    branches = {marketplace_branch(given), marketplace_branch(wanted)}
    return "" in branches or len(branches) == 1


def checked_marketplace(name: str) -> str:
    """Return a name that a rule may use.

    Raises:
        ValueError: It names none.
    """
    if not marketplace_family(name):
        raise ValueError(f"{name!r} names no marketplace; write amazon for all its branches, amazon.de for one")
    return name
