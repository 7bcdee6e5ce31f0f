"""The questions to the sample shop: how they are read and split, and what is learned from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import orjson
import pytest

from knowledge_base.records import Article
from knowledge_base.scoring import GROUNDS, OWN, SIGNS, AnswerScore
from knowledge_base.search import KnowledgeBase
from models.bundle import Bundle
from tickets.errors import InvalidInputError
from training.answers import article_key, is_training, read_passages, read_questions
from training.fit import glossary
from training.fit.answers import Example, Kept, first_guess, fitted, within, written
from training.judged import SHOP_ARTICLES, base_of, epqa, shop_articles, shop_questions

needs_shop = pytest.mark.skipif(not SHOP_ARTICLES.is_dir(), reason="the sample shop is no part of a wheel")


def test_the_split_is_what_it_always_was() -> None:
    questions = [one for one in read_questions() if not one.further]
    assert len(questions) == 480
    assert sum(one.trains for one in questions) == 273
    assert sum(one.article is None for one in questions) == 156
    assert is_training(article_key("return-policy"))
    assert not is_training(article_key("shipping-times"))


def test_all_questions_to_an_article_are_on_one_side() -> None:
    sides: dict[str, set[bool]] = {}
    for one in read_questions():
        if one.article:
            sides.setdefault(one.article, set()).add(one.trains)
    assert all(len(side) == 1 for side in sides.values())
    shares = [side.pop() for side in sides.values()]
    assert 0.5 < sum(shares) / len(shares) < 0.7


def test_further_questions_only_train_and_have_no_answer() -> None:
    further = [one for one in read_questions() if one.further]
    assert len({one.language for one in further}) == 12
    assert all(one.trains and one.article is None for one in further)
    assert not {one.text for one in further} & {one.text for one in read_questions() if not one.further}


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text("return-policy\tHow long?\nno tab here\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"en\.tsv:2: 'no tab here'"):
        read_questions(tmp_path)


@needs_shop
def test_every_right_article_is_there_in_english() -> None:
    held = {article.id for article in shop_articles() if article.language == "en"}
    assert {name for one in shop_questions() for name in one.right} <= held


def test_a_candidate_of_epqa_is_an_article_of_its_question(tmp_path: Path) -> None:
    path = tmp_path / "dev.csv"
    path.write_text(
        "qid,question,ASIN,candidate,source,qa_pair_id,title,label,answer\n"
        "7,does it fit?,B1,it fits a wide shelf,review,1,Box,2,yes\n"
        "7,does it fit?,B1,nice colour,review,2,Box,0,\n",
        encoding="utf-8",
    )
    articles, (question,) = epqa(path)
    assert [(one.id, one.brand) for one in articles] == [("7-0", "q7"), ("7-1", "q7")]
    assert (question.right, question.brand, question.language) == (frozenset({"7-0"}), "q7", "en")


def examples(count: int, seed: int = 3) -> list[Example]:
    """Make questions whose right passage has the higher share of words; a third have none, and share little."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(count):
        signs = draw.uniform(0, 0.3, (6, len(SIGNS)))
        right = np.zeros(6, dtype=np.bool_)
        if number % 3:
            signs[2, 0] += 0.5
            right[2] = True
        grounds = np.concatenate([[1.0], signs[:, 0].max(keepdims=True), np.full(len(GROUNDS) - 2, 0.3)])
        made.append(Example(signs, grounds, tuple("abcdef"), right, f"article\t{number}"))
    return made


def test_what_counts_is_learned() -> None:
    score = fitted(examples(150))
    assert int(np.argmax(score.weights)) == SIGNS.index("share")
    guesses = [first_guess(score, one) for one in examples(60, seed=4)]
    sure = [float(score.calibrated(np.array([one.share]), one.grounds, one.own[np.newaxis])[0]) for one in guesses]
    right = [value for value, one in zip(sure, guesses, strict=True) if one.right]
    wrong = [value for value, one in zip(sure, guesses, strict=True) if not one.right]
    assert len(right) >= 38
    assert np.mean(right) > 0.85
    assert np.mean(wrong) < 0.15


# Of three passages the one that is nearest answers, whatever stands in its heading.
PLACES = [(np.array([[0.3, 0.9, 0.2], [0.3, 0.1, 0.5 + near], [0.3, 0.0, 0.3]]), 1) for near in (0.0, 0.1, 0.2, 0.3)]


