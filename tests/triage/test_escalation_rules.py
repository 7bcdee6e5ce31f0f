"""Reasons for escalation: one true message for each reason and language, everyday messages give none."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from models.prediction import REASONS
from tickets.errors import InvalidInputError
from tickets.records import Entity
from triage.escalation import EscalationRules, reasons

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh")


@pytest.mark.parametrize(
    ("language", "text", "reason"),
    [
        ("en", "You will hear from my lawyer.", "legal"),
        ("de", "Mein Anwalt meldet sich.", "legal"),
        ("fr", "Je saisis la DGCCRF.", "legal"),
        ("es", "voy a poner una denuncia", "legal"),
        ("it", "vi mando una diffida", "legal"),
        ("nl", "Ik doe aangifte bij de politie", "legal"),
        ("pt", "vou ao Procon amanhã", "legal"),
        ("pl", "Zgłaszam sprawę do UOKiK i na POLICJĘ", "legal"),
        ("tr", "Tüketici HAKEM HEYETİne gideceğim", "legal"),
        ("ar", "سأذهب إلى المحكمة", "legal"),
        ("ja", "弁護士に相談します", "legal"),
        ("zh", "我要打12315投诉", "legal"),
        ("en", "I'm filing a chargeback", "chargeback"),
        ("de", "PayPal-Käuferschutz ist eröffnet", "chargeback"),
        ("zh", "已经申请平台介入", "chargeback"),
        ("en", "The charger caught fire", "safety"),
        ("tr", "elektrik çarptı", "safety"),
        ("ja", "バッテリーから煙が出て発火しました", "safety"),
        ("pl", "bateria zaczęła dymić i iskrzyć", "safety"),
        ("it", "ho preso la scossa", "safety"),
        ("en", "my account was hacked", "fraud_privacy"),
        ("es", "alguien entró en mi cuenta sin mi autorización", "fraud_privacy"),
        ("pl", "to oszustwo", "fraud_privacy"),
        ("ar", "تم اختراق حسابي", "fraud_privacy"),
        ("nl", "dit is de derde keer dat ik mail", "repeated"),
        ("fr", "C'est la troisième fois que j'écris", "repeated"),
        ("ja", "3回目の連絡です", "repeated"),
        ("pt", "quero falar com o gerente", "manager"),
        ("de", "Ich möchte Ihren Vorgesetzten sprechen", "manager"),
        ("en", "you bunch of morons", "abuse"),
        ("tr", "şerefsizler", "abuse"),
        ("en", "I'll post this on trustpilot", "publicity"),
        ("zh", "我要去小红书曝光你们", "publicity"),
        ("de", "Die Hochzeit ist übermorgen", "deadline"),
    ],
)
def test_reasons(language: str, text: str, reason: str) -> None:
    assert reason in reasons(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Where is my order? Thanks!"),
        ("de", "Wo ist meine Bestellung?"),
        ("fr", "Bonjour, avez-vous la taille 42 ?"),
        ("es", "¿Tienen talla M?"),
        ("it", "Vorrei cambiare la taglia, grazie"),
        ("nl", "Kan ik deze jas ruilen?"),
        ("pl", "Czy mogę wymienić rozmiar?"),
        ("pt", "Queria trocar o tamanho"),
        ("tr", "Beden değişimi yapabilir miyim?"),
        ("ar", "هل يوجد مقاس أكبر؟"),
        ("ja", "サイズ交換できますか"),
        ("zh", "可以换大一码吗"),
    ],
)
def test_everyday_messages_give_none(language: str, text: str) -> None:
    assert reasons(text, language) == ()


def test_reasons_come_in_the_contracts_order() -> None:
    assert reasons("Third time! My lawyer, chargeback, manager, it caught fire.", "en") == (
        "legal",
        "chargeback",
        "safety",
        "repeated",
        "manager",
    )


def test_an_unknown_language_is_read_with_all_phrases() -> None:
    assert "legal" in reasons("mein anwalt", "und")
    assert "legal" in reasons("我的律师", "xx")


def test_english_counts_everywhere() -> None:
    assert "chargeback" in reasons("yapacağım şey chargeback", "tr")


def test_every_language_has_phrases_for_every_reason() -> None:
    phrases = EscalationRules.load().rules.phrases
    assert set(phrases) == set(REASONS) - {"high_value"}
    for by_language in phrases.values():
        assert set(by_language) == set(LANGUAGES)
        assert all(len(items) >= 5 for items in by_language.values())


def amount(value: str) -> Entity:
    return Entity("amount", value, 0, 1)


def test_high_value_needs_a_large_sum_and_an_intent_that_can_lose_it() -> None:
    rules = EscalationRules.load()
    usd = rules.largest_usd([amount("20 EUR"), amount("780.00 EUR"), amount("99999"), amount("5 XXX")])
    assert usd is not None
    assert usd > 800
    assert rules.reasons("weg", "de", amount_usd=usd, intent="delivery.not_received") == ("high_value",)
    assert rules.reasons("weg", "de", amount_usd=usd, intent="product.details") == ()
    assert rules.reasons("weg", "de", amount_usd=Decimal(500), intent="delivery.not_received") == ()
    assert rules.largest_usd([amount("12000 JPY")]) == Decimal("80.4000")
    assert rules.largest_usd([amount("99")]) is None


def test_strong_reasons_raise_on_their_own() -> None:
    rules = EscalationRules.load()
    assert rules.raises(("deadline", "legal"))
    assert not rules.raises(("deadline",))
    assert not rules.raises(())


def test_a_wrong_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "escalation.yaml"
    path.write_text("high_value: {over_usd: 500}\nphrases: {lgal: {en: [x]}}\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="lgal"):
        EscalationRules.load(path)
