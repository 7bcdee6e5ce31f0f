from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.tickets.makers import a_decision, a_message
from tickets.errors import InvalidInputError
from tickets.records import Channel, Customer, Escalation, Language, Priority, Routing, TicketStatus
from tickets.stored import TicketChange, TicketFilter, TicketOrder

if TYPE_CHECKING:
    from tickets.store import TicketStore
    from tickets.stored import TicketRecord


@pytest.fixture
def three(store: TicketStore) -> list[TicketRecord]:
    """Three tickets that differ in all that can be filtered."""
    german = store.ingest(a_message(external_id="1"), "a", a_decision(), actor="test")
    english = store.ingest(
        a_message(
            external_id="2",
            text="Parcel 100% broken, under_score",
            subject="BROKEN Straße",
            channel=Channel.CHAT,
            brand="pine",
            order_id="HP-7",
            customer=Customer("c10", "Grace Hopper", "grace@example.com", "+1 201 555 0123"),
        ),
        "b",
        replace(
            a_decision(),
            text="Parcel 100% broken, under_score",
            language=Language("en", 0.9, "Latn"),
            intent="item.damaged",
            escalation=Escalation(0.9, True),
            routing=Routing("trust", Priority.URGENT, ("damage",)),
        ),
        actor="test",
    )
    plain = store.ingest(
        a_message(external_id="3", customer=None, text="包裹在哪里", subject=None), "c", None, actor="t"
    )
    store.update_ticket(plain.ticket_id, TicketChange(status=TicketStatus.OPEN, assignee="ann"), actor="ann")
    return [store.ticket(answer.ticket_id).ticket for answer in (german, english, plain)]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (TicketFilter(), {0, 1, 2}),
        (TicketFilter(status=(TicketStatus.NEW,)), {0, 1}),
        (TicketFilter(status=(TicketStatus.NEW, TicketStatus.OPEN)), {0, 1, 2}),
        (TicketFilter(status=()), set()),
        (TicketFilter(assignee="ann"), {2}),
        (TicketFilter(assignee=""), {0, 1}),
        (TicketFilter(team="logistics"), {0}),
        (TicketFilter(priority=Priority.URGENT), {1}),
        (TicketFilter(intent="item.damaged"), {1}),
        (TicketFilter(language="de"), {0}),
        (TicketFilter(escalate=True), {1}),
        (TicketFilter(escalate=False), {0, 2}),
        (TicketFilter(customer="c10"), {1}),
        (TicketFilter(customer="Grace@Example.com"), {1}),
        (TicketFilter(customer="+12015550123"), {1}),
        (TicketFilter(customer="nobody"), set()),
        (TicketFilter(order_id="HP-7"), {1}),
        (TicketFilter(channel=Channel.CHAT), {1}),
        (TicketFilter(brand="pine"), {1}),
        (TicketFilter(label="damage"), {1}),
        (TicketFilter(label="dam"), set()),
        (TicketFilter(triaged=False), {2}),
        (TicketFilter(text="bestellung"), {0}),
        (TicketFilter(text="BROKEN strasse"), {1}),
        (TicketFilter(text="broken bestellung"), set()),
        (TicketFilter(text="grace"), {1}),
        (TicketFilter(text="100%"), {1}),
        (TicketFilter(text="0%b"), set()),
        (TicketFilter(text="r_s"), {1}),
        (TicketFilter(text="a_s"), set()),
        (TicketFilter(text="包裹在"), {2}),
        (TicketFilter(text="HP-7"), {1}),
        (TicketFilter(text="\\"), set()),
        (TicketFilter(text=" "), {0, 1, 2}),
        (TicketFilter(text="x" * 10_000), set()),
        (TicketFilter(status=(TicketStatus.NEW,), language="en", label="damage", text="broken"), {1}),
    ],
)
def test_filters_narrow_the_list(
    store: TicketStore, three: list[TicketRecord], filters: TicketFilter, found: set[int]
) -> None:
    assert {ticket.id for ticket in store.tickets(filters).items} == {three[n].id for n in found}


def test_the_list_shows_what_the_ticket_shows(store: TicketStore, three: list[TicketRecord]) -> None:
    assert list(store.tickets().items) == three[::-1]
    assert list(store.tickets(TicketFilter(order=TicketOrder.OLDEST)).items) == three


def test_times_include_their_start_and_not_their_end(store: TicketStore, three: list[TicketRecord]) -> None:
    middle = three[1].created_at
    after = store.tickets(TicketFilter(created_after=middle)).items
    before = store.tickets(TicketFilter(created_before=middle)).items
    assert [t.id for t in after] == [three[2].id, three[1].id]
    assert [t.id for t in before] == [three[0].id]
    none = TicketFilter(created_after=middle, created_before=middle)
    assert store.tickets(none).items == ()
    later = TicketFilter(created_after=middle + timedelta(days=1))
    assert store.tickets(later).items == ()


@pytest.mark.parametrize("order", TicketOrder)
def test_pages_hold_every_ticket_once_while_new_ones_come(store: TicketStore, order: TicketOrder) -> None:
    made = [store.ingest(a_message(external_id=str(n)), str(n), None, actor="test").ticket_id for n in range(7)]
    seen: list[str] = []
    cursor = None
    for _ in range(10):
        page = store.tickets(TicketFilter(order=order), cursor, 3)
        seen += [ticket.id for ticket in page.items]
        cursor = page.next
        if cursor is None:
            break
        if order is TicketOrder.NEWEST:
            store.ingest(a_message(external_id=f"new {cursor}"), "new", None, actor="test")
    assert seen == (made if order is TicketOrder.OLDEST else made[::-1])


def test_a_full_last_page_has_no_next(store: TicketStore, three: list[TicketRecord]) -> None:
    assert store.tickets(limit=len(three)).next is None
    assert store.tickets(limit=2).next is not None


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_limits_have_limits(store: TicketStore, limit: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        store.tickets(limit=limit)
    assert caught.value.field == "limit"


@pytest.mark.parametrize("cursor", ["", "x", "' OR 1=1", "\ud800", "0" * 1000])
def test_a_made_up_cursor_is_refused(store: TicketStore, cursor: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        store.tickets(cursor=cursor)
    assert caught.value.field == "cursor"


def test_tickets_are_counted_by_status(store: TicketStore, three: list[TicketRecord]) -> None:
    assert sum(store.counts().values()) == len(three)
    assert store.counts() == {"new": 2, "open": 1}