def test_passages_of_an_article_are_told_apart_by_what_tells_them_apart() -> None:
    coverage, heading, cosine = within(PLACES).tolist()
    assert coverage == 0.0, "all are alike in it"
    assert heading == 0.0, "it may not count against a passage"
    assert cosine > 1.0


@needs_shop
def test_the_shop_has_the_passages_that_questions_are_said_to_be_answered_by() -> None:
    asked = {(one.language, one.text): one for one in read_questions()}
    held = {(one.id, one.language): one.body for one in shop_articles()}
    for one in read_passages():
        question = asked[one.language, one.text]
        assert question.trains, "what measures is not learned from"
        assert question.article == one.article
        assert f"## {one.heading}" in held[one.article, one.article_language] or not one.heading


@pytest.mark.parametrize("line", ["en\ta.en\tHow?", "en\ta\tHow?\tHow is it?", "en\ta.en\tHow?\t ", ""])
def test_a_line_of_passages_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "passages.tsv"
    path.write_text(f"en\ta.en\t\tHow is it?\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"passages\.tsv:2: .* is not four fields"):
        read_passages(path)


def test_the_same_questions_give_the_same_file(tmp_path: Path) -> None:
    bundle = cast(Bundle, SimpleNamespace(encoder=SimpleNamespace(digest="d")))
    first, second = (
        written(AnswerScore(fitted(examples(40)), fitted(examples(30)), within(PLACES)), bundle, {"shop_questions": 40})
        for _ in range(2)
    )
    assert first == second
    read, content = AnswerScore.parse(first), orjson.loads(first)
    for part, parameters in (("asked", read.asked), ("unasked", read.unasked)):
        assert parameters.weights.tolist() == [content[part]["weights"][name] for name in SIGNS]
        assert parameters.own.tolist() == [content[part]["own"][name] for name in OWN]
    assert read.asked.slope != read.unasked.slope


def test_a_shop_keeps_the_questions_of_some_of_its_articles() -> None:
    article = Article("a", "en", "T", "Body.", questions=("one?",), negative_questions=("other?",))
    assert Kept(1.0, True, 1.0).of(article) == article
    assert Kept(1.0, False, 1.0).of(article) == replace(article, negative_questions=())
    assert Kept(0.0, True, 1.0).of(article) == replace(article, questions=(), negative_questions=())
    many = [replace(article, id=f"a{number}") for number in range(200)]
    assert 60 < sum(bool(Kept(0.5, True, 1.0).of(one).questions) for one in many) < 140


def test_the_shipped_file_belongs_to_the_shipped_encoder() -> None:
    import knowledge_base

    content = orjson.loads((Path(knowledge_base.__file__).parent / "answer_score.json").read_bytes())
    assert content["encoder"] == Bundle.load(Bundle.default_path()).encoder.digest
    assert content["learned_from"]["shop_questions"] == sum(one.trains for one in read_questions())


@needs_shop
def test_the_search_over_articles_in_memory_finds_them() -> None:
    from tests.knowledge_base.hashing import HashingEncoder

    bundle: Any = SimpleNamespace(encoder=HashingEncoder(), digest="hashing")
    base = base_of([one for one in shop_articles() if one.language == "en"], bundle)
    assert isinstance(base, KnowledgeBase)
    found = base.consider("Can I use a gift card?", language="en")
    assert "gift-cards" in found.articles
    assert len(found.signs) == len(found.entries)


def test_words_that_stand_together_are_translations() -> None:
    pairs = [
        (["haus", "rot"], ["hous", "red"]),
        (["haus", "blau"], ["hous", "blue"]),
        (["auto", "rot"], ["car", "red"]),
        (["auto", "blau"], ["car", "blue"]),
    ]
    found = glossary.learn(pairs * 3)
    for word, english in (("haus", "hous"), ("rot", "red"), ("auto", "car"), ("blau", "blue")):
        assert max(found[word], key=found[word].__getitem__) == english
        assert sum(found[word].values()) == pytest.approx(1.0)
    assert glossary.learn([]) == {}
    assert "haus" not in glossary.learn([*pairs[2:], pairs[0]])


def test_the_glossary_of_shops_is_whole() -> None:
    head, *rows = (line.split("\t") for line in glossary.TERMS.read_text(encoding="utf-8").splitlines())
    assert head == ["en", "ar", "de", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh"]
    assert all(len(row) == len(head) and all(cell.strip() for cell in row) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)
