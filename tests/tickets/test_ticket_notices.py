"""Notices in the store: in the ticket's own transaction, once, within limits, and never an answer."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text, update

from tests.tickets.makers import a_decision, a_message
from tickets.notices import Moment, NoticeDraft, NoticeStore, recipient_of
from tickets.outbox import Outbox
from tickets.records import Customer, Message, TicketStatus
from tickets.store import TicketStore
from tickets.stored import TicketChange
from tickets.tables import OutboxRow, TicketRow

if TYPE_CHECKING:
    from tickets.database import Database
    from tickets.stored import Ingested

NOW = datetime.now(UTC)
DRAFT = NoticeDraft("received", "de", "Angekommen", "Ihre Nachricht ist da.", "zendesk:email:ada@example.com", NOW)


@pytest.fixture
def notices(database: Database) -> NoticeStore:
    return NoticeStore(database, deliver_to=("zendesk",))


def ingested(store: TicketStore, number: object = 1, draft: NoticeDraft | None = DRAFT, **message: object) -> Ingested:
    return store.ingest(
        a_message(external_id=f"m{number}", **message), f"raw {number}", a_decision(), actor="test", receipt=draft
    )


def topics(database: Database) -> list[str]:
    with database.session() as session:
        return sorted(session.scalars(select(OutboxRow.topic)))


def test_a_receipt_is_written_and_queued_with_its_ticket(store: TicketStore, database: Database) -> None:
    found = ingested(store)
    (notice,) = store.ticket(found.ticket_id).notices
    assert (notice.stage, notice.language, notice.subject) == ("received", "de", "Angekommen")
    assert (notice.message_id, notice.due_at) == (found.message_id, NOW)
    assert topics(database) == ["decision", "notice"]
    audit = [event.action for event in store.ticket(found.ticket_id).audit]
    assert "ticket.notified" in audit


def test_a_receipt_is_no_answer(store: TicketStore) -> None:
    ticket = store.ticket(ingested(store).ticket_id)
    assert ticket.ticket.first_replied_at is None
    assert ticket.ticket.due.marketplace is not None, "the clock runs on"
    assert ticket.ticket.status is TicketStatus.NEW
    assert len(ticket.messages) == 1
    suggestions = ticket.messages[0].decision
    assert suggestions is not None
    store.feedback(suggestions.suggestions[0].id, "accepted", actor="ann")  # not withdrawn either


def test_nothing_is_stored_where_nobody_would_pass_it_on(database: Database) -> None:
    store = TicketStore(database, deliver_to=("elsewhere",))
    assert store.ticket(ingested(store).ticket_id).notices == ()
    nameless = TicketStore(database)
    assert nameless.ticket(ingested(nameless, 2, connector=None).ticket_id).notices == ()


def test_a_repeat_of_the_message_gets_no_second_one(store: TicketStore, database: Database) -> None:
    assert ingested(store).created
    assert not ingested(store).created
    assert topics(database) == ["decision", "notice"]


def test_only_the_message_that_opens_a_ticket_gets_one(store: TicketStore) -> None:
    first = ingested(store, 1, thread="t")
    second = ingested(store, 2, replace(DRAFT, recipient="another"), thread="t")
    assert second.ticket_id == first.ticket_id
    assert len(store.ticket(first.ticket_id).notices) == 1


def test_two_programs_that_answer_each_other_come_to_an_end(store: TicketStore, database: Database) -> None:
    for number in range(12):
        ingested(store, number, replace(DRAFT, recipient_a_day=3))
    assert topics(database).count("notice") == 3


def test_the_limit_is_for_a_day(store: TicketStore, database: Database) -> None:
    one = replace(DRAFT, recipient_a_day=1)
    ingested(store, 1, one)
    with database.write() as session:
        # History is append-only: only a test may move the clock.
        for statement in ("DROP TRIGGER notices_no_update", "DROP TRIGGER notices_append_only ON notices"):
            if ("ON" in statement.split()[-2:]) is (not database.is_sqlite):
                session.execute(text(statement))
        session.execute(
            text("UPDATE notices SET created_at = :at"), {"at": NOW.replace(tzinfo=None) - timedelta(days=2)}
        )
    assert store.ticket(ingested(store, 2, one).ticket_id).notices


def test_messages_of_one_sender_at_one_moment_keep_the_limit(store: TicketStore, database: Database) -> None:
    one = replace(DRAFT, recipient_a_day=1)
    threads = [threading.Thread(target=ingested, args=(store, number, one)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert topics(database).count("notice") == 1
    assert topics(database).count("decision") == 8


def test_a_message_that_was_decided_late_gets_its_receipt_late(store: TicketStore) -> None:
    found = store.ingest(a_message(), "raw", None, actor="test", receipt=None)
    store.add_decision(found.ticket_id, found.message_id, a_decision(), DRAFT)
    store.add_decision(found.ticket_id, found.message_id, a_decision(), DRAFT)
    assert len(store.ticket(found.ticket_id).notices) == 1


def test_who_has_an_answer_needs_no_receipt(store: TicketStore) -> None:
    found = store.ingest(a_message(), "raw", None, actor="test")
    store.reply(found.ticket_id, "Here it is.", actor="ann")
    store.add_decision(found.ticket_id, found.message_id, a_decision(), DRAFT)
    assert store.ticket(found.ticket_id).notices == ()


def test_the_second_message_of_a_ticket_gets_no_late_receipt(store: TicketStore) -> None:
    store.ingest(a_message(external_id="1", thread="t"), "a", a_decision(), actor="test")
    second = store.ingest(a_message(external_id="2", thread="t"), "b", None, actor="test")
    store.add_decision(second.ticket_id, second.message_id, a_decision(), DRAFT)
    assert store.ticket(second.ticket_id).notices == ()


def set_ticket(database: Database, ticket_id: str, **values: object) -> None:
    with database.write() as session:
        session.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(**values))


def test_overdue_tickets_are_found_and_told_once(store: TicketStore, database: Database, notices: NoticeStore) -> None:
    found = ingested(store, 1, None)
    set_ticket(database, found.ticket_id, due_company=datetime.now(UTC) - timedelta(minutes=30))
    after = timedelta(minutes=15)
    assert notices.candidates(Moment.OVERDUE, "delayed", timedelta(hours=1)) == []
    (candidate,) = notices.candidates(Moment.OVERDUE, "delayed", after)
    assert candidate.ticket.id == found.ticket_id
    assert candidate.asked.id == candidate.message.id == found.message_id
    assert notices.send(candidate, replace(DRAFT, stage="delayed"))
    assert notices.candidates(Moment.OVERDUE, "delayed", after) == []
    assert not notices.send(candidate, replace(DRAFT, stage="delayed"))


def test_an_answered_or_old_ticket_is_not_overdue(store: TicketStore, database: Database, notices: NoticeStore) -> None:
    answered, old = ingested(store, 1, None), ingested(store, 2, None)
    set_ticket(database, answered.ticket_id, due_company=datetime.now(UTC) - timedelta(minutes=30))
    store.reply(answered.ticket_id, "Here it is.", actor="ann")
    set_ticket(database, old.ticket_id, due_company=datetime.now(UTC) - timedelta(days=9))
    assert notices.candidates(Moment.OVERDUE, "delayed", timedelta()) == []


def test_what_happened_meanwhile_stops_a_notice(store: TicketStore, database: Database, notices: NoticeStore) -> None:
    found = ingested(store, 1, None)
    set_ticket(database, found.ticket_id, due_company=datetime.now(UTC) - timedelta(minutes=30))
    (candidate,) = notices.candidates(Moment.OVERDUE, "delayed", timedelta())
    store.reply(found.ticket_id, "Here it is.", actor="ann")
    assert not notices.send(candidate, replace(DRAFT, stage="delayed"))
    assert store.ticket(found.ticket_id).notices == ()


def test_a_thread_gets_one_notice_a_day(store: TicketStore, database: Database, notices: NoticeStore) -> None:
    found = ingested(store)
    set_ticket(database, found.ticket_id, due_company=datetime.now(UTC) - timedelta(minutes=30))
    (candidate,) = notices.candidates(Moment.OVERDUE, "delayed", timedelta())
    assert not notices.send(candidate, replace(DRAFT, stage="delayed"))
    assert notices.send(candidate, replace(DRAFT, stage="delayed", thread_a_day=2))


def test_tickets_that_wait_for_their_customer_or_are_solved_are_found(
    store: TicketStore, database: Database, notices: NoticeStore
) -> None:
    waiting, solved, open_ = (ingested(store, number, None) for number in range(3))
    reply = store.reply(waiting.ticket_id, "Which order is it?", actor="ann")
    store.update_ticket(solved.ticket_id, TicketChange(status=TicketStatus.SOLVED), actor="ann")
    assert store.ticket(open_.ticket_id).ticket.status is TicketStatus.NEW
    assert notices.candidates(Moment.UNANSWERED, "waiting", timedelta(days=3)) == []
    (found,) = notices.candidates(Moment.UNANSWERED, "waiting", timedelta())
    assert (found.ticket.id, found.message.id, found.asked.id) == (waiting.ticket_id, reply.id, waiting.message_id)
    assert notices.send(found, replace(DRAFT, stage="waiting"))
    (done,) = notices.candidates(Moment.SOLVED, "solved", timedelta())
    assert done.ticket.id == solved.ticket_id
    # The next question is another matter.
    store.reply(waiting.ticket_id, "And which size?", actor="ann")
    assert [c.ticket.id for c in notices.candidates(Moment.UNANSWERED, "waiting", timedelta())] == [waiting.ticket_id]


def test_who_was_told_is_not_looked_at_again_whatever_came_later(store: TicketStore, notices: NoticeStore) -> None:
    told, later = (ingested(store, number, None) for number in range(2))
    store.reply(told.ticket_id, "Which order is it?", actor="ann")
    (found,) = notices.candidates(Moment.UNANSWERED, "waiting", timedelta())
    assert notices.send(found, replace(DRAFT, stage="waiting"))
    store.reply(later.ticket_id, "Which size is it?", actor="ann")
    waiting = notices.candidates(Moment.UNANSWERED, "waiting", timedelta())
    assert [candidate.ticket.id for candidate in waiting] == [later.ticket_id]


def test_nobody_is_reminded_of_an_answer_that_there_is_not(store: TicketStore, notices: NoticeStore) -> None:
    silent, answered = (ingested(store, number, None) for number in range(2))
    for found in (silent, answered):
        store.update_ticket(found.ticket_id, TicketChange(status=TicketStatus.PENDING), actor="ann")
    store.reply(answered.ticket_id, "Which order is it?", actor="ann")
    waiting = notices.candidates(Moment.UNANSWERED, "waiting", timedelta())
    assert [candidate.ticket.id for candidate in waiting] == [answered.ticket_id]


def test_pages_go_on_where_they_ended(
    store: TicketStore, notices: NoticeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.notices.PAGE", 2)
    ids = [ingested(store, number, None).ticket_id for number in range(3)]
    for ticket_id in ids:
        store.update_ticket(ticket_id, TicketChange(status=TicketStatus.SOLVED), actor="ann")
    first = notices.candidates(Moment.SOLVED, "solved", timedelta())
    second = notices.candidates(Moment.SOLVED, "solved", timedelta(), first[-1].ticket.id)
    assert [c.ticket.id for c in (*first, *second)] == ids
    assert notices.candidates(Moment.SOLVED, "solved", timedelta(), ids[-1]) == []


def test_what_was_looked_at_is_left_out_until_it_changes(
    store: TicketStore, notices: NoticeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.notices.PAGE", 2)
    ids = [ingested(store, number, None).ticket_id for number in range(5)]
    for ticket_id in ids:
        store.update_ticket(ticket_id, TicketChange(status=TicketStatus.SOLVED), actor="ann")
    seen = {ticket_id: store.ticket(ticket_id).ticket.version for ticket_id in ids[:4]}
    (found,) = notices.candidates(Moment.SOLVED, "solved", timedelta(), "", seen)
    assert found.ticket.id == ids[4], "whole pages are passed over"
    store.update_ticket(ids[2], TicketChange(labels=("x",)), actor="ann")
    again = notices.candidates(Moment.SOLVED, "solved", timedelta(), "", seen)
    assert [candidate.ticket.id for candidate in again] == [ids[2]]


def test_without_receivers_nobody_is_looked_for(store: TicketStore, database: Database) -> None:
    found = ingested(store, 1, None)
    store.update_ticket(found.ticket_id, TicketChange(status=TicketStatus.SOLVED), actor="ann")
    assert NoticeStore(database, deliver_to=()).candidates(Moment.SOLVED, "solved", timedelta()) == []


@pytest.mark.parametrize(
    ("message", "key"),
    [
        (Message("x", customer=Customer(email=" Ada@Example.com ", phone="1")), ":email:ada@example.com"),
        (Message("x", customer=Customer(phone="+49 1"), connector="desk"), "desk:phone:+49 1"),
        (Message("x", customer=Customer(id="C9")), ":customer:c9"),
        (Message("x", thread="T1", connector="desk"), "desk:thread:t1"),
        (Message("x"), ""),
    ],
)
def test_a_recipient_is_known_by_the_surest_thing(message: Message, key: str) -> None:
    assert recipient_of(message) == key


def test_an_erased_ticket_takes_its_notices_with_it(store: TicketStore, database: Database) -> None:
    from connectors.errors import PermanentError
    from connectors.events import Events
    from tickets.outgoing import Outgoing

    found = ingested(store)
    deliveries = [row for row in Outbox(database).lease(["zendesk"]) if row.topic == "notice"]
    with database.write() as session:
        session.execute(text("DELETE FROM tickets WHERE id = :id"), {"id": found.ticket_id})
    with database.session() as session:
        assert session.scalar(text("SELECT count(*) FROM notices")) == 0
    with pytest.raises(PermanentError, match="erased"):
        Events(Outgoing(database), lambda decision: {"intent": decision.intent}).of(deliveries[0])
