"""Waiting for what another thread does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE_S, _PAUSE_S = 120.0, 0.02


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so; a test that waits for nothing fails in the end."""
    for _ in range(int(_PATIENCE_S / _PAUSE_S)):
        if done():
            return
        time.sleep(_PAUSE_S)
    raise AssertionError(f"not so after {_PATIENCE_S:g} s")
