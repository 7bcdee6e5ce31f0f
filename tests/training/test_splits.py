"""The fixed splits: the same on every machine, and without leaks."""

from __future__ import annotations

from training.splits import share_of, split, unseen_situations
from training.utterances import Utterance, read_corpus


def test_the_splits_share_no_message_and_no_unseen_situation() -> None:
    utterances = read_corpus([]).utterances
    parts = split(utterances)
    assert len(parts.train) + len(parts.random) + len(parts.unseen) == len(utterances)
    seen = {u.scenario for u in (*parts.train, *parts.random)}
    assert not seen & {u.scenario for u in parts.unseen}
    assert not {(u.language, u.text) for u in parts.train} & {(u.language, u.text) for u in parts.random}
    assert 0.13 < len(parts.random) / (len(parts.random) + len(parts.train)) < 0.17


def test_each_intent_keeps_two_of_nine_situations_out() -> None:
    for intent in {u.intent for u in read_corpus([]).utterances}:
        held = unseen_situations(intent)
        assert len(held) == 2
        assert held <= set(range(1, 10))


def test_the_digests_are_fixed() -> None:
    assert share_of(Utterance("wo ist mein paket", "order.status", "de")) == 0.6709370340402129
    assert share_of(Utterance("wo ist mein paket", "order.status", "nl")) != 0.6709370340402129
    assert unseen_situations("order.status") == frozenset({3, 9})
