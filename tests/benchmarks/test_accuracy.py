"""The comparison of accuracies: what is counted, who is judged how, what the page shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.bundle import Bundle
from training.splits import split
from training.utterances import Utterance, read_corpus

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks" / "accuracy"
PARTS = ("corpus", "growth", "language", "banking77", "clinc150", "xlmt", "bitext")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="benchmarks are no part of a wheel")


def test_scores_name_the_best_and_count_the_first_guesses(accuracy: Any) -> None:
    scores = accuracy("scores").Scores(("a", "b", "c"), np.array([[0.7, 0.2, 0.1], [0.1, 0.4, 0.5]]))
    assert scores.best() == ["a", "c"]
    assert scores.sure().tolist() == [0.7, 0.5]
    assert scores.right(["a", "b"]).tolist() == [True, False]
    assert scores.right(["b", "a"], guesses=2).tolist() == [True, False]
    assert scores.without("c").best() == ["a", "b"]


def test_the_margin_is_half_a_wilson_interval(accuracy: Any) -> None:
    margin = accuracy("scores").margin_95
    assert margin(0.5, 100) == pytest.approx(0.0962, abs=1e-4)
    assert margin(0.5, 10_000) < margin(0.5, 100)
    assert margin(1.0, 50) > 0


@pytest.mark.parametrize("rule", ["accuracy", "balanced"])
@pytest.mark.parametrize("seed", range(5))
def test_no_threshold_is_better_than_the_chosen_one(accuracy: Any, rule: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    inside, outside = rng.normal(1.0, 1.0, 60).round(1), rng.normal(0.0, 1.0, 7).round(1)
    right = rng.random(60) < 0.8

    def gain(threshold: float) -> float:
        kept, refused = ((inside >= threshold) & right).sum(), (outside < threshold).sum()
        return float(kept / 60 + refused / 7 if rule == "balanced" else kept + refused)

    chosen = accuracy("scores").choose_threshold(inside, right, outside, rule)
    assert np.isfinite(chosen)
    assert gain(chosen) == pytest.approx(max(gain(value) for value in np.linspace(-5, 6, 1101)))


def test_a_point_in_scope_buys_the_most_refusals(accuracy: Any) -> None:
    rng = np.random.default_rng(5)
    inside, outside = rng.normal(2.0, 1.0, 400), rng.normal(0.0, 1.0, 50)
    right = rng.random(400) < 0.9
    chosen = accuracy("scores").choose_threshold(inside, right, outside, "point")
    lost = int((right & (inside < chosen)).sum())
    assert lost == 4
    assert (right & (inside <= chosen)).sum() == lost + (chosen in inside[right])


def test_rounding_keeps_the_shape(accuracy: Any) -> None:
    rounded = accuracy("parts").rounded
    assert rounded({"a": 0.123456, "b": [0.99999, "x"], "c": {"d": 7}}) == {"a": 0.1235, "b": [1.0, "x"], "c": {"d": 7}}


def test_a_missing_package_is_named(accuracy: Any) -> None:
    parts = accuracy("parts")
    assert parts.missing("numpy", "no_such_package") is not None
    assert "no_such_package" in parts.missing("numpy", "no_such_package")
    assert parts.missing("numpy") is None
    lacking = parts.Part("language", "x", lambda plan: None, lambda result: [], packages=("no_such_package",))
    with pytest.raises(parts.SkippedError, match="no_such_package"):
        accuracy("__main__").measured(lacking, None, "")


def corpus_answers(accuracy: Any, intents: Sequence[str]) -> Callable[[Sequence[str]], Any]:
    """Answer with given intents, always German, always neutral, and a risk of one for the first text alone."""
    corpus, scores = accuracy("corpus"), accuracy("scores")
    labels = tuple(sorted({*intents, "never"}))

    def ask(texts: Sequence[str]) -> Any:
        matrix = np.array([[float(label == intent) for label in labels] for intent in intents])
        risks = np.array([1.0, *(0.0 for _ in texts[1:])])
        return corpus.Answers(scores.Scores(labels, matrix), ["de"] * len(texts), ["neutral"] * len(texts), risks)

    return ask


def test_everybody_is_asked_the_same_and_judged_by_language(accuracy: Any) -> None:
    test = [
        Utterance("a", "x", "de", sentiment=-2, escalate=True),
        Utterance("b", "y", "de", sentiment=0, escalate=False),
        Utterance("c", "y", "fr", sentiment=1, escalate=False),
    ]
    entrants = {"one": corpus_answers(accuracy, ["x", "y", "x"]), "two": corpus_answers(accuracy, ["x", "y", "y"])}
    found = accuracy("corpus").compare(entrants, test)
    assert found["one"]["intent_top1"] == pytest.approx(2 / 3)
    assert found["one"]["per_language"]["fr"]["top1"] == 0.0
    assert found["two"]["per_language"] == {"de": {"top1": 1.0, "top3": 1.0}, "fr": {"top1": 1.0, "top3": 1.0}}
    assert found["one"]["language"] == pytest.approx(2 / 3)
    assert found["one"]["escalation_auroc"] == 1.0
    # Only the neutral third is found: F1 of 0, 0.5 and 0.
    assert found["one"]["sentiment_macro_f1_3"] == pytest.approx(0.5 / 3)


def test_five_levels_fold_into_three(accuracy: Any) -> None:
    assert [accuracy("corpus").mood(level) for level in range(-2, 3)] == ["negative"] * 2 + ["neutral"] + [
        "positive"
    ] * 2


def test_a_bundle_trained_on_more_than_the_train_part_is_told_apart(
    accuracy: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from training.fit.bundling import corpus_digest

    everything = read_corpus([]).utterances
    for utterances, fair in ((split(everything).train, True), (everything, False)):
        manifest = SimpleNamespace(corpus={"sha256": corpus_digest(utterances)})
        assert accuracy("corpus").warned(SimpleNamespace(manifest=manifest, name="b")) is fair
        assert bool(capsys.readouterr().err) is not fair


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Hello there", True),
        ("Where is it?", False),
        ("退货", True),
        ("我要退货", False),
        ("返品", True),
        ("返品したい", False),
        ("refund", True),
    ],
)
def test_lengths_count_characters_where_no_spaces_are_written(accuracy: Any, text: str, short: bool) -> None:
    language = accuracy("language")
    assert language.length_of(text) == language.LENGTHS[not short]


def test_a_detector_is_judged_at_home_and_abroad(accuracy: Any) -> None:
    language = accuracy("language")
    test = [Utterance("Wo ist es?", "x", "de"), Utterance("refund", "x", "en"), Utterance("Where is it?", "x", "en")]
    foreign = [("Var är det?", "sv"), ("Hvor er det?", "no"), ("Missä se on?", "fi")]
    said = {"Wo ist es?": "de", "Where is it?": "en", "Var är det?": "sv", "Hvor er det?": "da", "Missä se on?": "en"}
    found = language.found(lambda texts: [said.get(text) for text in texts], test, foreign)
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["not_named"] == pytest.approx(1 / 3)
    assert found["per_language"] == {"de": 1.0, "en": 0.5}
    assert found["per_length"] == {"1-2 words": 0.0, "3+ words": 1.0}
    assert found["other_recognised"] == pytest.approx(2 / 3)
    assert found["other_named"] == pytest.approx(1 / 3)


def test_language_runs_quickly_on_the_shipped_bundle(accuracy: Any, tmp_path: Path) -> None:
    runner = accuracy("__main__")
    assert runner.main(["--quick", "--only", "language", "--out", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "language.json").read_text())
    assert result["command"].startswith("python -m benchmarks.accuracy --quick --only language")
    assert result["bundle"]["name"] == Bundle.load(Bundle.default_path()).name
    assert re.fullmatch("[0-9a-f]{64}", result["bundle"]["manifest_sha256"])
    assert result["versions"]["langdetect"]
    assert {"deskhand", "langdetect"} <= set(result["figures"])
    assert result["quick"] is True


def test_tables_are_laid_out_for_terminal_and_page(accuracy: Any) -> None:
    tables = accuracy("tables")
    table = tables.Table("T", ("", "figure"), (("one", tables.percent(0.5)), ("another", tables.percent(None))), "mind")
    assert tables.plain(table) == [
        "  T",
        "  (mind)",
        "             figure",
        "    one        50.0",
        "    another       –",
    ]
    assert "| one | 50.0 |" in tables.markdown(table)
    page = f"before\n{tables.FIRST}\nold\n{tables.LAST}\nafter\n"
    filled = tables.filled(page, ["new"])
    assert filled == f"before\n{tables.FIRST}\n\nnew\n{tables.LAST}\nafter\n"
    assert tables.filled(filled, ["new"]) == filled
    with pytest.raises(ValueError, match="lacks"):
        tables.filled("no marks", [])


def test_the_page_shows_the_committed_results(accuracy: Any) -> None:
    runner, page = accuracy("__main__"), (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    assert accuracy("tables").filled(page, runner.page_lines(runner.RESULTS)) == page, "run it with --table"


def test_committed_results_say_what_they_stand_on(accuracy: Any) -> None:
    runner = accuracy("__main__")
    assert [part.name for part in runner.PARTS] == list(PARTS)
    for path in runner.RESULTS.glob("*.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        assert path.stem == result["benchmark"]
        assert path.stem in PARTS
        assert result["quick"] is False
        wanted = {"command", "machine", "versions", "bundle", "sizes", "seeds", "figures", "skipped", "published"}
        assert wanted <= set(result), path.name
        published = [item.as_json() for item in accuracy("published").published(path.stem)]
        assert result["published"] == published


def test_published_figures_are_percentages_of_known_parts(accuracy: Any) -> None:
    entries = json.loads((FOLDER / "published.json").read_text(encoding="utf-8"))
    assert set(entries) <= set(PARTS)
    for part in entries:
        for item in accuracy("published").published(part):
            assert all(1 < value < 100 for value in item.figures.values())
            assert item.model
    assert accuracy("published").published("corpus") == []


def test_an_unknown_part_is_refused(accuracy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        accuracy("__main__").main(["--only", "banking"])
    assert ended.value.code == 2
    assert "banking77" in capsys.readouterr().err


def test_more_messages_bring_more_and_a_missing_encoder_is_named(
    accuracy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growth = accuracy("growth")
    monkeypatch.setattr(growth, "WORK", tmp_path)
    result = growth.measure(accuracy("parts").Plan(quick=True, contest=None)).as_json()
    sizes = [row["messages"] for row in result["figures"].values()]
    assert sizes == sorted(sizes)
    assert sizes[-1] == result["sizes"]["train"] == 800
    first, *_, last = (row["lexical"]["random"] for row in result["figures"].values())
    assert last > first
    assert str(tmp_path) in result["skipped"]["dense"]
    table = growth.tables(result)[0]
    assert table.header[-1] == "800 messages"
    assert [row[0] for row in table.rows] == ["n-grams"]
