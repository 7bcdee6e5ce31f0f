"""Cutting articles: by heading, to a size, with lists and tables whole where they fit."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.passages import MAX_WORDS, MIN_WORDS, size_in_words, split_passages


def words(count: int, mark: str = "word") -> str:
    return " ".join(f"{mark}{index}" for index in range(count))


def test_a_section_is_a_passage_with_its_headings() -> None:
    sections = ["# Fees", words(70), "## In Europe", words(80), "### Islands", words(90), "## Elsewhere", words(75)]
    text = "\n\n".join(sections)
    passages = split_passages("Fees", text)
    assert [passage.heading_path for passage in passages] == [
        (),
        ("In Europe",),
        ("In Europe", "Islands"),
        ("Elsewhere",),
    ]
    assert [passage.position for passage in passages] == [0, 1, 2, 3]
    assert passages[2].text == words(90)


def test_the_title_counts_as_heading_only_where_it_differs() -> None:
    assert split_passages("Fees", f"# FEES\n\n{words(70)}")[0].heading_path == ()
    assert split_passages("Fees", f"# Costs\n\n{words(70)}")[0].heading_path == ("Costs",)


def test_small_neighbours_are_joined_under_their_parent() -> None:
    text = "## Fees\n\n### Cash\n\nFive euros.\n\n### Card\n\nNo fee at all.\n\n## Other\n\nSomething else."
    passages = split_passages("T", text)
    assert [(passage.heading_path, passage.text) for passage in passages] == [
        (("Fees",), "Cash\nFive euros.\n\nCard\nNo fee at all."),
        (("Other",), "Something else."),
    ]


def test_questions_answer_by_themselves() -> None:
    text = "## May I swap it?\n\nYes.\n\n## Was kostet es?\n\nNichts.\n\n## 可以换吗？\n\n可以。"
    assert [passage.text for passage in split_passages("T", text)] == ["Yes.", "Nichts.", "可以。"]


def test_a_large_section_is_cut_between_its_paragraphs() -> None:
    text = "## Head\n\n" + "\n\n".join(words(100, mark) for mark in "abc") + "\n\n" + words(20, "d")
    passages = split_passages("T", text)
    assert all(passage.heading_path == ("Head",) for passage in passages)
    assert [len(passage.text.split()) for passage in passages] == [200, 120]


def test_no_small_rest_is_left_where_the_paragraph_before_can_come_along() -> None:
    text = "\n\n".join([words(80, "a"), words(80, "b"), words(50, "c"), words(30, "d")])
    assert [len(passage.text.split()) for passage in split_passages("T", text)] == [160, 80]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = " ".join(f"Sentence number {index} says {words(6)}." for index in range(60))
    passages = split_passages("T", text)
    assert len(passages) > 2
    assert all(passage.text.startswith("Sentence") and passage.text.endswith(".") for passage in passages)
    assert " ".join(passage.text.replace("\n\n", " ") for passage in passages) == text


def test_a_list_stays_whole_where_it_fits() -> None:
    listed = "\n".join(f"- item {index} {words(10)}" for index in range(12))
    passages = split_passages("T", f"{words(120)}\n\n{listed}")
    assert [passage.text.count("- item") for passage in passages] == [0, 12]


def test_a_table_that_is_too_large_repeats_its_head() -> None:
    rows = "\n".join(f"| Country {index} | {words(12)} |" for index in range(40))
    passages = split_passages("T", f"| Country | Days |\n| --- | --- |\n{rows}")
    assert len(passages) > 2
    assert all(passage.text.startswith("Country | Days\nCountry ") for passage in passages)
    assert sum(len(re.findall(r"Country \d+", passage.text)) for passage in passages) == 40


def test_chinese_and_japanese_are_measured_in_characters() -> None:
    assert size_in_words("我的包裹还没有到") == 4.0
    text = "".join(f"第{index}句话说的是退货和退款的规定。" for index in range(100))
    passages = split_passages("退货", text)
    assert len(passages) > 2
    assert all(MIN_WORDS / 2 <= size_in_words(passage.text) <= MAX_WORDS for passage in passages)
    assert all(passage.text.endswith("。") for passage in passages)


def test_text_without_spaces_is_bounded_too() -> None:
    passages = split_passages("T", "x" * 50_000)
    assert all(size_in_words(passage.text) <= MAX_WORDS for passage in passages)
    assert "".join(passage.text for passage in passages).replace("\n\n", "").replace(" ", "") == "x" * 50_000


def test_an_article_without_text_has_no_passage() -> None:
    assert split_passages("T", "# Only a heading") == []
    assert split_passages("T", "") == []


@pytest.mark.parametrize("count", [1, 59, 60, 61, 219, 220])
def test_one_section_up_to_the_limit_is_one_passage(count: int) -> None:
    assert len(split_passages("T", f"## H\n\n{words(count, 'w')}")) == 1


_BLOCK = st.one_of(
    st.integers(1, 400).map(lambda count: words(count, "p")),
    st.integers(1, 40).map(lambda count: "\n".join(f"- {words(9, 'l')}" for _ in range(count))),
    st.integers(1, 60).map(
        lambda count: "| a | b |\n|---|---|\n" + "\n".join(f"| {words(5, 't')} | x |" for _ in range(count))
    ),
    st.integers(1, 6).map(lambda level: "#" * level + " Heading"),
    st.just("长句子。" * 200),
)


@given(st.lists(_BLOCK, max_size=8))
def test_every_passage_is_bounded_and_no_word_is_lost(blocks: list[str]) -> None:
    text = "\n\n".join(blocks)
    passages = split_passages("T", text)
    assert all(passage.text.strip() for passage in passages)
    assert all(size_in_words(passage.text) <= MAX_WORDS * 1.1 for passage in passages)
    said = re.findall(r"\b[plt]\d+\b|长", " ".join(passage.text for passage in passages))
    assert said == re.findall(r"\b[plt]\d+\b|长", text)
