"""Scores of rows that a head did not see, and what an error may cost in training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from models.bundle import Bundle
from training.fit import folds
from training.fit.folds import OFFERED, OutOfFold, out_of_fold
from training.fit.linear import USUAL, fit_scales, mean_loss
from training.fit.remembering import remembering
from training.fit.trainer import FitPlan, fit
from training.utterances import Utterance


class Letters:
    """An encoder that counts letters; it has one output, as most have."""

    dimension = 26
    digest = "0" * 64

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        counts = [[text.count(chr(97 + place)) for place in range(self.dimension)] for text in texts]
        return np.asarray(counts, dtype=np.float32).reshape(len(texts), self.dimension)


def made(rows: int, noise: float) -> tuple[sp.csr_matrix, NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(3)
    labels = np.arange(rows) % 4
    dense = (np.eye(4)[labels] + rng.normal(0, noise, (rows, 4))).astype(np.float32)
    return sp.csr_matrix(np.eye(4)[labels] + rng.normal(0, noise, (rows, 4))), dense, labels


def loss(found: OutOfFold, labels: NDArray[np.int64], rows: NDArray[np.bool_]) -> float:
    words, vectors = found.lexical[rows], found.dense[rows]
    return mean_loss(fit_scales(words, vectors, labels[rows]), words, vectors, labels[rows])


@pytest.mark.parametrize("noise", [0.2, 1.0])
def test_the_costs_that_make_the_judges_labels_likeliest_are_taken(
    noise: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    lexical, dense, labels = made(480, noise)
    judges = np.arange(480) % 3 > 0
    chosen = out_of_fold(lexical, dense, labels, 7, judges)
    each = {}
    for costs in OFFERED:
        monkeypatch.setattr(folds, "OFFERED", (costs,))
        each[costs] = loss(out_of_fold(lexical, dense, labels, 7, judges), labels, judges)
    assert chosen.costs == min(each, key=lambda costs: each[costs])
    assert loss(chosen, labels, judges) == pytest.approx(min(each.values()))


def test_few_judges_many_rows_and_nobody_leave_the_usual_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    lexical, dense, labels = made(400, 0.2)
    everybody = np.ones(400, dtype=bool)
    assert out_of_fold(lexical, dense, labels, 7).costs == USUAL
    assert out_of_fold(lexical, dense, labels, 7, np.arange(400) < 299).costs == USUAL
    monkeypatch.setattr(folds, "_MOST_ROWS", 399)
    assert out_of_fold(lexical, dense, labels, 7, everybody).costs == USUAL
    assert OFFERED[0] == USUAL


def test_no_row_scores_itself() -> None:
    lexical, dense, labels = made(40, 0.0)
    labels = labels.copy()
    labels[0] = 1
    found = out_of_fold(lexical, dense, labels, 7)
    assert found.lexical.shape == found.dense.shape == (40, 4)
    assert found.lexical[0].argmax() == 0, "its own label would have taught otherwise"


def test_heads_are_trained_at_the_costs_that_the_folds_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"price": "what does the lamp cost", "hours": "when do you open on friday"}
    utterances = [Utterance(f"{text} {n}", name, language="en") for n in range(160) for name, text in words.items()]
    chosen = max(OFFERED, key=lambda costs: costs.lexical + costs.dense)
    heads = []
    for costs in (USUAL, chosen):
        monkeypatch.setattr(folds, "OFFERED", (costs,))
        heads.append(fit(utterances, Letters(), FitPlan(min_documents=1)).heads["intent"])
    usual, other = heads
    assert usual.lexical is not None
    assert other.lexical is not None
    assert np.abs(other.lexical.matrix).sum() > np.abs(usual.lexical.matrix).sum()
    assert np.abs(other.dense.matrix).sum() > np.abs(usual.dense.matrix).sum()


def test_a_text_is_encoded_once() -> None:
    encoder, alone = Letters(), Letters()
    memory = remembering(encoder)
    assert memory.dimension == encoder.dimension
    assert memory.digest == encoder.digest
    for texts in (["one", "two", "one"], [], ["two", "three"], ["three"]):
        assert np.array_equal(memory.encode(texts), alone.encode(texts))
    assert encoder.asked == ["one", "two", "three"]


def test_the_shipped_encoder_needs_no_memory() -> None:
    encoder = Bundle.load(Bundle.default_path()).encoder
    assert remembering(encoder) is encoder
