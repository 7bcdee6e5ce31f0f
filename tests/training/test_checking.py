"""The corpus linter finds what would teach something wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.checking import check_corpus


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
    assert "2 messages, sentiment -1:0.50 +0:0.50, escalate 0.50, also 0.50, 0 problems" in report.summary()


def test_the_shipped_corpus_passes() -> None:
    reports = check_corpus([])
    assert [problem for report in reports for problem in report.problems] == []
    assert len(reports) == 12
