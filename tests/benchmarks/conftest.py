"""What the tests of the comparisons share."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def accuracy(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that imports a module of `benchmarks/accuracy`, which is not installed."""
    monkeypatch.syspath_prepend(str(ROOT))

    def find(name: str) -> ModuleType:
        return importlib.import_module(f"benchmarks.accuracy.{name}")

    return find
