"""Contrastive learning over families of meanings: what means the same comes near, what only sounds alike does not.

The loss is InfoNCE with several positives, of which the likeliest counts most (van den Oord et al. 2018, arXiv
1807.03748; Khosla et al. 2020, arXiv 2004.11362): a message of a situation need not be near to every other one, only to
some.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional

from models.transformer import shorten
from training.meanings import Family

_SCALE = 20.0
_NEVER = -1e4


@dataclass(frozen=True, slots=True)
class Draw:
    """How many families a step takes, how many texts of each meaning, and what the loss counts.

    Of texts that are longer than `tokens` the beginning is read.
    """

    families: int
    texts: int
    weight: float = 1.0
    tokens: int = 48


class Contrast:
    """Endless batches of some families.

    Args:
        families: To draw from.
        tokenizer: Of the trunk.
        draw: How much to draw.
        seed: Of the order.

    """

    def __init__(self, families: Sequence[Family], tokenizer: Tokenizer, draw: Draw, seed: int = 7) -> None:
        self.draw = draw
        self._seed = seed
        texts = {text: None for family in families for meaning in family for text in meaning.texts}
        texts |= {meaning.anchor: None for family in families for meaning in family if meaning.anchor}
        rows = tokenizer.encode_batch(list(texts))
        ids = {
            text: np.asarray(shorten(row.ids)[: draw.tokens] or [0], dtype=np.int32)
            for text, row in zip(texts, rows, strict=True)
        }
        self._families = [
            [([ids[text] for text in one.texts], ids[one.anchor] if one.anchor else None) for one in family]
            for family in families
        ]

    def __len__(self) -> int:
        return len(self._families)

    def batches(self, epoch: int = 0) -> Iterator[tuple[list[NDArray[np.int32]], torch.Tensor]]:
        """Yield token ids and labels (rows,): rows of one label mean the same."""
        rng = np.random.default_rng((self._seed, epoch))
        size = min(self.draw.families, len(self._families))
        while True:
            order = rng.permutation(len(self._families))
            for start in range(0, len(order) - size + 1, size):
                rows: list[NDArray[np.int32]] = []
                labels: list[int] = []
                for meaning in (one for family in order[start : start + size] for one in self._families[family]):
                    drawn = self._drawn(meaning, rng)
                    labels += [labels[-1] + 1 if labels else 0] * len(drawn)
                    rows += drawn
                yield rows, torch.tensor(labels)

    def _drawn(
        self, meaning: tuple[list[NDArray[np.int32]], NDArray[np.int32] | None], rng: np.random.Generator
    ) -> list[NDArray[np.int32]]:
        texts, anchor = meaning
        wanted = min(len(texts), self.draw.texts)
        drawn = [texts[place] for place in rng.choice(len(texts), wanted, replace=False)]
        return drawn if anchor is None else [anchor, *drawn]


def contrastive_loss(vectors: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the mean over rows that have a fellow of -ln(sum over fellows / sum over all others) of exp(20 cosine).

    Args:
        vectors: (rows, dimension), of any length.
        labels: (rows,); fellows share one.

    """
    units = functional.normalize(vectors, dim=1)
    own = torch.eye(len(units), dtype=torch.bool)
    scores = (_SCALE * units @ units.T).masked_fill(own, _NEVER)
    fellows = (labels[:, None] == labels[None, :]) & ~own
    reached = torch.logsumexp(scores.masked_fill(~fellows, _NEVER), 1)
    return (torch.logsumexp(scores, 1) - reached)[fellows.any(1)].mean()
