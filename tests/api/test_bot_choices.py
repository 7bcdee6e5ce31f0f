"""What a customer takes of what a chatbot offered, and what a person sees of it afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from api.answering import Bot, BotAnswer, choose, message_of
from api.choices import own_words, with_choice
from api.hand_off import answer_body
from api.schemas.bots import Action, BotAnswerOut
from tests.api.test_http_answering import DEFAULT, EU, LATE, THRESHOLD, asked, chosen, decision, question, with_policy
from tests.api.test_http_answering import scored as sure
from tickets.records import IntentScore, Language
from triage.bot_policy import Why

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

SPEECH = DEFAULT.speech
FIRST = {"role": "customer", "text": "Quand arrive mon colis ?"}
ARTICLE = {"kind": "article", "value": "shipping", "label": "Shipping times (anglais)"}
OTHER = {"kind": "article", "value": "late", "label": "Late parcels (anglais)"}
INTENT = {"kind": "intent", "value": "order.status", "label": "Où est ma commande ?"}


def offered(*choices: dict[str, str]) -> list[dict[str, Any]]:
    return [FIRST, {"role": "bot", "text": "…", "action": "clarify", "choices": list(choices)}]


def taken(words: str, *choices: dict[str, str]) -> str | None:
    found = with_choice(question(question=words, conversation=offered(*choices)), SPEECH).choice
    return found.value if found else None


@pytest.mark.parametrize(
    "words",
    ["Yes.", "ja, bitte!", "Oui", "sì", "sim", "TAK", "evet", "نعم", "はい。", "是的！", "1", "1.", " 1) ", "١"],
)
def test_the_only_choice_is_taken_by_a_yes_or_its_number(words: str) -> None:
    assert taken(words, ARTICLE) == "shipping"
    assert chosen(decision(sure(0.3)), conversation=offered(ARTICLE), question=words).action is Action.HAND_OFF


@pytest.mark.parametrize("words", ["yes but to Corsica", "0", "2", "²", "9" * 400, "?"])
def test_anything_else_is_no_yes(words: str) -> None:
    assert taken(words, ARTICLE) is None


@pytest.mark.parametrize("words", ["no", "Nein!", "non, merci", "nichts davon", "どれでもない", "都不是", "لا"])
@pytest.mark.parametrize("offer", [(ARTICLE,), (ARTICLE, OTHER)])
def test_what_the_customer_turned_down_is_not_said(words: str, offer: tuple[dict[str, str], ...]) -> None:
    sent = with_choice(question(question=words, conversation=offered(*offer)), SPEECH)
    assert message_of(sent, SPEECH).text == FIRST["text"], "a no says nothing of what is wanted"
    handed = turned_down(question=words, conversation=offered(*offer))
    assert (handed["why"], handed["draft"]) == ("not_sure", None)
    assert handed["conversation"][-1] == {"role": "customer", "text": words}
    by_choice = turned_down(question="Autre chose…", choice={"kind": "none"}, conversation=offered(*offer))
    assert (by_choice["why"], by_choice["draft"]) == ("not_sure", None)


def turned_down(**more: Any) -> dict[str, Any]:
    """Ask again though the passage that was offered is sure by now."""
    said = asked(decision(sure(0.9), suggestions=()), **more)
    return packet(replace(said, question=with_choice(said.question, SPEECH)))


def test_another_article_may_answer_after_a_no() -> None:
    found = chosen(decision(sure(0.9), sure(0.8, LATE)), question="no", conversation=offered(ARTICLE))
    assert found.answer == sure(0.8, LATE)


def test_a_yes_to_several_is_not_read_as_what_is_wanted() -> None:
    said = question(question="ja", conversation=offered(ARTICLE, OTHER))
    assert message_of(said, SPEECH).text == FIRST["text"]


def test_a_number_that_was_asked_for_is_read() -> None:
    open_question = [FIRST, {"role": "bot", "text": "…", "action": "clarify", "choices": []}]
    for before in (open_question, offered(ARTICLE)):
        said = with_choice(question(question="100017", conversation=before), SPEECH)
        assert message_of(said, SPEECH).text == f"{FIRST['text']}\n100017", "an order's"
    third = with_choice(question(question="3", conversation=offered(ARTICLE, OTHER)), SPEECH)
    assert message_of(third, SPEECH).text == FIRST["text"], "there is no third"


def test_a_choice_names_something() -> None:
    with pytest.raises(ValueError, match="value is needed"):
        question(choice={"kind": "article"})
    assert question(choice={"kind": "none"}).choice is not None


def test_of_several_one_is_taken_by_number_or_label() -> None:
    assert taken("2", ARTICLE, OTHER) == "late"
    assert taken("late parcels  (ANGLAIS)", ARTICLE, OTHER) == "late"
    assert taken("yes", ARTICLE, OTHER) is None, "which one?"
    assert taken("yes", ARTICLE) == "shipping"


def test_only_what_was_offered_last_can_be_taken() -> None:
    before = [*offered(ARTICLE), {"role": "bot", "text": "Two to four days.", "action": "answer"}]
    assert with_choice(question(question="yes", conversation=before), SPEECH).choice is None
    sent = question(question="yes", conversation=offered(ARTICLE), choice=OTHER)
    assert with_choice(sent, SPEECH).choice == sent.choice, "a choice that was sent back holds"


def test_the_label_stands_for_the_yes() -> None:
    said = with_choice(question(question="oui", conversation=offered(ARTICLE)), SPEECH)
    assert said.question == ARTICLE["label"]
    assert message_of(said, SPEECH).text == FIRST["text"]
    said = with_choice(question(question="1", conversation=offered(INTENT)), SPEECH)
    assert message_of(said, SPEECH).text == f"{FIRST['text']}\n{INTENT['label']}"


def test_an_article_that_was_taken_is_not_what_the_customer_asked() -> None:
    turns = [*offered(ARTICLE), {"role": "customer", "text": "Oui !"}, {"role": "bot", "text": "Two to four days."}]
    assert list(own_words(question(conversation=turns).conversation, SPEECH)) == [FIRST["text"]]
    turns[1] = {**turns[1], "choices": [INTENT]}
    turns[2] = {"role": "customer", "text": INTENT["label"]}
    assert list(own_words(question(conversation=turns).conversation, SPEECH)) == [FIRST["text"], INTENT["label"]]


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_turn_is_not_what_was_asked(blank: str) -> None:
    before = [*offered(ARTICLE), {"role": "customer", "text": blank}]
    said = question(question=ARTICLE["label"], choice=ARTICLE, conversation=before)
    assert message_of(said, SPEECH).text == FIRST["text"]
    assert taken("yes", ARTICLE) == "shipping"


def packet(said: Any, bot: Bot = DEFAULT) -> dict[str, Any]:
    body = answer_body(said, choose(bot, said, THRESHOLD))
    BotAnswerOut.model_validate(body)
    found: dict[str, Any] = body["hand_off"]
    return found


def test_the_person_sees_what_was_chosen() -> None:
    handed = packet(asked(decision(), question=ARTICLE["label"], choice=ARTICLE, conversation=offered(ARTICLE)))
    assert handed["conversation"][-1] == {"role": "customer", "text": ARTICLE["label"]}
    assert f"> Customer: {ARTICLE['label']}" in handed["message"]["text"]
    more = packet(asked(decision(), question="en Corse", choice=ARTICLE, conversation=offered(ARTICLE)))
    assert len(more["conversation"]) == 2, "what is read stands in the question"


def test_a_chosen_article_that_was_quoted_already_was_said_before() -> None:
    told = {"role": "bot", "text": EU.passage, "action": "answer", "sources": [{"article": "shipping"}]}
    handed = packet(asked(decision(sure(0.2)), choice=ARTICLE, conversation=[FIRST, told]))
    assert handed["why"] == "said_before"


def again(policy: dict[str, Any], **changed: Any) -> BotAnswer:
    return chosen(decision(**changed), bot=with_policy(**policy))


def test_a_policy_that_never_asks_never_asks() -> None:
    torn = {"intent": None, "intents": (IntentScore("order.status", 0.4), IntentScore("delivery.delay", 0.3))}
    little = {"text": "hi", "intent": None}
    for changed in (torn, little):
        assert again({}, **changed).action is Action.CLARIFY
        assert again({"ask_back_from": 1}, **changed).why is Why.NOT_SURE


def test_who_has_chosen_is_not_asked_again() -> None:
    gone = {"kind": "article", "value": "gone", "label": "Gone"}
    for score in (0.5, 0.9):
        assert chosen(decision(sure(score)), choice=gone).action is Action.HAND_OFF


def test_titles_that_a_marketplace_forbids_are_not_offered() -> None:
    for title in ("Exchange at www.shop.example", "Ring +49 30 901820", "Open Monday to Friday, 9 to 18"):
        near = decision(sure(0.5, replace(EU, title=title)), sure(0.4, LATE), language="en")
        there = chosen(near, channel="marketplace", marketplace="amazon")
        assert [choice.label for choice in there.choices] == ["Late parcels"], title
        assert [choice.label for choice in chosen(near).choices] == [title, "Late parcels"]


def test_a_choice_of_one_is_answered_over_http(start_service: StartService) -> None:
    shop = start_service()
    for name, title, text in (
        (
            "shipping",
            "Shipping times",
            "## Islands\n\nParcels to islands take a week longer than others.",
        ),
        ("wool", "Washing wool", "## Wool\n\nWash the jumper by hand in cold water and dry it flat."),
    ):
        article = {"id": name, "language": "en", "title": title, "body": text, "visibility": "public"}
        assert shop.send("POST", "/v1/articles", article).status_code == 201
    first, back = asked_back(shop)
    turn = {"role": "bot", **{name: back[name] for name in ("text", "action", "sources", "choices")}}
    turns = [{"role": "customer", "text": first}, turn]
    said = answers(shop, "sí, por favor", conversation=turns)
    assert (said["action"], said["sources"][0]["article"]) == ("answer", back["choices"][0]["value"])
    told = {"role": "bot", **{name: said[name] for name in ("text", "action", "sources", "choices")}}
    turns += [{"role": "customer", "text": "sí, por favor"}, told]
    handed = answers(shop, "Quiero hablar con una persona", conversation=turns)["hand_off"]
    assert (handed["why"], handed["asked_before"]) == ("intent", first)


def asked_back(shop: Service) -> tuple[str, dict[str, Any]]:
    """Ask until the bot asks back with one article: how sure it is belongs to the bundle."""
    for words in ("¿Cuánto tarda un paquete a las islas?", "envío a las islas", "lavar el jersey de lana", "lana"):
        for least in (0.1, 0.2, 0.3, 0.5, 0.8, 0.95):
            policy = shop.services.bot.policy.model_copy(update={"min_probability": least})
            shop.services.bot = replace(shop.services.bot, policy=policy)
            said = answers(shop, words)
            if said["action"] == "clarify" and [one["kind"] for one in said["choices"]] == ["article"]:
                return words, said
    raise AssertionError("it never asked back with one article")


def answers(shop: Service, words: str, **more: Any) -> dict[str, Any]:
    answer = shop.send("POST", "/v1/answers", {"question": words, "language": "es", **more}, role="bot")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_labels_in_arabic_name_the_language_in_arabic() -> None:
    found = chosen(replace(decision(sure(0.5)), language=Language("ar", 0.9, "Arab")))
    assert found.choices[0].label == "Shipping times (الإنجليزية)"
