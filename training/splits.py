"""Which messages train, which calibrate and which test: fixed by what a message says.

A message belongs to the random test where the SHA-256 of (language, text) falls into the lowest 15 %; it belongs to
the unseen situations where its situation is one of the two (of the first nine) that its intent keeps out of training.
What was written later never becomes a test, so that the tests stay what they were: neither the situations from 10 on,
nor later messages for the first nine (`corpus/later.txt` names those by their digest). Of what is left, the next 6 % by
digest choose scales and thresholds, and with them half the messages of one situation (10 to 18) of each intent and a
fifth of those about matters of their writer's own choosing (20), so that probabilities are fitted on matters that the
encoder has not seen as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from training.utterances import CORPUS, Utterance

RANDOM_SHARE = 0.15
CALIBRATION_SHARE = 0.06
FIRST_EDITION = 9
_NEW_MATTERS_SHARE = 0.5
_SECOND_EDITION = range(10, 19)
# The situation that stands for matters of the writers' own choosing.
OWN_MATTERS = 20
_OWN_MATTERS_SHARE = 0.2
_UNSEEN = 2


@dataclass(frozen=True, slots=True)
class Split:
    """Train on the first, calibrate on the second; the others share no message with them, the last no situation."""

    train: tuple[Utterance, ...]
    calibration: tuple[Utterance, ...]
    random: tuple[Utterance, ...]
    unseen: tuple[Utterance, ...]


def share_of(utterance: Utterance) -> float:
    """Return where in [0, 1) the digest of (language, text) falls."""
    return _share(_key(utterance))


def _key(utterance: Utterance) -> str:
    return f"{utterance.language or ''}\t{utterance.text}"


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _share(key: str) -> float:
    return int.from_bytes(_digest(key)[:8], "big") / 2**64


def unseen_situations(intent: str) -> frozenset[int]:
    """Return the two situation numbers (1 to 9) of an intent that never enter training."""
    ranked = sorted(range(1, FIRST_EDITION + 1), key=lambda number: _share(f"{intent}.{number}"))
    return frozenset(ranked[:_UNSEEN])


def calibration_situation(intent: str) -> int:
    """Return the situation number (10 to 18) of an intent of which half the messages calibrate."""
    return min(_SECOND_EDITION, key=lambda number: _share(f"{intent}.{number}"))


def situation_of(utterance: Utterance) -> tuple[str, int] | None:
    """Return (intent, number) of the situation that a message was written for, None where there is none."""
    intent, _, number = (utterance.scenario or "").rpartition(".")
    return (intent, int(number)) if number.isdigit() else None


def is_unseen(utterance: Utterance) -> bool:
    """Whether the message's situation is held out; messages without a situation are not."""
    situation = situation_of(utterance)
    return situation is not None and situation[1] in unseen_situations(situation[0])


def split(utterances: Sequence[Utterance]) -> Split:
    """Divide messages into train, calibration, random test and unseen situations."""
    parts: dict[str, list[Utterance]] = {"train": [], "calibration": [], "random": [], "unseen": []}
    for utterance in utterances:
        parts[_part_of(utterance)].append(utterance)
    return Split(*(tuple(parts[name]) for name in ("train", "calibration", "random", "unseen")))


def _part_of(utterance: Utterance) -> str:
    if is_unseen(utterance):
        return "unseen"
    share = share_of(utterance)
    if share < RANDOM_SHARE and not _is_later(utterance):
        return "random"
    if RANDOM_SHARE <= share < RANDOM_SHARE + CALIBRATION_SHARE or _is_new_matter(utterance, share):
        return "calibration"
    return "train"


def _is_new_matter(utterance: Utterance, share: float) -> bool:
    situation = situation_of(utterance)
    if situation is None:
        return False
    intent, number = situation
    if number == OWN_MATTERS:
        return share < _OWN_MATTERS_SHARE
    return number == calibration_situation(intent) and share < _NEW_MATTERS_SHARE


def _is_later(utterance: Utterance) -> bool:
    situation = situation_of(utterance)
    return (situation is not None and situation[1] > FIRST_EDITION) or _digest(_key(utterance)).hex()[:16] in _later()


@lru_cache(maxsize=1)
def _later() -> frozenset[str]:
    lines = (CORPUS / "later.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
