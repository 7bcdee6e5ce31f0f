"""The corpus linter finds what would teach something wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.bundle import Bundle
from training.checking import check_corpus, disagreements
from training.near_duplicates import near_duplicates
from training.utterances import Utterance


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "messages").mkdir()
    (tmp_path / "scenarios.tsv").write_text(
        "# intent\tnr\tscenario\norder.status\t1\tasks where\nreturn.label\t1\tlost it\n"
    )
    return tmp_path


def problems(folder: Path, *lines: str, name: str = "en.tsv") -> list[str]:
    (folder / "messages" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [problem.reason for report in check_corpus([folder]) for problem in report.problems]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("order.status.2\tchat\t0\t0\t-\twhere", "unknown situation 'order.status.2'"),
        ("order.status.1\tfax\t0\t0\t-\twhere", "unknown channel 'fax'"),
        ("order.status.1\tchat\t0\t0\tno.such\twhere", "unknown further intent 'no.such'"),
        ("order.status.1\tchat\t0\t0\torder.status\twhere", "repeats the first"),
        ("order.status.1\tchat\t0\t0\t-\twhere {ordr:1}", "unknown entity kind 'ordr'"),
        ("order.status.1\tchat\t0\t0\t-\twhere {order: }", "is empty"),
        ("order.status.1\tchat\t0\t0\t-\twhere { it", "a brace outside"),
        ("order.status.1\tchat\t0\t0\t-\tmail {email:a@gmail.com}", "not at example.com"),
        ("order.status.1\tchat\t0\t1\t-\twhere\tangry", "unknown reason 'angry'"),
        ("order.status.1\tchat\t0\t0\t-\twhere\tlegal", "escalate is 0"),
        ("order.status.1\tchat\t9\t0\t-\twhere", "sentiment '9'"),
    ],
)
def test_a_problem_is_found(folder: Path, line: str, problem: str) -> None:
    (found,) = problems(folder, line)
    assert problem in found


def test_a_good_line_has_none(folder: Path) -> None:
    assert (
        problems(folder, "return.label.1\temail\t-1\t1\torder.status\tlost {order:#1} at {email:a@example.com}\tlegal")
        == []
    )


def test_repeats_are_found_across_case_digits_and_punctuation(folder: Path) -> None:
    found = problems(
        folder, "order.status.1\tchat\t0\t0\t-\tWhere is 12?", "return.label.1\tchat\t0\t0\t-\twhere is 99!!"
    )
    assert len(found) == 1
    assert "the same text as" in found[0]
    assert "en.tsv:1" in found[0]


def test_the_same_words_in_another_language_are_no_repeat(folder: Path) -> None:
    (folder / "messages" / "nl.tsv").write_text("order.status.1\tchat\t0\t0\t-\tstatus?\n")
    assert problems(folder, "order.status.1\tchat\t0\t0\t-\tstatus?") == []


def test_the_summary_tells_the_distributions(folder: Path) -> None:
    problems(folder, "order.status.1\tchat\t-1\t1\t-\twhere", "order.status.1\tchat\t0\t0\treturn.label\tlost label")
    (report,) = check_corpus([folder])
    moods = "2 messages, sentiment -1:0.50 +0:0.50, escalate 0.50, also 0.50"
    assert f"{moods}, length 5/10/10, 0 problems" in report.summary()


def test_the_shipped_corpus_passes() -> None:
    reports = check_corpus([])
    assert [problem for report in reports for problem in report.problems] == []
    assert len(reports) == 12


LONG = "good morning, my blue rain jacket from last week never came and nobody answers my mails about it"


def test_nearly_the_same_text_is_named_with_its_twin_across_files(folder: Path) -> None:
    (folder / "messages" / "en.tsv").write_text(f"order.status.1\tchat\t0\t0\t-\t{LONG}\n")
    twin = LONG.replace("blue", "red")
    other = "where can i find the label for sending the shoes back, it is not in the parcel"
    (folder / "messages" / "en.jsonl").write_text(
        f'{{"text": "{twin}", "intent": "order.status", "language": "en"}}\n'
        f'{{"text": "{other}", "intent": "return.label", "language": "en"}}\n'
    )
    found = [problem for report in check_corpus([folder]) for problem in report.problems]
    assert len(found) == 1
    assert "nearly the same text as" in found[0].reason


def test_short_texts_may_be_alike(folder: Path) -> None:
    assert not problems(
        folder, "order.status.1\tchat\t0\t0\t-\twhere is it", "order.status.1\tchat\t0\t0\t-\twhere is he"
    )


def test_similarity_is_that_of_the_5_grams() -> None:
    texts = ["abcdefghijklmnop", "ABCDEFG hijklmnop!", "abcdefghijklmnoq", "zyxwvutsrqponmlkjih"]
    found = {(a, b): round(similarity, 3) for a, b, similarity in near_duplicates(texts, 0.5)}
    assert found == {(0, 1): 1.0, (0, 2): round(11 / 13, 3), (1, 2): round(11 / 13, 3)}


def test_a_label_that_the_model_is_sure_is_another_one_is_listed_for_reading() -> None:
    bundle = Bundle.load(Bundle.default_path())
    text = "Where is my parcel? It was due last Friday and the tracking has not moved for a week."
    top, sure = bundle.predict([text])[0].intents[0]
    wrong = "invoice.request"
    rows = [Utterance(text, wrong, where="a:1"), Utterance(text, top, where="a:2"), Utterance(text, wrong, also=(top,))]
    listed = disagreements(bundle, rows, sure - 0.01)
    assert [doubt.where for doubt in listed] == ["a:1"]
    assert top in listed[0].reason
    assert not disagreements(bundle, rows, sure + 0.001)
