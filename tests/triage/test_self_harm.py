"""Words of people who may harm themselves: found in twelve languages, and not in what people say of parcels."""

from __future__ import annotations

import pytest

from tickets.rulefile import read_rules
from training.utterances import CORPUS
from triage.escalation import EscalationRules, reasons
from triage.self_harm import SHIPPED, SelfHarmFile, speaks_of_self_harm

SAID = {
    "en": [
        "I lost my job and now this. I don’t want to live anymore.",
        "Cancel the order please, by tomorrow I will have killed... no. I am going to KILL MYSELF tonight",
        "honestly my family would be better off without me",
    ],
    "de": [
        "Ich kann das alles nicht mehr, ich werde mich umbringen.",
        "Seit Wochen habe ich Selbstmordgedanken und dann auch noch eure Mahnung",
        "ich will einfach nicht mehr leben",
    ],
    "fr": [
        "Je n'en peux plus, je veux mourir.",
        "J’ai fait une tentative de suicide en mars, laissez-moi tranquille",
        "Je n'ai plus envie de vivre, annulez tout",
    ],
    "es": [
        "Ya no quiero vivir, hagan lo que quieran con el pedido",
        "Estoy pensando en quitarme la vida",
        "quiero morirme",
    ],
    "it": ["Non voglio più vivere.", "ho perso tutto e penso al suicidio ogni giorno", "stanotte mi ammazzo"],
    "nl": ["Ik wil niet meer leven.", "ik denk elke dag aan zelfmoord", "Het hoeft niet meer, ik wil dood"],
    "pt": ["Não quero mais viver.", "eu vou me matar hoje", "ando com pensamentos suicidas"],
    "pl": ["Nie chcę już żyć.", "zabije sie dzisiaj, nie czekajcie na odpowiedz", "Mam myśli samobójcze"],
    "tr": ["Artık yaşamak istemiyorum.", "bu gece kendimi öldüreceğim", "İNTİHAR ETMEYİ düşünüyorum"],
    "ar": ["لا أريد أن أعيش بعد اليوم", "افكر في الانتحار", "والله سأقتل نفسي الليلة"],
    "ja": ["もう死にたいです。注文はキャンセルしてください。", "自殺を考えています", "生きている意味がない"],
    "zh": ["我不想活了，订单取消吧", "最近一直有自杀的念头", "我每天都想自殺"],
}
NOT_SAID = [
    "I'm dying to get my new shoes, when do they arrive?",
    "This delay is killing me! Where is order HP-100017?",
    "My battery died after a day",
    "Do you have the Suicide Squad poster in A2?",
    "I cut myself on the broken glass in the parcel",
    "Diese Warteschleife bringt mich noch um",
    "Der Akku ist tot. Ich möchte ihn umtauschen.",
    "Je meurs d'impatience de recevoir ma commande",
    "Me muero por recibir el vestido",
    "Muoio dalla voglia di provarlo",
    "Ik ga dood van het lachen om deze trui",
    "Estou morrendo de vontade de usar",
    "Umieram z ciekawości, kiedy przyjdzie paczka?",
    "Merakta öldüm, kargom nerede?",
    "أموت في هذا الفستان، متى يتوفر؟",
    "死ぬほど待っています。まだ届きません。",
    "まだ死にたくないので安全な製品をください",
    "想死你们家的饼干了，跳楼价什么时候有？",
]


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in SAID.items() for text in texts])
def test_it_is_heard_in_every_language(language: str, text: str) -> None:
    assert speaks_of_self_harm(text), language
    assert speaks_of_self_harm(text.upper()), language


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_people_say_of_things_is_left_alone(text: str) -> None:
    assert not speaks_of_self_harm(text)


def test_all_twelve_languages_have_phrases_and_no_phrase_stands_twice() -> None:
    phrases = read_rules(SHIPPED, SelfHarmFile).phrases
    assert set(phrases) == set(SAID)
    for language, items in phrases.items():
        assert len(items) >= 20, language
        assert len(set(items)) == len(items), language


def test_shop_messages_hardly_ever_set_it_off() -> None:
    """A false alarm frightens nobody much, but one in a thousand would still be a nuisance."""
    texts = [
        line
        for path in sorted((CORPUS / "messages").glob("*.tsv"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    raised = [text for text in texts if speaks_of_self_harm(text)]
    assert len(texts) > 10_000
    assert len(raised) <= len(texts) / 5_000, raised


@pytest.mark.parametrize("language", ["en", "fr", "und"])
def test_every_channel_raises_it_whatever_the_language_is_taken_for(language: str) -> None:
    found = reasons("Ich werde mich umbringen.", language)
    assert "safety" in found
    assert EscalationRules.load().raises(found)
