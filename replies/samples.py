"""Made-up situations that templates are tried on: nothing known, a bare order, every order state with all its data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from replies.slots import Situation
from tickets.records import Agent, Answer, Customer, Order, OrderItem, OrderState, Shipment, Shop

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
_PASSAGES = {
    "ar": ("خيمة من القماش", "تتسع الخيمة لأربعة أشخاص ويبلغ وزنها 9 كيلوغرامات."),
    "de": ("Baumwollzelt", "Das Zelt bietet Platz für vier Personen und wiegt 9 kg."),
    "en": ("Canvas tent", "The tent holds four people and weighs 9 kg."),
    "es": ("Tienda de lona", "La tienda tiene capacidad para cuatro personas y pesa 9 kg."),
    "fr": ("Tente en toile", "La tente accueille quatre personnes et pèse 9 kg."),
    "it": ("Tenda in tela", "La tenda ospita quattro persone e pesa 9 kg."),
    "ja": ("キャンバステント", "テントは4人用で、重さは9kgです。"),
    "nl": ("Canvas tent", "De tent biedt plaats aan vier personen en weegt 9 kg."),
    "pl": ("Namiot płócienny", "Namiot mieści cztery osoby i waży 9 kg."),
    "pt": ("Barraca de lona", "A barraca acomoda quatro pessoas e pesa 9 kg."),
    "tr": ("Kanvas çadır", "Çadır dört kişiliktir ve 9 kg ağırlığındadır."),
    "zh": ("帆布帐篷", "这款帐篷可容纳四人，重9公斤。"),
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
    back = state in {OrderState.RETURNING, OrderState.RETURNED, OrderState.REFUNDED}
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
        return_tracking="00340434161094049999" if back else None,
        return_requested_at=TODAY - timedelta(days=3) if back else None,
        returned_at=TODAY - timedelta(days=2) if state in {OrderState.RETURNED, OrderState.REFUNDED} else None,
        cancelled_at=TODAY - timedelta(days=11) if state is OrderState.CANCELLED else None,
    )


def parcels_order(state: OrderState) -> Order:
    """Return an order in two parcels; of one that is still on its way the first has arrived."""
    order = sample_order(state)
    last = Shipment(
        order.carrier,
        order.tracking,
        order.tracking_url,
        order.shipped_at,
        order.expected_at,
        order.delivered_at,
    )
    day = TODAY - timedelta(days=5)
    first = Shipment("UPS", "1Z999AA10123456784", None, TODAY - timedelta(days=10), day, day)
    return replace(order, shipments=(first, last))


_IN_PARCELS = frozenset({OrderState.SHIPPED, OrderState.LATE, OrderState.DELIVERED})


def full_situation(language: str, state: OrderState, mood: str = "neutral") -> Situation:
    """Return a situation in which everything is known; an order under way has two parcels."""
    title, passage = _PASSAGES.get(language, _PASSAGES["en"])
    return Situation(
        customer=Customer(id="c1", name=_NAMES.get(language, "Anna Berg"), level="vip"),
        order=parcels_order(state) if state in _IN_PARCELS else sample_order(state),
        agent=Agent("Mia Falk", "Mia Falk\nHarbour & Pine customer care"),
        shop=Shop("Harbour & Pine", _FACTS),
        answers=(Answer("tent-care", title, passage, 0.9, language),),
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
        full = full_situation(language, state)
        yield f"everything known, order {state.value}", full
        yield f"everything known, order {state.value} in one parcel", replace(full, order=sample_order(state))
    yield "everything known, escalated", replace(full_situation(language, OrderState.LATE), escalate=True)
    for mood in MOODS:
        yield f"nothing known, mood {mood}", Situation(mood=mood)
        for state in OrderState:
            yield f"everything known, order {state.value}, mood {mood}", full_situation(language, state, mood)


HOSTILE = "<b>{{ shop.name }}</b>{% for a in b %} &lt;script&gt;alert(1)\u202e\u200b"
FORMULA = '=HYPERLINK("http://evil.example";"x")'


def dry_orders() -> Iterator[tuple[str, Order | None, str | None]]:
    """Yield named orders for a dry run, each with the number that the customer wrote."""
    yield "nothing known of an order", None, None
    yield "an order number that nothing was found by", None, "HP-100017"
    yield "a hostile order number", None, f"HP {HOSTILE} www.evil.example"
    for state in OrderState:
        yield f"a bare order, {state.value}", Order("HP-100017", state), None
        yield f"a full order, {state.value}", sample_order(state), None
        if state in _IN_PARCELS:
            yield f"an order in two parcels, {state.value}", parcels_order(state), None
    half = replace(
        sample_order(OrderState.PROCESSING),
        shipments=(Shipment("UPS", "1Z999AA10123456784", None, TODAY, TODAY + timedelta(days=2)), Shipment()),
    )
    yield "an order of which one parcel has left", half, None
    yield "a hostile order", hostile_order(), None


def hostile_order() -> Order:
    """Return an order whose texts are markup, Liquid and formulas."""
    return replace(
        sample_order(OrderState.SHIPPED),
        items=(OrderItem(f"Tent {HOSTILE}", "T"), OrderItem(FORMULA), OrderItem("x" * 5_000)),
        carrier=f"DHL {HOSTILE}",
        currency="EUR",
        tracking=f"1Z {HOSTILE}",
        return_tracking=FORMULA,
    )


def dry_customers(language: str) -> Iterator[tuple[str, Customer | None]]:
    """Yield named customers for a dry run; the first is nobody."""
    yield "no customer", None
    yield "a customer without a name", Customer(id="c1", email="a@b.example")
    for kind, name in (
        ("a Latin name", "Anna Berg"),
        ("an Arabic name", _NAMES["ar"]),
        ("a Chinese name", _NAMES["zh"]),
        ("a name of the language", _NAMES.get(language, "Anna Berg")),
        ("a company", "Berg & Söhne GmbH"),
        ("a hostile name", f"Bob {HOSTILE}"),
        ("a formula for a name", FORMULA),
        ("an address for a name", "www.evil.example visit"),
    ):
        yield kind, Customer(name=name)
