"""Made-up situations that templates are tried on: nothing known, a bare order, every order state with all its data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from replies.slots import Situation
from tickets.records import Answer, Customer, Order, OrderItem, OrderState, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = date(2026, 11, 21)
MOODS = ("very_negative", "negative", "neutral", "positive", "very_positive")

_NAMES = {
    "ar": "ليلى حداد",
    "ja": "佐藤 花子",
    "zh": "王小明",
    "pl": "Małgorzata Wiśniewska",
    "tr": "Ayşe Yılmaz",
    "de": "Jana Köhler",
}
_FACTS = {
    "signature": "Harbour & Pine customer care",
    "url": "https://www.harbourandpine.example",
    "returns_url": "https://www.harbourandpine.example/returns",
    "size_guide_url": "https://www.harbourandpine.example/size-guide",
    "return_days": "30",
    "refund_days": "5",
    "exchange_days": "30",
    "damage_report_days": "14",
    "warranty_years": "2",
    "loss_days": "3",
}


def sample_order(state: OrderState) -> Order:
    """Return an order in a state, with every field that the state can have."""
    sent = state not in {OrderState.UNPAID, OrderState.PROCESSING, OrderState.CANCELLED}
    arrived = state in {OrderState.DELIVERED, OrderState.RETURNING, OrderState.RETURNED, OrderState.REFUNDED}
    refunded = state is OrderState.REFUNDED
    expected = TODAY + timedelta(days=-4 if state is OrderState.LATE or arrived else 3)
    return Order(
        id="HP-100017",
        state=state,
        placed_at=TODAY - timedelta(days=12),
        currency="EUR",
        total=Decimal("1284.50"),
        items=(OrderItem("Canvas tent", "T-1", 1), OrderItem("Wool blanket", "B-4", 2)),
        carrier="DHL" if sent else None,
        tracking="00340434161094042557" if sent else None,
        tracking_url="https://track.example/00340434161094042557" if sent else None,
        shipped_at=TODAY - timedelta(days=9) if sent else None,
        expected_at=expected,
        delivered_at=TODAY - timedelta(days=4) if arrived else None,
        return_by=TODAY + timedelta(days=26) if arrived else None,
        refund_amount=Decimal("89.90") if refunded else None,
        refunded_at=TODAY - timedelta(days=1) if refunded else None,
    )


def full_situation(language: str, state: OrderState, mood: str = "neutral") -> Situation:
    """Return a situation in which everything is known."""
    return Situation(
        customer=Customer(id="c1", name=_NAMES.get(language, "Anna Berg"), level="vip"),
        order=sample_order(state),
        shop=Shop("Harbour & Pine", _FACTS),
        answers=(Answer("tent-care", "Canvas tent", "The tent holds four people and weighs 9 kg.", 0.9, language),),
        mood=mood,
        today=TODAY,
    )


def situations(language: str) -> Iterator[tuple[str, Situation]]:
    """Yield named situations, from nothing known to everything."""
    yield "nothing known", Situation()
    yield "an order number that nothing was found by", Situation(named_order="HP-100017")
    shop = Shop("Harbour & Pine", _FACTS)
    customer = Customer(name=_NAMES.get(language, "Anna Berg"))
    yield "the same, with name and shop known", Situation(customer, shop=shop, named_order="HP-100017")
    yield "only the customer's name known", Situation(customer=Customer(name=_NAMES.get(language, "Anna Berg")))
    for state in OrderState:
        yield f"a bare order, {state.value}", Situation(order=Order("HP-100017", state), today=TODAY)
        yield f"everything known, order {state.value}", full_situation(language, state)
    yield "everything known, escalated", replace(full_situation(language, OrderState.LATE), escalate=True)
    for mood in MOODS:
        yield f"everything known, mood {mood}", full_situation(language, OrderState.LATE, mood)
