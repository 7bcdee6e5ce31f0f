"""How likely a passage answers a question, from the signs of a match; the parameters are data (`answer_score.json`).

Passages compete with each other, so that one is less likely where another fits as well; how likely the best one is
hangs on what there is to go by at all. There are two sets of parameters: one for where articles name questions that
they answer, for then these decide, and one for where few do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from knowledge_base.errors import RefusalError

FORMAT = 5
_MOST = 30.0
_LEAST_SHARE = 1e-3


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a passage.

    `share` is the part of the best BM25 score that the question could reach, `coverage` and `heading` the parts of its
    words, by weight, that stand in the passage and in its headings; `cosine` is that of the vectors,
    `article_cosine` the mean over the article. `best_share` and `best_cosine` are the best of any found passage of the
    article, in whatever language. `topic` is the probability of the likeliest intent that the article is tagged with.
    `foreign` says that it is in another language than the question, `translated` that the article is there in the
    question's language too. `asked` is the best cosine of the questions that the article is known to answer,
    `asked_close` by how much it is a near one, `asked_words` the best by words, `asked_said` the largest share of the
    question that one of them holds, `asked_mass` the article's part of all known questions near this one (a kernel
    estimate); `denied` and its like tell the same of the questions that it is known not to answer. `unasked` says that
    it names no questions that it answers.
    """

    share: float = 0.0
    coverage: float = 0.0
    heading: float = 0.0
    cosine: float = 0.0
    article_cosine: float = 0.0
    best_share: float = 0.0
    best_cosine: float = 0.0
    topic: float = 0.0
    foreign: float = 0.0
    translated: float = 0.0
    asked: float = 0.0
    asked_close: float = 0.0
    asked_words: float = 0.0
    asked_said: float = 0.0
    asked_mass: float = 0.0
    denied: float = 0.0
    denied_close: float = 0.0
    denied_words: float = 0.0
    unasked: float = 0.0


# Of these signs the best of all passages is something to go by.
BEST = ("share", "coverage", "heading", "cosine", "topic", "asked", "asked_words")


@dataclass(frozen=True, slots=True)
class Grounds:
    """What there is to go by: the best of all passages, and what the question itself gives.

    `known` is the share of its words, by weight, that any passage holds; `brevity` is 1 / (1 + number of its words).
    `denied` and `denied_words` are the best of the questions that some article is known not to answer, `denied_mass` is
    their part of all known questions near this one; `undenied` says that none is near.
    """

    always: float = 1.0
    share: float = 0.0
    coverage: float = 0.0
    heading: float = 0.0
    cosine: float = 0.0
    topic: float = 0.0
    known: float = 0.0
    asked: float = 0.0
    asked_words: float = 0.0
    denied: float = 0.0
    denied_words: float = 0.0
    denied_mass: float = 0.0
    undenied: float = 0.0
    brevity: float = 0.0


SIGNS = tuple(field.name for field in fields(Signs))
GROUNDS = tuple(field.name for field in fields(Grounds))
# Signs of the winning article that say, too, how sure it is.
OWN = ("asked", "asked_close", "asked_words", "unasked")
_OWN = [SIGNS.index(name) for name in OWN]
_UNASKED = SIGNS.index("unasked")
# By these the passages of one article are told apart.
WITHIN = ("coverage", "heading", "cosine")
_WITHIN = [SIGNS.index(name) for name in WITHIN]
# From this share of articles without questions on, these say too little.
_FEW_ASKED = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """How passages are ordered, and how sure the first is.

    The strength of a passage is the sum of `weights` times its signs; `exp` of it, divided by the sum over all
    passages, is its share, and an article has the shares of its passages. The share p of an article becomes
    `1 / (1 + exp(-(slope * ln(p / (1 - p)) + grounds * what there is to go by + own * OWN of the article's signs)))`.
    """

    weights: NDArray[np.float64]
    grounds: NDArray[np.float64]
    own: NDArray[np.float64]
    slope: float = 1.0

    @classmethod
    def of(
        cls,
        weights: Mapping[str, float],
        grounds: Mapping[str, float],
        own: Mapping[str, float] | None = None,
        slope: float = 1.0,
    ) -> Parameters:
        """Make them from numbers by name; what is not named counts nothing."""
        return cls(_laid_out(SIGNS, weights), _laid_out(GROUNDS, grounds), _laid_out(OWN, own or {}), slope)

    def shares(
        self, signs: NDArray[np.float64], articles: Sequence[str]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give, for each passage, its article's share, not calibrated, and its own strength beside the best one's."""
        strengths = signs @ self.weights
        places = _numbered(articles)
        masses = np.exp(np.maximum(strengths - strengths.max(), -_MOST))
        of_articles = np.bincount(places, masses)
        return (of_articles / of_articles.sum())[places], _beside_best(strengths, articles)

    def calibrated(
        self, shares: NDArray[np.float64], grounds: NDArray[np.float64], own: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Turn shares into probabilities; `own` holds `OWN` of each article's signs, shape (shares, len(OWN))."""
        scaled = self.slope * logits(shares) + float(grounds @ self.grounds) + own @ self.own
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scaled, -_MOST, _MOST))))


