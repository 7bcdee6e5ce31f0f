"""The mix of intents: found from unlabelled messages, kept, and corrected for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.bundle import Bundle
from models.errors import BundleError
from models.prior import FILE, Prior, corrected, estimate, read_prior, write_prior

EVEN = np.full(4, 0.25)
MIX = np.array([0.6, 0.25, 0.1, 0.05])


def drawn(mix: np.ndarray, messages: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return calibrated probabilities under an even prior for messages of a mix, and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(len(mix), size=messages, p=mix)
    scores = rng.normal(size=(messages, len(mix)))
    scores[np.arange(messages), labels] += 2.0
    # Of Gaussians one apart in mean the posterior is a softmax of twice the scores.
    probabilities = np.exp(2.0 * scores)
    return probabilities / probabilities.sum(axis=1, keepdims=True), labels


def test_the_mix_is_found_from_unlabelled_messages() -> None:
    probabilities, _ = drawn(MIX, 5_000)
    assert np.abs(estimate(probabilities, EVEN) - MIX).max() < 0.03


def test_a_few_messages_move_it_a_little_only() -> None:
    probabilities = np.tile([0.97, 0.01, 0.01, 0.01], (5, 1))
    found = estimate(probabilities, EVEN)
    assert 0.25 < found[0] < 0.4
    assert found.sum() == pytest.approx(1.0)


def test_the_correction_makes_more_guesses_right_and_keeps_them_calibrated() -> None:
    probabilities, labels = drawn(MIX, 5_000)
    better = corrected(probabilities, EVEN, estimate(probabilities, EVEN))
    before, after = ((found.argmax(axis=1) == labels) for found in (probabilities, better))
    assert after.mean() > before.mean()
    assert abs(better.max(axis=1).mean() - after.mean()) < abs(probabilities.max(axis=1).mean() - before.mean())


@pytest.mark.parametrize("probabilities", [np.zeros((0, 4)), np.ones((3, 5)), np.ones(4)])
def test_shapes_that_do_not_fit_are_refused(probabilities: np.ndarray) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        estimate(probabilities, EVEN)


def test_a_kept_prior_comes_back_for_its_own_labels_only(tmp_path: Path) -> None:
    assert read_prior(tmp_path, ["a", "b"]) is None
    write_prior(tmp_path / "home", Prior({"a": 0.75, "b": 0.25}, 300))
    assert read_prior(tmp_path / "home", ["b", "a"]) == Prior({"a": 0.75, "b": 0.25}, 300)
    assert read_prior(tmp_path / "home", ["a", "c"]) is None


@pytest.mark.parametrize("content", ["", "[]", '{"messages": 1}', '{"messages": 1, "shares": {"a": 0.4, "b": 0}}'])
def test_a_broken_file_is_named_with_the_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(BundleError, match=r"prior\.json") as caught:
        read_prior(tmp_path, ["a", "b"])
    assert "delete it" in (caught.value.hint or "")


def test_a_bundle_under_a_prior_prefers_what_comes_in_often() -> None:
    bundle = Bundle.load(Bundle.default_path())
    text = "my parcel"
    plain = dict(bundle.predict([text])[0].intents)
    often = max(plain, key=lambda name: name == "delivery.customs")
    shares = {name: 0.5 / (len(plain) - 1) for name in plain} | {often: 0.5}
    shifted = dict(bundle.under(shares).predict([text])[0].intents)
    assert shifted[often] > plain[often]
    assert sum(shifted.values()) == pytest.approx(1.0, abs=1e-4)
    assert dict(bundle.predict([text])[0].intents) == plain
