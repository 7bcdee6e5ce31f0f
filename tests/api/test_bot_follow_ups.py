"""Follow-ups to a chatbot: a short question is read alone and behind the one before, and the surer answer is given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from api.answering import BotAnswer, message_of
from api.follow_ups import FollowUp, surer
from api.schemas.bots import Action
from tests.api.test_http_answering import DEFAULT, EU, LATE, asked, decision, question, scored, with_policy
from triage.bot_policy import Why

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Service, StartService
    from tickets.records import Answer, Decision

THRESHOLD = 0.6
FAR = replace(EU, article="australia", passage="Seven to fourteen days.", score=0.9)


def turns(*said: str, action: str | None = "answer", role: str = "bot") -> list[dict[str, Any]]:
    """Return what a customer said, each answered."""
    found: list[dict[str, Any]] = []
    for text in said:
        found += [{"role": "customer", "text": text}, {"role": role, "text": f"About: {text}", "action": action}]
    return found


def follow_up(text: str, conversation: list[dict[str, Any]], **more: object) -> tuple[str, str] | None:
    sent = question(question=text, conversation=conversation, **more)
    found = FollowUp.of(sent, message_of(sent, DEFAULT.speech), DEFAULT.speech)
    return None if found is None else (found.earlier.text, found.together.text)


LONG = "How long does a delivery to my address in Spain take?"


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("and to Australia?", "How long does delivery to Spain take?"),
        ("und nach Australien?", "Wie lange dauert die Lieferung nach Spanien?"),
        ("オーストラリアは？", "スペインへの配送には何日かかりますか？"),
        ("وإلى أستراليا؟", "كم يستغرق التوصيل إلى إسبانيا؟"),
    ],
)
def test_a_short_question_goes_on_with_the_one_before(text: str, before: str) -> None:
    assert follow_up(text, turns(before)) == (before, f"{before}\n{text}")
    assert follow_up(text, turns(before, action=None)) is not None, "a bot that sends no actions back"


def test_a_chain_of_short_ones_takes_up_what_they_hang_on() -> None:
    assert follow_up("and to Japan?", turns("Hello there", LONG, "and to Australia?")) == (
        f"{LONG}\nand to Australia?",
        f"{LONG}\nand to Australia?\nand to Japan?",
    )
    assert follow_up("and to Japan?", turns("Return fee?", LONG)) == (LONG, f"{LONG}\nand to Japan?")


@pytest.mark.parametrize(
    ("text", "conversation", "more"),
    [
        ("and to Australia?", [], {}),
        ("and to Australia?", [{"role": "bot", "text": "Hello, how can I help?"}], {}),
        ("and to Australia?", [{"role": "customer", "text": LONG}], {}),
        ("and to Australia?", turns(LONG, action="hand_off"), {}),
        ("and to Australia?", turns(LONG, action=None, role="agent"), {}),
        ("and to Australia?", turns(LONG, action="clarify"), {}),
        ("and to Australia?", turns(LONG), {"choice": {"kind": "article", "value": "shipping"}}),
        ("What would a delivery of the same parcel to Australia cost me?", turns(LONG), {}),
    ],
    ids=["first", "greeted", "unanswered", "handed off", "a colleague", "asked back", "chosen", "long"],
)
def test_what_stands_alone_is_read_alone(text: str, conversation: list[dict[str, Any]], more: dict[str, Any]) -> None:
    assert follow_up(text, conversation, **more) is None


def said(alone: Decision, together: Decision, earlier: Decision, **more: Any) -> BotAnswer:
    more = {"question": "and to Australia?", "conversation": turns(LONG), **more}
    bot = more.pop("bot", DEFAULT)
    known, both = asked(alone, bot=bot, **more), asked(together, bot=bot, **more)
    chosen_by, answer = surer(bot, known, both, earlier, THRESHOLD)
    assert chosen_by is (both if answer.answer == FAR else known)
    return answer


def searched(first: Answer, *others: Answer) -> Decision:
    """Decide as the search does: another article answers only where the first does not."""
    return decision(first, *(scored(other.score * (1.0 - first.score), other) for other in others))


def test_the_surer_answer_is_given() -> None:
    first = decision(EU)
    assert said(decision(scored(0.3)), decision(FAR), first).answer == FAR
    assert said(decision(), decision(FAR), first).answer == FAR, "alone it was not sure"
    assert said(decision(scored(0.8, LATE)), decision(FAR), first).answer == FAR
    assert said(decision(scored(0.95, LATE)), decision(FAR), first).answer == scored(0.95, LATE)
    assert said(decision(scored(0.5, LATE)), decision(scored(0.5, FAR)), first).action is Action.CLARIFY


def test_what_the_earlier_question_alone_would_bring_is_no_answer_to_this_one() -> None:
    assert said(decision(), decision(FAR), searched(EU, scored(0.7, FAR))).why is Why.NOT_SURE
    assert said(decision(), decision(FAR), searched(EU, scored(0.5, FAR))).answer == FAR
    hinted = decision(scored(0.1, FAR))
    assert said(hinted, decision(FAR), searched(EU, scored(0.7, FAR))).answer == FAR, "the words themselves bring it"
    given = [*turns(LONG), {"role": "bot", "text": EU.passage, "action": "answer"}]
    for there, answered in ((0.94, None), (0.6, FAR)):
        both = searched(*sorted((scored(there), FAR), key=lambda one: -one.score))
        before = searched(scored(0.95), scored(0.91, FAR))
        found = said(hinted, both, before, conversation=given)
        assert found.answer == answered, "only where the words turn from what was given"


def test_an_answer_that_was_given_is_not_given_again() -> None:
    given = [*turns(LONG), {"role": "bot", "text": FAR.passage, "action": "answer"}]
    assert said(decision(), decision(FAR), decision(EU), conversation=given).why is Why.NOT_SURE
    assert said(decision(FAR), decision(FAR), decision(EU), conversation=given).why is Why.SAID_BEFORE


def test_what_the_short_question_is_by_itself_goes_first() -> None:
    first = decision(EU)
    assert said(decision(intent="service.thanks"), decision(FAR), first).text.startswith("You are welcome")
    assert said(decision(intent="service.human"), decision(FAR), first).why is Why.INTENT
    assert said(decision(escalate=True), decision(FAR), first).why is Why.ESCALATION
    assert said(decision(), decision(FAR, escalate=True), first).why is Why.NOT_SURE
    assert said(decision(), decision(FAR), first, bot=with_policy(min_probability=0.95)).why is Why.NOT_SURE


SHIPPING = {
    "en": (
        ("spain", "How long does delivery to Spain take?", "Two to four business days after dispatch."),
        ("australia", "How long does delivery to Australia take?", "Seven to fourteen business days after dispatch."),
        ("fees", "What does shipping to Australia cost?", "A$17.50 per order, whatever you buy."),
    ),
    "de": (
        ("spain", "Wie lange dauert die Lieferung nach Spanien?", "Zwei bis vier Werktage ab Versand."),
        ("australia", "Wie lange dauert die Lieferung nach Australien?", "Sieben bis vierzehn Werktage ab Versand."),
        ("fees", "Was kostet der Versand nach Australien?", "17,50 Dollar je Bestellung, was immer Sie kaufen."),
    ),
}


@pytest.fixture
def shop(start_service: StartService, tmp_path: Path) -> Service:
    service = start_service(home=tmp_path / "home")
    for language, articles in SHIPPING.items():
        for name, title, text in articles:
            article = {"id": name, "language": language, "title": title, "body": text, "questions": [title]}
            stored = service.send("POST", "/v1/articles", {**article, "visibility": "public"})
            assert stored.status_code in (200, 201), stored.text
    return service


@pytest.mark.parametrize(
    ("language", "then", "thanks"), [("en", "and to Australia?", "thanks!"), ("de", "und nach Australien?", "danke!")]
)
def test_a_conversation_with_a_follow_up(shop: Service, language: str, then: str, thanks: str) -> None:
    asked_first = SHIPPING[language][0][1]
    conversation: list[dict[str, Any]] = []

    def ask(text: str) -> dict[str, Any]:
        body = {"question": text, "language": language, "conversation": list(conversation)}
        answer = shop.send("POST", "/v1/answers", body, role="bot")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        conversation.append({"role": "customer", "text": text})
        kept = {name: found[name] for name in ("text", "action", "sources")}
        conversation.append({"role": "bot", **kept})
        return found

    assert [source["article"] for source in ask(asked_first)["sources"]] == ["spain"]
    assert [source["article"] for source in ask(then)["sources"]] == ["australia"], "how long, not how much"
    assert ask(then)["action"] != "answer", "nothing is said twice"
    assert conversation.pop()["role"] == "bot"
    conversation.pop()
    kind = ask(thanks)
    assert (kind["action"], kind["sources"]) == ("answer", [])
