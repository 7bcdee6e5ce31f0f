"""Learn which English words a foreign word stands for, from sentences in both languages.

IBM model 1 (Brown et al. 1993), once in each direction; a translation counts as far as both directions agree on it.
Words are those that search compares (`knowledge_base.tokens`), so that the result fits its inverted files.

`python -m training.fit.glossary` reads the parallel sentences of `DESKHAND_PUBLIC_DATA`, `training/glossary.tsv`,
the names of countries and currencies (Unicode CLDR, by Babel), the reply templates and the translated articles of the
sample shop that may train, and writes `knowledge_base/glossary.safetensors`.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from babel import Locale
from numpy.typing import NDArray

from knowledge_base.glossary import FILE, TARGET, written
from knowledge_base.importing import read_path
from knowledge_base.passages import split_passages
from knowledge_base.records import Article
from knowledge_base.tokens import tokenize
from training.answers import article_key, is_training
from training.public_data import find_pair_files, read_pairs

_ROOT = Path(__file__).parents[2]
TERMS = Path(__file__).parents[1] / "glossary.tsv"
PASSES = 6
MOST_TARGETS = 5
LEAST_SHARE = 0.06
# A longer sentence says too little of which word stands for which.
LONGEST_SENTENCE = 40
_NOTHING = 0
# How often a pair counts: what was written for shops more often than what people chat about.
_TERM, _OWN_TEXT, _SHOP_TEXT = 5, 3, 2
_MOST_SENTENCES = 60_000
_MOST_TERM_CHARS = 4
# Of pairs of characters there are many more than of words.
_LEAST_COUNTS = {"ja": 3, "zh": 3}
_LIQUID = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)

TextPair = tuple[str, str]
SentencePair = tuple[Sequence[str], Sequence[str]]


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Every foreign word of a sentence beside every English one of it; `cells` numbers the pairs of words."""

    cells: NDArray[np.int64]
    by_english: NDArray[np.int64]
    by_foreign: NDArray[np.int64]
    foreign: NDArray[np.int64]
    english: NDArray[np.int64]


def learn(pairs: Iterable[SentencePair], least_count: int = 2) -> dict[str, dict[str, float]]:
    """Give, for each foreign word, its likely English words with their shares, which sum to one.

    Args:
        pairs: (words of a foreign sentence, words of its English counterpart).
        least_count: Foreign words of fewer sentences are left out.

    """
    foreign_names: dict[str, int] = {"": _NOTHING}
    english_names: dict[str, int] = {"": _NOTHING}
    sentences = []
    for foreign, english in pairs:
        if foreign and english and max(len(foreign), len(english)) <= LONGEST_SENTENCE:
            sentences.append(
                (
                    [foreign_names.setdefault(word, len(foreign_names)) for word in dict.fromkeys(foreign)],
                    [english_names.setdefault(word, len(english_names)) for word in dict.fromkeys(english)],
                )
            )
    if not sentences:
        return {}
    cells = _spread(sentences, len(english_names))
    into_english = _aligned(cells, cells.by_english, cells.foreign)
    into_foreign = _aligned(cells, cells.by_foreign, cells.english)
    shares = np.sqrt(into_english * into_foreign)
    counted = np.bincount([word for foreign, _ in sentences for word in foreign], minlength=len(foreign_names))
    wanted = (cells.foreign != _NOTHING) & (cells.english != _NOTHING) & (counted[cells.foreign] >= least_count)
    names = list(foreign_names), list(english_names)
    return _named(cells.foreign[wanted], cells.english[wanted], shares[wanted], names)


def _spread(sentences: Sequence[tuple[list[int], list[int]]], english_words: int) -> _Cells:
    """Lay out all cells; each side has the word "nothing" in every sentence, for words without a counterpart."""
    numbers, by_english, by_foreign = [], [], []
    english_place = foreign_place = 0
    for foreign, english in sentences:
        rows, columns = np.array([_NOTHING, *foreign]), np.array([_NOTHING, *english])
        numbers.append((rows[:, None] * english_words + columns[None, :]).ravel())
        by_english.append((english_place + np.tile(np.arange(len(columns)), len(rows))).astype(np.int32))
        by_foreign.append((foreign_place + np.repeat(np.arange(len(rows)), len(columns))).astype(np.int32))
        english_place += len(columns)
        foreign_place += len(rows)
    found, cells = np.unique(np.concatenate(numbers), return_inverse=True)
    return _Cells(
        cells, np.concatenate(by_english), np.concatenate(by_foreign), found // english_words, found % english_words
    )


def _aligned(cells: _Cells, explained: NDArray[np.int64], given: NDArray[np.int64]) -> NDArray[np.float64]:
    """Run EM: how likely each word of one side is, given the word of the other, for each pair of words."""
    chances = np.ones(len(given))
    for _ in range(PASSES):
        weights = chances[cells.cells]
        weights /= np.bincount(explained, weights)[explained]
        counts = np.bincount(cells.cells, weights)
        chances = counts / np.bincount(given, counts)[given]
    return chances


