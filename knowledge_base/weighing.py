"""From what the indexes of several languages found to the signs that the answer's probability is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from knowledge_base.found import MATCH
from knowledge_base.glossary import TARGET, Glossary
from knowledge_base.known_questions import Asked, Nearness, compared
from knowledge_base.scoring import BEST, SIGNS, Grounds
from knowledge_base.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from knowledge_base.entries import Entry, Scope
    from knowledge_base.found import Found
    from knowledge_base.index import SearchIndex
    from knowledge_base.word_search import Word

# So many passages of each language are looked at closely.
_CONSIDERED = 25
_CONSIDERED_ELSEWHERE = 10
# So many articles come in because of the questions that they are known to answer.
_ASKED_ARTICLES = 5


@dataclass(frozen=True, slots=True)
class Question:
    """A query as it is searched; `vector` has unit length or is zero, `language` is None where unknown."""

    text: str
    vector: NDArray[np.float32]
    scope: Scope
    language: str | None
    topics: Mapping[str, float]


_FAR = Nearness()
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Sought:
    """What each language gave, and how near known questions come to what is asked."""

    found: tuple[Found, ...]
    asked: Asked

    def also(self, found: Iterable[Found]) -> Sought:
        """Add what further languages gave."""
        return Sought((*self.found, *found), self.asked)


@dataclass(frozen=True, slots=True, eq=False)
class Considered:
    """The passages that were looked at, with what speaks for each, and what there is to go by at all.

    A row of `signs` belongs to each passage, a column to each of `SIGNS`; `articles` names the article of each passage
    as its translations are named, too.
    """

    entries: tuple[Entry, ...]
    articles: tuple[str, ...]
    signs: NDArray[np.float64]
    grounds: Grounds


def tiers(index: SearchIndex, language: str | None) -> list[list[str]]:
    """Group the languages: the question's and English, then those with further articles; one where it is not known."""
    if language is None:
        return [list(index.partitions)]
    first = [code for code in dict.fromkeys((language, TARGET)) if code in index.partitions]
    return [tier for tier in (first, list(index.beyond(first))) if tier]


def find(index: SearchIndex, languages: Iterable[str], question: Question) -> Sought:
    """Search the passages of some languages, and the questions that their articles are known to answer."""
    chosen = [(language, index.partitions[language]) for language in languages]
    near = [one for _, partition in chosen for one in partition.near(question.vector, question.scope)]
    asked = compared(near, question.text, index.weights(language for language, _ in chosen))
    answered = asked.answered
    wanted = sorted(answered, key=lambda name: -(answered[name].cosine + answered[name].words))[:_ASKED_ARTICLES]
    scope, vector, topics = question.scope, question.vector, question.topics
    said = tokenize(question.text, question.language) if question.language else ()
    found = [
        partition.find(_words(question, language, said), vector, scope, _CONSIDERED, topics, wanted)
        for language, partition in chosen
    ]
    return Sought(tuple(found), asked)


def find_by_meaning(index: SearchIndex, languages: Iterable[str], question: Question) -> list[Found]:
    """Search the passages of languages that the question's words say nothing in, by their meaning alone."""
    nearest = [
        (cosine, language, row)
        for language in languages
        for cosine, row in index.partitions[language].nearest(question.vector, question.scope, _CONSIDERED_ELSEWHERE)
    ]
    chosen: dict[str, list[int]] = {}
    for _, language, row in sorted(nearest, reverse=True)[:_CONSIDERED_ELSEWHERE]:
        chosen.setdefault(language, []).append(row)
    return [index.partitions[code].looked_at(rows, question.vector, question.topics) for code, rows in chosen.items()]


def weigh(index: SearchIndex, question: Question, sought: Sought) -> Considered:
    """Look at all passages together."""
    entries = tuple(entry for one in sought.found for entry in one.entries)
    match = np.concatenate([np.zeros((len(MATCH), 0)), *(one.signs for one in sought.found)], axis=1)
    originals = tuple([entry.original for entry in entries])
    numbers: dict[str, int] = {}
    of_article = np.array([numbers.setdefault(name, len(numbers)) for name in originals], dtype=np.int64)
    articles = _articles(index, question, tuple(numbers), sought.asked)
    for column, sign in ((0, "share"), (1, "cosine")):
        np.maximum.at(articles[column], of_article, match[MATCH.index(sign)])
    foreign = [float(question.language is not None and entry.language != question.language) for entry in entries]
    signs = np.concatenate([match, [foreign], articles[:, of_article]]).T[:, _ORDER]
    return Considered(entries, originals, signs, _grounds(sought, signs))


# Signs as they are put together: what a passage matches, whether it is foreign, and what goes for its whole article.
_OF_ARTICLE = (
    "best_share",
    "best_cosine",
    "translated",
    "asked",
    "asked_close",
    "asked_words",
    "asked_said",
    "asked_mass",
    "denied",
    "denied_close",
    "denied_words",
    "unasked",
)
_PUT_TOGETHER = (*MATCH, "foreign", *_OF_ARTICLE)
_ORDER = [_PUT_TOGETHER.index(name) for name in SIGNS]


def _articles(index: SearchIndex, question: Question, names: Sequence[str], asked: Asked) -> NDArray[np.float64]:
    """Tell what goes for whole articles: a row for each of `_OF_ARTICLE`; the first two are filled in later."""
    own = index.partitions.get(question.language or "") if question.language != TARGET else None
    mass = max(asked.masses[0], _TINY)
    rows = []
    for name in names:
        near, far = asked.answered.get(name, _FAR), asked.denied.get(name, _FAR)
        translated = own is not None and bool(own.article(name, question.scope))
        unasked = near is _FAR and not index.names_questions(name)
        rows.append((0.0, -1.0, translated, *near.signs, near.said, near.mass / mass, *far.signs, unasked))
    return np.array(rows, dtype=np.float64).reshape(-1, len(_OF_ARTICLE)).T


def _words(question: Question, language: str, said: Sequence[str]) -> Sequence[Word]:
    """Give the question's words as passages of a language are searched for them; `said` are those of its own."""
    if language == question.language:
        return said
    if language == TARGET and question.language is not None:
        return Glossary.shipped().understood(question.text, question.language, said)
    return tokenize(question.text, language)


def _grounds(sought: Sought, signs: NDArray[np.float64]) -> Grounds:
    answered, denied = sought.asked.masses
    best = dict(zip(SIGNS, signs.max(axis=0, initial=0.0).tolist(), strict=True))
    return Grounds(
        **{name: best[name] for name in BEST},
        known=max((one.known for one in sought.found), default=0.0),
        brevity=1.0 / (1.0 + max((one.words for one in sought.found), default=0)),
        denied=max((one.cosine for one in sought.asked.denied.values()), default=0.0),
        denied_words=max((one.words for one in sought.asked.denied.values()), default=0.0),
        denied_mass=denied / max(answered + denied, _TINY),
        undenied=float(not sought.asked.denied),
    )