@dataclass(frozen=True, slots=True, eq=False)
class AnswerScore:
    """Gives each passage the probability that it answers the question.

    `asked` holds the parameters for where articles name questions that they answer, `unasked` those for where fewer
    than four in five of the articles that were found do. `within` holds what `WITHIN` of a passage's signs count
    beside other passages of its article: what leads to an article, as a known question, does not say where in it the
    answer is.
    """

    asked: Parameters
    unasked: Parameters
    within: NDArray[np.float64]

    @classmethod
    def of(cls, parameters: Parameters) -> AnswerScore:
        """Use the same parameters everywhere."""
        return cls(parameters, parameters, parameters.weights[_WITHIN])

    @classmethod
    def shipped(cls) -> AnswerScore:
        """Load the parameters that ship with the package."""
        return cls.parse((files("knowledge_base") / "answer_score.json").read_bytes())

    @classmethod
    def parse(cls, data: bytes) -> AnswerScore:
        """Read parameters from JSON.

        Raises:
            RefusalError: A parameter is missing or no number.

        """
        try:
            found = orjson.loads(data)
            if found["format"] != FORMAT:
                raise RefusalError(f"answer_score.json: `format` is {found['format']}, this version reads {FORMAT}")
            within = np.array([float(found["within"][name]) for name in WITHIN])
            return cls(_parameters(found["asked"]), _parameters(found["unasked"]), within)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise RefusalError(
                "answer_score.json: `asked` and `unasked` each need `slope`, and the numbers of `weights` "
                f"({', '.join(SIGNS)}), `grounds` ({', '.join(GROUNDS)}) and `own` ({', '.join(OWN)}), `within` those "
                f"of {', '.join(WITHIN)}; learn them with `python -m training.fit.answers`"
            ) from error

    def probabilities(
        self, signs: NDArray[np.float64], articles: Sequence[str], grounds: Grounds
    ) -> NDArray[np.float64]:
        """Give a number between 0 and 1 for each passage.

        All passages of an article speak for it. Its best one gets the article's probability, the others less by as
        much as they are weaker by `within`. The parameters say how sure the likeliest article is; another one answers
        only where that one does not, so its number is multiplied by what is left.

        Args:
            signs: Of each passage, shape (passages, len(SIGNS)).
            articles: The article of each, under the name that it shares with its translations.
            grounds: What there is to go by.

        """
        if not len(signs):
            return np.zeros(0)
        parameters = self.fitting(signs, articles)
        shares, _ = parameters.shares(signs, articles)
        strengths = _beside_best(signs[:, _WITHIN] @ self.within, articles)
        likely = parameters.calibrated(shares, vector(grounds), signs[:, _OWN]) * strengths
        first = int(likely.argmax())
        others = np.array([article != articles[first] for article in articles])
        return np.where(others, likely * (1.0 - likely[first]), likely)

    def fitting(self, signs: NDArray[np.float64], articles: Sequence[str]) -> Parameters:
        """Choose the parameters by how many of the articles name questions."""
        unasked = dict(zip(articles, signs[:, _UNASKED].tolist(), strict=True))
        return self.unasked if sum(unasked.values()) > _FEW_ASKED * len(unasked) else self.asked


def _numbered(articles: Sequence[str]) -> NDArray[np.int64]:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in articles], dtype=np.int64)


def _beside_best(strengths: NDArray[np.float64], articles: Sequence[str]) -> NDArray[np.float64]:
    """Give `exp` of each strength, divided by that of the strongest passage of its article."""
    places = _numbered(articles)
    best = np.full(int(places.max()) + 1, -np.inf)
    np.maximum.at(best, places, strengths)
    return np.asarray(np.exp(np.maximum(strengths - best[places], -_MOST)))


def _laid_out(names: Sequence[str], given: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array([given.get(name, 0.0) for name in names])


def _parameters(given: Mapping[str, Any]) -> Parameters:
    weights, grounds, own = (
        {name: float(given[part][name]) for name in names}
        for part, names in (("weights", SIGNS), ("grounds", GROUNDS), ("own", OWN))
    )
    return Parameters.of(weights, grounds, own, float(given["slope"]))


def logits(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give ln(p / (1 - p)), for p between a thousandth and the rest of it."""
    kept = np.clip(shares, _LEAST_SHARE, 1 - _LEAST_SHARE)
    return np.asarray(np.log(kept / (1 - kept)))


def own(signs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give those of a passage's signs that say how sure its article is, shape (len(OWN),)."""
    return np.asarray(signs[_OWN])


def matrix(signs: Sequence[Signs]) -> NDArray[np.float64]:
    """Lay signs out, a row a passage."""
    return np.array([[getattr(one, name) for name in SIGNS] for one in signs], dtype=np.float64).reshape(-1, len(SIGNS))


def vector(grounds: Grounds) -> NDArray[np.float64]:
    """Lay grounds out."""
    return np.array([getattr(grounds, name) for name in GROUNDS], dtype=np.float64)
