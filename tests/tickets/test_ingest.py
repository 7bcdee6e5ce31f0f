from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select

from tests.tickets.makers import TEXT, a_decision, a_message
from tickets.errors import ConflictError, InvalidInputError, NotFoundError
from tickets.records import Attachment, Customer, Message, Priority, TicketStatus
from tickets.store import TicketStore, body_digest
from tickets.stored import TicketChange
from tickets.tables import Base, MessageRow, OutboxRow, TicketRow

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tickets.database import Database
    from tickets.stored import Ingested


def _count(database: Database, row: type[Base]) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(row)) or 0


def test_a_message_becomes_a_ticket_with_all_that_was_decided(store: TicketStore) -> None:
    message, decision = a_message(), a_decision()
    answer = store.ingest(message, "raw body", decision, actor="zendesk")
    assert answer.created
    detail = store.ticket(answer.ticket_id)
    ticket = detail.ticket
    assert ticket == answer.ticket
    assert (ticket.status, ticket.priority, ticket.team) == (TicketStatus.NEW, Priority.HIGH, "logistics")
    assert (ticket.language, ticket.intent, ticket.sentiment) == ("de", "delivery.delay", "negative")
    assert ticket.labels == ("delay", "delivery")
    assert ticket.order_id == "114-3941689-8772232"
    assert ticket.customer == message.customer
    assert ticket.due == decision.routing.due
    assert ticket.triaged
    (stored,) = detail.messages
    assert stored.message == message
    assert stored.decision == answer.decision
    assert stored.decision is not None
    assert replace(stored.decision, suggestions=()) == replace(decision, suggestions=())
    assert [replace(s, id="") for s in stored.decision.suggestions] == [replace(s, id="") for s in decision.suggestions]
    assert [event.action for event in detail.audit] == ["ticket.created", "message.received", "message.triaged"]
    assert store.raw(answer.message_id) == b"raw body"


def test_stored_suggestions_are_unique_over_messages(store: TicketStore) -> None:
    first = store.ingest(a_message(external_id="1"), "a", a_decision(), actor="test").decision
    second = store.ingest(a_message(external_id="2"), "b", a_decision(), actor="test").decision
    assert first is not None
    assert second is not None
    assert len({s.id for s in (*first.suggestions, *second.suggestions)}) == 4


def test_a_minimal_message_is_enough(store: TicketStore) -> None:
    answer = store.ingest(Message(""), "", None, actor="test")
    detail = store.ticket(answer.ticket_id)
    assert detail.messages[0].message == Message("")
    assert detail.messages[0].decision is None
    assert not detail.ticket.triaged
    assert detail.ticket.customer is None


def test_the_same_message_gives_the_first_answer_again(store: TicketStore, database: Database) -> None:
    first = store.ingest(a_message(), "raw", a_decision(), idempotency_key="k1", actor="test")
    for key in ("k1", None):
        again = store.ingest(a_message(), "raw", a_decision(intent="other"), idempotency_key=key, actor="test")
        assert not again.created
        assert (again.ticket, again.decision, again.message_id) == (first.ticket, first.decision, first.message_id)
    assert _count(database, MessageRow) == 1


def test_a_repeat_is_found_before_any_model_runs(store: TicketStore) -> None:
    message = a_message()
    assert store.find_repeat(message, "k1", body_digest("raw")) is None
    first = store.ingest(message, "raw", a_decision(), idempotency_key="k1", actor="test")
    found = store.find_repeat(message, None, body_digest("raw"))
    assert found == replace(first, created=False)
    assert store.find_repeat(a_message(external_id=None), "k1", body_digest(b"raw")) == found
    assert store.find_repeat(a_message(external_id=None), None, body_digest("raw")) is None


def test_the_first_decision_is_the_answer_even_after_a_second_one(store: TicketStore) -> None:
    first = store.ingest(a_message(), "raw", a_decision(), actor="test")
    store.add_decision(first.ticket_id, first.message_id, a_decision(intent="order.status"))
    again = store.ingest(a_message(), "raw", None, actor="test")
    assert again.decision == first.decision


