"""The benchmarks of replies run, and the order follows what people take."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"

pytestmark = pytest.mark.skipif(not RESULTS.is_dir(), reason="benchmarks are no part of a wheel")


@pytest.fixture
def ranking(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("benchmarks.reply_ranking")


@pytest.mark.parametrize("number", range(3))
def test_the_liked_one_of_three_is_first_within_30_messages_and_again_after_a_change(
    ranking: ModuleType, number: int
) -> None:
    scene = ranking.SCENES[number]
    found = ranking.summary([ranking.run(scene, seed) for seed in range(3)])
    assert found["first_within_30"] == found["first_at_message_30"] == 1.0
    assert found["messages_until_recovered"]["worst"] <= 30
    assert found["first_at_the_end"] == 1.0


def test_the_simulation_is_the_same_at_every_run(ranking: ModuleType) -> None:
    scene = ranking.SCENES[3]
    assert ranking.run(scene, 1) == ranking.run(scene, 1)
    assert len({ranking.run(scene, seed) for seed in range(4)}) > 1


def test_messages_get_a_suggestion_in_their_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    coverage = importlib.import_module("benchmarks.reply_coverage")
    found = coverage.measure(60)["figures"]
    for part in ("random", "unseen"):
        assert found[part]["messages"] == 60
        assert found[part]["decided"] > 30
        assert found[part]["suggestion_in_language_where_it_was_recognised"] == 1.0
        assert found[part]["first_suggestion_right_of_decided"] == found[part]["intent_right_of_decided"]


@pytest.mark.parametrize("name", ["reply_coverage", "reply_ranking"])
def test_the_committed_results_keep_their_promises_but_those_that_are_told(name: str) -> None:
    result: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    missed = [target["name"] for target in result["targets"] if not target["met"]]
    # A template that is not on show is found late after a change of mind: docs/templates.md tells it.
    assert all("five" in name for name in missed)
