"""Every benchmark runs, at a tiny size, and leaves a result that says what it was measured on. No time is judged."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks"
# Programs that others start: what a benchmark compares with, and the runner itself.
HELPERS = {"__main__", "naive", "echo"}

pytestmark = pytest.mark.skipif(not (FOLDER / "__main__.py").is_file(), reason="benchmarks are no part of a wheel")


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that imports a module of the folder, which is not installed."""
    monkeypatch.syspath_prepend(str(ROOT))

    def find(name: str) -> ModuleType:
        return importlib.import_module(f"benchmarks.{name}")

    return find


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def small(name: str, folder: Path) -> dict[str, Any]:
    done = run("--small", "--out", str(folder), name)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    assert result["benchmark"] == name
    assert f"benchmarks.{name}" in result["command"]
    assert result["machine"]["cores"] >= 1
    assert result["versions"]["numpy"]
    assert result["figures"]
    assert all(value > 0 for value in result.get("ratios", {}).values())
    assert name in done.stdout
    return result


@pytest.mark.slow
def test_decisions_beside_the_usual_packages(tmp_path: Path) -> None:
    result = small("decisions", tmp_path)
    figures = result["figures"]
    assert figures["messages"] == 24
    assert figures["decision_sample_shop"]["passages"] < figures["decision"]["passages"]
    assert figures["decision"]["passages"] >= 2400
    assert figures["decision"]["with_answers"] > 0.9
    assert figures["decision"]["with_suggestions"] > 0.9
    assert len(result["targets"]) == 6
    assert all(target["met"] is not None for target in result["targets"] if "memory" not in target["name"])


@pytest.mark.slow
def test_messages_stored_over_http(tmp_path: Path) -> None:
    result = small("http_store", tmp_path)
    ours = result["figures"]["deskhand"]
    assert all(load["messages"] > 0 for load in ours["clients"].values())
    assert ours["stored_untriaged"] == 0
    # What was acknowledged is there after a kill: this is no question of time.
    assert ours["after_kill"]["asked_for"] > 0
    assert ours["after_kill"]["found_whole"] == ours["after_kill"]["asked_for"], ours["after_kill"]["lost"]


def test_search_beside_bm25(tmp_path: Path) -> None:
    found = small("search", tmp_path)["figures"]["500"]
    assert found["passages"] == 500
    assert found["recall"] == {"nearest_at_10": 1.0, "fused_at_10": 1.0}


def test_imports_read_store_and_find(tmp_path: Path) -> None:
    result = small("imports", tmp_path)
    figures = result["figures"]
    assert {name: figure["articles"] for name, figure in figures.items()} == {
        "markdown": 60,
        "html": 60,
        "zendesk_json": 60,
        "word": 40,
        "pdf": 40,
    }
    assert figures["markdown"]["passages"] == figures["html"]["passages"] == figures["zendesk_json"]["passages"] >= 180
    assert len(result["targets"]) == len(figures)


def test_replies_beside_jinja2(tmp_path: Path) -> None:
    assert small("reply_suggestions", tmp_path)["figures"]["templates"] > 100


def test_entities_are_counted_by_kind(load: Any) -> None:
    entities = load("entities")
    text, spans = entities.unmark("My order {order:#10482} cost {amount:12 €}.")
    assert text == "My order #10482 cost 12 €."
    assert spans == {("order", 9, 15), ("amount", 21, 25)}
    found, seconds = entities.measure_entities([entities.Example("en", "order.status", True, False, text, spans)])
    assert found["amount"]["all"] == {"precision": 1.0, "recall": 1.0, "marked": 1}
    assert len(seconds) == 1


def test_an_unknown_benchmark_is_refused() -> None:
    done = run("serch")
    assert done.returncode == 2
    assert "'serch'" in done.stderr
    assert "search" in done.stderr


def test_a_benchmark_that_fails_is_named_and_writes_nothing(load: Any, tmp_path: Path) -> None:
    runner = load("__main__")
    broken = runner.Benchmark("search", "broken", ("--passages", "no number"))
    with pytest.raises(runner.FailedError, match="search ended with status 2"):
        runner.run(broken, small=True)
    silent = runner.Benchmark("measuring", "prints nothing")
    with pytest.raises(runner.FailedError, match="measuring printed no JSON"):
        runner.run(silent, small=True)


def test_every_program_of_the_folder_is_run(load: Any) -> None:
    programs = {path.stem for path in FOLDER.glob("*.py") if "\ndef main(" in path.read_text(encoding="utf-8")}
    assert programs - HELPERS == {benchmark.name for benchmark in load("__main__").BENCHMARKS}


def test_every_committed_result_says_what_it_was_measured_on(load: Any) -> None:
    names = {benchmark.name for benchmark in load("__main__").BENCHMARKS}
    for path in (FOLDER / "results").glob("*.json"):
        assert path.stem in names
        result = json.loads(path.read_text(encoding="utf-8"))
        assert {"command", "machine", "versions"} <= set(result), path.name


def test_times_are_summed_up(load: Any) -> None:
    measuring = load("measuring")
    timing = measuring.Timing.of([0.001, 0.002, 0.003, 0.004, 0.1], [0.001] * 5)
    assert (timing.p50_ms, timing.p95_ms, timing.processor_p50_ms) == (3.0, 100.0, 1.0)
    assert measuring.percentile([5.0], 0.95) == 5.0
    assert measuring.ratio(3.0, 4.0) == 0.75
    assert measuring.ratio(3.0, 0.0) is None
    calls: list[int] = []
    measuring.timed([lambda: calls.append(1)] * 4)
    assert len(calls) == 4
    assert measuring.rated(lambda: sum(range(1000)), 10).a_second > 0
    assert measuring.memory_mb(2**22 + 1) is None


def test_targets_know_their_direction(load: Any) -> None:
    target = load("report").Target
    assert target("fast enough", 3.9, 4.0, at_least=False).met is True
    assert target("fast enough", 4.1, 4.0, at_least=False).met is False
    assert target("often enough", 300.0, 300.0, at_least=True).met is True
    assert target("often enough", 299.0, 300.0, at_least=True).met is False
    assert target("unknown", None, 1.0, at_least=True).met is None
    lines = load("report").verdicts([target("slow", 9.0, 4.0, at_least=False).as_json()])
    assert "MISSED" in lines[0]


def test_messages_are_the_same_on_every_machine_and_in_every_language(load: Any) -> None:
    sample = load("sample")
    drawn = sample.messages(24)
    assert drawn == sample.messages(24)
    assert len({item.text for item in drawn}) == 24
    assert len({item.language for item in drawn}) == 12


def test_made_up_articles_go_on_where_they_ended(load: Any) -> None:
    sample = load("sample")
    whole = list(sample.articles(6))
    assert [*sample.articles(2), *sample.articles(4, first=2)] == whole
    assert len({item.id for item in whole}) == 6
    assert all(item.body.count("## ") == sample.SECTIONS_AN_ARTICLE for item in whole)
