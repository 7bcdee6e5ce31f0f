"""The mix of intents that an inbox has, estimated from its own messages and corrected for.

A bundle is trained on an even mix; a shop's inbox has its own. With `p(y|x)` from the even mix, the probabilities
under another prior are proportional to `p(y|x) * new(y) / old(y)`, and the new prior is found from unlabelled
messages by expectation maximisation (Saerens, Latinne & Decaestecker 2002, Neural Computation 14(1)).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import BundleError

FILE = "prior.json"
_ROUNDS = 500
_STILL = 1e-6
# Fewer make a mix of fifty shares follow the accidents of a few hundred messages: log loss then rises.
_PSEUDO_A_LABEL = 10.0


@dataclass(frozen=True, slots=True)
class Prior:
    """The share of each intent in an inbox, as it was estimated from `messages` unlabelled messages."""

    shares: dict[str, float]
    messages: int


def estimate(probabilities: NDArray[np.float64], old: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the prior (labels,) of the messages whose calibrated probabilities are given.

    Args:
        probabilities: (messages, labels), each row summing to one, under the prior `old`.
        old: (labels,), the prior that the bundle was trained under; it also weighs as much as ten messages a label in
            the estimate, so that a small sample moves it a little only.

    Raises:
        ValueError: There are no messages, or the shapes do not fit.

    """
    if probabilities.ndim != 2 or not len(probabilities) or probabilities.shape[1] != len(old):
        raise ValueError(f"probabilities of shape {probabilities.shape} do not fit a prior over {len(old)} labels")
    new, weight = old.copy(), _PSEUDO_A_LABEL * len(old)
    for _ in range(_ROUNDS):
        posterior = corrected(probabilities, old, new)
        better = (posterior.sum(axis=0) + weight * old) / (len(probabilities) + weight)
        moved = float(np.abs(better - new).sum())
        new = better
        if moved < _STILL:
            break
    return new


def corrected(
    probabilities: NDArray[np.float64], old: NDArray[np.float64], new: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probabilities (messages, labels) under another prior."""
    weighed = probabilities * (new / old)
    return np.asarray(weighed / weighed.sum(axis=1, keepdims=True), dtype=np.float64)


def write_prior(home: Path, prior: Prior) -> Path:
    """Keep a prior in `home`; the next start corrects for it."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / FILE
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps({"messages": prior.messages, "shares": prior.shares}, indent=1), encoding="utf-8")
    unfinished.replace(path)
    return path


def read_prior(home: Path, labels: Sequence[str]) -> Prior | None:
    """Return the prior kept in `home`; None where there is none, or where it is about other labels.

    Raises:
        BundleError: The file is no such prior.

    """
    path = home / FILE
    if not path.exists():
        return None
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        shares = {str(name): float(share) for name, share in row["shares"].items()}
        messages = int(row["messages"])
        broken = not shares or min(shares.values()) <= 0 or abs(sum(shares.values()) - 1) > 1e-3
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        broken = True
    if broken:
        raise BundleError(
            f"{path} holds no mix of intents",
            field=str(path),
            hint="delete it, or write it anew with `deskhand models prior FILE --save`",
        )
    return Prior(shares, messages) if set(shares) == set(labels) else None
