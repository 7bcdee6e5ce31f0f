"""What the rules find in a reply, where, and what mends it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.rules import Place, RuleCheck
from replies.rules.book import shipped_profiles
from replies.rules.checking import known_of
from replies.rules.contact import Kind, contact_spots
from replies.rules.mending import sentences
from replies.rules.numbers import phone_spots
from replies.rules.reading import Reading, canonical
from replies.rules.topics import shipped_topics
from tests.checkout import ROOT, needs_checkout
from tickets.records import Channel, Order, OrderItem, OrderState, Shipment
from triage.routing import Router

CHECK = RuleCheck()
AMAZON = Place("Amazon.de", Channel.MARKETPLACE)
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh")


def rules(text: str, place: Place = AMAZON) -> list[str]:
    return [finding.rule for finding in CHECK.findings(text, place)]


def kinds(text: str) -> list[Kind]:
    reading = Reading.of(text)
    return [spot.kind for spots in (contact_spots(reading), phone_spots(reading)) for spot in spots]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("раураl", "paypal"),
        ("①②③ ❶❷ ٣ ３", "123 12 3 3"),
        ("𝒘𝒉𝒂𝒕𝒔𝒂𝒑𝒑", "whatsapp"),
        ("ma\u200bil\u00ad", "mail"),
        ("1\ufe0f\u20e32\ufe0f\u20e3", "12"),
        ("聯繫電話", "联系电话"),
    ],
)
def test_a_text_is_read_as_people_see_it(text: str, plain: str) -> None:
    assert canonical(text) == plain


@given(st.text(max_size=80))
def test_offsets_lead_back_to_the_text(text: str) -> None:
    reading = Reading.of(text)
    for place, letter in enumerate(reading.plain):
        start, end = reading.span(place, place + 1)
        assert end == start + 1
        assert canonical(text[start:end]) == letter


def test_offsets_count_unseen_characters() -> None:
    text = "Mail he\u200blp@sh\u200bop.example now"
    (finding,) = (item for item in CHECK.findings(text, AMAZON) if item.rule == "A5")
    assert text[finding.start : finding.end] == finding.text == "he\u200blp@sh\u200bop.example"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tom at shop.com", [Kind.LINK]),  # at a shop's address
        ("look at shop dot com", [Kind.LINK]),
        ("tom at gmail", [Kind.EMAIL]),
        ("Thank you.It is here", []),
        ("hxxps://shop.example/a", [Kind.LINK]),
        ("http://www.dhl.com/track", [Kind.LINK]),
        ("https://www.dhl.com/track", [Kind.CARRIER_LINK]),
        ("https://dhl.com.shop.example/track", [Kind.LINK]),
        ("DE89 3704 0044 0532 0130 00", [Kind.BANK_ACCOUNT]),
        ("DE89 3704 0044 0532 0130 01", []),
        ("Order 030 901 820 47", []),
        ("Call 030 901 820 47", [Kind.PHONE]),
        ("Phone of UPS: 030 901 820 47", [Kind.CARRIER_PHONE]),
        ("12.11.2026 - 14.11.2026", []),
        ("10 000 000 円", []),
        ("one, two, three seconds", []),
    ],
)
def test_kinds(text: str, expected: list[Kind]) -> None:
    assert kinds(text) == expected


def test_a_link_to_the_marketplace_itself_is_no_link_outside() -> None:
    assert rules("See https://www.ebay.co.uk/itm/1 please", Place("ebay", Channel.MARKETPLACE)) == []
    assert rules("See https://www.ebay.co.uk/itm/1 please") == ["A2"]
    assert rules("You ordered on Amazon.de yesterday") == []


def test_what_belongs_to_the_order_is_no_finding() -> None:
    order = Order(
        "030 901 820",
        OrderState.SHIPPED,
        items=(OrderItem("Roll.io dice set"),),
        tracking="0301234567",
        shipments=(Shipment(tracking="0309999999"),),
    )
    text = "030 901 820: Roll.io, parcels 0301234567 and 0309999999"
    assert "A5" in rules(text)
    assert rules(text, Place("amazon", known=known_of(order))) == []
    assert known_of(None) == ()


@pytest.mark.parametrize("known", ["1234", "030", "123-456", "34567", "0123", "12345678"])
def test_a_known_number_hides_no_longer_one(known: str) -> None:
    for text in ("Ring 030 1234567", "030 12 34 56 78 90", "+49 1234 5678 90", "00493012345678"):
        assert "A5" in rules(text, Place("amazon", known=(known,))), text


@pytest.mark.parametrize("unseen", "\u061c\u115f\u1160\u17b4\u180b\u200b\u2060\u3164\uffa0\ufff9\U000e0061\U000e0100")
def test_what_nobody_sees_hides_nothing(unseen: str) -> None:
    assert rules(f"See sh{unseen}op.exam{unseen}ple.c{unseen}om") == ["A2"]
    assert rules(f"an{unseen}na@exam{unseen}ple.c{unseen}om") == ["A5"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Please call us.", ["A14"]),
        ("We cannot call you.", []),
        ("Please do not hesitate to call us.", ["A14"]),
        ("We have no parts left and ask you to cancel.", ["A13"]),
    ],
)
def test_a_negation_turns_a_phrase_around(text: str, expected: list[str]) -> None:
    assert rules(text) == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(sentences()))
def test_what_mends_a_reply_breaks_no_rule(language: str, kind: str) -> None:
    text = sentences()[kind][language]
    for marketplace in sorted(shipped_profiles()):
        found = rules(text, Place(marketplace, Channel.MARKETPLACE))
        assert set(found) <= {"W3"}, (marketplace, text)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("It left today 🎉.", "It left today."),
        ("Hello,\n\n\n\nit left.", "Hello,\n\nit left."),
        ("It <b>left</b>.", "It left</b>."),
        ("Tea &amp; milk", "Tea & milk"),
        (
            "It left. Call me on +49 30 901820. Bye.",
            "It left. Please simply reply to this message; we will help you here. Bye.",
        ),
        ("[Important] It left.", "It left."),
    ],
)
def test_mends(text: str, mended: str) -> None:
    mend = CHECK.findings(text, AMAZON)[0].mends[0]
    assert text[: mend.start] + mend.text + text[mend.end :] == mended


def test_a_mend_is_written_in_the_replys_language() -> None:
    (finding,) = CHECK.findings("Ihr Paket ist da. Rufen Sie uns an.", AMAZON)
    assert [mend.text for mend in finding.mends] == [sentences()["here"]["de"], ""]


def test_every_topic_has_every_language() -> None:
    import yaml

    loaded = yaml.safe_load((ROOT / "replies" / "rules" / "phrases.yaml").read_text(encoding="utf-8"))
    for topic, languages in loaded["topics"].items():
        assert topic == "messenger" or set(LANGUAGES) <= set(languages), topic
    assert shipped_topics().names == set(loaded["topics"])


def test_the_clocks_agree_with_the_rules() -> None:
    clocks = Router.load().rules.clocks.marketplaces
    wanted = {name: item.reply_within_h for name, item in shipped_profiles().items() if item.reply_within_h is not None}
    assert wanted == {"amazon": 24, "walmart": 48}
    assert {name: clocks[name] for name in wanted} == wanted


@given(st.text(alphabet="ab01.@-+()[]/ :at\n点零🎉", max_size=200))
def test_any_text_is_checked(text: str) -> None:
    for finding in CHECK.findings(text, AMAZON):
        assert text[finding.start : finding.end] == finding.text
        assert all(0 <= mend.start <= mend.end <= len(text) for mend in finding.mends)


@pytest.mark.parametrize(
    "piece",
    [
        *("review ", "please ", "0 ", "a@", "a.", "at ", "dot ", "zero ", "评价", "🎉", "<a", "\n", "+"),
        *("shop.com ", "a@shop.com ", "http://a.de/ ", "12345678. ", "call 12345678. "),
    ],
)
def test_the_time_is_linear(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    CHECK.findings(text[:400], AMAZON)
    started = time.process_time()
    CHECK.findings(text, AMAZON)
    assert time.process_time() - started < 5


@needs_checkout
@pytest.mark.parametrize("marketplace", sorted(shipped_profiles()))
def test_every_rule_is_documented_as_it_is(marketplace: str) -> None:
    page = (ROOT / "docs" / "marketplaces.md").read_text(encoding="utf-8")
    for rule in shipped_profiles()[marketplace].rules:
        line = f"| `{rule.id}` | {rule.severity.value} | {rule.standing.value} | {rule.explanation} | {rule.source} |"
        assert line in page
