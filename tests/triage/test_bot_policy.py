"""What a chatbot may answer alone: what no policy can allow, and what a shop's own policy says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.checkout import ROOT, needs_checkout
from tickets.errors import InvalidInputError
from tickets.records import (
    Channel,
    Customer,
    Decision,
    Entity,
    Escalation,
    IntentScore,
    Language,
    Message,
    Priority,
    Routing,
    Sentiment,
)
from triage.bot_policy import (
    AnswerRule,
    BotCondition,
    BotContext,
    BotPolicy,
    PeopleOnly,
    Pilot,
    Verdict,
    Why,
    judge,
)
from triage.routing import RouteContext

LEAST = 0.6
CALM = BotContext(RouteContext(intent="delivery.options", channel=Channel.CHAT), "presales", is_open=True)


def context(**route: object) -> BotContext:
    return replace(CALM, route=replace(CALM.route, **route))  # type: ignore[arg-type]


def made(tmp_path: Path, text: str) -> BotPolicy:
    path = tmp_path / "bot_policy.yaml"
    path.write_text(text, encoding="utf-8")
    return BotPolicy.load(path)


def test_the_shipped_policy_answers_at_any_hour() -> None:
    for is_open in (True, False):
        assert judge(BotPolicy.load(), replace(CALM, is_open=is_open), LEAST) == Verdict(True, LEAST)


def test_what_a_shop_leaves_out_is_as_shipped() -> None:
    assert BotPolicy() == BotPolicy.load()
    own = BotPolicy.model_validate({"people_only": {"levels": ["vip"]}})
    assert judge(own, context(intent="service.human"), LEAST).why is Why.INTENT
    assert not own.says_hours(Channel.MARKETPLACE, "amazon")
    own.check_names(("a label of its own",), (), "policy")


# Whatever a shop writes into its policy, these go to a person.
LAX = BotPolicy.model_validate(
    {"answer": True, "min_probability": 0, "rules": [{"name": "everything", "answer": True, "min_probability": 0}]}
)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (context(escalate=True), Why.ESCALATION),
        (context(reasons=("legal",)), Why.LEGAL),
        (context(reasons=("safety",), escalate=True), Why.SAFETY),
        (context(reasons=("fraud_privacy",)), Why.PRIVACY),
        (context(intent="account.privacy"), Why.PRIVACY),
        (context(also=("account.security",)), Why.PRIVACY),
        (replace(CALM, words=("Ich werde mich umbringen", "Wo ist mein Paket?")), Why.SELF_HARM),
        (replace(context(reasons=("safety",)), words=("もう死にたい",)), Why.SELF_HARM),
    ],
)
@pytest.mark.parametrize("policy", [LAX, BotPolicy.load()], ids=["lax", "shipped"])
def test_no_policy_lets_a_machine_answer_it(policy: BotPolicy, asked: BotContext, why: Why) -> None:
    verdict = judge(policy, asked, LEAST)
    assert (verdict.may_answer, verdict.why) == (False, why)


@pytest.mark.parametrize(
    ("people_only", "asked", "why"),
    [
        ({"levels": ["VIP"]}, context(level=" vip "), Why.LEVEL),
        ({"levels": ["vip"]}, context(level="club"), None),
        ({"levels": ["vip"]}, context(), None),
        ({"intents": ["refund"]}, context(intent="refund.status"), Why.INTENT),
        ({"intents": ["refund"]}, context(also=("refund.request",)), Why.INTENT),
        ({"intents": ["refund"]}, context(intent="refunds"), None),
        ({"intents": ["none"]}, context(intent=None), Why.INTENT),
        ({"reasons": ["manager"]}, context(reasons=("manager",)), Why.REASON),
        ({"phrases": ["recall*"]}, replace(CALM, words=("Is there a RECALL of the heater?",)), Why.PHRASE),
        ({"phrases": ["recall*"]}, replace(CALM, words=("Please call me",)), None),
    ],
)
def test_what_the_shop_wants_served_by_people(people_only: object, asked: BotContext, why: Why | None) -> None:
    policy = BotPolicy.model_validate({"people_only": people_only})
    assert judge(policy, asked, LEAST).why is why


NIGHT = """
rules:
  - {name: money at night, when: {hours: closed, intent: [refund, payment.charge]}, answer: false}
  - {name: surer in Japan, when: {market: [JP]}, min_probability: 0.9}
  - {name: any time, when: {intent: [delivery]}, min_probability: 0.4}
