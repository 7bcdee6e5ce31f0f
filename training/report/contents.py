"""What a training report holds; `report.json` is these records as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.manifest import Heads, Manifest
from models.prediction import SENTIMENTS, UNKNOWN_LANGUAGE, Prediction
from training.evaluation import calibration_error, coverage_at, metrics_of
from training.report.curves import Bin, coverage_curve, reliability
from training.report.groups import Group, IntentFigures, Pair, by_channel, by_intent, by_language, by_length
from training.report.mix import UnderMix, under_mixes
from training.utterances import Utterance

FORMAT = 1
_LONGEST_TEXT = 300
_MOST_ERRORS = 60
_GOALS = (0.8, 0.85, 0.9, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class Judged:
    """One test set with a bundle's predictions, in the order of the messages."""

    name: str
    utterances: tuple[Utterance, ...]
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often messages about `truth` are taken for `guess`; `share` is that of all messages about `truth`."""

    truth: str
    guess: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well one head's probabilities hold over the messages whose label is known."""

    head: str
    messages: int
    ece: float
    bins: list[Bin]


@dataclass(frozen=True, slots=True)
class Goal:
    """The largest share of messages that can be decided, the surest first, with `precision` of the decisions right."""

    precision: float
    coverage: float


@dataclass(frozen=True, slots=True)
class WrongGuess:
    """A message that the first guess gets wrong; `text` is cut, `where` is the file's name and line.

    `also` are the message's further intents; `probability` is that of the guess, `truth_probability` that of the truth.
    """

    test: str
    where: str
    language: str
    text: str
    truth: str
    also: tuple[str, ...]
    guess: str
    probability: float
    truth_probability: float


@dataclass(frozen=True, slots=True)
class SetFigures:
    """All figures of one test set; `metrics` are those of `training.evaluation.Metrics`."""

    name: str
    messages: int
    metrics: dict[str, object]
    languages: list[Group]
    intents: list[IntentFigures]
    lengths: list[Group]
    channels: list[Group]
    reliability: list[Reliability]
    coverage: list[tuple[float, float]]
    goals: list[Goal]
    mixes: tuple[UnderMix, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report; `bundle` and `corpus` say what was tested and what it was trained on."""

    format: int
    bundle: dict[str, str | int | float]
    corpus: dict[str, str | int]
    notes: tuple[str, ...]
    tests: list[SetFigures]
    confusions: list[Confusion]
    errors: list[WrongGuess]


def contents_of(
    manifest: Manifest, tests: Sequence[Judged], confusions: Sequence[Confusion], notes: Sequence[str]
) -> Report:
    """Work out all figures; a test set without messages is left out.

    Raises:
        ValueError: A test set has not as many predictions as messages.

    """
    filled = [test for test in tests if test.utterances]
    wrong = [error for test in filled for error in _wrong_guesses(test)]
    return Report(
        format=FORMAT,
        bundle=_identity(manifest),
        corpus=dict(manifest.corpus),
        notes=tuple(notes),
        tests=[_set_figures(test, manifest.heads) for test in filled],
        confusions=sorted(confusions, key=lambda pair: (-pair.count, -pair.share, pair.truth, pair.guess)),
        errors=sorted(wrong, key=lambda error: (-error.probability, error.where))[:_MOST_ERRORS],
    )


def _identity(manifest: Manifest) -> dict[str, str | int | float]:
    return {
        "name": manifest.name,
        "created": manifest.created,
        "encoder": manifest.encoder_name or manifest.encoder,
        "encoder_digest": manifest.encoder_digest,
        "bytes": sum(entry.size for entry in manifest.files.values()),
        "intents": len(manifest.heads.intent.labels),
        "languages": len(set(manifest.heads.language.labels) - {"other"}),
        "threshold": manifest.heads.intent.threshold,
    }


def _set_figures(test: Judged, heads: Heads) -> SetFigures:
    pairs = list(zip(test.utterances, test.predictions, strict=True))
    probabilities, right = _columns([_intent_guess(*pair) for pair in pairs])
    return SetFigures(
        name=test.name,
        messages=len(pairs),
        metrics=metrics_of(test.predictions, test.utterances).as_json(),
        languages=by_language(pairs),
        intents=by_intent(pairs),
        lengths=by_length(pairs),
        channels=by_channel(pairs),
        reliability=_reliabilities(pairs, heads),
        coverage=coverage_curve(probabilities, right),
        goals=[Goal(precision, coverage_at(probabilities, right, precision)) for precision in _GOALS],
        mixes=under_mixes(test.predictions, test.utterances, heads.intent),
    )


_Guess = tuple[float, bool]


def _intent_guess(utterance: Utterance, prediction: Prediction) -> _Guess:
    guess, probability = prediction.intents[0]
    return probability, guess == utterance.intent


def _escalation_guess(utterance: Utterance, prediction: Prediction) -> _Guess | None:
    return None if utterance.escalate is None else (prediction.escalation, utterance.escalate)


def _language_guess(utterance: Utterance, prediction: Prediction) -> _Guess | None:
    found = prediction.language
    if utterance.language is None or found.code == UNKNOWN_LANGUAGE:
        return None
    return found.probability, found.code == utterance.language


def _sentiment_guess(utterance: Utterance, prediction: Prediction) -> _Guess | None:
    if utterance.sentiment is None:
        return None
    found = prediction.sentiment
    return found.probability, found.label == SENTIMENTS[utterance.sentiment + 2]


_HEADS: tuple[tuple[str, Callable[[Utterance, Prediction], _Guess | None]], ...] = (
    ("intent", _intent_guess),
    ("escalation", _escalation_guess),
    ("sentiment", _sentiment_guess),
    ("language", _language_guess),
)


def _reliabilities(pairs: Sequence[Pair], heads: Heads) -> list[Reliability]:
    found = []
    for name, guess_of in _HEADS:
        guesses = [guess for pair in pairs if (guess := guess_of(*pair)) is not None]
        if getattr(heads, name) is not None and guesses:
            probabilities, right = _columns(guesses)
            ece = calibration_error(probabilities, right)
            found.append(Reliability(name, len(guesses), ece, reliability(probabilities, right)))
    return found


def _columns(guesses: Sequence[_Guess]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    probabilities, right = zip(*guesses, strict=True)
    return np.array(probabilities, dtype=np.float64), np.array(right, dtype=np.bool_)


def _wrong_guesses(test: Judged) -> list[WrongGuess]:
    return [
        WrongGuess(
            test=test.name,
            where=Path(utterance.where).name,
            language=utterance.language or "?",
            text=_cut(utterance.text),
            truth=utterance.intent,
            also=utterance.also,
            guess=prediction.intents[0][0],
            probability=prediction.intents[0][1],
            truth_probability=dict(prediction.intents).get(utterance.intent, 0.0),
        )
        for utterance, prediction in zip(test.utterances, test.predictions, strict=True)
        if prediction.intents[0][0] != utterance.intent
    ]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT].rstrip() + "…"
