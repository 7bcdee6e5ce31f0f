"""Texts that mean the same, and texts that only sound like them: what teaches the encoder to tell them apart.

`paraphrases/*.tsv` hold rows of twelve texts that are translations of one another (columns: a number with a letter,
then `LANGUAGES` in order). Rows `a` and `b` of a number say the same in other words, row `c` is a near miss: it shares
words and topic, and wants another answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from tickets.errors import InvalidInputError
from training.utterances import Utterance, wording

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh")
PARAPHRASES = Path(__file__).parent / "paraphrases"
# These never train: they tell how well an encoder does on matters that it has not seen.
HELD_OUT = PARAPHRASES / "held_out"
READING = Path(__file__).parent / "reading"
SAME, NEAR_MISS = ("a", "b"), "c"
_FEWEST = 6


@dataclass(frozen=True, slots=True)
class Meaning:
    """Texts that mean the same; `anchor` is one that always stands among those that are drawn, such as a passage."""

    texts: tuple[str, ...]
    anchor: str | None = None


# Meanings that are easily taken for one another: they stand in one batch.
Family = tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Translations of one text, by language."""

    number: str
    kind: str
    texts: dict[str, str]


def read_rows(folder: Path = PARAPHRASES) -> list[Row]:
    """Read all rows of a folder, in the order of files and lines; numbers are `file.number`.

    Raises:
        InvalidInputError: A line has not thirteen fields, an empty one, or another letter than a, b, c; names file and
            line.

    """
    found = []
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            name, *texts = line.split("\t")
            if len(texts) != len(LANGUAGES) or not all(text.strip() for text in texts) or name[-1:] not in "abc":
                raise InvalidInputError(
                    f"{path}:{number}: {line[:60]!r} is not a number with a, b or c and twelve texts parted by tabs",
                    field=f"{path}:{number}",
                    hint=f"write `1a`, a tab, and a text each in {' '.join(LANGUAGES)}",
                )
            found.append(Row(f"{path.stem}.{name[:-1]}", name[-1], dict(zip(LANGUAGES, texts, strict=True))))
    return found


def paraphrases(rows: Iterable[Row]) -> list[Family]:
    """Give a family for each number: what its rows `a` and `b` say, and the near miss."""
    grouped: dict[str, dict[str, Row]] = {}
    for row in rows:
        grouped.setdefault(row.number, {})[row.kind] = row
    return [
        (
            Meaning(tuple(text for kind in SAME if kind in found for text in found[kind].texts.values())),
            *([Meaning(tuple(found[NEAR_MISS].texts.values()))] if NEAR_MISS in found else []),
        )
        for found in grouped.values()
    ]


def situations(utterances: Iterable[Utterance], own_matters: int) -> list[Family]:
    """Give a family for each situation with six messages or more; what its messages have in common is their meaning.

    Args:
        utterances: The messages; those without a situation are left out.
        own_matters: The situation that stands for matters of the writers' own choosing, which have nothing in common.

    """
    found: dict[str, list[str]] = {}
    for utterance in utterances:
        if utterance.scenario and not utterance.scenario.endswith(f".{own_matters}"):
            found.setdefault(utterance.scenario, []).append(wording(utterance))
    return [(Meaning(tuple(texts)),) for texts in found.values() if len(texts) >= _FEWEST]


def read_passages(folder: Path = READING) -> list[Family]:
    """Give a family for each passage of `reading/`: with the questions that it answers, and each that it does not."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            one = orjson.loads(line)
            passage = ". ".join((one["title"], one["heading"])) + "\n" + one["text"]
            answered = Meaning(tuple(text for _, text in one["answered"]), passage)
            found.append((answered, *(Meaning((text,)) for _, text in one["not_answered"])))
    return found
