"""Name the language of a text from the head's probabilities and its script, or say that it is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.foreign import name_foreign
from models.manifest import HeadSpec
from models.prediction import UNKNOWN_LANGUAGE, LanguageGuess
from models.script import COMMON, script_of

OTHER = "other"
# A word or two may stand in several languages: there only a head that is nearly certain is believed.
_FEW_LETTERS = 12
_SURE = 0.9


def guess_language(
    text: str, probabilities: NDArray[np.float32], spec: HeadSpec, scripts: Mapping[str, Sequence[str]]
) -> LanguageGuess:
    """Return the best label whose script fits; "und" without letters and below the head's threshold.

    A text that the head calls "other", or whose script none of its languages is written in, gets the name that
    `models.foreign` finds, or "und".

    Args:
        text: The cleaned text.
        probabilities: (labels,), the head's.
        spec: The head.
        scripts: The scripts that each label is written in; a label without an entry may stand in any.

    """
    script = script_of(text)
    fitting = [place for place, label in enumerate(spec.labels) if script in scripts.get(label, (script,))]
    if script == COMMON:
        return LanguageGuess(UNKNOWN_LANGUAGE, 1.0, script)
    if all(spec.labels[place] == OTHER for place in fitting):
        return _foreign(text, 1.0, script, spec)
    inside = probabilities[fitting]
    total = float(inside.sum())
    best = fitting[int(inside.argmax())]
    probability = float(probabilities[best]) / total if total > 0 else 0.0
    code = spec.labels[best]
    if code == OTHER:
        return _foreign(text, probability, script, spec)
    if probability < max(spec.threshold, _SURE) and probability < _threshold(text, spec):
        return LanguageGuess(UNKNOWN_LANGUAGE, probability, script)
    return LanguageGuess(code, probability, script)


def _foreign(text: str, probability: float, script: str, spec: HeadSpec) -> LanguageGuess:
    return LanguageGuess(name_foreign(text, spec.labels) or UNKNOWN_LANGUAGE, probability, script)


def _threshold(text: str, spec: HeadSpec) -> float:
    letters = sum(character.isalpha() for character in text[: 10 * _FEW_LETTERS])
    return max(spec.threshold, _SURE) if letters < _FEW_LETTERS else spec.threshold
