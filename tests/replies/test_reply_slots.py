"""Slots: what templates get to see of records, and what is held back."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.samples import TODAY, full_situation, sample_order, situations
from replies.slots import MAX_PASSAGE_CHARACTERS, SLOTS, Situation, passage_text, plain, slots
from replies.templates import parse_template
from tickets.errors import InvalidInputError
from tickets.records import Agent, Answer, Channel, Customer, Order, OrderItem, OrderState, Shipment, Shop


def fields(values: dict[str, object], name: str) -> dict[str, Any]:
    found = values.get(name, {})
    assert isinstance(found, dict)
    return found


def test_what_is_not_known_has_no_entry() -> None:
    assert slots(Situation(), "en") == {"mood": "neutral", "escalate": False, "locale": "en_001"}
    bare = slots(Situation(order=Order("A-1", OrderState.LATE), customer=Customer()), "en")
    assert bare["order"] == {"id": "A-1", "state": "late"}
    assert "customer" not in bare


def test_everything_known_gives_every_documented_slot() -> None:
    values: dict[str, set[str]] = {name: set() for name in SLOTS}
    for state in OrderState:
        situation = replace(full_situation("en", state), channel=Channel.EMAIL, marketplace="ebay")
        for name, value in slots(situation, "en").items():
            values.setdefault(name, set()).update(value if isinstance(value, dict) else ())
    values["message"].update(slots(Situation(named_order="HP-1"), "en")["message"])  # type: ignore[arg-type]
    # Notices alone know a due time.
    documented = {name: set(fields) for name, fields in SLOTS.items() if fields is not None and name != "due"}
    # A marketplace hides the link; everything else is there.
    documented["order"].remove("tracking_url")
    assert {name: values[name] for name in documented} == documented


def test_an_order_in_full() -> None:
    order = fields(slots(full_situation("en", OrderState.REFUNDED), "en"), "order")
    assert order["items"] == [{"name": "Canvas tent", "quantity": 1}, {"name": "Wool blanket", "quantity": 2}]
    assert order["item_names"] == ["Canvas tent", "Wool blanket"]
    assert order["refund_amount"] == Decimal("89.90")
    assert order["state"] == "refunded"


def test_promises_that_are_over_are_held_back() -> None:
    delivered = sample_order(OrderState.DELIVERED)
    late = sample_order(OrderState.LATE)
    shipped = replace(sample_order(OrderState.SHIPPED), expected_at=TODAY - timedelta(days=1))

    def known(order: Order, name: str, today: date | None) -> bool:
        return name in fields(slots(Situation(order=order, today=today), "en"), "order")

    assert known(delivered, "return_by", delivered.return_by)
    assert not known(delivered, "return_by", TODAY + timedelta(days=27))
    assert known(delivered, "return_by", None)
    assert known(late, "expected_at", TODAY)
    assert not known(shipped, "expected_at", TODAY)


@pytest.mark.parametrize("marketplace", [{"channel": Channel.MARKETPLACE}, {"marketplace": "amazon"}])
def test_a_marketplace_gets_no_links(marketplace: dict[str, Any]) -> None:
    values = slots(replace(full_situation("en", OrderState.SHIPPED), **marketplace), "en")
    assert "tracking_url" not in fields(values, "order")
    assert fields(values, "order")["tracking"] == "00340434161094042557"
    assert not {"url", "returns_url", "size_guide_url"} & set(fields(values, "shop"))
    assert fields(values, "shop")["return_days"] == "30"


def test_facts_with_strange_names_are_left_out() -> None:
    shop = Shop("S", {"return_days": "30", "a b": "x", "__class__": "x", "": "x", "blank": " \n "})
    assert fields(slots(Situation(shop=shop), "en"), "shop") == {"name": "S", "return_days": "30", "__class__": "x"}


def test_the_passage_is_in_the_language_of_the_reply() -> None:
    answers = (
        Answer("a", "T", "Deutsch", 0.9, "de"),
        Answer("b", "T", "doubtful", 0.1, "en"),
        Answer("c", "T", "English", 0.4, "en"),
    )
    situation = Situation(answers=answers)
    assert fields(slots(situation, "de"), "answer")["passage"] == "Deutsch"
    assert fields(slots(situation, "en"), "answer")["passage"] == "English"
    assert "answer" not in slots(situation, "fr")


def test_numbers_keep_their_order_after_arabic_letters() -> None:
    situation = full_situation("ar", OrderState.SHIPPED)
    assert fields(slots(situation, "ar"), "order")["id"] == "\u200eHP-100017"
    assert fields(slots(situation, "en"), "order")["id"] == "HP-100017"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Anna\u202e Berg\u200b", "Anna Berg"),
        (" a\tb\nc\x00d ", "a b c d"),
        ("\ud800x", "x"),
        ("\u2067\u2069\ufeff", None),
        ("", None),
        (None, None),
        ("名前\u3000様", "名前 様"),
    ],
)
def test_control_and_bidi_characters_are_taken_out(value: str | None, expected: str | None) -> None:
    assert plain(value) == expected


@given(st.text(max_size=2000), st.integers(1, 50))
def test_plain_text_is_one_visible_line(value: str, limit: int) -> None:
    kept = plain(value, limit)
    assert kept is None or (0 < len(kept) <= limit and kept == kept.strip() and "  " not in kept)
    assert all(unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in kept or "")


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        ("## Returns\n\nSend it **back** within `30` days.", "Returns\n\nSend it back within 30 days."),
        ("See [our page](https://x.example/a) ![](a.png)now", "See our page now"),
        ("a <b>bold</b> <br/>word, 3 < 4 > 2", "a bold word, 3 < 4 > 2"),
        ("> quoted\n\n\n\n- one\n- two", "quoted\n\n- one\n- two"),
        ("  \n ", None),
    ],
)
def test_passages_lose_their_markup(passage: str, expected: str | None) -> None:
    assert passage_text(passage) == expected


def test_long_passages_end_with_a_sentence() -> None:
    shown = passage_text("This is a sentence. " * 200)
    assert shown is not None
    assert len(shown) <= MAX_PASSAGE_CHARACTERS
    assert shown.endswith("sentence.")
    endless = passage_text("word " * 1000)
    assert endless is not None
    assert endless.endswith("word …")


@given(st.text(alphabet="[]()!<>a*_`#\n ", max_size=4000))
def test_any_passage_is_read(passage: str) -> None:
    shown = passage_text(passage)
    assert shown is None or len(shown) <= MAX_PASSAGE_CHARACTERS + 2


def test_sample_situations_cover_every_state() -> None:
    states = {situation.order.state for _, situation in situations("en") if situation.order}
    assert states == set(OrderState)


def test_many_items_are_bounded() -> None:
    order = Order("A", OrderState.LATE, items=tuple(OrderItem(f"Item {n}") for n in range(1000)))
    assert len(fields(slots(Situation(order=order), "en"), "order")["items"]) == 50


AGENT = Agent("Mia Falk", "Mia Falk\n\nHarbour & Pine\u202e customer care")


def test_an_agent_is_named_where_known() -> None:
    values = fields(slots(Situation(agent=AGENT), "en"), "agent")
    assert values == {
        "name": "Mia Falk",
        "first_name": "Mia",
        "signature": "Mia Falk\nHarbour & Pine customer care",
    }
    assert "agent" not in slots(Situation(), "en")
    assert "agent" not in slots(Situation(agent=Agent()), "en")


PARCELS = (
    Shipment("DHL", "00340434161094042557", "https://track.example/1", TODAY, TODAY + timedelta(3), None),
    Shipment("UPS", "1Z999AA10123456784", None, TODAY - timedelta(3), TODAY - timedelta(1), TODAY),
)


def test_several_parcels_can_be_looped_over() -> None:
    order = replace(sample_order(OrderState.SHIPPED), shipments=PARCELS)
    values = fields(slots(Situation(order=order, today=TODAY), "en"), "order")
    assert (values["parcels"], values["parcels_delivered"]) == (2, 1)
    first, second = values["shipments"]
    assert first == {
        "carrier": "DHL",
        "tracking": "00340434161094042557",
        "tracking_url": "https://track.example/1",
        "shipped_at": TODAY,
        "expected_at": TODAY + timedelta(3),
    }
    assert "expected_at" not in second
    hidden = fields(slots(Situation(order=order, marketplace="amazon"), "ar"), "order")["shipments"][0]
    assert "tracking_url" not in hidden
    assert hidden["tracking"].startswith("\u200e")


def test_a_single_parcel_is_told_by_the_order_itself() -> None:
    order = replace(sample_order(OrderState.SHIPPED), shipments=PARCELS[:1])
    assert {"shipments", "parcels"}.isdisjoint(fields(slots(Situation(order=order), "en"), "order"))


def test_a_template_tells_of_every_parcel() -> None:
    body = (
        "{% if order.parcels > 1 %}{% for parcel in order.shipments %}{{ parcel.carrier }} {{ parcel.tracking }}"
        "{% if parcel.delivered_at %} arrived {{ parcel.delivered_at | day }}{% endif %}\n{% endfor %}"
        "{% else %}One parcel.{% endif %}"
    )
    matter = "---\nid: order.status.parcels\nintent: order.status\nlanguage: en\ntitle: Parcels\nwhen: order.id\n---\n"
    template = parse_template(matter + body, "parcels")
    partial = replace(sample_order(OrderState.SHIPPED), shipments=PARCELS)
    assert template.render(slots(Situation(order=partial), "en")) == (
        "DHL 00340434161094042557\nUPS 1Z999AA10123456784 arrived 21 November 2026"
    )
    assert template.render(slots(Situation(order=sample_order(OrderState.SHIPPED)), "en")) == "One parcel."
    with pytest.raises(InvalidInputError, match="loop over it"):
        parse_template(f"{matter}{{{{ order.shipments }}}}", "parcels")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<b>Tent</b>", "Tent"),
        ("Tent {{ shop.name }}", "Tent shop.name"),
        ("{% if a %}Tent", "if a Tent"),
        ("Tent &lt;script&gt;alert(1)&lt;/script&gt;", "Tent alert(1)"),
        ("Salt &amp; Pepper", "Salt & Pepper"),
        ("Salt & Pepper", "Salt & Pepper"),
        ("5 < 6", "5 < 6"),
        ("<" * 3_000, "<" * 300),
    ],
)
def test_values_hold_no_markup_and_no_liquid(value: str, shown: str) -> None:
    assert plain(value) == shown


@pytest.mark.parametrize(
    "number", ["www.evil.example", "https://evil.example/a", "1 {{ x }}", "<b>1</b>!", "a@b.example"]
)
def test_what_is_no_number_is_no_order_number(number: str) -> None:
    assert "message" not in slots(Situation(named_order=number), "en")
    assert "tracking" not in fields(
        slots(Situation(order=Order("A-1", OrderState.SHIPPED, tracking=number)), "en"), "order"
    )


@pytest.mark.parametrize("number", ["HP-1", "#1001", "HP 100 017", "028-1234567-1234567", "注文-123", "030 901 820"])
def test_an_order_number_that_somebody_typed_is_repeated(number: str) -> None:
    assert slots(Situation(named_order=number), "en")["message"] == {"order": number}


@pytest.mark.parametrize(
    "said",
    [
        "You won 1000 EUR call 0900123456",
        "HP-1 call 0900123456",
        "Call 0900123456",
        "恭喜您中奖请致电0900123456",
        "WINNER",
        "1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5",
        "1" * 41,
    ],
)
def test_words_that_somebody_typed_for_a_number_are_not(said: str) -> None:
    assert "message" not in slots(Situation(named_order=said), "en")
