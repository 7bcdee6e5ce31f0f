"""The gate on search: questions in one language, passages in English."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.bundle import Bundle
from tests.checkout import ROOT, needs_checkout
from tests.knowledge_base.hashing import HashingEncoder
from tickets.errors import InvalidInputError
from training.meanings import LANGUAGES, Row
from training.retrieval import cross_lingual_recall, paraphrase_recall

ENGLISH = """---
id: {id}
title: {title}
language: en
---
## {question}

{answer}
"""


def write(folder: Path, language: str, article: str, question: str, answer: str) -> None:
    (folder / language).mkdir(exist_ok=True)
    content = ENGLISH.format(id=article, title=article.title(), question=question, answer=answer)
    (folder / language / f"{article}.md").write_text(content.replace("language: en", f"language: {language}"))


def test_a_question_counts_where_the_nearest_passage_is_of_its_article(tmp_path: Path) -> None:
    write(tmp_path, "en", "sizes", "Which size fits?", "Measure your foot twice.")
    write(tmp_path, "en", "vouchers", "Where does the code go?", "Into the voucher field.")
    # To an encoder of letters, words that look alike are near.
    write(tmp_path, "de", "sizes", "Sizes, measure foot?", "Fuß messen.")
    write(tmp_path, "de", "vouchers", "Measure your foot twice, which size?", "Ins Feld.")
    write(tmp_path, "nl", "vouchers", "Voucher code field?", "In het veld.")
    found = cross_lingual_recall(HashingEncoder(256), tmp_path)
    assert (found.questions, found.passages) == (3, 2)
    assert found.at_one == pytest.approx(2 / 3)
    assert found.per_language == {"de": 0.5, "nl": 1.0}


def test_a_folder_without_translations_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "en", "sizes", "Which size fits?", "Measure your foot twice.")
    with pytest.raises(InvalidInputError, match="0 questions"):
        cross_lingual_recall(HashingEncoder(), tmp_path)


@needs_checkout
def test_the_shipped_encoder_finds_the_sample_shops_articles_across_languages() -> None:
    found = cross_lingual_recall(Bundle.load(Bundle.default_path()).encoder, ROOT / "sample_shop" / "articles")
    assert found.questions > 400
    # Measured among 873 passages of 120 English articles: 0.423 over all, 0.265 in Turkish.
    assert found.at_one > 0.4
    assert min(found.per_language.values()) > 0.22


def test_a_paraphrase_counts_where_the_nearest_in_another_language_means_the_same() -> None:
    def row(number: str, kind: str, words: str) -> Row:
        return Row(number, kind, {language: f"{words} {language}" for language in LANGUAGES})

    # To an encoder of letters, words that look alike are near: the second number is taken for its near miss.
    rows = [row("1", "a", "lamp on desk"), row("1", "b", "lamp on table"), row("1", "c", "seven horses")]
    right = paraphrase_recall(HashingEncoder(512).encode, rows)
    assert right.at_one == 1.0
    assert right.texts == 2 * len(LANGUAGES)
    own = {language: language * 4 for language in LANGUAGES}
    misled = [*rows, Row("2", "a", own), row("2", "c", " ".join(own.values()))]
    found = paraphrase_recall(HashingEncoder(512).encode, misled)
    assert found.at_one == pytest.approx(2 / 3)
    assert set(found.per_language) == set(LANGUAGES)
