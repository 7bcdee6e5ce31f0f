"""What a person may start from after a chatbot's hand-off: never what could not be said, and no mere guess."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.api.test_http_answering import EU, LATE, bot_said, decision, scored, shown
from tickets.records import Answer, Escalation, Suggestion

LINKED = replace(EU, passage="See www.shop.example or write to help@shop.example.")
HOURS = replace(EU, passage="Our team is there Monday to Friday from 9 to 5.")
DANGER = Escalation(0.9, True, ("safety",))
REPLY = Suggestion("s1", "delivery.options.article", 1, "en", "Hello,\n\nTwo to four\ndays.", 0.7)


def draft(*answers: Answer, conversation: Any = (), suggestions: Any = (), **more: Any) -> str | None:
    body = {name: more.pop(name) for name in ("marketplace", "channel", "question") if name in more}
    decided = decision(*answers, suggestions=suggestions, **more)
    packet = shown(decided, conversation=list(conversation), **body)["hand_off"]
    found: str | None = packet["draft"]
    return found


def test_the_best_passage_that_is_no_mere_guess_is_the_draft() -> None:
    assert draft(scored(0.2), scored(0.5, LATE), escalate=True) == EU.passage
    assert draft(scored(0.19), escalate=True) is None
    assert draft(scored(0.01), scored(0.5, LATE), escalate=True) == LATE.passage


def test_what_was_said_is_no_draft() -> None:
    said = bot_said("Two to four days.", sources=[{"article": "shipping", "passage": "Two to four days."}])
    assert draft(EU, conversation=said) is None
    assert draft(EU, scored(0.4, LATE), conversation=said) == LATE.passage
    assert draft(EU, conversation=said, suggestions=[REPLY]) is None, "the reply quotes it"
    assert draft(EU, suggestions=[REPLY], escalate=True) == REPLY.text
    assert draft(conversation=bot_said(f"{REPLY.text} Bye"), suggestions=[REPLY]) is None


@pytest.mark.parametrize("passage", [LINKED, HOURS])
def test_what_a_marketplace_forbids_is_no_draft(passage: Answer) -> None:
    assert draft(passage, marketplace="amazon") is None
    assert draft(passage, channel="marketplace") is None
    assert draft(passage, scored(0.4, LATE), marketplace="amazon") == LATE.passage
    assert draft(passage, escalate=True) == passage.passage


def test_no_passage_answers_danger_and_nothing_answers_despair() -> None:
    assert draft(EU, escalation=DANGER) is None
    assert draft(EU, escalation=DANGER, suggestions=[REPLY]) == REPLY.text
    assert draft(EU, question="I want to kill myself", suggestions=[REPLY]) is None
