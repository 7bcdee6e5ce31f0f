"""Questions whose right passages are known, put to the real search: the sample shop's, and ePQA's graded candidates.

ePQA (amazon-science/contextual-product-qa, CDLA-Sharing-1.0) holds ten candidates a question, graded 0 to 2; 2 answers.
None of its text is part of Deskhand.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.entries import Entry
from knowledge_base.importing import read_path
from knowledge_base.passages import split_passages
from knowledge_base.records import Article
from knowledge_base.search import KnowledgeBase
from knowledge_base.segments import IndexedArticle, with_questions
from training.answers import is_training, product_key, read_questions

if TYPE_CHECKING:
    from knowledge_base.scoring import AnswerScore
    from models.bundle import Bundle, Prediction

_ROOT = Path(__file__).parents[1]
SHOP_ARTICLES = _ROOT / "sample_shop" / "articles"
SHOP_VECTORS = _ROOT / "sample_shop" / "vectors.safetensors"
_ANSWERS = "2"
# As many intents as a decision hands to the search.
_TOPICS = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, the articles that answer it (none where nothing does), and where to look (a brand; None: anywhere).

    `key` is what a split goes by, `trains` on which side of it the question falls; `further` marks those that were
    written to be turned away, and only train.
    """

    text: str
    language: str
    right: frozenset[str]
    key: str
    trains: bool
    brand: str | None = None
    further: bool = False


class Held:
    """Articles that stand still, as the search reads them."""

    def __init__(self, articles: Sequence[IndexedArticle]) -> None:
        self._articles = articles

    def generation(self) -> str:
        """Give the name of the only state."""
        return "1"

    def changed_since(self, generation: str) -> None:
        """Give nothing: nothing changes."""

    def articles(self, keys: Collection[int] | None = None) -> list[IndexedArticle]:
        """Give the articles of these keys, or all."""
        return [article for article in self._articles if keys is None or article.key in keys]


def indexed(articles: Iterable[Article]) -> list[IndexedArticle]:
    """Cut articles into passages, as an import does."""
    found: list[IndexedArticle] = []
    for article in articles:
        entries = [
            Entry(
                article.id,
                article.title,
                article.language,
                article.visibility,
                passage.text,
                passage.heading_path,
                article.tags,
                article.brand,
            )
            for passage in split_passages(article.title, article.body)
        ]
        if entries:
            found.append(
                IndexedArticle(len(found) + 1, with_questions(entries, article.questions, article.negative_questions))
            )
    return found


def base_of(articles: Iterable[Article], bundle: Bundle, score: AnswerScore | None = None) -> KnowledgeBase:
    """Make the search over articles, in memory; texts of the sample shop whose vectors ship are not encoded again."""
    source = Held(indexed(articles))
    base = KnowledgeBase(source, bundle.encoder, encoder_digest=bundle.digest, cache_dir=None, score=score)
    base.adopt(SHOP_VECTORS)
    return base


def shop_articles() -> tuple[Article, ...]:
    """Read the articles of the sample shop."""
    return read_path(SHOP_ARTICLES).articles


def shop_questions() -> list[Judged]:
    """Read the questions to the sample shop."""
    return [
        Judged(
            one.text,
            one.language,
            frozenset([one.article] if one.article else []),
            one.key,
            one.trains,
            further=one.further,
        )
        for one in read_questions()
    ]


def topics_of(prediction: Prediction) -> Mapping[str, float]:
    """Give the intents that a decision hands to the search."""
    return dict(prediction.intents[:_TOPICS])


def epqa(path: Path) -> tuple[list[Article], list[Judged]]:
    """Read ePQA: a candidate is an article, whose brand is its question.

    Args:
        path: `epqa/dev.csv`.

    """
    articles: list[Article] = []
    grouped: dict[str, list[dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            grouped.setdefault(row["qid"], []).append(row)
    questions = []
    for number, rows in grouped.items():
        names = [f"{number}-{place}" for place in range(len(rows))]
        brand = f"q{number}"
        articles += [
            Article(name, "en", row["title"], row["candidate"], brand=brand)
            for name, row in zip(names, rows, strict=True)
        ]
        right = frozenset(name for name, row in zip(names, rows, strict=True) if row["label"] == _ANSWERS)
        key = product_key(rows[0]["ASIN"])
        questions.append(Judged(rows[0]["question"], "en", right, key, is_training(key), brand))
    return articles, questions