@pytest.mark.parametrize(
    ("external_id", "key", "field"), [("ext-1", None, "external_id"), (None, "k1", "Idempotency-Key")]
)
def test_another_body_under_the_same_name_is_a_conflict(
    store: TicketStore, external_id: str | None, key: str | None, field: str
) -> None:
    store.ingest(a_message(), "raw", None, idempotency_key="k1", actor="test")
    message = a_message(external_id=external_id)
    with pytest.raises(ConflictError) as caught:
        store.ingest(message, "other", None, idempotency_key=key, actor="test")
    assert caught.value.field == field
    with pytest.raises(ConflictError):
        store.find_repeat(message, key, body_digest("other"))


def test_id_and_key_of_two_messages_are_a_conflict(store: TicketStore) -> None:
    store.ingest(a_message(external_id="1"), "raw", None, idempotency_key="k1", actor="test")
    store.ingest(a_message(external_id="2"), "raw", None, idempotency_key="k2", actor="test")
    with pytest.raises(ConflictError, match="two messages"):
        store.ingest(a_message(external_id="1"), "raw", None, idempotency_key="k2", actor="test")


def test_external_ids_are_unique_per_connector_only(store: TicketStore, database: Database) -> None:
    for connector in ("zendesk", "gorgias", None):
        assert store.ingest(a_message(connector=connector), "raw", None, actor="test").created
    assert _count(database, TicketRow) == 3


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_keys_have_a_length(store: TicketStore, key: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        store.ingest(a_message(), "raw", None, idempotency_key=key, actor="test")
    assert caught.value.field == "Idempotency-Key"


def test_very_long_names_are_told_apart(store: TicketStore) -> None:
    long = "x" * 5000
    assert store.ingest(a_message(external_id=long + "1", thread=long), "a", None, actor="test").created
    assert store.ingest(a_message(external_id=long + "2", thread=long), "b", None, actor="test").created
    again = store.ingest(a_message(external_id=long + "1", thread=long), "a", None, actor="test")
    assert not again.created
    assert store.ticket(again.ticket_id).messages[0].message.external_id == long + "1"


def test_attachments_keep_their_data(store: TicketStore) -> None:
    files = (
        Attachment("box.jpg", "image/jpeg", 3, b"\x00\xff\x01"),
        Attachment("named only.pdf", "application/pdf", 81234),
        Attachment("empty.txt", "text/plain", 0, b""),
    )
    answer = store.ingest(a_message(attachments=files), "raw", None, actor="test")
    listed = store.ticket(answer.ticket_id).messages[0].message.attachments
    assert [(a.name, a.type, a.size, a.data) for a in listed] == [(f.name, f.type, f.size, None) for f in files]
    stored = [store.attachment(str(a.id)) for a in listed]
    assert [s.attachment.data for s in stored] == [f.data for f in files]
    assert {s.ticket_id for s in stored} == {answer.ticket_id}
    assert stored[1].digest is None
    with pytest.raises(NotFoundError):
        store.attachment("nope")


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\ud800b", "\udfff", "\u202eabc\ufeff", "😡" * 1000, "\n" * 1000, "x" * 3_000_000]
)
def test_no_text_breaks_the_store(store: TicketStore, text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    decision = a_decision(text=text)
    answer = store.ingest(a_message(text=text, subject=text, thread=text), text, decision, actor="test")
    assert store.raw(answer.message_id) == raw
    stored = store.ticket(answer.ticket_id).messages[0].message.text
    assert stored == "".join("�" if c == "\x00" or 0xD800 <= ord(c) <= 0xDFFF else c for c in text)
    assert store.tickets().items[0].id == answer.ticket_id


def test_an_order_is_taken_from_the_message_before_the_decision(store: TicketStore) -> None:
    answer = store.ingest(a_message(order_id="HP-1"), "raw", a_decision(), actor="test")
    assert answer.ticket.order_id == "HP-1"


@pytest.mark.parametrize("table", ["messages", "decisions", "suggestions", "audit_events", "outbox", "ticket_labels"])
def test_nothing_is_stored_unless_all_is(store: TicketStore, database: Database, table: str) -> None:
    failing = True

    @event.listens_for(database.engine, "before_cursor_execute")
    def fail(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if failing and statement.startswith(f"INSERT INTO {table} "):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.ingest(a_message(), "raw", a_decision(), idempotency_key="k", actor="test")
    with database.session() as session:
        for row in Base.metadata.sorted_tables:
            assert session.scalar(select(func.count()).select_from(row)) == 0, row.name
    failing = False
    assert store.ingest(a_message(), "raw", a_decision(), idempotency_key="k", actor="test").created


def test_the_next_message_of_a_thread_joins_its_ticket(store: TicketStore) -> None:
    first = store.ingest(a_message(external_id="1", thread="t"), "a", a_decision(), actor="test")
    store.update_ticket(first.ticket_id, TicketChange(status=TicketStatus.SOLVED, team="finance"), actor="ann")
    calmer = a_decision(
        intent="order.status", routing=replace(a_decision().routing, priority=Priority.LOW, tags=("order", "delay"))
    )
    second = store.ingest(a_message(external_id="2", thread="t", text="Danke"), "b", calmer, actor="test")
    assert second.created
    assert second.ticket_id == first.ticket_id
    ticket = second.ticket
    assert ticket == store.ticket(first.ticket_id).ticket
    assert (ticket.status, ticket.intent, ticket.team) == (TicketStatus.OPEN, "order.status", "finance")
    assert ticket.priority is Priority.HIGH
    assert ticket.labels == ("delay", "delivery", "order")
    assert [m.message.text for m in store.ticket(first.ticket_id).messages] == [TEXT, "Danke"]


def test_a_closed_ticket_stays_closed(store: TicketStore) -> None:
    first = store.ingest(a_message(external_id="1", thread="t"), "a", None, actor="test")
    store.update_ticket(first.ticket_id, TicketChange(status=TicketStatus.CLOSED), actor="ann")
    second = store.ingest(a_message(external_id="2", thread="t"), "b", None, actor="test")
    assert second.ticket_id != first.ticket_id
    other = store.ingest(a_message(external_id="3", thread="t", connector="gorgias"), "c", None, actor="test")
    assert other.ticket_id not in {first.ticket_id, second.ticket_id}


def test_customers_are_met_again(store: TicketStore) -> None:
    def customer_of(external_id: str, customer: Customer) -> Customer | None:
        message = a_message(external_id=external_id, customer=customer)
        return store.ingest(message, external_id, None, actor="test").ticket.customer

    assert customer_of("1", Customer(email="Ada@example.com")) == Customer(email="Ada@example.com")
    assert customer_of("2", Customer(email="ada@EXAMPLE.com", name="Ada")) == Customer(None, "Ada", "ada@EXAMPLE.com")
    known = customer_of("3", Customer("c9", email="ada@example.com", phone="0171 1234567"))
    assert known == Customer("c9", "Ada", "ada@example.com", "0171 1234567")
    assert customer_of("4", Customer(phone="+49 171 1234567")) == replace(known, phone="+49 171 1234567")
    # Another number is another person, though they share an address.
    assert customer_of("5", Customer("c10", email="ada@example.com")) == Customer("c10", email="ada@example.com")


def test_deliveries_go_to_connectors_that_are_configured(database: Database) -> None:
    TicketStore(database).ingest(a_message(external_id="1"), "a", a_decision(), actor="test")
    TicketStore(database, deliver_to=["zendesk"]).ingest(a_message(external_id="2"), "b", a_decision(), actor="test")
    TicketStore(database, deliver_to=()).ingest(a_message(external_id="3"), "c", a_decision(), actor="test")
    TicketStore(database).ingest(a_message(connector=None), "d", a_decision(), actor="test")
    with database.session() as session:
        rows = list(session.scalars(select(OutboxRow)))
    assert [(row.topic, row.target) for row in rows] == [("decision", "zendesk")] * 2


def test_a_message_without_a_decision_is_decided_later(store: TicketStore, database: Database) -> None:
    files = (Attachment("a.txt", "text/plain", 1, b"a"),)
    one = store.ingest(a_message(external_id="1", attachments=files), "a", None, actor="test")
    two = store.ingest(a_message(external_id="2", html=True), "b", None, actor="test")
    store.ingest(a_message(external_id="3"), "c", a_decision(), actor="test")
    waiting = store.untriaged(10)
    assert [w.message_id for w in waiting] == [one.message_id, two.message_id]
    assert replace(waiting[0].message, attachments=files) == a_message(external_id="1", attachments=files)
    assert two.ticket.preview == ""
    store.triage_failed(one.message_id, "BundleError")
    assert [w.message_id for w in store.untriaged(10)] == [two.message_id, one.message_id]
    assert [w.attempts for w in store.untriaged(10)] == [0, 1]
    decision = store.add_decision(one.ticket_id, one.message_id, a_decision())
    assert [w.message_id for w in store.untriaged(1)] == [two.message_id]
    detail = store.ticket(one.ticket_id)
    assert detail.messages[0].decision == decision
    assert detail.ticket.triaged
    assert detail.ticket.intent == "delivery.delay"
    assert detail.ticket.labels == ("delay", "delivery")
    assert _count(database, OutboxRow) == 2


def test_decisions_are_added_never_replaced(store: TicketStore) -> None:
    first = store.ingest(a_message(), "raw", a_decision(), actor="test")
    store.add_decision(first.ticket_id, first.message_id, a_decision(intent=None, model="default-2"))
    (stored,) = store.ticket(first.ticket_id).messages
    assert [d.intent for d in stored.decisions] == ["delivery.delay", None]
    assert stored.decision is not None
    assert stored.decision.model == "default-2"


def test_a_decision_needs_its_message(store: TicketStore) -> None:
    one = store.ingest(a_message(external_id="1"), "a", None, actor="test")
    two = store.ingest(a_message(external_id="2"), "b", None, actor="test")
    for ticket_id, message_id in (("nope", one.message_id), (two.ticket_id, one.message_id), (one.ticket_id, "nope")):
        with pytest.raises(NotFoundError):
            store.add_decision(ticket_id, message_id, a_decision())
    with pytest.raises(NotFoundError):
        store.triage_failed("nope", "reason")


def test_one_message_from_many_threads_is_stored_once(store: TicketStore, database: Database) -> None:
    answers: list[Ingested] = []
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        message = a_message(external_id="same", customer=Customer("c1", email="a@example.com"))
        answers.append(store.ingest(message, "raw", a_decision(), idempotency_key="k", actor=f"t{number}"))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert sum(answer.created for answer in answers) == 1
    assert len({answer.message_id for answer in answers}) == 1
    assert _count(database, MessageRow) == 1


def test_first_messages_of_a_thread_meet_in_one_ticket(store: TicketStore, database: Database) -> None:
    barrier = threading.Barrier(6)

    def work(number: int) -> None:
        barrier.wait()
        message = a_message(external_id=str(number), thread="t", customer=None)
        store.ingest(message, str(number), a_decision(), actor="test")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _count(database, MessageRow) == 6
    assert _count(database, TicketRow) == 1


def test_a_conflict_among_many_threads_reaches_only_its_own(store: TicketStore, database: Database) -> None:
    store.ingest(a_message(external_id="0"), "raw", None, actor="test")
    conflicts: list[str] = []
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(5):
            name = "0" if number == 3 else f"{number}-{turn}"
            try:
                store.ingest(a_message(external_id=name), f"body {name}", a_decision(), actor="test")
            except ConflictError:
                conflicts.append(name)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert conflicts == ["0"] * 5
    assert _count(database, MessageRow) == 1 + 7 * 5
