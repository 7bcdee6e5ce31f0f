"""The shipped encoder, taken up for further training: the same vectors and the same heads as it serves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from models.bundle import Bundle
from tickets.errors import InvalidInputError
from training.fit.finetune import SHARPNESS
from training.fit.taking_up import taken_up
from training.fit.transformer import means_of

TEXTS = [
    "where is my parcel?",
    "kargom nerede kaldı acaba",
    "Ich möchte die Jacke zurückgeben, weil sie zu klein ist",
    "返金はいつになりますか",
]


def test_vectors_and_intents_are_those_of_the_bundle() -> None:
    folder = Bundle.default_path()
    bundle = Bundle.load(folder)
    trunk, readout = taken_up(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    with torch.no_grad():
        means = means_of(trunk, [row.ids for row in tokenizer.encode_batch(TEXTS)])
        vectors = functional.normalize(readout.projection(means), dim=1).numpy()
        intents = readout.intent(SHARPNESS * functional.normalize(means, dim=1)).argmax(1)
    # The bundle rounds activations to 8 bits, the trunk computes in bfloat16.
    assert (vectors * bundle.encoder.encode(TEXTS)).sum(1).min() > 0.99
    labels = bundle.manifest.heads.intent.labels
    assert labels[int(intents[0])] == "order.status"
    assert labels[int(intents[2])] == "return.request"
    assert np.isfinite(vectors).all()


def test_a_bundle_without_a_transformer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"holds no encoder\.onnx"):
        taken_up(tmp_path)
