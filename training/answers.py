"""Questions to the sample shop, with the article that answers each, and how they are split.

`questions/<language>.tsv` holds an article's id (or `-` where no page answers), a tab, the question. Of all articles
60 % by digest train, with every question that they answer; the others test, and so it is with the questions that no
page answers. `questions/further.tsv` (language, tab, question) holds more of those, which only train: single words,
greetings, matters that are no shop's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tickets.errors import InvalidInputError

QUESTIONS = Path(__file__).parent / "questions"
FURTHER = "further.tsv"
TRAIN_SHARE = 0.6
_NO_ARTICLE = "-"


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question in a language, and the article that answers it; None where none does."""

    language: str
    article: str | None
    text: str
    further: bool = False

    @property
    def trains(self) -> bool:
        """Whether it may be learned from; otherwise it only measures."""
        return self.further or is_training(self.key)

    @property
    def key(self) -> str:
        """What the split goes by: the article, or the question itself where there is none."""
        return article_key(self.article) if self.article else f"question\t{self.language}\t{self.text}"


def article_key(article: str) -> str:
    """Name an article for the split."""
    return f"article\t{article}"


def product_key(product: str) -> str:
    """Name a product of ePQA for the split."""
    return f"epqa\t{product}"


def is_training(key: str) -> bool:
    """Tell on which side of the split something falls."""
    return share_of(key) < TRAIN_SHARE


def share_of(key: str) -> float:
    """Return where in [0, 1) the digest of a key falls."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64


def read_questions(folder: Path = QUESTIONS) -> list[AskedQuestion]:
    """Read all questions, by language and in the order of the files.

    Raises:
        InvalidInputError: A line has no tab; names file and line.

    """
    found = []
    for path in sorted(folder.glob("*.tsv")):
        further = path.name == FURTHER
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            first, tab, text = line.partition("\t")
            if not (tab and first and text.strip()):
                raise InvalidInputError(
                    f"{path}:{number}: {line!r} is not two fields parted by a tab",
                    field=f"{path}:{number}",
                    hint="write the article's id, or `-`, a tab and the question",
                )
            if further:
                found.append(AskedQuestion(first, None, text, further=True))
            else:
                found.append(AskedQuestion(path.stem, None if first == _NO_ARTICLE else first, text))
    return found
