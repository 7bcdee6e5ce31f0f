"""What a chatbot says: answers with sources, one question back, hand-offs; the rules alone, without a service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from api.answering import Asked, Bot, BotAnswer, TeamTime, ask, choose, message_of
from api.bot_speech import Speech
from api.hand_off import answer_body
from api.schemas.bots import Action, BotAnswerOut, QuestionIn
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
from triage.bot_policy import BotPolicy, Why
from triage.clocks import OfficeHours
from triage.routing import Router

THRESHOLD = 0.6
NIGHT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # a Saturday
DAY = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
OFFICE = OfficeHours.model_validate({"time_zone": "Europe/Berlin"})
DEFAULT = Bot(BotPolicy.load(), Speech.load(), Router.load().with_office(OFFICE))
EU = Answer("shipping", "Shipping times", "Two to four days.", 0.8, "en")
LATE = Answer("late", "Late parcels", "Write to us after two days.", 0.7, "en")


def decision(*answers: Answer, language: str = "en", escalate: bool = False, **changed: Any) -> Decision:
    made = Decision(
        id=None,
        text="How long does it take? HP-7",
        language=Language(language, 0.9, "Latn"),
        intent="delivery.options",
        intents=(IntentScore("delivery.options", 0.8), IntentScore("delivery.delay", 0.12)),
        also=(),
        sentiment=Sentiment("neutral", 0.0, 0.9),
        escalation=Escalation(0.9 if escalate else 0.1, escalate, ("manager",) if escalate else ()),
        entities=(Entity("order", "HP-7", 23, 27),),
        answers=answers,
        suggestions=(Suggestion("s1", "delivery.options.article", 1, "de", "Zwei bis vier Tage.", 0.7),),
        routing=Routing("presales", Priority.NORMAL, (), Due(datetime(2026, 11, 22, tzinfo=UTC), None)),
        model="m",
    )
    return replace(made, **changed)


def question(**more: object) -> QuestionIn:
    return QuestionIn.model_validate({"question": "How long?", **more}, strict=False)


def asked(decided: Decision, *, now: datetime = DAY, bot: Bot = DEFAULT, **more: object) -> Asked:
    sent = question(**more)
    return ask(bot, sent, message_of(sent, bot.speech), decided, now)


def chosen(decided: Decision, *, now: datetime = DAY, bot: Bot = DEFAULT, **more: object) -> BotAnswer:
    return choose(bot, asked(decided, now=now, bot=bot, **more), THRESHOLD)


def shown(decided: Decision, *, now: datetime = DAY, bot: Bot = DEFAULT, **more: object) -> dict[str, Any]:
    known = asked(decided, now=now, bot=bot, **more)
    body = answer_body(known, choose(bot, known, THRESHOLD), bot.policy.help_url)
    BotAnswerOut.model_validate(body)
    return body


def with_policy(**policy: object) -> Bot:
    return replace(DEFAULT, policy=BotPolicy.model_validate(policy))


def scored(score: float, answer: Answer = EU) -> Answer:
    return replace(answer, score=score)


# --- answering --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.6, Action.ANSWER),
        (0.59, Action.CLARIFY),
        (0.24, Action.CLARIFY),
        (0.23, Action.HAND_OFF),
    ],
)
def test_the_threshold_decides(score: float, expected: Action) -> None:
    assert chosen(decision(scored(score))).action is expected


def test_without_a_passage_a_person_takes_over() -> None:
    assert chosen(decision()).why is Why.NOT_SURE


def test_an_answer_quotes_its_source_with_title_language_and_link() -> None:
    body = shown(decision(EU))
    assert (body["action"], body["text"], body["probability"]) == ("answer", "Two to four days.", 0.8)
    assert body["sources"] == [
        {
            "article": "shipping",
            "passage": "Two to four days.",
            "title": "Shipping times",
            "language": "en",
            "link": "/help/en/shipping",
        }
    ]
    assert body["hand_off"] is None


def test_links_lead_to_the_shops_own_help_centre_and_nowhere_from_a_marketplace() -> None:
    own = with_policy(help_url="https://help.shop.example/")
    assert shown(decision(EU), bot=own)["sources"][0]["link"] == "https://help.shop.example/en/shipping"
    assert shown(decision(EU), bot=own, marketplace="amazon")["sources"][0]["link"] is None
    assert shown(decision(replace(EU, language="sv")), language="sv")["sources"][0]["link"] is None, "no such page"


def test_a_passage_in_another_language_is_given_with_a_word_about_it() -> None:
    body = shown(decision(EU, language="tr"))
    assert body["action"] == "answer"
    assert body["text"].endswith("\n\nTwo to four days.")
    assert "İngilizce" in body["text"]
    assert (body["language"], body["sources"][0]["language"]) == ("tr", "en")


def test_the_first_sure_passage_is_given_as_search_orders_them() -> None:
    assert chosen(decision(scored(0.3), scored(0.65, LATE), scored(0.9, replace(EU, article="x")))).answer == scored(
        0.65, LATE
    )


def test_what_a_marketplace_forbids_is_not_said_there() -> None:
    forbidden = replace(EU, passage="See www.shop.example or write to help@shop.example.")
    assert chosen(decision(forbidden)).action is Action.ANSWER
    assert chosen(decision(forbidden), marketplace="ebay").action is Action.HAND_OFF
    assert chosen(decision(forbidden, LATE), channel="marketplace").answer == LATE


# --- never twice ------------------------------------------------------------------------------------------------------


def bot_said(text: str, **more: object) -> list[dict[str, object]]:
    return [{"role": "customer", "text": "How long?"}, {"role": "bot", "text": text, **more}]


@pytest.mark.parametrize(
    "said",
    [
        bot_said("Two to four days."),
        bot_said("Here you are:\nTwo  to four days. Anything else?"),
        bot_said("…", sources=[{"article": "shipping", "passage": "Two to four days."}]),
        bot_said("…", sources=[{"article": "shipping"}]),
        [{"role": "agent", "text": "Two to four days."}],
    ],
)
def test_a_conversation_never_gets_the_same_answer_twice(said: list[dict[str, object]]) -> None:
    assert chosen(decision(EU, LATE), conversation=said).answer == LATE
    last = chosen(decision(EU, scored(0.5, LATE)), conversation=said)
    assert (last.action, last.why) == (Action.HAND_OFF, Why.SAID_BEFORE)


def test_another_passage_of_the_article_and_the_customers_own_words_are_no_repetition() -> None:
    other = bot_said("…", sources=[{"article": "shipping", "passage": "We ship from Rotterdam."}])
    assert chosen(decision(EU), conversation=other).answer == EU
    echoed = [{"role": "customer", "text": "Two to four days."}]
    assert chosen(decision(EU), conversation=echoed).answer == EU


def test_a_source_may_be_sent_back_as_it_came() -> None:
    first = shown(decision(EU))
    said = bot_said(first["text"], action=first["action"], sources=first["sources"])
    assert chosen(decision(EU, LATE), conversation=said).answer == LATE


# --- asking back ------------------------------------------------------------------------------------------------------

UNSURE = decision(scored(0.5), scored(0.4, LATE))
TORN = decision(
    scored(0.5),
    intent=None,
    intents=(
        IntentScore("order.status", 0.4),
        IntentScore("delivery.delay", 0.3),
        IntentScore("other.unclear", 0.2),
        IntentScore("refund.status", 0.05),
    ),
)


def test_it_asks_one_question_with_the_articles_as_choices() -> None:
    body = shown(UNSURE)
    assert (body["action"], body["text"]) == ("clarify", DEFAULT.speech.say("choose", "en"))
    assert body["choices"] == [
        {"kind": "article", "value": "shipping", "label": "Shipping times"},
        {"kind": "article", "value": "late", "label": "Late parcels"},
    ]
    assert body["sources"] == []


def test_between_two_intents_it_asks_for_the_intent_in_the_customers_language() -> None:
    body = shown(replace(TORN, answers=(), language=Language("de", 0.9, "Latn")))
    assert body["action"] == "clarify", "worth asking even without a passage"
    assert body["choices"] == [
        {"kind": "intent", "value": "order.status", "label": "Wo ist meine Bestellung?"},
        {"kind": "intent", "value": "delivery.delay", "label": "Meine Lieferung ist verspätet"},
    ]


def test_what_nearly_answers_stands_before_intents() -> None:
    found = chosen(TORN)
    assert [choice.value for choice in found.choices] == ["shipping", "order.status", "delivery.delay"]


def test_a_title_in_another_language_says_which_one_it_is() -> None:
    labels = {"fr": "Shipping times (anglais)", "ja": "Shipping times (英語)", "sv": "Shipping times (engelska)"}
    for language, label in labels.items():
        found = chosen(decision(scored(0.5), language=language))
        assert [(choice.value, choice.label) for choice in found.choices] == [("shipping", label)]
    assert chosen(decision(scored(0.5), language="xx")).choices[0].label == "Shipping times (English)"


def test_articles_that_are_a_third_as_near_are_offered_beside_one_that_is_near() -> None:
    weaker = scored(0.09, LATE)
    assert [one.value for one in chosen(decision(weaker, scored(0.5))).choices] == ["shipping", "late"]
    assert [one.value for one in chosen(decision(scored(0.5), scored(0.07, LATE))).choices] == ["shipping"]
    assert chosen(decision(weaker)).action is Action.HAND_OFF, "none of them is near"


def test_an_article_is_offered_once() -> None:
    other = replace(scored(0.4), passage="To islands it takes a week.")
    assert [one.value for one in chosen(decision(scored(0.5), other)).choices] == ["shipping"]


def test_there_are_three_choices_at_most() -> None:
    many = [scored(0.5, replace(EU, article=f"a{number}")) for number in range(6)]
    assert len(chosen(decision(*many)).choices) == 3


def test_one_article_is_asked_for_by_itself() -> None:
    found = chosen(decision(scored(0.5), intents=(IntentScore("delivery.options", 0.9),)))
    assert found.text == DEFAULT.speech.say("confirm", "en")
    assert [(choice.kind, choice.value) for choice in found.choices] == [("article", "shipping")]


def test_who_has_said_next_to_nothing_is_asked() -> None:
    for intent in (None, "other.unclear"):
        little = decision(text="hi", intent=intent, intents=(IntentScore("other.unclear", 0.5),))
        assert chosen(little).action is Action.CLARIFY
        assert chosen(replace(little, text="Who won the world cup in 1990?")).action is Action.HAND_OFF
    assert chosen(decision(text="invoice")).action is Action.HAND_OFF, "that is said clearly"


def test_thanks_are_no_ticket() -> None:
    thanks = decision(intent="service.thanks", intents=(IntentScore("service.thanks", 0.97),), language="nl")
    body = shown(thanks)
    assert (body["action"], body["text"]) == ("answer", DEFAULT.speech.say("thanks", "nl"))
    assert (body["probability"], body["sources"]) == (0.97, [])
    assert chosen(replace(thanks, also=("refund.status",))).action is Action.HAND_OFF
    assert chosen(replace(thanks, escalation=Escalation(0.9, True))).action is Action.HAND_OFF


def test_with_nothing_to_choose_between_it_asks_openly() -> None:
    found = chosen(decision(text="hi", intent=None, intents=(IntentScore("order.status", 0.5),)))
    assert (found.action, found.choices) == (Action.CLARIFY, ()), "one intent alone answers nothing"
    assert found.text == DEFAULT.speech.say("clarify", "en")


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "bot", "text": DEFAULT.speech.say("clarify", "en")},
        {"role": "bot", "text": DEFAULT.speech.say("choose", "ja")},
        {"role": "bot", "text": DEFAULT.speech.say("confirm", "pl")},
        {"role": "bot", "text": "What do you mean?", "action": "clarify"},
    ],
)
def test_it_asks_back_once_only(turn: dict[str, str]) -> None:
    assert chosen(UNSURE, conversation=[turn]).action is Action.HAND_OFF


def test_an_answer_to_its_question_is_read_with_what_was_asked_before() -> None:
    before = [{"role": "customer", "text": "It is not here"}, {"role": "bot", "text": "…", "action": "clarify"}]
    assert message_of(question(conversation=before), DEFAULT.speech).text == "It is not here\nHow long?"
    after = [*before, {"role": "bot", "text": "Two to four days.", "action": "answer"}]
    assert message_of(question(conversation=after), DEFAULT.speech).text == "How long?"


def test_the_title_of_a_chosen_article_is_not_read_as_the_customers_words() -> None:
    asked_before = {"role": "customer", "text": "Quand arrive mon colis ?"}
    before = [asked_before, {"role": "bot", "text": "…", "action": "clarify"}]
    title = "Shipping times (anglais)"

    def read(words: str, kind: str = "article", label: str | None = title) -> str:
        choice = {"kind": kind, "value": "shipping", "label": label}
        return message_of(question(question=words, conversation=before, choice=choice), DEFAULT.speech).text

    assert read(title) == "Quand arrive mon colis ?"
    assert read("oui, en Corse") == "Quand arrive mon colis ?\noui, en Corse"
    assert read("Où est ma commande ?", "intent", "Où est ma commande ?").endswith("\nOù est ma commande ?")
    assert read(title, label=None).endswith(title)
    alone = question(question=title, choice={"kind": "article", "value": "shipping", "label": title})
    assert message_of(alone, DEFAULT.speech).text == title


def test_the_article_that_the_customer_chose_is_quoted() -> None:
    choice = {"kind": "article", "value": "late", "label": "Late parcels"}
    assert chosen(UNSURE, choice=choice).answer == scored(0.4, LATE)
    gone = chosen(UNSURE, choice={"kind": "article", "value": "gone"}, conversation=bot_said("…", action="clarify"))
    assert (gone.action, gone.why) == (Action.HAND_OFF, Why.NOT_SURE)


def test_the_intent_that_the_customer_chose_decides_on_team_and_policy() -> None:
    body = shown(UNSURE, choice={"kind": "intent", "value": "account.security"})
    packet = body["hand_off"]
    assert (packet["why"], packet["intent"], packet["team"]["name"]) == ("privacy", "account.security", "trust")


# --- handing off ------------------------------------------------------------------------------------------------------


def test_who_must_be_seen_by_a_person_is_whatever_is_known() -> None:
    packet = shown(decision(EU, escalate=True))["hand_off"]
    assert (packet["why"], packet["escalate"], packet["reasons"]) == ("escalation", True, ("manager",))


def test_a_hand_off_carries_what_a_person_needs() -> None:
    said = bot_said("We ship from Rotterdam.", sources=[{"article": "shipping", "passage": "We ship from Rotterdam."}])
    packet = shown(
        decision(scored(0.2), language="de"),
        now=NIGHT,
        conversation=said,
        conversation_id="web-1",
        customer={"id": "c9", "level": "club"},
        market="DE",
    )["hand_off"]
    assert (packet["why"], packet["intent"], packet["language"], packet["order"]) == (
        "not_sure",
        "delivery.options",
        "de",
        "HP-7",
    )
    assert packet["mood"]["label"] == "neutral"
    assert packet["draft"] == "Zwei bis vier Tage."
    assert packet["due"] == "2026-11-22T00:00:00Z"
    assert [(tried["passage"], tried["said"], tried["probability"]) for tried in packet["tried"]] == [
        ("We ship from Rotterdam.", True, None),
        ("Two to four days.", False, 0.2),
    ]
    assert packet["team"] == {
        "name": "presales",
        "is_open": False,
        "opens_at": "2026-11-23T08:00:00Z",
        "closes_at": None,
        "time_zone": "Europe/Berlin",
    }
    assert packet["message"] == {
        "text": "How long?\n\n> Customer: How long?\n> Bot: We ship from Rotterdam.",
        "channel": "chat",
        "market": "DE",
        "customer": {"id": "c9", "level": "club"},
        "order": {"id": "HP-7"},
        "thread": "web-1",
    }


def test_without_a_reply_the_best_passage_is_the_draft() -> None:
    assert shown(decision(scored(0.2), suggestions=()))["hand_off"]["draft"] == "Two to four days."


def test_it_says_when_somebody_is_back_but_only_while_nobody_is_there() -> None:
    night = chosen(decision(language="de"), now=NIGHT).text
    assert night.startswith(DEFAULT.speech.say("hand_off", "de"))
    assert "Montag, 23. November 2026, 09:00 (Berlin)" in night
    assert chosen(decision(language="de"), now=DAY).text == DEFAULT.speech.say("hand_off", "de")


@pytest.mark.parametrize("more", [{"marketplace": "Amazon.de"}, {"marketplace": "ebay"}, {"channel": "marketplace"}])
@pytest.mark.parametrize("language", DEFAULT.speech.languages)
def test_no_hours_are_said_where_they_are_punished(more: dict[str, Any], language: str) -> None:
    assert chosen(decision(language=language), now=NIGHT, **more).text == DEFAULT.speech.say("hand_off", language)


def test_the_hour_of_the_question_counts_where_it_is_given() -> None:
    assert shown(decision(), now=DAY, sent_at=NIGHT)["hand_off"]["team"]["is_open"] is False


def test_who_may_harm_themselves_gets_other_words_and_no_hours() -> None:
    found = chosen(decision(EU, language="fr"), now=NIGHT, question="Je veux mourir")
    assert (found.action, found.why) == (Action.HAND_OFF, Why.SELF_HARM)
    assert found.text == DEFAULT.speech.say("self_harm", "fr")
    before = [{"role": "customer", "text": "I want to kill myself"}]
    assert chosen(decision(EU), conversation=before).why is Why.SELF_HARM, "it was said earlier"


def test_the_shops_policy_is_kept() -> None:
    vip = with_policy(people_only={"levels": ["vip"]})
    assert chosen(decision(EU), bot=vip, customer={"level": "VIP"}).why is Why.LEVEL
    assert chosen(decision(EU), bot=vip).action is Action.ANSWER
    night = with_policy(rules=[{"name": "people sleep", "when": {"hours": "closed"}, "min_probability": 0.9}])
    assert chosen(decision(EU), bot=night, now=NIGHT).action is Action.CLARIFY
    assert chosen(decision(EU), bot=night, now=DAY).action is Action.ANSWER
    never = with_policy(rules=[{"name": "delivery is ours", "when": {"intent": ["delivery"]}, "answer": False}])
    packet = shown(decision(EU), bot=never)["hand_off"]
    assert (packet["why"], packet["rule"]) == ("rule", "delivery is ours")


def test_a_share_is_drawn_by_conversation_then_customer_then_first_words() -> None:
    half = with_policy(pilot={"share": 0.5})

    def takes_part(**more: Any) -> bool:
        return chosen(decision(EU), bot=half, **more).action is Action.ANSWER

    numbers = range(40)
    by_conversation = [takes_part(conversation_id=f"c{number}") for number in numbers]
    assert 5 < sum(by_conversation) < 35
    assert by_conversation == [
        takes_part(conversation_id=f"c{number}", customer={"id": str(number)}) for number in numbers
    ]
    by_customer = [takes_part(customer={"id": str(number)}) for number in numbers]
    assert by_customer == [
        takes_part(customer={"id": str(number)}, question=f"Question {number}") for number in numbers
    ]
    for number in numbers:
        first = {"role": "customer", "text": f"Question {number}"}
        assert takes_part(question=f"Question {number}") == takes_part(question="And now?", conversation=[first])


def test_a_shop_without_office_hours_is_always_there() -> None:
    assert TeamTime.of("orders", None, NIGHT) == TeamTime("orders", True)
