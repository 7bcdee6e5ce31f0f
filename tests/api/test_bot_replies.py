"""When a chatbot may send a reply that is filled in from an order: policy, proof, and the one thing that was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from api.answering import Bot, BotAnswer, choose
from api.hand_off import answer_body
from api.schemas.bots import Action, BotAnswerOut
from replies.library import SHIPPED, load_folder
from tests.api.test_http_answering import DEFAULT, EU, asked, decision, with_policy
from tickets.records import IntentScore, Suggestion
from triage.bot_policy import SAFE_ALONE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Service, StartService

REPLY = Suggestion(
    "s1", "order.status.shipped", 2, "en", "Your order HP-7 is on its way.", 0.7, (), "order.status", "shipped"
)
KNOWN: dict[str, Any] = {
    "intent": "order.status",
    "intents": (IntentScore("order.status", 0.9), IntentScore("delivery.delay", 0.05)),
    "suggestions": (REPLY,),
}
ALLOWED = with_policy(rules=[{"name": "facts", "when": {"intent": ["order.status"]}, "replies": True}])


def said(bot: Bot = ALLOWED, *, proven: bool = True, more: dict[str, Any] | None = None, **changed: Any) -> BotAnswer:
    known = asked(decision(EU, **{**KNOWN, **changed}), bot=bot, **(more or {}))
    return choose(bot, replace(known, buyer_proven=proven), 0.6)


def test_a_proven_buyer_gets_the_reply_and_not_a_passage() -> None:
    found = said()
    assert (found.action, found.text, found.probability, found.reply) == (Action.ANSWER, REPLY.text, 0.9, REPLY)
    body = answer_body(asked(decision(EU, **KNOWN), bot=ALLOWED), found)
    BotAnswerOut.model_validate(body)
    assert body["sources"] == []
    assert body["reply"] == {"template": "order.status.shipped", "version": 2, "language": "en"}


def test_the_shipped_policy_sends_none() -> None:
    assert not DEFAULT.policy.ever_replies
    assert said(DEFAULT).text == EU.passage


@pytest.mark.parametrize(
    "other",
    [
        {"proven": False},
        {"intent": "delivery.delay"},
        {"also": ("item.damaged",)},
        {"language": "de"},
        {"suggestions": (replace(REPLY, template="order.status.apology"),)},
        {"suggestions": (replace(REPLY, order_state=None),)},
        {"suggestions": (replace(REPLY, intent="delivery.delay"),)},
        {"intents": (IntentScore("order.status", 0.59),)},
        {"more": {"conversation": [{"role": "bot", "text": f"Hello! {REPLY.text}"}]}},
        {"more": {"choice": {"kind": "article", "value": "shipping"}}},
        {"bot": with_policy(replies=True, rules=[{"name": "r", "replies": False}])},
        {"bot": with_policy(replies=True, reply_templates=["order.status.delivered"])},
    ],
)
def test_otherwise_the_passage_is_given(other: dict[str, Any]) -> None:
    found = said(**other)
    assert found.reply is None
    assert EU.passage in found.text


def test_what_a_person_must_see_is_handed_off_with_the_reply_as_a_draft() -> None:
    found = said(escalate=True)
    assert (found.action, found.reply) == (Action.HAND_OFF, None)
    assert said(with_policy(replies=True, people_only={"intents": ["order.status"]})).action is Action.HAND_OFF


def test_another_reply_may_stand_before_the_one_that_is_allowed() -> None:
    first = replace(REPLY, id="s0", template="order.status.apology", text="I am looking into it.")
    assert said(suggestions=(first, REPLY)).reply == REPLY


def test_an_intent_that_the_customer_chose_is_certain() -> None:
    more = {"choice": {"kind": "intent", "value": "order.status"}}
    found = said(intent=None, intents=(IntentScore("order.status", 0.3),), more=more)
    assert (found.reply, found.probability) == (REPLY, 1.0)


def test_every_template_that_may_go_out_alone_is_made_for_a_state_of_the_order() -> None:
    templates, _ = load_folder(SHIPPED)
    by_id = {template.id: template for template in templates if template.language == "en"}
    for name in SAFE_ALONE:
        assert ("order", "state") in by_id[name].conditions, name


@pytest.fixture
def shop(start_service: StartService, tmp_path: Path) -> Service:
    home = tmp_path / "home"
    home.mkdir()
    rule = "rules:\n  - {name: facts, when: {intent: [order.status, delivery.delay]}, replies: true}\n"
    (home / "bot_policy.yaml").write_text(f"min_probability: 0.3\n{rule}", encoding="utf-8")
    service = start_service(home=home)
    order = {"id": "HP-100", "state": "shipped", "customer_name": "Ada Byron", "email": "ada@example.com"}
    order |= {"tracking": "TRACK-ME-42", "carrier": "DHL"}
    assert service.send("PUT", "/v1/orders/HP-100", order).status_code < 300
    return service


def ask(service: Service, **more: Any) -> dict[str, Any]:
    body = {"question": "Hello, where is my order HP-100?", "channel": "chat", **more}
    answer = service.send("POST", "/v1/answers", body, role="bot")
    assert answer.status_code == 200, answer.text
    BotAnswerOut.model_validate_json(answer.text)
    return dict(answer.json())


def test_the_buyer_hears_where_the_order_is(shop: Service) -> None:
    found = ask(shop, customer={"email": "ADA@example.com", "name": "Ada"})
    assert (found["action"], found["hand_off"]) == ("answer", None)
    assert found["reply"]["template"] in SAFE_ALONE
    assert "HP-100" in found["text"]
    assert "TRACK-ME-42" in found["text"]


@pytest.mark.parametrize(
    "customer",
    [
        None,
        {"name": "Ada Byron"},
        {"email": "eve@example.com", "name": "Ada Byron"},
        {"id": "c-7", "name": "Ada Byron"},
    ],
)
def test_strangers_hear_nothing_of_the_order(shop: Service, customer: dict[str, str] | None) -> None:
    found = ask(shop, **({"customer": customer} if customer else {}))
    assert found["reply"] is None
    assert "TRACK-ME-42" not in found["text"]
