"""Contrastive learning over families of meanings: what means the same comes near, what only sounds alike does not.

The loss is InfoNCE with several positives (van den Oord et al. 2018, arXiv 1807.03748). Of messages of a situation the
likeliest counts most: one need not be near to every other, only to some. Of paraphrases each counts (the outer sum of
Khosla et al. 2020, arXiv 2004.11362): a translation word by word is near anyway, and would count for the other wording.
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
_RARITY = 400.0
_FEWEST_PIECES = 2


@dataclass(frozen=True, slots=True)
class Draw:
    """How many families a step takes, how many texts of each meaning, and what the loss counts.

    Args:
        families: A step.
        texts: Of each meaning; with `languages`, how many languages.
        weight: Of the loss.
        tokens: Of texts that are longer the beginning is read.
        languages: Where the texts of a meaning are so many translations, wording after wording: all meanings of a
            family, in all wordings, are drawn in the same languages, so that near misses stand beside what they
            resemble.
        terse: Share of texts of which only telling pieces are kept, as one types into a search field: the rarer a
            piece, the likelier it stays.
        every: Whether each text of the same meaning counts, rather than the likeliest most.

    """

    families: int
    texts: int
    weight: float = 1.0
    tokens: int = 48
    languages: int | None = None
    terse: float = 0.0
    every: bool = False


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
        self._stays = _stays(list(ids.values()), tokenizer.get_vocab_size())
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
                for family in order[start : start + size]:
                    for drawn in self._drawn(self._families[family], rng):
                        labels += [labels[-1] + 1 if labels else 0] * len(drawn)
                        rows += drawn
                yield rows, torch.tensor(labels)

    def _drawn(
        self, family: list[tuple[list[NDArray[np.int32]], NDArray[np.int32] | None]], rng: np.random.Generator
    ) -> Iterator[list[NDArray[np.int32]]]:
        draw, languages = self.draw, self.draw.languages
        chosen = rng.choice(languages, min(languages, draw.texts), replace=False) if languages else None
        for texts, anchor in family:
            if languages is None or chosen is None:
                places = rng.choice(len(texts), min(len(texts), draw.texts), replace=False).tolist()
            else:
                places = [first + place for first in range(0, len(texts), languages) for place in chosen.tolist()]
            drawn = [self._terse(texts[place], rng) if rng.random() < draw.terse else texts[place] for place in places]
            yield drawn if anchor is None else [anchor, *drawn]

    def _terse(self, pieces: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int32]:
        kept = pieces[rng.random(len(pieces)) < self._stays[pieces]]
        return kept if len(kept) >= _FEWEST_PIECES else pieces


def _stays(texts: Sequence[NDArray[np.int32]], pieces: int) -> NDArray[np.float64]:
    """Give how likely each piece stays in a terse text: the fewer texts hold it, the likelier."""
    held = np.bincount(np.concatenate([np.unique(text) for text in texts]), minlength=pieces)
    return np.asarray(1.0 / (1.0 + _RARITY * held / len(texts)))


def contrastive_loss(vectors: torch.Tensor, labels: torch.Tensor, *, every: bool = False) -> torch.Tensor:
    """Return the mean over rows that have a fellow of -ln(sum over fellows / sum over all others) of exp(20 cosine).

    Args:
        vectors: (rows, dimension), of any length.
        labels: (rows,); fellows share one.
        every: Take the mean over pairs of fellows instead, each against all that are none.

    """
    units = functional.normalize(vectors, dim=1)
    own = torch.eye(len(units), dtype=torch.bool)
    scores = (_SCALE * units @ units.T).masked_fill(own, _NEVER)
    fellows = (labels[:, None] == labels[None, :]) & ~own
    if every:
        others = torch.logsumexp(scores.masked_fill(fellows, _NEVER), 1, keepdim=True)
        return functional.softplus(others - scores)[fellows].mean()
    reached = torch.logsumexp(scores.masked_fill(~fellows, _NEVER), 1)
    return (torch.logsumexp(scores, 1) - reached)[fellows.any(1)].mean()
