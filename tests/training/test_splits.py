"""The fixed splits: the same on every machine, and without leaks."""

from __future__ import annotations

from training.splits import share_of, situation_of, split, unseen_situations
from training.utterances import CORPUS, Utterance, read_corpus


def test_the_splits_share_no_message_and_no_unseen_situation() -> None:
    utterances = read_corpus([]).utterances
    parts = split(utterances)
    groups = (parts.train, parts.calibration, parts.random, parts.unseen)
    assert sum(map(len, groups)) == len(utterances)
    texts = [{(u.language, u.text) for u in group} for group in groups]
    assert sum(map(len, texts)) == len(set.union(*texts))
    seen = {u.scenario for group in groups[:3] for u in group}
    assert not seen & {u.scenario for u in parts.unseen}
    assert 0.06 < len(parts.calibration) / len(utterances) < 0.11


def test_the_tests_are_those_of_the_first_edition() -> None:
    parts = split(read_corpus([]).utterances)
    assert (len(parts.random), len(parts.unseen)) == (1891, 3600)
    for utterance in (*parts.random, *parts.unseen):
        situation = situation_of(utterance)
        assert situation is not None
        assert situation[1] <= 9


def test_the_development_set_is_in_no_part_of_the_corpus() -> None:
    corpus = {u.text.casefold() for u in read_corpus([]).utterances}
    development = read_corpus([CORPUS / "development"]).utterances
    assert len(development) == 600
    assert not corpus & {u.text.casefold() for u in development}


def test_each_intent_keeps_two_of_nine_situations_out() -> None:
    for intent in {u.intent for u in read_corpus([]).utterances}:
        held = unseen_situations(intent)
        assert len(held) == 2
        assert held <= set(range(1, 10))


def test_situations_written_later_never_test() -> None:
    rows = [Utterance(f"message {n}", "a.b", "en", scenario="a.b.12") for n in range(200)]
    parts = split(rows)
    assert not parts.random
    assert not parts.unseen
    assert parts.calibration
    without = split([Utterance(f"message {n}", "a.b", "en") for n in range(200)])
    assert 15 <= len(without.random) <= 45


def test_the_digests_are_fixed() -> None:
    assert share_of(Utterance("wo ist mein paket", "order.status", "de")) == 0.6709370340402129
    assert share_of(Utterance("wo ist mein paket", "order.status", "nl")) != 0.6709370340402129
    assert unseen_situations("order.status") == frozenset({3, 9})
