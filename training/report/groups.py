"""Figures by group of messages: language, intent, length, channel."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.prediction import Prediction
from training.utterances import Utterance

Pair = tuple[Utterance, Prediction]
# Chinese and Japanese are written without blanks; their words are two characters long on the mean.
_UNSPACED = re.compile("[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f]")
_LENGTHS = ((3, "1–3 words"), (15, "4–15 words"), (60, "16–60 words"), (math.inf, "over 60 words"))


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that have something in common.

    `top1` and `top3` are the shares whose intent is the first guess, or among the first three; `coverage` is the share
    that the intent head decides, `precision` the share of these that it gets right (None where it decides none).
    """

    name: str
    messages: int
    top1: float
    top3: float
    coverage: float
    precision: float | None


@dataclass(frozen=True, slots=True)
class IntentFigures:
    """One intent: `recall` of its messages, `precision` of the first guesses that name it (None without any)."""

    name: str
    messages: int
    recall: float
    precision: float | None
    f1: float


def count_words(text: str) -> int:
    """Count words between blanks; two characters of Chinese or Japanese count as one word."""
    unspaced = len(_UNSPACED.findall(text))
    return len(_UNSPACED.sub(" ", text).split()) + math.ceil(unspaced / 2)


def length_of(text: str) -> str:
    """Name the bucket of a message's length."""
    words = count_words(text)
    return next(name for most, name in _LENGTHS if words <= most)


def by_language(pairs: Sequence[Pair]) -> list[Group]:
    """Return the figures by language, in alphabetical order; "?" where it is not known."""
    return _groups(pairs, lambda utterance: utterance.language or "?")


def by_channel(pairs: Sequence[Pair]) -> list[Group]:
    """Return the figures by channel, in alphabetical order; "?" where it is not known."""
    return _groups(pairs, lambda utterance: utterance.channel or "?")


def by_length(pairs: Sequence[Pair]) -> list[Group]:
    """Return the figures by length, the shortest messages first."""
    order = [name for _, name in _LENGTHS]
    groups = _groups(pairs, lambda utterance: length_of(utterance.text))
    return sorted(groups, key=lambda group: order.index(group.name))


def by_intent(pairs: Sequence[Pair]) -> list[IntentFigures]:
    """Return the figures by intent, the worst first."""
    wanted = Counter(utterance.intent for utterance, _ in pairs)
    named = Counter(prediction.intents[0][0] for _, prediction in pairs)
    both = Counter(utterance.intent for utterance, prediction in pairs if _place(utterance, prediction) == 0)
    rows = [
        IntentFigures(
            name=name,
            messages=wanted[name],
            recall=both[name] / wanted[name],
            precision=both[name] / named[name] if named[name] else None,
            f1=2 * both[name] / (wanted[name] + named[name]),
        )
        for name in wanted
    ]
    return sorted(rows, key=lambda row: (row.f1, row.recall, row.name))


def _groups(pairs: Sequence[Pair], name_of: Callable[[Utterance], str]) -> list[Group]:
    found: dict[str, list[Pair]] = {}
    for utterance, prediction in pairs:
        found.setdefault(name_of(utterance), []).append((utterance, prediction))
    return [_group(name, found[name]) for name in sorted(found)]


def _group(name: str, pairs: Sequence[Pair]) -> Group:
    places = [_place(utterance, prediction) for utterance, prediction in pairs]
    decided = [place for place, (_, prediction) in zip(places, pairs, strict=True) if prediction.intent is not None]
    return Group(
        name=name,
        messages=len(pairs),
        top1=sum(place == 0 for place in places) / len(pairs),
        top3=sum(place < 3 for place in places) / len(pairs),
        coverage=len(decided) / len(pairs),
        precision=sum(place == 0 for place in decided) / len(decided) if decided else None,
    )


def _place(utterance: Utterance, prediction: Prediction) -> int:
    """Return where the true intent stands in the ranking, from 0; behind its end where it is no label."""
    names = [name for name, _ in prediction.intents]
    return names.index(utterance.intent) if utterance.intent in names else len(names)
