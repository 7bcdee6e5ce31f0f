"""From the signs of a match to one number between 0 and 1; the parameters are data (`answer_score.json`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.resources import files

import orjson

from knowledge_base.errors import RefusalError

_NAMES = ("intercept", "cosine", "share", "agreement", "foreign", "topic")


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a passage.

    `cosine` is that of the vectors, `share` the part of the best BM25 score that the query could reach, `agreement`
    that of both rankings (1 where both put it first); `foreign` says that it is in another language than the question;
    `topic` is the probability of the likeliest intent that the article is tagged with.
    """

    cosine: float
    share: float
    agreement: float
    foreign: bool
    topic: float = 0.0


@dataclass(frozen=True, slots=True)
class AnswerScore:
    """A logistic function of the signs that stands for the probability that the passage answers the message.

    Its parameters were set by hand and are NOT calibrated yet: the number orders passages and separates likely from
    unlikely, but 0.7 does not mean that seven of ten are right. Calibration on judged pairs replaces the parameters in
    `answer_score.json`; the form stays.
    """

    intercept: float
    cosine: float
    share: float
    agreement: float
    foreign: float
    topic: float

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
            weights = orjson.loads(data)["weights"]
            return cls(*(float(weights[name]) for name in _NAMES))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise RefusalError(f"answer_score.json: `weights` needs the numbers {', '.join(_NAMES)}") from error

    def probability(self, signs: Signs) -> float:
        """Give the number between 0 and 1."""
        strength = (
            self.intercept
            + self.cosine * signs.cosine
            + self.share * signs.share
            + self.agreement * signs.agreement
            + self.foreign * signs.foreign
            + self.topic * signs.topic
        )
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, strength))))
