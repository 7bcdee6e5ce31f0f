"""The whole path from messages to decisions, with real templates, rules and database; only the brain is a stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base.records import Visibility
from models.bundle import Bundle
from models.errors import BundleError
from replies.library import SHIPPED, load_folder
from replies.suggest import Replies
from replies.templates import parse_template
from tickets.database import Database
from tickets.errors import InvalidInputError, UnavailableError
from tickets.orders import OrderStore
from tickets.records import Answer, Attachment, Customer, Decision, Message, Order, OrderState, Priority, Shop
from triage.clocks import OfficeHours
from triage.parts import Brain, Parts
from triage.pipeline import MAX_TEXT, Pipeline
from triage.routing import Router
from triage.serialise import from_json, to_json
from triage.subjects import strip_subject

ANSWER = Answer("shipping", "Shipping", "Two to four days.", 0.8, "en")
ORDER = Order(
    id="HP-100001",
    state=OrderState.SHIPPED,
    placed_at=date(2026, 11, 1),
    customer_name="Jutta Wendland",
    email="jutta@example.org",
    currency="EUR",
    total=Decimal("40.00"),
    carrier="DHL",
    tracking="00340434161094021501",
    tracking_url="https://dhl.example/00340434161094021501",
    shipped_at=date(2026, 11, 2),
    expected_at=date(2026, 11, 9),
)


@dataclass
class Shelf:
    """A knowledge base with one passage; fails on messages that hold a given word."""

    poison: str = "\0"
    seen: list[tuple[str, str | None, Visibility, int]] | None = None
    markets: list[str | None] = field(default_factory=list)

    def refresh(self) -> bool:
        return False

    def search(  # the knowledge base's own signature
        self,
        query: str,
        *,
        vector: NDArray[np.float32] | None = None,
        language: str | None = None,
        visibility: Visibility = Visibility.PUBLIC,
        brand: str | None = None,
        market: str | None = None,
        topics: Mapping[str, float] | None = None,
        limit: int = 3,
    ) -> list[Answer]:
        assert vector is not None
        self.markets.append(market)
        if self.poison in query:
            raise UnavailableError("the index is being rebuilt")
        if self.seen is not None:
            self.seen.append((query, language, visibility, limit))
        return [ANSWER][:limit]


@pytest.fixture(scope="session")
def replies() -> Replies:
    templates, refused = load_folder(SHIPPED)
    assert not refused
    return Replies(templates)


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[OrderStore]:
    database = Database.open(f"sqlite:///{tmp_path}/shop.db")
    store = OrderStore(database, today=lambda: date(2026, 11, 4))
    store.put_many([ORDER])
    yield store
    database.close()


Make = Callable[..., Pipeline]


@pytest.fixture
def make(brain: Brain, replies: Replies, orders: OrderStore, now: datetime) -> Make:
    def made(**changes: object) -> Pipeline:
        parts = Parts(
            bundle=brain,
            knowledge_base=Shelf(),
            replies=replies,
            orders=orders,
            shop=Shop("Harbour & Pine", {"signature": "Harbour & Pine customer care"}),
            clock=lambda: now,
        )
        return Pipeline(replace(parts, **changes))  # type: ignore[arg-type] # a test may change any part

    return made


def one(pipeline: Pipeline, message: Message, visibility: Visibility = Visibility.INTERNAL) -> Decision:
    (decision,) = pipeline.decide([message], visibility=visibility)
    return decision


def test_a_message_gets_a_whole_decision(make: Make) -> None:
    text = "Hi, where is my order HP-100001? I paid $40.00."
    message = Message(text=text, id="m1", marketplace="amazon", customer=Customer(email="jutta@example.org"))
    decision = one(make(), message)
    assert (decision.id, decision.text, decision.model) == ("m1", text, "keywords-1")
    assert (decision.intent, decision.language.code, decision.truncated) == ("order.status", "en", False)
    assert len(decision.intents) == 5
    assert [(entity.kind, entity.value) for entity in decision.entities] == [
        ("order", "HP-100001"),
        ("amount", "40.00 USD"),
    ]
    assert decision.answers == (ANSWER,)
    assert decision.suggestions
    assert decision.routing.team == "logistics"
    assert decision.routing.due.marketplace == datetime(2026, 11, 5, 10, 0, tzinfo=UTC)


def test_the_order_fills_the_reply_only_for_its_buyer(make: Make) -> None:
    text = "where is my order HP-100001?"
    buyer = one(make(), Message(text=text, customer=Customer(email="jutta@example.org")))
    other = one(make(), Message(text=text, customer=Customer(email="thief@example.org")))
    assert any("00340434161094021501" in suggestion.text for suggestion in buyer.suggestions)
    assert not any("00340434161094021501" in suggestion.text for suggestion in other.suggestions)
    assert other.suggestions


@pytest.mark.parametrize(("zone", "still"), [("Asia/Tokyo", False), ("UTC", True), ("America/Los_Angeles", True)])
def test_a_day_that_is_over_where_the_shop_is_is_not_promised(
    make: Make, orders: OrderStore, zone: str, still: bool
) -> None:
    orders.put_many([replace(ORDER, state=OrderState.DELIVERED, return_by=date(2026, 11, 9))])
    until = parse_template(
        "---\nid: order.status.until\nintent: order.status\nlanguage: en\ntitle: t\n---\nReturn it by "
        "{{ order.return_by | day }}.\n",
        "until",
    )
    router = Router.load().with_office(OfficeHours.model_validate({"time_zone": zone}))
    message = Message("where is my order HP-100001?", sent_at=datetime(2026, 11, 9, 18, 0, tzinfo=UTC))
    found = one(make(replies=Replies([until]), router=router), message)
    assert bool(found.suggestions) is still


def test_the_public_sees_an_order_only_with_proof(make: Make) -> None:
    message = Message(text="where is my order HP-100001?")
    internal = one(make(), message)
    public = one(make(), message, Visibility.PUBLIC)
    assert any("00340434161094021501" in suggestion.text for suggestion in internal.suggestions)
    assert not any("00340434161094021501" in suggestion.text for suggestion in public.suggestions)


def test_the_shops_own_orders_tell_what_a_code_is(make: Make, orders: OrderStore) -> None:
    orders.put_many([replace(ORDER, id="GS-5001", tracking="00340434161094021587")])
    message = Message(text="where is GS-5001?")
    assert [entity.kind for entity in one(make(orders=None), message).entities] == ["code"]
    internal = one(make(), message)
    assert [(entity.kind, entity.value) for entity in internal.entities] == [("order", "GS-5001")]
    assert any("00340434161094021587" in suggestion.text for suggestion in internal.suggestions)


def test_the_public_cannot_try_out_which_numbers_exist(make: Make, orders: OrderStore) -> None:
    orders.put_many([replace(ORDER, id="GS-5001")])

    def shown(number: str, customer: Customer | None) -> tuple[list[str], list[str]]:
        decision = one(make(), Message(text=f"where is {number}?", customer=customer), Visibility.PUBLIC)
        texts = [suggestion.text.replace(number, "") for suggestion in decision.suggestions]
        return [entity.kind for entity in decision.entities], texts

    stranger, buyer = Customer(email="thief@example.org"), Customer(email="jutta@example.org")
    assert shown("GS-5001", None) == shown("GS-5002", None)
    assert shown("GS-5001", stranger) == shown("GS-5002", stranger)
    assert shown("GS-5001", buyer)[0] == ["order"]


def test_an_order_number_in_the_subject_is_not_asked_for_again(make: Make) -> None:
    decision = one(make(), Message(text="where is it?", subject="Order HP-999999"))
    assert decision.suggestions[0].template == "order.status.verify"
    assert "HP-999999" in decision.suggestions[0].text


def test_the_brain_is_asked_once_for_a_batch(make: Make) -> None:
    pipeline = make()
    messages = [Message(text=f"where {number}", id=str(number)) for number in range(20)]
    decisions = pipeline.decide(messages)
    assert [decision.id for decision in decisions] == [message.id for message in messages]
    assert [len(batch) for batch in pipeline.parts.bundle.batches] == [20]  # type: ignore[attr-defined]


def test_no_messages_no_work(make: Make) -> None:
    pipeline = make()
    assert pipeline.decide([]) == []
    assert pipeline.parts.bundle.batches == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("subject", "text", "asked"),
    [
        ("Re: AW: refund?", "hello", "refund?\nhello"),
        ("refund?", "refund?\nhello", "refund?\nhello"),
        ("Fwd:", "hello", "hello"),
        (None, "hello", "hello"),
        ("refund please", "", "refund please"),
    ],
)
def test_the_subject_stands_in_front(make: Make, subject: str | None, text: str, asked: str) -> None:
    pipeline = make()
    decision = one(pipeline, Message(text=text, subject=subject))
    assert pipeline.parts.bundle.batches == [[asked]]  # type: ignore[attr-defined]
    assert decision.text == text


def test_an_order_number_in_the_subject_is_looked_up(make: Make) -> None:
    decision = one(make(), Message(text="where is it?", subject="Order HP-100001"))
    assert any("00340434161094021501" in suggestion.text for suggestion in decision.suggestions)


def test_a_long_text_is_cut_and_marked(make: Make) -> None:
    pipeline = make()
    decision = one(pipeline, Message(text="where " + "x" * MAX_TEXT))
    assert (len(decision.text), decision.truncated) == (MAX_TEXT, True)
    assert len(pipeline.parts.bundle.batches[0][0]) == MAX_TEXT  # type: ignore[attr-defined]
    assert one(pipeline, Message(text="x" * MAX_TEXT)).truncated is False


@pytest.mark.parametrize("text", ["", "   \n\t", "\u200b\u202e"])
def test_only_an_attachment(make: Make, text: str) -> None:
    pipeline = make()
    decision = one(pipeline, Message(text=text, attachments=(Attachment("box.jpg", "image/jpeg", 81_234),)))
    assert decision.intent is None
    assert (decision.intents, decision.suggestions, decision.answers, decision.entities) == ((), (), (), ())
    assert (decision.language.code, decision.sentiment.label, decision.escalation.probability) == (
        "und",
        "neutral",
        0.0,
    )
    assert (decision.routing.team, decision.routing.tags) == ("returns", ("untriaged", "attachment"))
    assert decision.routing.due.company is not None
    assert pipeline.parts.bundle.batches == []  # type: ignore[attr-defined]


def test_markup_never_reaches_the_decision(make: Make) -> None:
    decision = one(make(), Message(text="<p>where is <b>HP-100001</b>?</p><script>x()</script>", html=True))
    assert "<" not in decision.text
    assert "x()" not in decision.text


def test_a_strong_reason_raises_what_the_head_did_not(make: Make) -> None:
    decision = one(make(), Message(text="where is it? My lawyer will write to you."))
    assert decision.escalation.reasons == ("legal",)
    assert decision.escalation.escalate is True
    assert decision.escalation.probability == 0.1
    assert (decision.routing.team, decision.routing.priority) == ("trust", Priority.URGENT)


def test_a_weak_reason_does_not(make: Make) -> None:
    decision = one(make(), Message(text="where is it? The funeral is soon."))
    assert decision.escalation.reasons == ("deadline",)
    assert decision.escalation.escalate is False


def test_suggestions_come_when_the_head_abstains(make: Make) -> None:
    decision = one(make(), Message(text="hmm"))
    assert decision.intent is None
    assert decision.suggestions


def test_a_failing_stage_takes_neither_the_message_nor_the_others(make: Make) -> None:
    pipeline = make(knowledge_base=Shelf(poison="poison"))
    bad, good = pipeline.decide([Message(text="where poison"), Message(text="where is it")])
    assert bad.answers == ()
    assert bad.suggestions
    assert good.answers == (ANSWER,)


def test_a_broken_bundle_fails_the_batch(make: Make, brain: Brain) -> None:
    brain.broken = True  # type: ignore[attr-defined]
    with pytest.raises(BundleError):
        make().decide([Message(text="where")])


def test_without_optional_parts(make: Make) -> None:
    decision = one(make(knowledge_base=None, replies=None, orders=None), Message(text="where is HP-100001"))
    assert (decision.answers, decision.suggestions) == ((), ())
    assert decision.routing.team == "logistics"


def test_nothing_is_looked_for_that_nobody_wants(make: Make) -> None:
    shelf = Shelf(seen=[])
    (decision,) = make(knowledge_base=shelf).decide([Message(text="where")], answers=0, suggestions=0)
    assert (decision.answers, decision.suggestions, shelf.seen) == ((), (), [])


def test_the_search_knows_language_and_reader(make: Make) -> None:
    shelf = Shelf(seen=[])
    make(knowledge_base=shelf).decide([Message(text="where")], answers=2, visibility=Visibility.PUBLIC)
    assert shelf.seen == [("where", "en", Visibility.PUBLIC, 2)]


def test_the_search_knows_the_market(make: Make) -> None:
    shelf = Shelf()
    make(knowledge_base=shelf).decide([Message(text="where", market="DE"), Message(text="where")])
    assert shelf.markets == ["DE", None]


def test_the_given_language_helps_where_none_was_seen(make: Make, brain: Brain) -> None:
    brain.language = "und"  # type: ignore[attr-defined]
    decision = one(make(), Message(text="where", language="de"))
    assert decision.language.code == "und"
    assert {suggestion.language for suggestion in decision.suggestions} == {"de"}


def test_a_decision_survives_json(make: Make) -> None:
    decision = one(make(), Message(text="where is HP-100001? $600 lost", id="m1", marketplace="ebay"))
    assert from_json(to_json(decision)) == decision
    with pytest.raises(InvalidInputError, match="text"):
        from_json(to_json(decision).replace(b'"text"', b'"txet"', 1))
    with pytest.raises(InvalidInputError):
        from_json(b"\xff")


@pytest.mark.parametrize(
    ("subject", "stripped"),
    [
        ("Re: Re[2]: AW: 回复：Order\n1", "Order 1"),
        ("Regarding", "Regarding"),
        ("", ""),
        ("RE:" * 50, "RE:" * 40),
        ("x" * 9_999, "x" * 1_000),
    ],
)
def test_subjects(subject: str, stripped: str) -> None:
    assert strip_subject(subject) == stripped


@pytest.mark.skipif(not Bundle.default_path().exists(), reason="the shipped bundle is not built yet")
@pytest.mark.parametrize(
    ("language", "text", "intent"),
    [
        ("ar", "وين وصل طلبي #10482", "order"),
        ("de", "Wo steckt meine Bestellung #10482?", "order"),
        ("en", "where's my order #10482", "order"),
        ("es", "¿dónde está mi pedido #10482?", "order"),
        ("fr", "ma commande #10482 elle en est où svp", "order"),
        ("it", "dov'è il mio ordine #10482?", "order"),
        ("ja", "#10482 の荷物、いまどこですか", "order"),
        ("nl", "waar is bestelling #10482 nu", "order"),
        ("pl", "gdzie jest zamówienie #10482?", "order"),
        ("pt", "cadê meu pedido #10482?", "order"),
        ("tr", "#10482 nolu siparişim nerede şu an", "order"),
        ("zh", "#10482 到哪了", "order"),
    ],
)
def test_the_shipped_bundle_decides_in_every_language(
    make: Make, shipped: Bundle, language: str, text: str, intent: str
) -> None:
    decision = one(make(bundle=shipped), Message(text=text))
    assert decision.language.code == language
    assert decision.intents[0].name.startswith((intent, "delivery"))
    assert [entity.value for entity in decision.entities] == ["#10482"]
    assert {suggestion.language for suggestion in decision.suggestions} == {language}


@pytest.fixture(scope="session")
def shipped() -> Bundle:
    return Bundle.load(Bundle.default_path())