def _named(
    foreign: NDArray[np.int64],
    english: NDArray[np.int64],
    shares: NDArray[np.float64],
    names: tuple[list[str], list[str]],
) -> dict[str, dict[str, float]]:
    """Keep the best few of each word, and let them sum to one."""
    found: dict[str, dict[str, float]] = {}
    for place in np.lexsort((-shares, foreign)).tolist():
        targets = found.setdefault(names[0][foreign[place]], {})
        if len(targets) < MOST_TARGETS:
            targets[names[1][english[place]]] = float(shares[place])
    return {word: kept for word, targets in found.items() if (kept := _summed(targets))}


def _summed(targets: Mapping[str, float]) -> dict[str, float]:
    total = sum(targets.values())
    strong = {word: share for word, share in targets.items() if share >= LEAST_SHARE * total and share > 0}
    total = sum(strong.values())
    return {word: share / total for word, share in strong.items()}


def shop_terms(path: Path = TERMS) -> dict[str, list[TextPair]]:
    """Read `glossary.tsv`: a column a language, English first, alternatives parted by a bar."""
    head, *rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    pairs: dict[str, list[TextPair]] = {language: [] for language in head[1:]}
    for english, *others in rows:
        for language, cell in zip(head[1:], others, strict=True):
            pairs[language].extend((word, english) for word in cell.split("|"))
    return pairs


def names(language: str) -> list[TextPair]:
    """Give the names of countries and currencies."""
    theirs, ours = Locale(language), Locale(TARGET)
    pairs = []
    for kind in ("territories", "currencies"):
        own, english = getattr(theirs, kind), getattr(ours, kind)
        codes = [code for code in sorted(english) if len(code) < _MOST_TERM_CHARS and code.isalpha()]
        pairs += [(own[code], english[code]) for code in codes if code in own]
    return pairs


def template_texts(library: Path, language: str) -> list[TextPair]:
    """Pair the paragraphs of reply templates with those of the English ones, where there are as many."""
    pairs = []
    for path in sorted((library / language).glob("*.liquid")):
        english = library / TARGET / path.name
        if english.is_file():
            own, other = (_paragraphs(one) for one in (path, english))
            pairs += list(zip(own, other, strict=True)) if len(own) == len(other) else []
    return pairs


def _paragraphs(path: Path) -> list[str]:
    body = _LIQUID.sub(" ", path.read_text(encoding="utf-8").split("---", 2)[-1])
    return [part for part in body.split("\n\n") if part.strip()]


def article_texts(articles: Iterable[Article], language: str) -> list[TextPair]:
    """Pair the passages of translated articles that may train with the English ones."""
    held = {(article.id, article.language): article for article in articles if is_training(article_key(article.id))}
    pairs = []
    for (name, code), article in held.items():
        english = held.get((name, TARGET))
        if code != language or english is None:
            continue
        pairs.append((article.title, english.title))
        own, other = (split_passages(one.title, one.body) for one in (article, english))
        if len(own) != len(other):
            continue
        for mine, theirs in zip(own, other, strict=True):
            if mine.heading_path and theirs.heading_path:
                pairs.append((mine.heading_path[-1], theirs.heading_path[-1]))
            lines = mine.text.split("\n"), theirs.text.split("\n")
            as_many = len(lines[0]) == len(lines[1])
            pairs += list(zip(*lines, strict=True)) if as_many else [(mine.text, theirs.text)]
    return pairs


def gathered(public_data: Path) -> dict[str, list[SentencePair]]:
    """Read all that there is to learn from, by language."""
    found, _ = find_pair_files(public_data)
    articles = read_path(_ROOT / "sample_shop" / "articles").articles
    pairs: dict[str, list[SentencePair]] = {}
    for language, terms in shop_terms().items():
        own = template_texts(_ROOT / "replies" / "library", language) + article_texts(articles, language)
        texts = (terms + names(language)) * _TERM + own * _OWN_TEXT
        for file in (file for file in found if file.language == language):
            sentences = [(other, english) for english, other in islice(read_pairs(file), _MOST_SENTENCES)]
            texts += sentences * (_SHOP_TEXT if file.source.stem == "shop_ui" else 1)
        pairs[language] = [(tokenize(own, language), tokenize(english, TARGET)) for own, english in texts]
    return pairs


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m training.fit.glossary", description=__doc__)
    parser.add_argument("--out", type=Path, default=_ROOT / "knowledge_base" / FILE)
    options = parser.parse_args()
    folder = os.environ.get("DESKHAND_PUBLIC_DATA")
    if not folder:
        parser.error("DESKHAND_PUBLIC_DATA names no folder: the parallel sentences are read from there")
    tables = {}
    for language, pairs in gathered(Path(folder)).items():
        tables[language] = learn(pairs, _LEAST_COUNTS.get(language, 2))
        sys.stdout.write(f"{language}: {len(pairs)} pairs, {len(tables[language])} words\n")
    options.out.write_bytes(written(tables))


if __name__ == "__main__":
    main()
