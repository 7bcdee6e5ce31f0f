"""Marketplace rules keep their promise on the hand-written replies: the halves that were held out too."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    not (ROOT / "benchmarks" / "results").is_dir(), reason="benchmarks are no part of a wheel"
)


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("benchmarks.marketplace_rules")


@pytest.mark.parametrize("part", ["tuned", "held_out"])
def test_both_severities_reach_97_percent(benchmark: ModuleType, part: str) -> None:
    replies = [reply for name in benchmark.SETS for reply in benchmark.read(name) if reply.part == part]
    found = benchmark.quality(benchmark.RuleCheck(), replies)
    for severity in ("block", "warn"):
        assert found[severity]["precision"] >= 0.97
        assert found[severity]["recall"] >= 0.97


def test_the_set_is_large_and_speaks_every_language(benchmark: ModuleType) -> None:
    replies = [reply for name in benchmark.SETS for reply in benchmark.read(name)]
    assert len(replies) >= 600
    assert len({reply.text for reply in replies}) == len(replies)
    for language in ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh"):
        rules = [bool(reply.rules) for reply in replies if reply.language == language]
        assert min(rules.count(True), rules.count(False)) >= 15
