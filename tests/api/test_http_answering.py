from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api.answering import answer_body, choose, phrases, say
from api.schemas.bots import Action, QuestionIn
from tickets.records import (
    Answer,
    Decision,
    Due,
    Entity,
    Escalation,
    IntentScore,
    Language,
    Priority,
    Routing,
    Sentiment,
    Suggestion,
)

THRESHOLD = 0.6


def decision(score: float | None, *, language: str = "en", passage: str = "en", escalate: bool = False) -> Decision:
    answers = () if score is None else (Answer("shipping", "Shipping", "Two to four days.", score, passage),)
    return Decision(
        id=None,
        text="How long does it take? HP-7",
        language=Language(language, 0.9, "Latn"),
        intent="shipping.time",
        intents=(IntentScore("shipping.time", 0.8),),
        also=(),
        sentiment=Sentiment("neutral", 0.0, 0.9),
        escalation=Escalation(0.9 if escalate else 0.1, escalate, ("legal",) if escalate else ()),
        entities=(Entity("order", "HP-7", 23, 27),),
        answers=answers,
        suggestions=(Suggestion("s1", "shipping.time.generic", 1, "de", "Zwei bis vier Tage.", 0.7),),
        routing=Routing("presales", Priority.NORMAL, (), Due(datetime(2026, 11, 22, tzinfo=UTC), None)),
        model="m",
    )


def question(**more: object) -> QuestionIn:
    return QuestionIn.model_validate({"question": "How long?", **more})


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.6, Action.ANSWER),
        (0.59, Action.CLARIFY),
        (0.3, Action.CLARIFY),
        (0.29, Action.HAND_OFF),
        (None, Action.HAND_OFF),
    ],
)
def test_the_threshold_decides(score: float | None, expected: Action) -> None:
    assert choose(question(), decision(score), THRESHOLD).action is expected


def test_an_answer_names_its_source() -> None:
    asked, decided = question(), decision(0.8)
    shown = answer_body(asked, decided, choose(asked, decided, THRESHOLD))
    assert shown["text"] == "Two to four days."
    assert shown["sources"] == [{"article": "shipping", "passage": "Two to four days."}]
    assert shown["hand_off"] is None


def test_who_is_angry_gets_a_person_whatever_is_known() -> None:
    asked, decided = question(), decision(0.99, escalate=True)
    shown = answer_body(asked, decided, choose(asked, decided, THRESHOLD))
    assert shown["action"] == "hand_off"
    assert shown["hand_off"]["reasons"] == ("legal",)
    assert shown["hand_off"]["order"] == "HP-7"
    assert shown["hand_off"]["draft"] == "Zwei bis vier Tage."
    assert shown["hand_off"]["due"] == datetime(2026, 11, 22, tzinfo=UTC)


def test_a_passage_in_a_foreign_language_gives_way_to_an_approved_reply() -> None:
    assert choose(question(), decision(0.8, language="de"), THRESHOLD).text == "Zwei bis vier Tage."
    assert choose(question(), decision(0.8, language="fr"), THRESHOLD).action is Action.CLARIFY


def test_it_asks_back_once_only() -> None:
    before = [{"role": "bot", "text": say(Action.CLARIFY, "en")}]
    assert choose(question(conversation=before), decision(0.5), THRESHOLD).action is Action.HAND_OFF


def test_an_unknown_language_is_that_of_the_request_or_english() -> None:
    assert choose(question(language="pl-PL"), decision(None, language="und"), THRESHOLD).language == "pl"
    assert choose(question(), decision(None, language="und"), THRESHOLD).language == "en"
    assert say(Action.HAND_OFF, "sv") == say(Action.HAND_OFF, "en")


def test_all_twelve_languages_have_both_sentences() -> None:
    assert set(phrases()) == {"ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh"}
    for language, sentences in phrases().items():
        assert set(sentences) == {"clarify", "hand_off"}, language
    assert len({say(Action.CLARIFY, language) for language in phrases()}) == 12
