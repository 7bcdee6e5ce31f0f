"""What a better reply needs, and the question to the customer for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from replies.library import SHIPPED, load_folder
from replies.needs import wording
from replies.samples import TODAY
from replies.slots import SLOTS
from replies.suggest import Replies, ReplyContext
from tickets.records import Agent, Order, OrderState, Suggestion
from tickets.records import IntentScore as Score

if TYPE_CHECKING:
    from tests.replies.conftest import Make

TEMPLATES, _ = load_folder(SHIPPED)
REPLIES = Replies(TEMPLATES)
LANGUAGES = sorted({template.language for template in TEMPLATES})
PROOF = wording().order_not_proven.says


def suggested(replies: Replies, intent: str = "order.status", limit: int = 3, **known: Any) -> list[Suggestion]:
    return replies.suggest(
        ReplyContext((Score(intent, 0.9),), known.pop("language", "en"), today=TODAY, **known), limit
    )


# How each language says "order number", also inside a sentence.
ORDER_NUMBER = {
    "ar": "رقم الطلب|رقم طلب",
    "de": "estellnummer",
    "en": "order number",
    "es": "número del? pedido",
    "fr": "numéro de (?:la )?commande",
    "it": "numero (?:d'|dell')ordine",
    "ja": "注文番号",
    "nl": "bestelnummer",
    "pl": r"numer",
    "pt": "número do (?:seu )?pedido",
    "tr": "ipariş numara",
    "zh": "订单号",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", ["order.status", "delivery.delay", "delivery.not_received", "refund.status"])
def test_the_question_for_the_order_number_is_among_the_suggestions(language: str, intent: str) -> None:
    found = suggested(REPLIES, intent, language=language)
    (asking,) = (item for item in found if any(why.startswith("asks the customer for") for why in item.why))
    assert asking.missing == ("order number",)
    assert asking.why[-1] == "asks the customer for: order number"
    assert re.search(ORDER_NUMBER[language], asking.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_a_number_that_proves_nothing_proof_is_asked_for(language: str) -> None:
    found = suggested(REPLIES, language=language, named_order="HP-100017")
    assert {item.missing for item in found} == {(PROOF,)}
    assert f"asks the customer for: {PROOF}" in found[0].why


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_the_order_known_nothing_is_missing(language: str) -> None:
    order = Order("HP-100017", OrderState.SHIPPED)
    assert suggested(REPLIES, language=language, order=order)[0].missing == ()


@pytest.mark.parametrize("intent", ["product.size", "service.thanks", "account.newsletter"])
def test_what_is_about_no_order_needs_none(intent: str) -> None:
    assert {item.missing for item in suggested(REPLIES, intent)} == {()}


def test_a_known_order_without_a_value_is_told_to_the_agent(make: Make) -> None:
    replies = Replies(
        [
            make(
                "{{ order.tracking }} {{ order.expected_at | day }}",
                "order.status.sent",
                when='order.state == "shipped"',
            ),
            make("{{ order.refund_amount | money }}", "order.status.paid", when='order.state == "refunded"'),
            make("We look.", "order.status.ask"),
        ]
    )
    (found,) = suggested(replies, order=Order("A", OrderState.SHIPPED, tracking="1"))
    assert found.missing == ("expected day of delivery",)
    assert found.why[-1] == "a better reply needs: expected day of delivery"
    (found,) = suggested(replies, order=Order("A", OrderState.SHIPPED))
    assert found.missing in (("tracking number",), ("expected day of delivery",))


def test_the_question_is_put_in_where_others_would_leave_it_out(make: Make) -> None:
    replies = Replies(
        [
            make("{{ order.tracking }}", "order.status.sent"),
            *(make(f"Fact {{{{ shop.name }}}} {n}", f"order.status.fact{n}") for n in range(4)),
            make("Which number?", "order.status.ask"),
        ]
    )
    from tickets.records import Shop

    found = suggested(replies, shop=Shop("Pine"))
    assert [item.template for item in found] == ["order.status.fact0", "order.status.fact1", "order.status.ask"]
    assert [item.why[-1] for item in found] == [
        "a better reply needs: order number",
        "a better reply needs: order number",
        "asks the customer for: order number",
    ]
    pair = suggested(replies, limit=2, shop=Shop("Pine"))
    assert [item.template for item in pair] == ["order.status.fact0", "order.status.ask"]
    assert [item.template for item in suggested(replies, limit=1, shop=Shop("Pine"))] == ["order.status.fact0"]
    assert suggested(replies, limit=0, shop=Shop("Pine")) == []


def test_a_template_that_signs_needs_the_agent(make: Make) -> None:
    replies = Replies([make("Best, {{ agent.first_name }}", "order.status.signed"), make("Best", "order.status.plain")])
    assert [item.text for item in suggested(replies)] == ["Best"]
    signed = suggested(replies, agent=Agent("Mia Falk"))
    assert "Best, Mia" in [item.text for item in signed]


def test_every_word_names_a_slot_that_exists() -> None:
    for path in wording().slots:
        root, _, field = path.partition(".")
        fields = SLOTS[root]
        assert fields is not None
        assert field in fields
