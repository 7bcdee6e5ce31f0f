"""The transformer: distilled, fine-tuned and exported at a size that trains in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from models.encoder import Encoded, Encoder, StaticTable
from models.transformer import HEAD, LONGEST, OnnxEncoder, shorten
from training.fit.distill import Examples, train_tokenizer
from training.fit.export import encoder_graph
from training.fit.finetune import Beside, FineTunePlan, Readout, fine_tune
from training.fit.noise import disturb
from training.fit.transformer import Pairs, TransformerPlan, Trunk, padded, train_transformer
from training.utterances import Utterance

WIDTH = 24
ENGLISH = [f"the {colour} {thing}" for colour in ("red", "green", "blue") for thing in ("shoe", "shirt", "lamp", "bag")]
GERMAN = [f"{colour} {thing}" for colour in ("rot", "grün", "blau") for thing in ("schuh", "hemd", "lampe", "tasche")]
COUNT = len(ENGLISH)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(iter([*ENGLISH, *GERMAN] * 3), 90)


def small_trunk(tokenizer: Tokenizer, seed: int = 3) -> Trunk:
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=1, hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        max_position_embeddings=LONGEST, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    core: torch.nn.Module = BertModel(config, add_pooling_layer=False)
    return Trunk(core.to(torch.bfloat16), torch.randn(tokenizer.get_vocab_size(), WIDTH) * 0.3, 2, 2)


@pytest.fixture
def pairs(tokenizer: Tokenizer) -> Pairs:
    rng = np.random.default_rng(0)
    teacher = rng.normal(size=(COUNT, WIDTH))
    teacher /= np.linalg.norm(teacher, axis=1, keepdims=True)
    examples = Examples(
        tuple(ENGLISH),
        (*GERMAN, *ENGLISH),
        np.concatenate([np.arange(COUNT)] * 2),
        np.repeat([1, 0], COUNT).astype(np.int64),
    )
    return Pairs(examples, examples.groups, teacher.astype(np.float16), tokenizer)


def plan(folder: Path, epochs: int) -> TransformerPlan:
    return TransformerPlan(folder, "", epochs=epochs, batch=12, tokens=400, documents=0.2, layer_rate=3e-3)


def vectors(trunk: Trunk, tokenizer: Tokenizer, texts: list[str]) -> np.ndarray:
    with torch.no_grad():
        found = trunk(*padded([row.ids for row in tokenizer.encode_batch(texts)])).numpy()
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def messages() -> list[Utterance]:
    rows = []
    for number, text in enumerate([*ENGLISH, *GERMAN]):
        intent = ("color.red", "color.green", "color.blue")[number % COUNT // 4]
        angry = number % 2 == 0
        rows.append(
            Utterance(
                text, intent, "en" if number < COUNT else "de", sentiment=-2 if angry else 1, escalate=angry,
                reasons=("legal",) if angry else (),
            )
        )  # fmt: skip
    return rows


def test_distillation_brings_both_languages_to_the_teacher_and_goes_on_where_it_stopped(
    tmp_path: Path, tokenizer: Tokenizer, pairs: Pairs
) -> None:
    trunk = small_trunk(tokenizer)
    cosine = train_transformer(plan(tmp_path, 60), trunk, pairs)
    assert cosine > 0.6
    english, german = vectors(trunk, tokenizer, ENGLISH), vectors(trunk, tokenizer, GERMAN)
    assert ((english @ german.T).argmax(axis=1) == np.arange(COUNT)).mean() > 0.7
    # A second run finds the checkpoint: nothing is left to do, and the same weights come back.
    again = small_trunk(tokenizer, seed=4)
    assert train_transformer(plan(tmp_path, 60), again, pairs) == cosine
    assert np.allclose(vectors(again, tokenizer, GERMAN), german)


def test_batches_are_the_same_for_the_same_seed_and_cover_every_sentence(tmp_path: Path, pairs: Pairs) -> None:
    first, second = ([len(rows) for rows, _ in pairs.batches(plan(tmp_path, 1), 0)] for _ in range(2))
    assert first == second
    assert sum(first) == 2 * COUNT + 2 * int(0.2 * COUNT)
    assert pairs.count(plan(tmp_path, 3)) >= 3


def test_fine_tuning_learns_every_head_and_keeps_the_search_vectors(
    tmp_path: Path, tokenizer: Tokenizer, pairs: Pairs
) -> None:
    trunk = small_trunk(tokenizer)
    train_transformer(plan(tmp_path, 60), trunk, pairs)
    rows = messages()
    tuning = FineTunePlan(
        tmp_path, epochs=40, cycle=40, batch=12, pairs=12, layer_rate=2e-3, embedding_rate=2e-3, noise=0.0, dropout=0.0
    )
    intents = ("color.blue", "color.green", "color.red")
    readout = Readout(WIDTH, intents)
    fine_tune(tuning, trunk, readout, rows, tokenizer, Beside((pairs,)))
    encoder = exported(trunk, readout.projection.weight.detach().numpy(), tokenizer)
    found = encoder.both([row.text for row in rows])
    matrix, bias = readout.heads()["intent"]
    guessed = (found.features @ matrix + bias).argmax(axis=1)
    assert (guessed == [intents.index(row.intent) for row in rows]).mean() > 0.9
    matrix, bias = readout.heads()["reasons"]
    legal = (found.features @ matrix + bias)[:, 0] > 0
    assert (legal == [bool(row.reasons) for row in rows]).mean() > 0.8
    english, german = found.vectors[:COUNT], found.vectors[COUNT:]
    assert ((english @ german.T).argmax(axis=1) == np.arange(COUNT)).mean() > 0.7


def test_fine_tuning_averages_the_ends_of_its_last_cycles_and_goes_on_where_it_stood(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    intents = ("color.blue", "color.green", "color.red")

    def run(folder: Path, epochs: int) -> dict[str, torch.Tensor]:
        trunk = small_trunk(tokenizer)
        tuning = FineTunePlan(folder, epochs=epochs, cycle=2, averaged=2, batch=12, pairs=0, noise=0.0, dropout=0.0)
        torch.manual_seed(1)
        readout = Readout(WIDTH, intents)
        fine_tune(tuning, trunk, readout, messages(), tokenizer)
        return {name: tensor.clone() for name, tensor in readout.state_dict().items()}

    whole = run(tmp_path / "whole", 6)
    saved = torch.load(tmp_path / "whole" / "finetune.pt", weights_only=True)
    assert saved["mean"]["count"] == 2
    assert torch.allclose(whole["intent.weight"], saved["mean"]["sums"]["readout.intent.weight"] / 2)
    assert not torch.allclose(whole["intent.weight"], saved["readout"]["intent.weight"])
    again = run(tmp_path / "whole", 6)
    assert torch.allclose(whole["intent.weight"], again["intent.weight"])


def exported(trunk: Trunk, projection: np.ndarray, tokenizer: Tokenizer) -> OnnxEncoder:
    weights = {name: tensor.detach().float().numpy() for name, tensor in trunk.core.state_dict().items()}
    weights["projection.weight"] = projection
    table = StaticTable.quantise(trunk.table.weight.detach().numpy())
    return OnnxEncoder(tokenizer, encoder_graph(weights, table, layers=2, attention_heads=2))


def test_the_exported_graph_says_what_the_trained_model_says(tokenizer: Tokenizer) -> None:
    trunk = small_trunk(tokenizer)
    encoder = exported(trunk, np.eye(WIDTH, dtype=np.float32), tokenizer)
    found = encoder.both(GERMAN)
    assert isinstance(encoder, Encoder)
    assert isinstance(found, Encoded)
    assert found.features.dtype == np.float32
    assert found.features.shape == (COUNT, encoder.dimension)
    # Eight bits and bfloat16 on both sides: near, not the same.
    cosines = (found.features * vectors(trunk, tokenizer, GERMAN)).sum(axis=1)
    assert cosines.min() > 0.99
    assert np.allclose(found.features, found.vectors, atol=1e-5)


def test_a_text_is_encoded_the_same_alone_and_in_company(tokenizer: Tokenizer) -> None:
    encoder = exported(small_trunk(tokenizer), np.eye(WIDTH, dtype=np.float32), tokenizer)
    texts = [*GERMAN, " ".join(GERMAN * 8), ""]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.array_equal(together, alone)
    assert not together[-1].any()
    assert encoder.encode([]).shape == (0, WIDTH)


def test_of_a_long_text_the_beginning_and_the_end_are_read() -> None:
    ids = list(range(1_000))
    assert shorten(ids) == [*range(HEAD), *range(1_000 - (LONGEST - HEAD), 1_000)]
    assert shorten(ids[:LONGEST]) == ids[:LONGEST]


def test_noise_keeps_most_of_a_message() -> None:
    rng = np.random.default_rng(5)
    text = "Où est mon colis ? Il devait arriver hier, merci de répondre vite."
    disturbed = [disturb(text, rng) for _ in range(60)]
    assert len(set(disturbed)) > 5
    assert all(0.8 * len(text) < len(other) < 1.2 * len(text) for other in disturbed)
    assert disturb("", rng) == ""
