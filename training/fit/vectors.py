"""Encode the sample shop's articles and the questions that they name, and write `sample_shop/vectors.safetensors`.

`python -m training.fit.vectors`; it takes a minute, and `deskhand demo` starts the sooner for it. Run it again after
the articles or the shipped encoder changed: a test asks for that.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from knowledge_base.search import KnowledgeBase
from knowledge_base.vectors import passage_digest, write_vectors
from models.bundle import Bundle
from training.judged import SHOP_VECTORS, Held, indexed, shop_articles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from knowledge_base.vectors import Encoder


class Recorder:
    """An encoder that remembers what it encoded, by the digest of the text."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.made: dict[bytes, NDArray[np.float32]] = {}

    @property
    def dimension(self) -> int:
        """Give the length of a vector."""
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts; shape (len(texts), dimension)."""
        vectors = self._encoder.encode(texts)
        self.made.update(zip(map(passage_digest, texts), vectors, strict=True))
        return vectors


def main() -> None:
    """Run the command."""
    bundle = Bundle.load(Bundle.default_path())
    recorder = Recorder(bundle.encoder)
    source = Held(indexed(shop_articles()))
    KnowledgeBase(source, recorder, encoder_digest=bundle.encoder.digest, cache_dir=None).refresh()
    write_vectors(SHOP_VECTORS, bundle.encoder.digest, recorder.made)
    sys.stdout.write(f"{SHOP_VECTORS}: {len(recorder.made)} vectors\n")


if __name__ == "__main__":
    main()
