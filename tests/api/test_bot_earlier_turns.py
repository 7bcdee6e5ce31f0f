"""What a hand-off takes from the customer's earlier turns: the order, and the question where now a person is wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from api.answering import Earlier, TeamTime, choose, take_up
from api.hand_off import answer_body
from api.schemas.bots import BotAnswerOut
from tests.api.test_http_answering import DEFAULT, EU, NIGHT, asked, decision
from tickets.records import Due, Escalation, IntentScore, Priority, Routing, Suggestion

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Service, StartService

ORDER = "114-3941689-8772232"
LOST = f"Where is my order {ORDER}?"
UNCLEAR = f"My order {ORDER} never came"
PERSON = "I want to talk to a person"
HUMAN = decision(
    intent="service.human",
    intents=(IntentScore("service.human", 0.9),),
    entities=(),
    suggestions=(),
    text=PERSON,
    escalation=Escalation(0.1, False, ("manager",)),
)
PARCEL = decision(
    EU,
    text="My parcel never came",
    intent="delivery.not_received",
    intents=(IntentScore("delivery.not_received", 0.9),),
    suggestions=(Suggestion("s1", "delivery.not_received.search", 1, "en", "We look for it.", 0.9),),
    routing=Routing("delivery", Priority.HIGH, (), Due(datetime(2026, 11, 21, tzinfo=UTC), None)),
    escalation=Escalation(0.8, True, ("repeat",)),
)


def packet(earlier: Earlier, **more: Any) -> dict[str, Any]:
    known = asked(HUMAN, now=NIGHT, question=PERSON, **more)
    body = answer_body(*take_up(DEFAULT, known, choose(DEFAULT, known, 0.6), earlier, NIGHT))
    BotAnswerOut.model_validate(body)
    found: dict[str, Any] = body["hand_off"]
    return found


def test_what_was_asked_before_is_what_the_person_gets() -> None:
    found = packet(Earlier("HP-7", PARCEL.text, PARCEL))
    assert (found["why"], found["question"], found["asked_before"]) == ("intent", PERSON, PARCEL.text)
    assert (found["intent"], found["draft"]) == ("delivery.not_received", "We look for it.")
    assert [intent["name"] for intent in found["intents"]] == ["delivery.not_received"]
    assert (found["routing"]["team"], found["team"]["name"], found["due"]) == (
        "delivery",
        "delivery",
        "2026-11-21T00:00:00Z",
    )
    assert (found["escalate"], found["reasons"]) == (True, ("manager", "repeat"))
    assert (found["order"], found["message"]["order"]) == ("HP-7", {"id": "HP-7"})
    assert found["message"]["text"] == f"{PARCEL.text}\n{PERSON}"
    assert [tried["article"] for tried in found["tried"]] == ["shipping"]


def test_the_hours_are_those_of_the_team_that_gets_it() -> None:
    known = replace(asked(HUMAN, now=NIGHT, question=PERSON), team=TeamTime("service", True))
    chosen = choose(DEFAULT, known, 0.6)
    assert "Berlin" not in chosen.text
    assert "Berlin" in take_up(DEFAULT, known, chosen, Earlier(None, "x", PARCEL), NIGHT)[1].text
    assert take_up(DEFAULT, known, chosen, Earlier("HP-7"), NIGHT)[1] == chosen


def test_an_order_that_was_named_before_counts_only_where_none_is_now() -> None:
    assert packet(Earlier("HP-8"))["order"] == "HP-8"
    assert packet(Earlier("HP-8"), order={"id": "HP-9"})["message"]["order"] == {"id": "HP-9"}
    known = asked(decision(escalate=True))
    taken = take_up(DEFAULT, known, choose(DEFAULT, known, 0.6), Earlier("HP-8"), NIGHT)
    assert answer_body(*taken)["hand_off"]["order"] == "HP-7"


def said(*turns: str) -> list[dict[str, str]]:
    return [turn for text in turns for turn in ({"role": "customer", "text": text}, {"role": "bot", "text": "Hm."})]


@pytest.fixture
def shop(start_service: StartService, tmp_path: Path) -> Service:
    return start_service(home=tmp_path / "home")


def handed(shop: Service, question: str, *turns: str, **more: Any) -> dict[str, Any]:
    body = {"question": question, "conversation": said(*turns), **more}
    answer = shop.send("POST", "/v1/answers", body, role="bot")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["hand_off"]
    assert found is not None
    return found


def test_who_asks_for_a_person_brings_what_was_asked_and_the_order(shop: Service) -> None:
    alone = handed(shop, PERSON)
    assert (alone["intent"], alone["order"], alone["asked_before"]) == ("service.human", None, None)
    found = handed(shop, PERSON, LOST)
    assert (found["why"], found["intent"]) == ("intent", "order.status")
    assert (found["order"], found["message"]["order"]["id"]) == (ORDER, ORDER)
    assert found["asked_before"] == LOST
    assert found["draft"] != alone["draft"]
    stored = shop.send("POST", "/v1/messages", found["message"]).json()
    assert [entity["value"] for entity in stored["decision"]["entities"] if entity["kind"] == "order"] == [ORDER]


def test_small_talk_and_earlier_wishes_for_a_person_are_passed_over(shop: Service) -> None:
    found = handed(shop, PERSON, LOST, "Thank you very much!", "Let me talk to a human please")
    assert (found["asked_before"], found["order"]) == (LOST, ORDER)
    assert handed(shop, PERSON, "hi")["asked_before"] is None


def test_what_the_model_does_not_understand_is_brought_where_nothing_else_was_said(shop: Service) -> None:
    found = handed(shop, PERSON, UNCLEAR, "hi")
    assert (found["asked_before"], found["order"]) == (UNCLEAR, ORDER)
    assert handed(shop, PERSON, LOST, "No, I mean order 114-3941689-0000001")["asked_before"] == LOST


def test_the_order_that_was_named_last_counts_whatever_the_reason(shop: Service) -> None:
    danger = "The kettle of my order caught fire and burned my hand"
    found = handed(shop, danger, LOST, "No, I mean order 114-3941689-0000001")
    assert found["why"] != "intent"
    assert found["order"] == "114-3941689-0000001"
    assert found["asked_before"] is None
    # What it is about is read from the question alone, whatever the bundle makes of it.
    (alone,) = shop.send("POST", "/v1/triage", {"messages": [{"text": danger}]}).json()["decisions"]
    assert (found["intent"], found["intents"][0]["name"]) == (alone["intent"], alone["intents"][0]["name"])


def test_what_the_bot_and_the_agents_said_names_no_order(shop: Service) -> None:
    turns = [{"role": "bot", "text": LOST}, {"role": "agent", "text": LOST}]
    body = {"question": PERSON, "conversation": turns}
    found = shop.send("POST", "/v1/answers", body, role="bot").json()["hand_off"]
    assert (found["order"], found["asked_before"]) == (None, None)
