from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.makers import a_decision, a_message
from tickets.database import dump_json
from tickets.documents import (
    decision_document,
    envelope,
    labels_document,
    read_decision,
    read_labels,
    read_message,
)
from tickets.records import (
    Answer,
    Decision,
    Due,
    Entity,
    Escalation,
    IntentScore,
    Language,
    Message,
    Priority,
    Routing,
    Sentiment,
    Suggestion,
)
from tickets.stored import Labels

T = TypeVar("T")
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
SHARES = st.floats(0, 1)
MOMENTS = st.datetimes(timezones=st.just(UTC)) | st.none()


def _tuples(inner: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(inner, max_size=3).map(tuple)


DECISIONS = st.builds(
    Decision,
    id=WORDS | st.none(),
    text=WORDS,
    language=st.builds(Language, WORDS, SHARES, WORDS),
    intent=WORDS | st.none(),
    intents=_tuples(st.builds(IntentScore, WORDS, SHARES)),
    also=_tuples(WORDS),
    sentiment=st.builds(Sentiment, WORDS, st.floats(-1, 1), SHARES),
    escalation=st.builds(Escalation, SHARES, st.booleans(), _tuples(WORDS)),
    entities=_tuples(st.builds(Entity, WORDS, WORDS, st.integers(0, 99), st.integers(0, 99))),
    answers=_tuples(st.builds(Answer, WORDS, WORDS, WORDS, SHARES, WORDS)),
    suggestions=_tuples(st.builds(Suggestion, WORDS, WORDS, st.integers(1, 9), WORDS, WORDS, SHARES, _tuples(WORDS))),
    routing=st.builds(Routing, WORDS, st.sampled_from(Priority), _tuples(WORDS), st.builds(Due, MOMENTS, MOMENTS)),
    model=WORDS,
    truncated=st.booleans(),
)


@given(DECISIONS)
def test_a_decision_comes_back_as_it_was(decision: Decision) -> None:
    document = json.loads(dump_json(decision_document(decision)))
    assert read_decision(document, decision.suggestions) == decision


def test_numbers_of_numpy_are_plain_numbers() -> None:
    shares = np.array([0.25, 0.5], dtype=np.float32)
    decision = a_decision(
        intents=(IntentScore("a", shares[0]),),
        sentiment=Sentiment("neutral", shares[1], shares[0]),
        escalation=Escalation(shares[0], escalate=False),
    )
    document = json.loads(dump_json(decision_document(decision)))
    assert read_decision(document, decision.suggestions) == decision


def test_due_times_are_kept_in_utc() -> None:
    local = datetime(2026, 11, 22, 10, 0, tzinfo=timezone(timedelta(hours=9)))
    decision = replace(a_decision(), routing=Routing("a", Priority.LOW, (), Due(local, None)))
    back = read_decision(json.loads(dump_json(decision_document(decision))), decision.suggestions)
    assert back == decision
    assert back.routing.due.marketplace is not None
    assert back.routing.due.marketplace.tzinfo == UTC


@pytest.mark.parametrize("message", [Message("x"), a_message(), a_message(customer=None, thread="t", currency="EUR")])
def test_an_envelope_keeps_all_but_the_letter(message: Message) -> None:
    document = json.loads(dump_json(envelope(message)))
    bare = Message(message.text, subject=message.subject, html=message.html)
    assert read_message(document, message.channel, bare) == message


@pytest.mark.parametrize(
    "labels", [Labels(), Labels("a", ("b",), "de", "neutral", escalate=False), Labels(also=()), Labels(escalate=True)]
)
def test_labels_come_back(labels: Labels) -> None:
    document = json.loads(dump_json(labels_document(labels)))
    assert read_labels(document) == labels
    assert None not in document.values()
