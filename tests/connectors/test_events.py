from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import pytest
from sqlalchemy import text

from connectors.errors import PermanentError
from connectors.generic import event_body
from tests.connectors.desks import a_ticket, events_of
from tests.connectors.samples import an_event
from tests.tickets.makers import a_decision, a_message
from tickets.notices import NoticeDraft

if TYPE_CHECKING:
    from tickets.database import Database
    from tickets.outbox import Outbox
    from tickets.store import TicketStore


def test_a_decision_is_told_as_the_interface_tells_it(database: Database, store: TicketStore, outbox: Outbox) -> None:
    stored = a_ticket(store, 1)
    (delivery,) = outbox.lease(["mydesk"])
    event = events_of(database).of(delivery)
    assert (event.id, event.type, event.connector) == (delivery.id, "ticket.decided", "mydesk")
    assert event.created_at == delivery.created_at
    assert event.data == {
        "connector": "mydesk",
        "ticket": {"id": stored.ticket_id},
        "message": {"id": stored.message_id, "external_id": "ext-1", "thread": None},
        "decision": {"intent": "delivery.delay", "suggestions": ["Guten Tag Ada", "Guten Tag"]},
    }


def test_an_answer_names_what_it_answers(database: Database, store: TicketStore, outbox: Outbox) -> None:
    stored = a_ticket(store, 1)
    outbox.ack(outbox.lease(["mydesk"])[0])
    answer = store.reply(stored.ticket_id, "Ihr Paket 包裹 ist unterwegs.", actor="ann")
    (delivery,) = outbox.lease(["mydesk"])
    event = events_of(database).of(delivery)
    assert event.type == "ticket.replied"
    assert event.data == {
        "connector": "mydesk",
        "ticket": {"id": stored.ticket_id},
        "message": {"id": stored.message_id, "external_id": "ext-1", "thread": None},
        "reply": {"id": answer.id, "text": "Ihr Paket 包裹 ist unterwegs.", "author": "ann"},
    }


def test_a_notice_names_what_it_is_about_and_is_no_answer(
    database: Database, store: TicketStore, outbox: Outbox
) -> None:
    due = datetime(2026, 11, 24, 17, tzinfo=UTC)
    draft = NoticeDraft("received", "de", "Angekommen", "Ihre Nachricht ist da.", "mydesk:email:a", due)
    message = a_message(connector="mydesk", thread="t-1")
    stored = store.ingest(message, "raw", a_decision(), actor="test", receipt=draft)
    (delivery,) = [found for found in outbox.lease(["mydesk"]) if found.topic == "notice"]
    event = events_of(database).of(delivery)
    assert event.type == "ticket.notice"
    assert event.data == {
        "connector": "mydesk",
        "ticket": {"id": stored.ticket_id},
        "message": {"id": stored.message_id, "external_id": "ext-1", "thread": "t-1"},
        "notice": {
            "id": delivery.payload["notice"],
            "stage": "received",
            "language": "de",
            "subject": "Angekommen",
            "text": "Ihre Nachricht ist da.",
            "due": "2026-11-24T17:00:00+00:00",
        },
    }
    assert event_body(event) == event_body(events_of(database).of(delivery))


def test_an_event_stays_the_same_whatever_happens_to_its_ticket(
    database: Database, store: TicketStore, outbox: Outbox
) -> None:
    stored = a_ticket(store, 1)
    (delivery,) = outbox.lease(["mydesk"])
    before = event_body(events_of(database).of(delivery))
    store.reply(stored.ticket_id, "Done.", actor="ann")
    store.note(stored.ticket_id, "hm", actor="ann")
    assert event_body(events_of(database).of(delivery)) == before


def test_what_was_erased_is_never_told(database: Database, store: TicketStore, outbox: Outbox) -> None:
    stored = a_ticket(store, 1)
    (delivery,) = outbox.lease(["mydesk"])
    with database.write() as session:
        session.execute(text("DELETE FROM tickets WHERE id = :id"), {"id": stored.ticket_id})
    with pytest.raises(PermanentError, match="erased"):
        events_of(database).of(delivery)


def test_a_topic_that_nobody_knows_is_given_up(database: Database, store: TicketStore, outbox: Outbox) -> None:
    a_ticket(store, 1)
    (delivery,) = outbox.lease(["mydesk"])
    with pytest.raises(PermanentError, match="'weather'"):
        events_of(database).of(replace(delivery, topic="weather"))


def test_the_body_is_the_documented_envelope() -> None:
    assert orjson.loads(event_body(an_event())) == {
        "id": "0193-event",
        "type": "ticket.replied",
        "created": "2026-11-21T09:30:00.250Z",
        "data": {"ticket": {"id": "t1"}, "reply": {"text": "Ihr Paket 包裹 ist unterwegs."}},
    }
