"""Tests that read files of the checkout which are not installed (docs, Makefile, benchmarks) rest without them."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IS_WHOLE = (ROOT / "docs").is_dir() and (ROOT / ".ci").is_dir()
needs_checkout = pytest.mark.skipif(not IS_WHOLE, reason="reads files of the checkout that are not installed")
