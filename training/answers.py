"""Questions to the sample shop, with the article that answers each, and how they are split.

`questions/<language>.tsv` holds an article's id (or `-` where no page answers), a tab, the question. Of all articles
60 % by digest train, with every question that they answer; the others test, and so it is with the questions that no
page answers. `questions/further.tsv` (language, tab, question) holds more of those, which only train: single words,
greetings, matters that are no shop's.

`passages.tsv` says of questions that train where in the article the answer stands: the question's language, the article
and its language (`return-policy.en`), the last heading above the passage (nothing before the first one), the question.
Where words and vectors chose the same passage of the right article, it was taken; where they did not, a person decided,
and left out what two passages answer, or none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tickets.errors import InvalidInputError

QUESTIONS = Path(__file__).parent / "questions"
PASSAGES = Path(__file__).parent / "passages.tsv"
_PASSAGE_FIELDS = 4
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


@dataclass(frozen=True, slots=True)
class PlacedQuestion:
    """A question in a language, and the passage that answers it: of which article, and under which heading."""

    language: str
    article: str
    article_language: str
    heading: str
    text: str

    @property
    def heading_path(self) -> tuple[str, ...]:
        """Give the last heading above the passage, as a passage's headings end; nothing before the first one."""
        return (self.heading,) if self.heading else ()


def read_passages(path: Path = PASSAGES) -> list[PlacedQuestion]:
    """Read the questions whose passage is known.

    Raises:
        InvalidInputError: A line has not four fields; names file and line.

    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        fields = line.split("\t")
        article, dot, language = fields[1].rpartition(".") if len(fields) == _PASSAGE_FIELDS else ("", "", "")
        if not (dot and article and language and fields[0] and fields[3].strip()):
            raise InvalidInputError(
                f"{path}:{number}: {line!r} is not four fields parted by tabs",
                field=f"{path}:{number}",
                hint="write language, article with its language (`return-policy.en`), heading and question",
            )
        found.append(PlacedQuestion(fields[0], article, language, fields[2], fields[3]))
    return found


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
