"""In which language a chatbot answers, and how its answer is labelled."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from api.bot_speech import Speech
from api.schemas.bots import Action, QuestionIn
from api.validation import parse
from tests.api.test_http_answering import DEFAULT, EU, NIGHT, chosen, decision, scored, shown
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from pathlib import Path

    from tickets.records import Decision


def test_an_unknown_language_is_that_of_the_request_or_the_customer_or_english() -> None:
    assert chosen(decision(language="und"), language="pl-PL").language == "pl"
    assert chosen(decision(language="und"), customer={"language": "it"}).language == "it"
    assert chosen(decision(language="und")).language == "en"


@pytest.mark.parametrize(
    ("decided", "action"),
    [
        (decision(EU, language="und"), Action.ANSWER),
        (decision(scored(0.5), language="und"), Action.CLARIFY),
        (decision(language="und"), Action.HAND_OFF),
        (decision(language="und", intent="service.thanks"), Action.ANSWER),
    ],
)
def test_what_is_said_is_labelled_with_its_own_language(decided: Decision, action: Action) -> None:
    body = shown(decided, language="xx")
    english = shown(decided, language="en")
    assert (body["action"], body["language"], body["text"]) == (action.value, "en", english["text"])
    assert body["hand_off"] is None or body["hand_off"]["language"] == "xx", "what the bot said of the customer"


@pytest.mark.parametrize("code", ["", "x", "english", "de_AT", "de\n", "日本"])
def test_what_is_no_language_code_is_refused_with_field_value_and_remedy(code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse(QuestionIn, json.dumps({"question": "How long?", "language": code}).encode())
    assert (refused.value.status, refused.value.field) == (422, "language")
    assert refused.value.message == f"language ({code!r}) is no language code"
    assert "ISO 639-1" in (refused.value.hint or "")


def test_a_passage_in_a_language_without_sentences_is_labelled_as_the_passage() -> None:
    swedish = replace(EU, passage="Två till fyra dagar.", language="sv")
    assert chosen(decision(swedish, language="sv")).language == "sv"
    led_in = chosen(decision(replace(EU, language="de"), language="sv"))
    assert (led_in.language, "(German)" in led_in.text) == ("en", True)


def test_a_shops_own_sentence_is_labelled_and_the_shipped_ones_beside_it_are_english(tmp_path: Path) -> None:
    own = tmp_path / "bot_phrases.yaml"
    own.write_text("phrases: {sv: {hand_off: Ett ögonblick.}}", encoding="utf-8")
    bot = replace(DEFAULT, speech=Speech.load(own))
    found = chosen(decision(language="sv"), bot=bot)
    assert (found.text, found.language) == ("Ett ögonblick.", "sv")
    assert chosen(decision(scored(0.5), language="sv"), bot=bot).language == "en"
    assert "Monday, 23 November" in bot.speech.back_at(NIGHT + timedelta(days=2), "Europe/Berlin", "sv")
