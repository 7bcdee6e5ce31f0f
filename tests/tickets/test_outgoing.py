from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tickets.makers import a_decision, a_message
from tickets.errors import NotFoundError
from tickets.outbox import Outbox
from tickets.outgoing import Outgoing

if TYPE_CHECKING:
    from tickets.database import Database
    from tickets.store import TicketStore


@pytest.fixture
def outgoing(database: Database) -> Outgoing:
    return Outgoing(database)


def test_each_delivery_speaks_of_its_own_decision(database: Database, store: TicketStore, outgoing: Outgoing) -> None:
    first = store.ingest(a_message(), "raw", a_decision(intent="order.status"), actor="zendesk")
    store.add_decision(first.ticket_id, first.message_id, a_decision(intent="refund.status"))
    deliveries = Outbox(database).lease(["zendesk"])
    found = [outgoing.decided(delivery.payload["decision"]) for delivery in deliveries]
    assert {entry.decision.intent for entry in found} == {"order.status", "refund.status"}
    for entry in found:
        assert entry.message.id == first.message_id
        assert entry.message.decisions == (entry.decision,)
        assert len(entry.decision.suggestions) == 2


def test_an_answer_comes_with_what_it_answers_whatever_follows(store: TicketStore, outgoing: Outgoing) -> None:
    ticket = store.ingest(a_message(external_id="1", thread="t"), "1", a_decision(), actor="zendesk").ticket_id
    store.ingest(a_message(external_id="2", thread="t"), "2", a_decision(), actor="zendesk")
    answer = store.reply(ticket, "It left today.", actor="ann")
    store.ingest(a_message(external_id="3", thread="t"), "3", a_decision(), actor="zendesk")
    found = outgoing.replied(answer.id)
    assert found.answer.message.text == "It left today."
    assert found.to is not None
    assert (found.to.message.external_id, found.to.message.thread) == ("2", "t")


def test_what_is_gone_is_said_to_be_gone(outgoing: Outgoing) -> None:
    with pytest.raises(NotFoundError, match="no decision d1"):
        outgoing.decided("d1")
    with pytest.raises(NotFoundError, match="no message m1"):
        outgoing.replied("m1")
