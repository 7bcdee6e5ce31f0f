"""Texts that mean the same: whole files, families as they are meant, none of the questions that measure the search."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tickets.errors import InvalidInputError
from training.answers import read_questions
from training.meanings import (
    HELD_OUT,
    LANGUAGES,
    PARAPHRASES,
    paraphrases,
    read_passages,
    read_rows,
    situations,
)
from training.utterances import Utterance

FOLDERS = [PARAPHRASES, HELD_OUT]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_number_has_three_rows_which_differ_in_every_language(folder: Path) -> None:
    rows = read_rows(folder)
    kinds: dict[str, list[str]] = {}
    for row in rows:
        kinds.setdefault(row.number, []).append(row.kind)
    assert len(kinds) > 50
    assert all(sorted(found) == ["a", "b", "c"] for found in kinds.values())
    told = Counter((row.number, language, text) for row in rows for language, text in row.texts.items())
    assert max(told.values()) == 1


def test_no_text_measures_the_search_and_none_that_is_held_out_trains() -> None:
    measuring = {one.text for one in read_questions()}
    train, held = ({text for row in read_rows(folder) for text in row.texts.values()} for folder in FOLDERS)
    assert not (train | held) & measuring
    assert not train & held


def test_a_family_holds_both_wordings_as_one_meaning_and_the_near_miss_as_another(tmp_path: Path) -> None:
    lines = [f"7{kind}\t" + "\t".join(f"{kind} {language}" for language in LANGUAGES) for kind in "abc"]
    (tmp_path / "shop.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ((same, near),) = paraphrases(read_rows(tmp_path))
    assert set(same.texts) == {f"{kind} {language}" for kind in "ab" for language in LANGUAGES}
    assert set(near.texts) == {f"c {language}" for language in LANGUAGES}


@pytest.mark.parametrize("line", ["1a\tonly one text", "1d" + "\ttext" * 12, "1a" + "\ttext" * 11 + "\t "])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "shop.tsv").write_text(f"1a{chr(9) + 'text'}" + "\ttext" * 11 + f"\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"shop\.tsv:2"):
        read_rows(tmp_path)


def test_a_situation_needs_six_messages_and_something_in_common() -> None:
    messages = [
        Utterance(f"{scenario} message {number}", "order.status", "en", scenario=scenario)
        for scenario, count in (("order.status.1", 6), ("order.status.2", 5), ("order.status.20", 9))
        for number in range(count)
    ]
    families = situations([*messages, Utterance("no situation", "order.status", "en")], own_matters=20)
    assert [len(meaning.texts) for (meaning,) in families] == [6]


def test_a_passage_is_the_anchor_of_its_questions_and_near_misses_stand_alone() -> None:
    families = read_passages()
    assert len(families) == 500
    answered, *others = families[0]
    assert answered.anchor is not None
    assert len(answered.texts) == 4
    assert all(one.anchor is None and len(one.texts) == 1 for one in others)
