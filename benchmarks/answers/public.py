"""Questions of public sets: ePQA's graded candidates, and XQuAD's questions in other languages."""

from __future__ import annotations

import json

from benchmarks.accuracy.examples import public_file
from knowledge_base.records import Article
from training.judged import Judged, epqa

XQUAD_LANGUAGES = ("ar", "de", "es", "tr", "zh")


def product_questions() -> tuple[list[Article], list[Judged]]:
    """Read the products of ePQA that test, and the questions that any candidate answers.

    Raises:
        SkippedError: The set is not here.

    """
    articles, questions = epqa(public_file("epqa", "dev.csv"))
    judged = [one for one in questions if one.right and not one.trains]
    brands = {one.brand for one in judged}
    return [one for one in articles if one.brand in brands], judged


def paragraphs() -> tuple[list[Article], dict[str, list[Judged]]]:
    """Read the English paragraphs of XQuAD, and the questions in other languages.

    Raises:
        SkippedError: The set is not here.

    """
    articles = []
    for place, paragraph in enumerate(_paragraphs("en")):
        articles.append(Article(f"p{place}", "en", f"{place}", paragraph["context"]))
    questions = {
        language: [
            Judged(asked["question"], language, frozenset([f"p{place}"]), asked["id"], False)
            for place, paragraph in enumerate(_paragraphs(language))
            for asked in paragraph["qas"]
        ]
        for language in XQUAD_LANGUAGES
    }
    return articles, questions


def _paragraphs(language: str) -> list[dict]:  # type: ignore[type-arg]
    content = json.loads(public_file("xquad", f"xquad.{language}.json").read_text(encoding="utf-8"))
    return [paragraph for topic in content["data"] for paragraph in topic["paragraphs"]]
