"""The comparison of searches: what is counted, and what the page shows."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from knowledge_base.records import Article
from training.judged import Judged

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks" / "answers"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="benchmarks are no part of a wheel")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT))

    def find(name: str) -> ModuleType:
        return importlib.import_module(f"benchmarks.answers.{name}")

    return find


def test_places_are_counted(answers: Any) -> None:
    measures = answers("measures")
    assert measures.place(["a", "b"], frozenset("b")) == 1
    assert measures.place(["a", "b"], frozenset("c")) is None
    found = measures.ranking([0, 1, 3, None])
    assert found == {"questions": 4, "first": 0.25, "among_three": 0.5, "mrr": pytest.approx((1 + 1 / 2 + 1 / 4) / 4)}


def test_certainty_is_judged_by_what_came_true(answers: Any) -> None:
    measures = answers("measures")
    sure = [measures.Sure(0.95, True)] * 19 + [measures.Sure(0.95, False)]
    assert measures.calibration_error(sure) == pytest.approx(0.0)
    assert measures.calibration_error([measures.Sure(1.0, False)]) == pytest.approx(1.0)
    assert measures.safe_share([*sure, measures.Sure(0.1, False)]) == pytest.approx(20 / 21)
    assert measures.safe_share([measures.Sure(0.9, False)]) == 0.0
    curve = measures.precision_curve([measures.Sure(0.9, True), measures.Sure(0.2, False)])
    assert curve[0] == {"coverage": 0.1, "precision": 1.0, "probability": 0.9}
    assert curve[-1] == {"coverage": 1.0, "precision": 0.5, "probability": 0.2}


def test_bm25_finds_words_in_the_own_language_and_in_english(answers: Any) -> None:
    shop = [
        Article("refunds", "en", "Refunds", "The refund reaches your bank."),
        Article("refunds", "de", "Erstattung", "Die Erstattung erreicht Ihre Bank."),
        Article("kettles", "en", "Kettles", "The kettle stops when water boils.", brand="q1"),
    ]

    def ask(text: str, language: str, brand: str | None = None) -> list[str]:
        (ranked,) = answers("contestants").bm25(shop, [Judged(text, language, frozenset(), "k", False, brand)])
        return list(ranked)

    assert ask("Wann kommt die Erstattung?", "de")[0] == "refunds"
    assert ask("kettle stops", "de")[0] == "kettles"
    assert ask("kettle refund", "en", "q1") == ["kettles"]


def test_the_page_shows_the_committed_result(answers: Any) -> None:
    runner, tables = answers("__main__"), answers("tables")
    result = json.loads(runner.RESULT.read_text(encoding="utf-8"))
    page = runner.PAGE.read_text(encoding="utf-8")
    assert tables.filled(page, tables.lines(result)) == page, "run it with --table"


def test_a_page_without_marks_is_refused(answers: Any) -> None:
    with pytest.raises(ValueError, match="lacks the lines"):
        answers("tables").filled("no marks", [])


def test_without_public_data_a_set_is_left_out_and_says_so(answers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKHAND_PUBLIC_DATA", raising=False)
    skipped = answers("__main__").SkippedError
    with pytest.raises(skipped, match="DESKHAND_PUBLIC_DATA"):
        answers("public").product_questions()
    with pytest.raises(skipped, match="DESKHAND_PUBLIC_DATA"):
        answers("public").paragraphs()
