"""Look again, sentence by sentence, at messages that may ask for more than one thing.

The sentence that holds a second request is often clear by itself where the whole message only speaks of the first. A
cheap gate on the whole message's scores chooses the few messages that are worth it.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from models.manifest import SecondLook

MOST_PIECES = 8
_SHORT = 12
_EDGE = re.compile(r"(?<=[.!?؟;；])\s+|(?<=[。！？])|\n+")


def pieces(text: str) -> list[str]:
    """Cut a text into its sentences: eight at most, those under 12 characters joined with their neighbour."""
    found: list[str] = []
    for part in _EDGE.split(text):
        words = part.strip()
        if not words:
            continue
        if found and (len(words) < _SHORT or len(found[-1]) < _SHORT):
            found[-1] += " " + words
        else:
            found.append(words)
        if len(found) > MOST_PIECES:
            return found[:MOST_PIECES]
    return found


def gate_scores(
    spec: SecondLook, further: NDArray[np.float64], first: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return (rows,): log-odds that a message asks for more, by its likeliest further intent.

    Args:
        spec: The weights.
        further: (rows, intents) log-odds of the head for further intents.
        first: (rows,) the first guess, which is no further intent.
        counts: (rows,) how many pieces a message has; those of one piece get minus infinity.

    """
    others = further.copy()
    others[np.arange(len(others)), first] = -np.inf
    bias, weight, length = spec.gate
    return np.where(counts > 1, bias + weight * others.max(axis=1) + length * np.log(np.maximum(counts, 1)), -np.inf)


def features(
    whole: NDArray[np.float64], further: NDArray[np.float64], best: NDArray[np.float64], count: int, first: int
) -> NDArray[np.float64]:
    """Return (intents, 5): what the second look knows of each intent of one message.

    Args:
        whole: (intents,) probabilities of the whole message.
        further: (intents,) log-odds of the head for further intents.
        best: (intents,) the highest probability that any piece gives the intent.
        count: How many pieces.
        first: The first guess.

    """
    of_pieces = _log_odds(best)
    same = np.ones(len(whole))
    return np.stack([_log_odds(whole), further, of_pieces, of_pieces[first] * same, np.log(count) * same], axis=1)


def named(spec: SecondLook, seen: NDArray[np.float64], first: int) -> frozenset[int]:
    """Return the further intents of one message: those whose log-odds reach the threshold, the first guess left out.

    Args:
        spec: The weights.
        seen: (intents, 5), see `features`.
        first: The first guess.

    """
    scores = spec.weights[0] + seen @ np.asarray(spec.weights[1:])
    scores[first] = -np.inf
    return frozenset(np.flatnonzero(scores >= spec.threshold).tolist())


def _log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)))
