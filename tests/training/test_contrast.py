"""Contrastive learning: what a batch holds, what the loss rewards, and that a small trunk learns from it."""

from __future__ import annotations

from itertools import islice

import pytest
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from tests.training.test_transformer import ENGLISH, GERMAN, small_trunk
from training.fit.contrast import Contrast, Draw, contrastive_loss
from training.fit.distill import train_tokenizer
from training.fit.transformer import MixedAdam, means_of
from training.meanings import Family, Meaning


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(iter([*ENGLISH, *GERMAN] * 3), 90)


def families() -> list[Family]:
    return [(Meaning((english, german)),) for english, german in zip(ENGLISH, GERMAN, strict=True)]


def test_the_loss_is_small_where_fellows_are_near_and_others_are_not() -> None:
    labels = torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    mixed = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    assert float(contrastive_loss(apart, labels)) < 1e-3
    assert float(contrastive_loss(mixed, labels)) > 10.0
    # Lengths of vectors say nothing, and a row without a fellow only stands in the way.
    assert float(contrastive_loss(3.0 * apart, labels)) == pytest.approx(float(contrastive_loss(apart, labels)))
    alone = torch.cat([apart, torch.tensor([[-1.0, -1.0]])])
    assert float(contrastive_loss(alone, torch.tensor([0, 0, 1, 1, 2]))) < 1e-3


def test_one_near_fellow_is_enough() -> None:
    vectors = functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.01], [-1.0, 0.0], [-1.0, 0.01]]), dim=1)
    assert float(contrastive_loss(vectors, torch.tensor([0, 0, 0, 0]))) < 1e-6
    assert float(contrastive_loss(vectors, torch.tensor([0, 0, 1, 1]))) < 1e-3


def test_a_batch_holds_whole_families_with_their_anchor_and_repeats_by_seed(tokenizer: Tokenizer) -> None:
    passage = "the red shoe the blue lamp"
    given: list[Family] = [(Meaning((ENGLISH[n], GERMAN[n]), passage), Meaning((ENGLISH[n + 1],))) for n in (0, 4)]
    contrast = Contrast(given, tokenizer, Draw(2, 1, tokens=6), seed=1)
    first, second = (list(islice(contrast.batches(), 3)) for _ in range(2))
    for (rows, labels), (again, _) in zip(first, second, strict=True):
        assert labels.tolist() == [0, 0, 1, 2, 2, 3]
        assert [row.tolist() for row in rows] == [row.tolist() for row in again]
        assert max(map(len, rows)) <= 6
        assert rows[0].tolist() == tokenizer.encode(passage).ids[:6]


def test_every_fellow_counts_where_each_is_to_be_near() -> None:
    # A translation that is near does not make up for another wording that is far.
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    labels = torch.tensor([0, 0, 0, 1])
    assert float(contrastive_loss(vectors, labels)) < float(contrastive_loss(vectors, labels, every=True))
    together = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert float(contrastive_loss(together, labels, every=True)) < 1e-3


def test_near_misses_are_drawn_in_the_languages_of_what_they_resemble(tokenizer: Tokenizer) -> None:
    words = ENGLISH[0].split()
    said = [tuple(f"{word} {end}" for word in words[:3]) for end in ("a", "b", "c")]
    given: list[Family] = [(Meaning((*said[0], *said[1])), Meaning(said[2]))]
    places = {tuple(tokenizer.encode(text).ids): place for one in said for place, text in enumerate(one)}
    for rows, labels in islice(Contrast(given, tokenizer, Draw(1, 2, languages=3)).batches(), 5):
        assert labels.tolist() == [0, 0, 0, 0, 1, 1]
        drawn = [places[tuple(row.tolist())] for row in rows]
        assert drawn[:2] == drawn[2:4] == drawn[4:]
        assert len(set(drawn)) == 2


def test_terse_texts_keep_the_pieces_that_tell_something(tokenizer: Tokenizer) -> None:
    common = "the red shoe"
    texts = tuple(f"{common} {word}" for word in ("lamp", "bag", "blue lamp", "blue bag"))
    contrast = Contrast([(Meaning(texts),)], tokenizer, Draw(1, 4, terse=1.0))
    whole = {len(tokenizer.encode(text).ids) for text in texts}
    lengths = [len(row) for rows, _ in islice(contrast.batches(), 20) for row in rows]
    assert min(lengths) >= 2
    assert sum(lengths) / len(lengths) < max(whole)
    plain = Contrast([(Meaning(texts),)], tokenizer, Draw(1, 4))
    assert {len(row) for rows, _ in islice(plain.batches(), 5) for row in rows} == whole


def test_a_small_trunk_learns_which_texts_mean_the_same(tokenizer: Tokenizer) -> None:
    trunk = small_trunk(tokenizer)
    optimizer = MixedAdam(trunk, (), 3e-3, 5e-3, 80)
    for rows, labels in islice(Contrast(families(), tokenizer, Draw(12, 2)).batches(), 80):
        contrastive_loss(means_of(trunk, rows), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        units = functional.normalize(
            means_of(trunk, [row.ids for row in tokenizer.encode_batch([*ENGLISH, *GERMAN])]), dim=1
        )
    nearest = (units[: len(ENGLISH)] @ units[len(ENGLISH) :].T).argmax(1)
    assert (nearest == torch.arange(len(ENGLISH))).float().mean() > 0.8


def test_means_of_texts_of_many_lengths_are_those_of_each_alone(tokenizer: Tokenizer) -> None:
    trunk = small_trunk(tokenizer)
    rows = [row.ids for row in tokenizer.encode_batch([" ".join(ENGLISH[:3]), "rot", *GERMAN[:5], "the red bag"])]
    with torch.no_grad():
        together = means_of(trunk, rows)
        alone = torch.cat([means_of(trunk, [row]) for row in rows])
    assert torch.allclose(functional.normalize(together, dim=1), functional.normalize(alone, dim=1), atol=0.03)
