"""The bundle's transformer: an ONNX graph with 8-bit weights, run by ONNX Runtime on one core."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.encoder import Encoded

LONGEST = 256
HEAD = 192
_LONGEST_TEXT = 20_000


def shorten(ids: Sequence[int]) -> list[int]:
    """Shorten a long text to 256 tokens: its first 192, where the matter stands, and its last 64."""
    return list(ids) if len(ids) <= LONGEST else [*ids[:HEAD], *ids[HEAD - LONGEST :]]


class OnnxEncoder:
    """A transformer over the tokens of a text.

    Args:
        tokenizer: Splits and numbers the text.
        graph: The bytes of `encoder.onnx`: inputs `ids` and `mask` (rows, tokens) int64, outputs `features` and
            `vectors` (rows, dimension) float32.
        file: Where these bytes lie, if in a file: ONNX Runtime keeps bytes for good, and needs a file to start only.

    Raises:
        onnxruntime.capi.onnxruntime_pybind11_state.Fail: The bytes are no such graph.

    """

    def __init__(self, tokenizer: Tokenizer, graph: bytes, *, file: Path | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Spare memory is given back: many lengths of text would otherwise leave a pool for the longest of them.
        options.enable_cpu_mem_arena = False
        # On CPUs the fused kernel of this one takes three times as long as the two operators that it replaces.
        self._session = onnxruntime.InferenceSession(
            file or graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
        )
        self._tokenizer = tokenizer
        self._dimension = int(self._session.get_outputs()[1].shape[1])
        self._digest = hashlib.sha256(tokenizer.to_str().encode() + graph).hexdigest()

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def digest(self) -> str:
        """SHA-256 over tokenizer and graph."""
        return self._digest

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (len(texts), dimension) float32 rows of unit length, all zeros for a text without tokens."""
        return self.both(texts).vectors

    def both(self, texts: Sequence[str]) -> Encoded:
        """Return what the heads read and what search reads, from one pass over the texts.

        Of a text, the first 20,000 characters are split into tokens, and of more than 256 tokens the first 192 and
        the last 64 are read.
        """
        features = np.zeros((len(texts), self._dimension), dtype=np.float32)
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        # One at a time: activations are rounded by the range of the whole batch, so that in company a text would get
        # an answer that depends on its neighbours.
        for place, row in enumerate(self._tokenizer.encode_batch_fast([text[:_LONGEST_TEXT] for text in texts])):
            ids = np.asarray([shorten(row.ids)], dtype=np.int64)
            if ids.size:
                found = self._session.run(["features", "vectors"], {"ids": ids, "mask": np.ones_like(ids)})
                features[place], vectors[place] = found[0][0], found[1][0]
        return Encoded(features, vectors)
