"""Which language a message is in: our twelve, by language and by length, and languages that are none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.accuracy import rivals
from benchmarks.accuracy.contestants import NAMES
from benchmarks.accuracy.corpus import KNOWN, warned
from benchmarks.accuracy.examples import few
from benchmarks.accuracy.parts import Outcome, Plan, Result, missing
from benchmarks.accuracy.scores import share
from benchmarks.accuracy.tables import Table, percent
from models.bundle import Bundle
from models.prediction import UNKNOWN_LANGUAGE
from models.script import script_of
from training.cli import other_languages_test
from training.splits import split
from training.utterances import Utterance, read_corpus

Detector = Callable[[Sequence[str]], list[str | None]]
Foreign = Sequence[tuple[str, str]]
LENGTHS = ("1-2 words", "3+ words")
_WITHOUT_SPACES = frozenset({"Hani", "Jpan"})
_FEWEST_WORDS = 3
_FEWEST_CHARACTERS = 4


def measure(plan: Plan) -> Outcome:
    """Ask everybody about the random test and about messages in other languages."""
    test: Sequence[Utterance] = split(read_corpus([]).utterances).random
    if plan.quick:
        test = few(test, 2)
    bundle = Bundle.load(Bundle.default_path())
    entrants, skipped = detectors(bundle)
    foreign = other_languages_test()[:: 10 if plan.quick else 1]
    figures = {name: found(ask, test, foreign) for name, ask in entrants.items()}
    lengths = [length_of(u.text) for u in test]
    return Outcome(
        sizes={"random": len(test), **{name: lengths.count(name) for name in LENGTHS}, "other languages": len(foreign)},
        seeds={"langdetect": 0},
        figures=figures,
        skipped=skipped,
        notes={"held_out": warned(bundle), "languages": list(bundle.languages)},
    )


def detectors(bundle: Bundle) -> tuple[dict[str, Detector], dict[str, str]]:
    """Return who takes part, and why others do not."""
    entrants: dict[str, Detector] = {
        "deskhand": partial(deskhand, bundle),
        "langdetect": lambda texts: [rivals.langdetect_code(text) for text in texts],
    }
    absent = missing("lingua")
    if absent:
        return entrants, {"lingua": f"{absent}: pip install lingua-language-detector"}
    codes = tuple(sorted(bundle.languages))
    return {**entrants, "lingua": lambda texts: [rivals.lingua_code(text, codes) for text in texts]}, {}


def deskhand(bundle: Bundle, texts: Sequence[str]) -> list[str | None]:
    """Ask the bundle; "und" is no language."""
    codes = [prediction.language.code for prediction in bundle.predict(texts)]
    return [None if code == UNKNOWN_LANGUAGE else code for code in codes]


def length_of(text: str) -> str:
    """Name the group of a text: scripts without spaces are counted in characters, four being three words' worth."""
    if script_of(text) in _WITHOUT_SPACES:
        return LENGTHS[sum(character.isalpha() for character in text) >= _FEWEST_CHARACTERS]
    return LENGTHS[len(text.split()) >= _FEWEST_WORDS]


def found(ask: Detector, test: Sequence[Utterance], foreign: Foreign) -> dict[str, Any]:
    """Measure one detector."""
    said = ask([u.text for u in test])
    right = np.array([code == u.language for code, u in zip(said, test, strict=True)])
    codes, lengths = np.array([u.language for u in test]), np.array([length_of(u.text) for u in test])
    own = sorted({u.language for u in test if u.language})
    return {
        "accuracy": share(right),
        "not_named": share(np.array([code is None for code in said])),
        "per_language": {code: share(right[codes == code]) for code in own},
        "per_length": {name: share(right[lengths == name]) for name in LENGTHS if (lengths == name).any()},
        **(_foreign(ask, foreign, frozenset(own)) if foreign else {}),
    }


def _foreign(ask: Detector, foreign: Foreign, own: frozenset[str]) -> dict[str, float]:
    """Return how many are taken for none of our languages, and how many are named rightly."""
    said = ask([text for text, _ in foreign])
    named = [code == wanted for code, (_, wanted) in zip(said, foreign, strict=True)]
    return {
        "other_recognised": share(np.array([code not in own for code in said])),
        "other_named": share(np.array(named)),
    }


def tables(result: Result) -> list[Table]:
    """Lay out all, by length, and by language."""
    rows: Mapping[str, Any] = result["figures"]
    header = ("", "all", "not named", *LENGTHS, "none of the twelve: noticed", "and named")
    caveat = "" if result["notes"]["held_out"] else KNOWN
    first = [
        (
            NAMES[name],
            percent(row["accuracy"]),
            percent(row["not_named"]),
            *(percent(row["per_length"].get(length)) for length in LENGTHS),
            percent(row.get("other_recognised")),
            percent(row.get("other_named")),
        )
        for name, row in rows.items()
    ]
    codes = list(next(iter(rows.values()))["per_language"])
    second = [(NAMES[name], *(percent(row["per_language"][code]) for code in codes)) for name, row in rows.items()]
    return [
        Table("Language of a message", header, tuple(first), caveat),
        Table("Language of a message, by language", ("", *codes), tuple(second), caveat),
    ]
