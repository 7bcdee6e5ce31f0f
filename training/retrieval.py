"""How well an encoder finds, for a question in one language, the passage that answers it in English.

The questions are the headings of translated help articles ("Wie storniere ich meine Bestellung?"), the passages those
of the English articles; a question is answered where the nearest passage is of the same article. Nothing but vectors
is compared: this measures the encoder, not the whole search.

Or how well it tells what means the same in another language from what only sounds alike (`training/paraphrases/`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.importing import read_path
from knowledge_base.index import Entry
from knowledge_base.passages import split_passages
from knowledge_base.vectors import Encoder
from tickets.errors import InvalidInputError
from training.meanings import LANGUAGES, NEAR_MISS, Row

_ENGLISH = "en"
_QUESTION_SIGNS = ("?", "？", "؟", "か")


@dataclass(frozen=True, slots=True)
class Recall:
    """The share of questions whose nearest English passage is of the right article, over all and by language."""

    questions: int
    passages: int
    at_one: float
    per_language: dict[str, float]


def cross_lingual_recall(encoder: Encoder, articles: Path) -> Recall:
    """Measure recall@1 from the languages of `articles` to its English passages.

    Args:
        encoder: Makes the vectors.
        articles: A folder of help articles with translations, as `deskhand kb import` reads it.

    Raises:
        InvalidInputError: The folder has no English articles, or no questions in another language.

    """
    passages: list[Entry] = []
    questions: list[tuple[str, str, str]] = []
    for article in read_path(articles).articles:
        for passage in split_passages(article.title, article.body):
            entry = Entry(
                article.id, article.title, article.language, article.visibility, passage.text, passage.heading_path
            )
            heading = passage.heading_path[-1] if passage.heading_path else ""
            if article.language == _ENGLISH:
                passages.append(entry)
            elif heading.endswith(_QUESTION_SIGNS):
                questions.append((heading, article.language, article.id))
    if not passages or not questions:
        raise InvalidInputError(
            f"{articles} holds {len(passages)} English passages and {len(questions)} questions in other languages",
            field=str(articles),
            hint="name a folder with English articles and translations that have questions as headings",
        )
    vectors = encoder.encode([entry.spoken for entry in passages])
    asked = encoder.encode([question for question, _, _ in questions])
    nearest = np.argmax(asked @ vectors.T, axis=1)
    found: dict[str, list[bool]] = defaultdict(list)
    for row, (_, language, name) in zip(nearest, questions, strict=True):
        found[language].append(passages[row].article == name)
    shares = {language: sum(right) / len(right) for language, right in sorted(found.items())}
    total = sum(sum(right) for right in found.values()) / len(questions)
    return Recall(len(questions), len(passages), total, shares)


@dataclass(frozen=True, slots=True)
class Alike:
    """The share of texts whose nearest in another language means the same, over all and by language."""

    texts: int
    at_one: float
    per_language: dict[str, float]


def paraphrase_recall(encode: Callable[[Sequence[str]], NDArray[np.float32]], rows: Sequence[Row]) -> Alike:
    """Measure how often the nearest of all texts in the other languages means the same.

    Texts of near misses are only found, not asked for.

    Args:
        encode: Gives texts their vectors, (texts, dimension), of unit length.
        rows: Numbers with both wordings and the near miss, in all languages.

    """
    texts = [(row.texts[language], language, row) for row in rows for language in LANGUAGES]
    vectors = encode([text for text, _, _ in texts])
    languages = np.array([language for _, language, _ in texts])
    found: dict[str, list[bool]] = defaultdict(list)
    for place, (_, language, row) in enumerate(texts):
        if row.kind != NEAR_MISS:
            nearness = np.where(languages == language, -np.inf, vectors @ vectors[place])
            best = texts[int(np.argmax(nearness))][2]
            found[language].append(best.number == row.number and best.kind != NEAR_MISS)
    shares = {language: sum(right) / len(right) for language, right in sorted(found.items())}
    total = [right for held in found.values() for right in held]
    return Alike(len(total), sum(total) / len(total), shares)
