"""Any sentence-transformers model as an encoder of Deskhand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from models.errors import BundleError


class SentenceTransformerEncoder:
    """Wrap a loaded sentence-transformers model.

    Args:
        name: The name or path it was loaded by.
        model: The model.

    """

    def __init__(self, name: str, model: SentenceTransformer) -> None:
        self.name = name
        self._model = model
        self._digest = _digest(model)

    @classmethod
    def load(cls, name: str) -> SentenceTransformerEncoder:
        """Load a model by name or path, from disk alone where the hub is out of reach.

        Raises:
            BundleError: There is no such model.

        """
        try:
            return cls(name, SentenceTransformer(name, device="cpu", local_files_only=not Path(name).exists()))
        except (OSError, ValueError) as error:
            raise BundleError(
                f"no sentence-transformers model {name!r} on this machine: {str(error).splitlines()[0][:200]}",
                field="DESKHAND_ENCODER",
                hint="give the path of a downloaded model, or download it first where there is a network",
            ) from error

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def digest(self) -> str:
        """SHA-256 over the model's weights."""
        return self._digest

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (len(texts), dimension) float32 rows of unit length."""
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=len(texts) > 2_000)
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)


def _digest(model: SentenceTransformer) -> str:
    found = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        found.update(name.encode())
        found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()
