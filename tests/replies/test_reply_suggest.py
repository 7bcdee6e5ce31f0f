"""The choice of replies: rank, language, channel, marketplace, brand."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replies.library import load_folder
from replies.related import intents_by_template
from replies.samples import MOODS, TODAY, full_situation, sample_order
from replies.suggest import Replies, ReplyContext
from tickets.records import Answer, Channel, Customer, IntentScore, Order, OrderState, Shop

if TYPE_CHECKING:
    from replies.templates import Template
    from tests.replies.conftest import Make

DELAY = (IntentScore("delivery.delay", 0.9), IntentScore("order.status", 0.1))
LATE = sample_order(OrderState.LATE)


def context(**given: Any) -> ReplyContext:
    return ReplyContext(**{"intents": DELAY, "language": "en", "today": TODAY, **given})


@pytest.fixture
def templates(make: Make) -> list[Template]:
    return [
        make("generic", "delivery.delay.ask"),
        make("late {{ order.id }}", "delivery.delay.apology", when='order.state == "late"'),
        make("known {{ order.id }}", "delivery.delay.known", when="order"),
        make("by {{ order.carrier }}", "delivery.delay.carrier"),
        make("status", "order.status.ask"),
        make("allgemein", "delivery.delay.ask", language="de"),
        make("never", "payment.failed.steps"),
    ]


def texts(replies: Replies, asked: ReplyContext, limit: int = 9) -> list[str]:
    return [suggestion.text for suggestion in replies.suggest(asked, limit)]


def test_the_state_comes_before_data_and_data_before_the_generic(templates: list[Template]) -> None:
    found = Replies(templates).suggest(context(order=LATE), 9)
    assert [item.text for item in found] == ["late HP-100017", "by DHL", "known HP-100017", "generic", "status"]
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
    assert found[0].score == pytest.approx(0.9)


def test_a_reply_says_why(templates: list[Template]) -> None:
    late, *_, generic, status = Replies(templates).suggest(context(order=LATE), 9)
    assert late.why == ("delivery.delay is the likeliest intent (90%)", "made for an order that is late")
    assert generic.why[1] == "generic: says nothing of the known order"
    assert status.why[0] == "order.status is the intent number 2 (10%)"
    assert Replies(templates).suggest(context(), 1)[0].why[1] == "generic: needs no data"


def test_a_suggestion_carries_its_template(make: Make) -> None:
    (found,) = Replies([make("x", "delivery.delay.ask", version=7)]).suggest(context())
    assert (found.template, found.version, found.language) == ("delivery.delay.ask", 7, "en")


def test_ids_are_unique_and_no_more_than_asked_come(templates: list[Template]) -> None:
    replies = Replies(templates)
    ids = [item.id for _ in range(50) for item in replies.suggest(context(order=LATE), 2)]
    assert len(ids) == len(set(ids)) == 100
    assert uuid.UUID(ids[0]).version == 7
    assert replies.suggest(context(), 0) == []


def test_unlikely_and_far_ranked_intents_are_left_out(templates: list[Template], make: Make) -> None:
    replies = Replies([*templates, make("far", "item.wrong.ask")])
    ranked = (*DELAY, IntentScore("payment.failed", 0.04), IntentScore("item.wrong", 0.03))
    assert "never" not in texts(replies, context(intents=ranked))
    level = tuple(IntentScore(name, 0.2) for name in ("delivery.delay", "order.status", "payment.failed", "item.wrong"))
    assert {"never"} <= set(texts(replies, context(intents=level)))
    assert "far" not in texts(replies, context(intents=level))
    assert texts(replies, context(intents=())) == []


def test_a_neighbouring_intents_reply_answers_for_the_orders_state(make: Make) -> None:
    templates = [
        make("which order?", "order.status.ask"),
        make("sorry, late", "delivery.delay.apology", when='order.state == "late"'),
        make("delay in general", "delivery.delay.ask"),
    ]
    status = (IntentScore("order.status", 0.95),)
    first, *others = Replies(templates).suggest(context(intents=status, order=LATE))
    assert first.text == "sorry, late"
    assert first.why == ("order.status is the likeliest intent (95%)", "made for an order that is late")
    assert [other.text for other in others] == ["which order?"]
    assert texts(Replies(templates), context(intents=status)) == ["which order?"]


def test_every_related_reply_is_in_the_library() -> None:
    ids = {template.id for template in load_folder()[0]}
    for template, intents in intents_by_template().items():
        assert template in ids
        assert template.rpartition(".")[0] not in intents


def test_an_order_number_that_nothing_was_found_by_is_not_asked_for_again(make: Make) -> None:
    templates = [
        make("which order?", "delivery.delay.ask"),
        make("who bought {{ message.order }}?", "delivery.delay.verify", when="message.order"),
    ]
    asked = context(named_order="028-1234567-1234567")
    first, *_ = Replies(templates).suggest(asked)
    assert first.text == "who bought 028-1234567-1234567?"
    assert first.why[1] == "filled from the order number in the message"
    on_marketplace = context(named_order="028-1234567-1234567", channel=Channel.MARKETPLACE, marketplace="amazon")
    assert texts(Replies(templates), on_marketplace)[0] == first.text, "an order number is no telephone number"
    assert texts(Replies(templates), context()) == ["which order?"]
    assert texts(Replies(templates), context(named_order="HP-1", order=LATE)) == ["which order?"]


def test_the_customers_language_comes_first(templates: list[Template]) -> None:
    replies = Replies(templates)
    german = replies.suggest(context(language="de", order=LATE), 9)
    # English only stands in where German has nothing for an intent.
    assert [item.text for item in german] == ["allgemein", "status"]
    assert german[1].why[-1] == "in English: no fitting order.status template exists in the customer's language (de)"
    assert texts(replies, context(language="de-AT")) == ["allgemein", "status"]


def test_an_unknown_language_gets_english(templates: list[Template]) -> None:
    found = Replies(templates).suggest(context(language="und"))
    assert {item.language for item in found} == {"en"}
    assert found[0].why[-1] == "in English: the customer's language is unknown"
    assert found[0].score < Replies(templates).suggest(context())[0].score


def test_mood_and_urgency_break_ties(make: Make) -> None:
    replies = Replies(
        [
            make("plain", "delivery.delay.ask"),
            make("sorry", "delivery.delay.soft", when='mood == "very_negative"'),
            make("senior", "delivery.delay.raised", when="escalate"),
        ]
    )
    assert texts(replies, context()) == ["plain"]
    angry = replies.suggest(context(sentiment="very_negative"))
    assert [item.text for item in angry] == ["sorry", "plain"]
    assert angry[0].why[-1] == "written for this mood: very negative"
    assert texts(replies, context(escalate=True))[0] == "senior"


def test_an_excluded_channel_is_never_used(make: Make) -> None:
    replies = Replies([make("mail", "delivery.delay.mail", channels="[email]"), make("any", "delivery.delay.any")])
    assert set(texts(replies, context(channel=Channel.EMAIL))) == {"mail", "any"}
    assert texts(replies, context(channel=Channel.CHAT)) == ["any"]
    assert set(texts(replies, context())) == {"mail", "any"}


@pytest.mark.parametrize("where", [{"channel": Channel.MARKETPLACE}, {"marketplace": "amazon"}])
def test_a_marketplace_gets_no_contact_data(make: Make, where: dict[str, Any]) -> None:
    replies = Replies(
        [
            make("write to help@shop.example", "delivery.delay.mail"),
            make("call +49 30 1234567", "delivery.delay.phone"),
            make("see www.shop.example", "delivery.delay.link"),
            make("{{ answer.passage }}", "delivery.delay.article"),
            make("track {{ order.tracking_url }}", "delivery.delay.track"),
            make("no. {{ order.tracking }}, {{ order.id }}", "delivery.delay.number"),
            make("x{% if order.tracking_url %} {{ order.tracking_url }}{% endif %}", "delivery.delay.either"),
        ]
    )
    answer = Answer("a", "t", "more at https://shop.example", 0.9, "en")
    order = replace(LATE, id="049-30-1234567")
    asked = context(order=order, answers=(answer,))
    assert len(texts(replies, asked)) == 7
    assert texts(replies, replace(asked, **where)) == ["no. 00340434161094042557, 049-30-1234567", "x"]


def test_a_brand_has_its_own_wording(make: Make) -> None:
    replies = Replies(
        [
            make("general", "delivery.delay.ask"),
            make("pine", "delivery.delay.ask", brand="pine"),
            make("oak", "delivery.delay.extra", brand="oak"),
        ]
    )
    assert texts(replies, context()) == ["general"]
    assert texts(replies, context(brand="pine")) == ["pine"]
    assert texts(replies, context(brand="oak")) == ["oak", "general"]


def test_a_shops_own_template_replaces_the_shipped_one(make: Make) -> None:
    replies = Replies([make("shipped", "delivery.delay.ask"), make("own", "delivery.delay.ask", version=2)])
    assert texts(replies, context()) == ["own"]
    assert len(replies) == len(replies.templates) == 1


def test_the_same_text_is_offered_once(make: Make) -> None:
    assert texts(Replies([make("x", "delivery.delay.a"), make("x", "delivery.delay.b")]), context()) == ["x"]


def test_kinds_of_data_are_named(make: Make) -> None:
    replies = Replies(
        [
            make("{{ answer.passage }} {{ shop.name }}", "delivery.delay.article"),
            make("no order", "delivery.delay.none", when="order.state == nil"),
        ]
    )
    asked = context(answers=(Answer("a", "t", "p", 0.9, "en"),), shop=Shop("S"))
    whys = {item.template: item.why[1] for item in replies.suggest(asked)}
    assert whys == {
        "delivery.delay.article": "filled from the passage that answers and the shop's facts",
        "delivery.delay.none": "made for a case without a known order",
    }


def test_what_a_condition_asks_to_be_absent_is_no_data(make: Make) -> None:
    replies = Replies([make("which number?", "delivery.delay.ask", when="not message.order")])
    (found,) = replies.suggest(context(), 1)
    assert found.why[1] == "generic: needs no data"


SHIPPED_REPLIES = Replies(load_folder()[0])
INTENTS = sorted({template.intent for template in SHIPPED_REPLIES.templates})
LANGUAGES = [*sorted({template.language for template in SHIPPED_REPLIES.templates}), "und", "xx"]


@settings(deadline=None)  # the first case compiles the library
@given(
    intents=st.lists(st.tuples(st.sampled_from(INTENTS), st.floats(0, 1)), max_size=5),
    language=st.sampled_from(LANGUAGES),
    state=st.sampled_from([None, *OrderState]),
    name=st.one_of(st.none(), st.text(max_size=30)),
    channel=st.sampled_from([None, *Channel]),
    mood=st.sampled_from(MOODS),
    today=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_the_shipped_library_is_clean_in_any_case(  # noqa: PLR0917 one argument for each strategy
    intents: list[tuple[str, float]],
    language: str,
    state: OrderState | None,
    name: str | None,
    channel: Channel | None,
    mood: str,
    today: date,
) -> None:
    known = full_situation("en", state) if state else None
    found = SHIPPED_REPLIES.suggest(
        ReplyContext(
            intents=tuple(IntentScore(*intent) for intent in intents),
            language=language,
            sentiment=mood,
            channel=channel,
            customer=Customer(name=name),
            order=known.order if known else None,
            shop=known.shop if known else Shop(),
            today=today,
        )
    )
    for suggestion in found:
        assert 0 <= suggestion.score <= 1
        assert "{{" not in suggestion.text
        assert "{%" not in suggestion.text
        if channel is Channel.MARKETPLACE:
            assert "https://" not in suggestion.text


def test_an_order_with_hostile_values_stays_text() -> None:
    order = Order(
        "{{ shop.secret }}\u202e",
        OrderState.SHIPPED,
        carrier="<script>\n\n{% for %}",
        tracking="x" * 5000,
        shipped_at=TODAY,
    )
    found = SHIPPED_REPLIES.suggest(context(intents=(IntentScore("order.status", 1.0),), order=order))
    # What looks like code is no order number; of other values the words are left.
    assert found[0].missing == ("usable order number",)
    fine = SHIPPED_REPLIES.suggest(
        context(intents=(IntentScore("order.status", 1.0),), order=replace(order, id="HP-1\u202e"))
    )
    assert "order HP-1 is on its way" in fine[0].text
    assert "with for." in fine[0].text
    for item in [*found, *fine]:
        assert not any(mark in item.text for mark in ("{{", "{%", "<script>", "shop.secret", "xxx"))
