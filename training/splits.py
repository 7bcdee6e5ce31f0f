"""Which messages test and which train: fixed by what a message says, so that no list has to be kept.

A message belongs to the random test where the SHA-256 of (language, text) falls into the lowest 15 %; it belongs to
the unseen situations where its situation is one of the two (of nine) that its intent keeps out of training.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from training.utterances import Utterance

RANDOM_SHARE = 0.15
_SITUATIONS = 9
_UNSEEN = 2


@dataclass(frozen=True, slots=True)
class Split:
    """Train on the first; the other two share no message with it, the last no situation either."""

    train: tuple[Utterance, ...]
    random: tuple[Utterance, ...]
    unseen: tuple[Utterance, ...]


def share_of(utterance: Utterance) -> float:
    """Return where in [0, 1) the digest of (language, text) falls."""
    return _share(f"{utterance.language or ''}\t{utterance.text}")


def _share(key: str) -> float:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64


def unseen_situations(intent: str) -> frozenset[int]:
    """Return the two situation numbers (1 to 9) of an intent that never enter training while measuring."""
    ranked = sorted(range(1, _SITUATIONS + 1), key=lambda number: _share(f"{intent}.{number}"))
    return frozenset(ranked[:_UNSEEN])


def is_unseen(utterance: Utterance) -> bool:
    """Whether the message's situation is held out; messages without a situation are not."""
    if utterance.scenario is None:
        return False
    intent, _, number = utterance.scenario.rpartition(".")
    return number.isdigit() and int(number) in unseen_situations(intent)


def split(utterances: Sequence[Utterance]) -> Split:
    """Divide messages into train, random test and unseen situations."""
    train, random, unseen = [], [], []
    for utterance in utterances:
        if is_unseen(utterance):
            unseen.append(utterance)
        elif share_of(utterance) < RANDOM_SHARE:
            random.append(utterance)
        else:
            train.append(utterance)
    return Split(tuple(train), tuple(random), tuple(unseen))
