"""The bot's own sentences: whole in twelve languages, times as people write them, a shop's own words over ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.bot_speech import INTENT_NAMES, SHIPPED, PhraseFile, Sentences, Speech, intent_names
from models.bundle import Bundle
from tickets.errors import InvalidInputError
from tickets.rulefile import read_rules

LANGUAGES = {"ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh"}
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SPEECH = Speech.load()


def test_all_twelve_languages_have_every_sentence() -> None:
    phrases = read_rules(SHIPPED, PhraseFile).phrases
    assert set(phrases) == LANGUAGES
    for language, sentences in phrases.items():
        assert all(getattr(sentences, name) for name in Sentences.model_fields), language
    for name in set(Sentences.model_fields) - {"agrees", "declines"}:
        assert len({SPEECH.say(name, language) for language in LANGUAGES}) == 12, name


def test_a_question_back_is_one_question() -> None:
    for language in LANGUAGES:
        assert len(re.findall("[?？؟]", SPEECH.say("clarify", language))) <= 1, language
        for name in ("choose", "confirm"):
            assert len(re.findall("[?？؟。]", SPEECH.say(name, language))) == 1, language


def test_a_yes_and_a_no_are_known_in_any_language_and_never_the_same() -> None:
    for language, sentences in read_rules(SHIPPED, PhraseFile).phrases.items():
        for words, meaning in ((sentences.agrees, (True, False)), (sentences.declines, (False, True))):
            for word in words or ():
                said = f" {word.upper()}! "
                assert (SPEECH.says_yes(said), SPEECH.says_no(said)) == meaning, (language, word)
    for word in ("", "!", "island", "yes but", "no return label"):
        assert not SPEECH.says_yes(word)
        assert not SPEECH.says_no(word)


def test_every_intent_that_can_be_a_choice_has_a_name_in_twelve_languages(bundle: Bundle) -> None:
    names = intent_names()
    assert set(names) == set(bundle.labels) - {"service.thanks", "other.spam", "other.unclear"}, INTENT_NAMES
    for intent, labels in names.items():
        assert set(labels) == LANGUAGES, intent
        assert all(0 < len(label) <= 60 for label in labels.values()), intent
    for language in LANGUAGES:
        assert len({labels[language] for labels in names.values()}) == len(names), language


@pytest.mark.parametrize(
    ("language", "market", "when"),
    [
        ("de", None, "Montag, 23. November 2026, 09:00 (Amsterdam)"),
        ("fr", "FR", "lundi 23 novembre 2026, 09:00 (Amsterdam)"),
        ("en", "US", "Monday, November 23, 2026, 9:00\u202fAM (Amsterdam)"),
        ("ja", None, "2026年11月23日月曜日, 9:00 (アムステルダム)"),
        ("sv", None, "Monday, 23 November 2026, 9:00"),
    ],
)
def test_times_are_written_as_people_there_write_them(language: str, market: str | None, when: str) -> None:
    assert when in SPEECH.back_at(MONDAY, "Europe/Amsterdam", language, market)


def test_times_without_a_place_name_the_zone() -> None:
    assert "08:00 (UTC)" in SPEECH.back_at(MONDAY, "UTC", "de")


def test_a_language_is_called_by_its_name() -> None:
    assert "(Englisch)" in SPEECH.elsewhere("en", "de")
    assert "（英語）" in SPEECH.elsewhere("en", "ja")
    assert "(German)" in SPEECH.elsewhere("de", "sv")


def test_a_shops_own_sentences_lie_over_the_shipped_ones(tmp_path: Path) -> None:
    own = tmp_path / "bot_phrases.yaml"
    own.write_text("phrases: {de: {hand_off: Moment bitte.}, sv: {hand_off: Ett ögonblick.}}", encoding="utf-8")
    speech = Speech.load(own)
    assert speech.say("hand_off", "de") == "Moment bitte."
    assert speech.say("clarify", "de") == SPEECH.say("clarify", "de")
    assert speech.say("hand_off", "sv") == "Ett ögonblick."
    assert speech.say("clarify", "sv") == SPEECH.say("clarify", "en")
    assert speech.was_asked(SPEECH.say("choose", "tr"))
    assert not speech.was_asked("Moment bitte.")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("phrases: {de: {handoff: Moment}}", "unknown key 'handoff'"),
        ("phrases: {German: {hand_off: Moment}}", "phrases.German"),
        ("phrases: {de: {back_at: Morgen wieder.}}", "back_at needs {when}"),
        ("phrases: {de: {elsewhere: Anderswo}}", "elsewhere needs {language}"),
        ("phrases: {de: {hand_off: ''}}", "phrases.de.hand_off"),
        ("de: {hand_off: Moment}", "unknown key 'de'"),
    ],
)
def test_wrong_sentences_are_refused_with_place_and_guide(tmp_path: Path, text: str, problem: str) -> None:
    own = tmp_path / "bot_phrases.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=re.escape(problem)) as refused:
        Speech.load(own)
    assert refused.value.hint