answer: false
min_probability: 0.7
"""


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        (replace(context(intent="refund.status"), is_open=False), Verdict(False, 0.7, Why.RULE, "money at night")),
        (replace(context(intent="refund.status"), market="JP"), Verdict(True, 0.9, None, "surer in Japan")),
        (CALM, Verdict(True, 0.4, None, "any time")),
        (context(intent="refund.status"), Verdict(False, 0.7, Why.RULE)),
    ],
)
def test_the_first_rule_that_fits_decides(tmp_path: Path, asked: BotContext, verdict: Verdict) -> None:
    assert judge(made(tmp_path, NIGHT), asked, LEAST) == verdict


@pytest.mark.parametrize(
    ("pilot", "asked", "included"),
    [
        ({"channels": ["chat"]}, CALM, True),
        ({"channels": ["chat"]}, context(channel=Channel.EMAIL), False),
        ({"channels": ["chat"]}, context(channel=None), False),
        ({"teams": ["presales"]}, CALM, True),
        ({"teams": ["finance"]}, CALM, False),
        ({"share": 0.0}, CALM, False),
        ({"share": 1.0}, CALM, True),
    ],
)
def test_a_pilot_by_channel_and_team(pilot: object, asked: BotContext, included: bool) -> None:
    verdict = judge(BotPolicy.model_validate({"pilot": pilot}), asked, LEAST)
    assert verdict == (Verdict(True, LEAST) if included else Verdict(False, LEAST, Why.PILOT))


def included(share: float, seed: str = "") -> set[int]:
    pilot = Pilot(share=share, seed=seed)
    return {number for number in range(2_000) if pilot.includes(replace(CALM, key=f"conversation {number}"))}


def test_a_share_of_the_conversations_is_always_the_same_one() -> None:
    fifth = included(0.2)
    assert fifth == included(0.2)
    assert 300 < len(fifth) < 500
    assert fifth < included(0.5) < included(1.0), "who is in stays in"
    assert len(included(1.0)) == 2_000
    assert included(0.2, "winter") != fifth


@pytest.mark.parametrize(
    ("channel", "marketplace", "said"),
    [
        (Channel.CHAT, None, True),
        (Channel.MARKETPLACE, "Amazon.de", False),
        (None, "ebay_uk", False),
        (Channel.MARKETPLACE, None, False),
        (Channel.MARKETPLACE, "zalando", True),
    ],
)
def test_hours_are_not_said_where_they_are_punished(
    channel: Channel | None, marketplace: str | None, said: bool
) -> None:
    assert BotPolicy.load().says_hours(channel, marketplace) is said


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("people_onyl: {}", "unknown key 'people_onyl'", "people_only"),
        ("people_only: {level: [vip]}", "unknown key 'level'", "levels"),
        ("min_probability: 60", "min_probability.*less than or equal to 1.*found 60", "docs/chatbots.md"),
        ("rules: [{name: x, when: {hours: night}}]", "hours.*'open' or 'closed'.*'night'", "docs/chatbots.md"),
        ("rules: [{when: {hours: open}}]", "rules.0.name: Field required", "docs/chatbots.md"),
        ("pilot: {share: 20%}", "pilot.share.*found '20%'", "docs/chatbots.md"),
        ("pilot: {channels: [whatsapp]}", "pilot.channels.0.*'whatsapp'", "docs/chatbots.md"),
        ("people_only: {reasons: [anger]}", "people_only.reasons.0.*'anger'", "docs/chatbots.md"),
        ("help_url: help.example.com", "help_url.*help.example.com", "docs/chatbots.md"),
        ("rules: [", "not valid YAML", "line"),
    ],
)
def test_a_wrong_policy_is_refused_with_place_and_remedy(tmp_path: Path, text: str, problem: str, hint: str) -> None:
    with pytest.raises(InvalidInputError, match=problem) as refused:
        made(tmp_path, text)
    assert hint in (refused.value.hint or "")
    assert "bot_policy.yaml" in refused.value.message


def test_names_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    labels, teams = ("delivery.delay", "refund.status", "payment.charge"), ("presales", "trust")
    made(tmp_path, NIGHT).check_names(labels, teams, "policy")
    for text, problem in (
        ("people_only: {intents: [refnd]}", r"people_only\.intents: no intent .* 'refnd'"),
        ("rules: [{name: night, when: {intent: [delivery.dely]}}]", r"rule 'night': no intent .* 'delivery\.dely'"),
        ("pilot: {teams: [pre-sales]}", r"pilot\.teams: unknown team 'pre-sales'"),
        ("reply_templates: [order.status.shiped]", r"reply_templates: there is no template 'order\.status\.shiped'"),
        ("reply_templates: [nope.x]", r"reply_templates: there is no template 'nope\.x'"),
    ):
        with pytest.raises(InvalidInputError, match=problem) as refused:
            made(tmp_path, text).check_names(labels, teams, "policy", {"order.status.ours"})
        assert refused.value.hint


def test_one_value_where_a_list_belongs_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r":1: people_only\.levels: must be a list, as \[VIP\]$") as refused:
        made(tmp_path, "people_only: {levels: VIP}")
    assert refused.value.field is not None
    assert refused.value.field in refused.value.message, "the place is said once"


def test_templates_of_ones_own_may_go_out_too(tmp_path: Path) -> None:
    own = made(tmp_path, "reply_templates: [order.status.ours, order.status.shipped]")
    own.check_names((), (), "policy", {"order.status.ours"})


def decided(intent: str | None) -> Decision:
    return Decision(
        id=None,
        text="My account was opened by somebody. 800 EUR!",
        language=Language("en", 0.9, "Latn"),
        intent=intent,
        intents=(IntentScore("account.security", 0.5), IntentScore("account.access", 0.4)),
        also=("refund.request",),
        sentiment=Sentiment("negative", -0.5, 0.9),
        escalation=Escalation(0.1, False, ("deadline",)),
        entities=(Entity("amount", "800 EUR", 34, 41),),
        answers=(),
        suggestions=(),
        routing=Routing("trust", Priority.NORMAL),
        model="m",
    )


def test_the_context_holds_what_is_known_and_a_doubt_does_not_open_a_door() -> None:
    message = Message("…", channel=Channel.CHAT, market="DE", marketplace="amazon", customer=Customer(level="vip"))
    asked = BotContext.of(message, decided("account.access"), is_open=False, words=("…",), key="c1")
    assert (asked.route.intent, asked.route.also, asked.team) == ("account.access", ("refund.request",), "trust")
    assert (asked.route.level, asked.route.channel, asked.market, asked.is_open) == ("vip", Channel.CHAT, "DE", False)
    assert asked.route.amount_usd is not None
    assert asked.route.amount_usd > 800
    doubtful = BotContext.of(message, decided(None), is_open=True, words=("…",), key="c1")
    assert judge(BotPolicy(), doubtful, LEAST).why is Why.PRIVACY


@needs_checkout
def test_the_guide_names_every_key_and_every_reason() -> None:
    guide = (ROOT / "docs" / "chatbots.md").read_text(encoding="utf-8")
    for model in (BotPolicy, PeopleOnly, Pilot, AnswerRule):
        for name in model.model_fields:
            assert f"`{name}`" in guide, name
    for name in set(BotCondition.model_fields) - {"attachments"}:
        assert f"`{name}`" in guide, name
    for why in Why:
        assert f"`{why.value}`" in guide, why


def test_a_branch_of_a_marketplace_is_known_by_its_family() -> None:
    own = BotPolicy.model_validate({"hours_unsaid_on": ("amazon.de", "ebay_uk")})
    assert not own.says_hours(Channel.MARKETPLACE, "Amazon.de")
    assert not own.says_hours(Channel.EMAIL, "ebay.co.uk")
    assert own.says_hours(Channel.MARKETPLACE, "otto")
