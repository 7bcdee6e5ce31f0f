"""The passages with answered questions and near misses: whole, even, and apart from the questions that measure."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import training
from tests.sample_shop.test_sample_shop import LANGUAGES
from training.answers import read_questions

FOLDER = Path(training.__file__).parent / "reading"
FILES = sorted(FOLDER.glob("*.jsonl"))


def passages(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_there_are_as_many_as_the_readme_says() -> None:
    assert sum(len(passages(path)) for path in FILES) == 500


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_language_has_one_question_on_either_side(path: Path) -> None:
    for one in passages(path):
        assert set(one) == {"shop", "title", "heading", "text", "answered", "not_answered"}
        assert all(one[name].strip() for name in ("shop", "title", "heading", "text"))
        assert 40 <= len(one["text"].split()) <= 130, one["title"]
        sides = [[language for language, _ in one[side]] for side in ("answered", "not_answered")]
        assert sides[0] == sides[1]
        assert len(set(sides[0])) == len(sides[0]) == 4
        assert set(sides[0]) <= set(LANGUAGES)


def test_no_question_stands_twice_or_measures_the_search() -> None:
    asked = [
        text.casefold()
        for path in FILES
        for one in passages(path)
        for side in ("answered", "not_answered")
        for _, text in one[side]
    ]
    assert len(asked) == 4_000
    assert [text for text, count in Counter(asked).items() if count > 1] == []
    assert not set(asked) & {one.text.casefold() for one in read_questions()}


def test_languages_come_about_equally_often() -> None:
    counts = Counter(language for path in FILES for one in passages(path) for language, _ in one["answered"])
    assert set(counts) == set(LANGUAGES)
    assert max(counts.values()) < 1.2 * min(counts.values())
