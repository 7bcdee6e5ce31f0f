"""Questions that articles are known to answer, compared with what is asked: by meaning, and by the words of both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from knowledge_base.dense import HalfVectors
from knowledge_base.tokens import tokenize, tokenize_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from knowledge_base.entries import Entry

# The weights of words are estimated from so many questions.
_COUNTED = 2_000
_BEGINNING = 6
_NO_LANGUAGE = "und"
CLOSE_FROM = 0.7
_TINY = 1e-12
# A question's mass is e times as much where its cosine is greater by 1 / _NEARER, or its words by 1 / _IN_COMMON.
_NEARER = 25.0
_IN_COMMON = 5.0
_NO_NUMBERS = np.zeros(0, dtype=np.int64)


class Nearness(NamedTuple):
    """How near an article's known questions come: `cosine` is the best by vectors, `words` the best by words (TF-IDF).

    A word weighs the more the fewer questions hold it, so that a name counts and "when" does not. `said` is the best
    share, by weight, of what is asked that one of them holds. `mass` adds up all that come near, each by how near.
    """

    cosine: float = 0.0
    words: float = 0.0
    said: float = 0.0
    mass: float = 0.0

    @property
    def close(self) -> float:
        """Give how far the cosine goes beyond what questions about the same matter have anyway."""
        return max(0.0, self.cosine - CLOSE_FROM) / (1.0 - CLOSE_FROM)

    @property
    def signs(self) -> tuple[float, float, float]:
        """Give cosine, closeness and words."""
        return self.cosine, self.close, self.words

    def and_also(self, other: Nearness) -> Nearness:
        """Take further questions of the same article in."""
        cosine, words, said = map(max, self[:-1], other[:-1])
        return Nearness(cosine, words, said, self.mass + other.mass)


@dataclass(frozen=True, slots=True)
class Asked:
    """How near what is asked comes to questions that articles answer, and to those that they do not, by article."""

    answered: Mapping[str, Nearness]
    denied: Mapping[str, Nearness]
    masses: tuple[float, float]

    @classmethod
    def of(cls, answered: Mapping[str, Nearness], denied: Mapping[str, Nearness]) -> Self:
        """Add up how near the questions come that are answered, and those that are not."""
        masses = [sum([one.mass for one in side.values()]) for side in (answered, denied)]
        return cls(answered, denied, (masses[0], masses[1]))


@dataclass(frozen=True, eq=False)
class AskedWords:
    """The words of questions, each once, cut to their beginnings and numbered as in `vocabulary`.

    Those of question `q` stand at `starts[q]` to `starts[q + 1]` of `numbers`.
    """

    vocabulary: Mapping[str, int]
    numbers: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Read the words of questions."""
        return cls._of(map(_beginnings, tokenize_each(texts, _NO_LANGUAGE)))

    @classmethod
    def merge(cls, parts: Iterable[tuple[AskedWords, NDArray[np.bool_]]]) -> Self:
        """Put together what stays of several, each with a mask of the questions that do; no text is read again."""
        return cls._of(chain.from_iterable(words._kept(keep) for words, keep in parts))

    @classmethod
    def _of(cls, questions: Iterable[Iterable[str]]) -> Self:
        vocabulary: dict[str, int] = {}
        numbered = [[vocabulary.setdefault(word, len(vocabulary)) for word in words] for words in questions]
        starts = np.fromiter(accumulate(map(len, numbered), initial=0), dtype=np.int64)
        return cls(vocabulary, np.fromiter(chain.from_iterable(numbered), dtype=np.int32, count=starts[-1]), starts)

    def _kept(self, keep: NDArray[np.bool_]) -> Iterable[list[str]]:
        named = list(self.vocabulary)
        for question in np.flatnonzero(keep).tolist():
            yield [named[number] for number in self.numbers[self.starts[question] : self.starts[question + 1]].tolist()]

    @property
    def size(self) -> int:
        """Count the questions."""
        return len(self.starts) - 1

    @cached_property
    def held(self) -> NDArray[np.int64]:
        """Count the questions that hold each word: a sample of them is counted where they are many."""
        step = max(1, self.size // _COUNTED)
        counted = np.repeat(np.arange(self.size) % step == 0, np.diff(self.starts))
        return np.bincount(self.numbers[counted], minlength=len(self.vocabulary)) * step

    def sums(self, weights: NDArray[np.float64], questions: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Add up the weights of the words of all questions, or of some, in their order; shape (questions,)."""
        if questions is None:
            questions = np.arange(self.size)
        starts = self.starts[questions]
        sizes = self.starts[questions + 1] - starts
        of = np.repeat(np.arange(len(questions)), sizes)
        shifts = starts - np.cumsum(sizes) + sizes
        of_words = weights[self.numbers[np.arange(len(of)) + shifts[of]]]
        return np.asarray(np.bincount(of, of_words, len(questions)), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class KnownQuestions:
    """The questions that the articles of a segment name.

    `rows` holds the row of the first passage of the article that names each: who may see that one may see the question.
    `groups` is twice the number of the article in `names`, and one more for a negative question. Articles are named as
    their translations are, too.
    """

    texts: tuple[str, ...]
    rows: NDArray[np.int64]
    groups: NDArray[np.int32]
    names: tuple[str, ...]
    words: AskedWords
    vectors: HalfVectors

    @classmethod
    def of(
        cls, articles: Iterable[tuple[int, Sequence[Entry]]], words: AskedWords | None, vectors: HalfVectors
    ) -> Self:
        """Gather the questions of articles.

        Args:
            articles: For each one the row of its first passage, and its questions.
            words: Theirs, where they were read before.
            vectors: Theirs.

        """
        numbers: dict[str, int] = {}
        texts: list[str] = []
        rows: list[int] = []
        groups: list[int] = []
        for row, asking in articles:
            for one in asking:
                texts.append(one.text)
                rows.append(row)
                groups.append(2 * numbers.setdefault(one.original, len(numbers)) + one.denies)
        columns = np.array(rows, dtype=np.int64), np.array(groups, dtype=np.int32)
        return cls(tuple(texts), *columns, tuple(numbers), words or AskedWords.of(texts), vectors)

    @classmethod
    def merge(cls, parts: Sequence[tuple[KnownQuestions, NDArray[np.bool_]]]) -> Self:
        """Put together what stays of several.

        Args:
            parts: Those of segments, each with a mask of the passages that stay; these are numbered anew, in order.

        """
        numbers: dict[str, int] = {}
        texts: list[str] = []
        rows, groups, kept = [_NO_NUMBERS], [_NO_NUMBERS], []
        before = 0
        for questions, keep in parts:
            stays = keep[questions.rows]
            texts += [questions.texts[place] for place in np.flatnonzero(stays).tolist()]
            rows.append((np.cumsum(keep) - 1 + before)[questions.rows[stays]])
            named = np.array([numbers.setdefault(name, len(numbers)) for name in questions.names], dtype=np.int64)
            groups.append(2 * named[questions.groups[stays] // 2] + questions.groups[stays] % 2)
            kept.append((questions, stays))
            before += int(keep.sum())
        words = AskedWords.merge((one.words, stays) for one, stays in kept)
        vectors = HalfVectors.of(one.vectors.all()[stays] for one, stays in kept if one.size)
        joined = np.concatenate(rows), np.concatenate(groups).astype(np.int32)
        return cls(tuple(texts), *joined, tuple(numbers), words, vectors)

    @property
    def size(self) -> int:
        """Count them."""
        return len(self.texts)

    def answered(self) -> dict[str, int]:
        """Give the articles that name questions which they answer, each with the row of its first passage."""
        known = np.flatnonzero(self.groups % 2 == 0)
        groups, firsts = np.unique(self.groups[known], return_index=True)
        return {
            self.names[group // 2]: row
            for group, row in zip(groups.tolist(), self.rows[known[firsts]].tolist(), strict=True)
        }

    def near(self, vector: NDArray[np.float32], allowed: NDArray[np.bool_] | None, limit: int) -> Near:
        """Find those nearest to a vector; `allowed` says which of them may be found."""
        return Near(self, *self.vectors.nearest(vector, allowed, limit))


class Near(NamedTuple):
    """Questions that come near, by their places in `known`, the nearest first."""

    known: KnownQuestions
    places: NDArray[np.int64]
    cosines: NDArray[np.float32]


def nearest(near: Sequence[Near], limit: int) -> list[Near]:
    """Keep the nearest of all."""
    if sum(len(one.places) for one in near) <= limit:
        return list(near)
    cosines = np.concatenate([one.cosines for one in near])
    kept = np.zeros(len(cosines), dtype=np.bool_)
    kept[np.argsort(-cosines, kind="stable")[:limit]] = True
    ends = list(accumulate(len(one.places) for one in near))
    parts = zip(near, np.split(kept, ends[:-1]), strict=True)
    return [Near(one.known, one.places[part], one.cosines[part]) for one, part in parts]


class Weights:
    """What the beginnings of words weigh: log(1 + questions / (1 + those that hold it)), squared.

    Args:
        searched: The words of all questions that are searched.

    """

    def __init__(self, searched: Sequence[AskedWords]) -> None:
        self._questions = sum(words.size for words in searched)
        held: dict[str, int] = {}
        for words in searched if len(searched) > 1 else ():
            for word, count in zip(words.vocabulary, words.held.tolist(), strict=True):
                held[word] = held.get(word, 0) + count
        self._parts = {}
        for words in searched:
            counts = np.array([held[word] for word in words.vocabulary]) if held else words.held
            weights = np.log(1.0 + self._questions / (1 + counts)) ** 2
            self._parts[id(words)] = words, weights, words.sums(weights)

    def whole(self, said: Iterable[str]) -> float:
        """Add up what words weigh."""
        return sum([self._weight(word) for word in said])

    def shared(self, words: AskedWords, questions: NDArray[np.int64], said: Iterable[str]) -> NDArray[np.float64]:
        """Tell how much some questions have in common with what is said.

        Returns:
            Array of shape (2, len(questions)): the cosine of the words of both, and the share of what is said.

        """
        _, weights, wholes = self._parts[id(words)]
        numbers = [number for word in said if (number := words.vocabulary.get(word)) is not None]
        of_said = np.zeros(len(weights))
        of_said[numbers] = weights[numbers]
        in_common, whole = words.sums(of_said, questions), self.whole(said)
        both = np.maximum(wholes[questions] * whole, _TINY)
        return np.stack([in_common / np.sqrt(both), in_common / max(whole, _TINY)])

    def _weight(self, word: str) -> float:
        for words, weights, _ in self._parts.values():
            number = words.vocabulary.get(word)
            if number is not None:
                return float(weights[number])
        return math.log(1.0 + self._questions) ** 2


def compared(near: Sequence[Near], text: str, weights: Weights) -> Asked:
    """Compare what is asked with the nearest known questions; the best of each article.

    Args:
        near: The nearest by meaning.
        text: What is asked.
        weights: What words weigh in all known questions that are searched.

    """
    said = frozenset(_beginnings(tokenize(text, _NO_LANGUAGE)))
    found: tuple[dict[str, Nearness], dict[str, Nearness]] = ({}, {})
    for known, places, cosines in near:
        if not len(places):
            continue
        groups = known.groups[places]
        order = np.argsort(groups, kind="stable")
        edges = np.flatnonzero(np.diff(groups[order], prepend=-1))
        by_words, of_said = weights.shared(known.words, places, said)
        masses = np.exp(_NEARER * (cosines - 1.0) + _IN_COMMON * by_words)
        best = np.maximum.reduceat(np.stack([cosines, by_words, of_said])[:, order], edges, axis=1)
        columns = np.concatenate([best, [np.add.reduceat(masses[order], edges)]])
        # The article with the nearest question first.
        first = np.argsort(order[edges])
        for group, column in zip(groups[order[edges]][first].tolist(), columns[:, first].T.tolist(), strict=True):
            side, name, nearness = found[group % 2], known.names[group // 2], Nearness._make(column)
            other = side.get(name)
            side[name] = nearness if other is None else other.and_also(nearness)
    return Asked.of(*found)


def _beginnings(words: Iterable[str]) -> dict[str, None]:
    """Cut words: nobody says what language a known question is in, so no endings are known.

    Cut after so many characters, words of one stem mostly fall together, in any language that puts endings behind.
    """
    return dict.fromkeys(word[:_BEGINNING] for word in words)
