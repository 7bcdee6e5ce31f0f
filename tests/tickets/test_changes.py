from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.tickets.makers import TEXT, a_decision, a_message
from tickets.errors import ConflictError, InvalidInputError, NotFoundError
from tickets.records import Priority, Routing, TicketStatus
from tickets.store import TicketStore
from tickets.stored import Direction, FeedbackAction, Ingested, Labels, TicketChange

if TYPE_CHECKING:
    from tickets.database import Database
    from tickets.records import Suggestion

NEW, OPEN, PENDING, SOLVED, CLOSED = TicketStatus


@pytest.fixture
def answer(store: TicketStore) -> Ingested:
    return store.ingest(a_message(), "raw", a_decision(), actor="zendesk")


def _offers(answer: Ingested) -> tuple[Suggestion, ...]:
    assert answer.decision is not None
    return answer.decision.suggestions


def test_a_change_is_made_and_remembered(store: TicketStore, answer: Ingested) -> None:
    change = TicketChange(OPEN, "ann", "finance", Priority.LOW, ("delay", "vip"), answer.ticket.version)
    ticket = store.update_ticket(answer.ticket_id, change, actor="ann")
    assert ticket == store.ticket(answer.ticket_id).ticket
    assert (ticket.status, ticket.assignee, ticket.team, ticket.priority) == (OPEN, "ann", "finance", Priority.LOW)
    assert ticket.labels == ("delay", "vip")
    assert ticket.version == answer.ticket.version + 1
    assert ticket.updated_at > answer.ticket.updated_at
    last = store.ticket(answer.ticket_id).audit[-1]
    assert (last.actor, last.action) == ("ann", "ticket.changed")
    assert last.detail == {
        "status": "open",
        "priority": "low",
        "assignee": "ann",
        "team": "finance",
        "labels": "+vip -delivery",
    }


def test_a_change_that_changes_nothing_leaves_no_trace(store: TicketStore, answer: Ingested) -> None:
    before = store.ticket(answer.ticket_id)
    change = TicketChange(NEW, "", "logistics", Priority.HIGH, ("delivery", "delay"))
    assert store.update_ticket(answer.ticket_id, change, actor="ann") == before.ticket
    assert store.ticket(answer.ticket_id) == before


def test_assignee_and_team_can_be_taken_away(store: TicketStore, answer: Ingested) -> None:
    store.update_ticket(answer.ticket_id, TicketChange(assignee="ann"), actor="ann")
    ticket = store.update_ticket(answer.ticket_id, TicketChange(assignee="", team="", labels=()), actor="ann")
    assert (ticket.assignee, ticket.team, ticket.labels) == (None, None, ())


@pytest.mark.parametrize(
    ("start", "allowed"),
    [
        (NEW, {NEW, OPEN, PENDING, SOLVED, CLOSED}),
        (OPEN, {OPEN, PENDING, SOLVED, CLOSED}),
        (PENDING, {OPEN, PENDING, SOLVED, CLOSED}),
        (SOLVED, {OPEN, PENDING, SOLVED, CLOSED}),
        (CLOSED, {CLOSED}),
    ],
)
def test_a_status_leads_only_where_it_may(store: TicketStore, start: TicketStatus, allowed: set[TicketStatus]) -> None:
    for number, wanted in enumerate(TicketStatus):
        ticket_id = store.ingest(a_message(external_id=str(number)), str(number), None, actor="test").ticket_id
        store.update_ticket(ticket_id, TicketChange(status=start), actor="ann")
        if wanted in allowed:
            assert store.update_ticket(ticket_id, TicketChange(status=wanted), actor="ann").status is wanted
        else:
            with pytest.raises(ConflictError) as caught:
                store.update_ticket(ticket_id, TicketChange(status=wanted, assignee="ann"), actor="ann")
            assert caught.value.field == "status"
            assert store.ticket(ticket_id).ticket.assignee is None


def test_a_change_on_an_old_version_is_refused(store: TicketStore, answer: Ingested) -> None:
    seen = answer.ticket.version
    store.update_ticket(answer.ticket_id, TicketChange(assignee="ann", version=seen), actor="ann")
    with pytest.raises(ConflictError, match=f"version {seen + 1}, not {seen}"):
        store.update_ticket(answer.ticket_id, TicketChange(assignee="bob", version=seen), actor="bob")
    assert store.ticket(answer.ticket_id).ticket.assignee == "ann"


def test_of_two_changes_at_one_moment_one_wins(store: TicketStore, answer: Ingested) -> None:
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def work(name: str) -> None:
        barrier.wait()
        try:
            change = TicketChange(assignee=name, version=answer.ticket.version)
            store.update_ticket(answer.ticket_id, change, actor=name)
            outcomes.append(name)
        except ConflictError:
            outcomes.append("")

    threads = [threading.Thread(target=work, args=(f"agent{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [name for name in outcomes if name]
    assert store.ticket(answer.ticket_id).ticket.assignee == winner


@pytest.mark.parametrize("labels", [("",), ("  ",), ("x" * 101,), tuple(map(str, range(51)))])
def test_wrong_labels_are_refused(store: TicketStore, answer: Ingested, labels: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        store.update_ticket(answer.ticket_id, TicketChange(labels=labels), actor="ann")
    assert caught.value.field == "labels"


def test_unknown_names_are_not_found(store: TicketStore) -> None:
    with pytest.raises(NotFoundError):
        store.ticket("nope")
    with pytest.raises(NotFoundError):
        store.update_ticket("nope", TicketChange(), actor="ann")
    with pytest.raises(NotFoundError):
        store.reply("nope", "text", actor="ann")
    with pytest.raises(NotFoundError):
        store.note("nope", "text", actor="ann")
    with pytest.raises(NotFoundError):
        store.feedback("nope", "accepted", actor="ann")
    with pytest.raises(NotFoundError):
        store.correct("nope", Labels(intent="order.status"), actor="ann")
    with pytest.raises(NotFoundError):
        store.raw("nope")


def test_a_reply_is_stored_queued_and_waits_for_the_customer(
    store: TicketStore, database: Database, answer: Ingested
) -> None:
    from tickets.outbox import Outbox

    offer = _offers(answer)[0]
    sent = store.reply(answer.ticket_id, "Guten Tag Ada", actor="ann", suggestion_id=offer.id)
    detail = store.ticket(answer.ticket_id)
    assert detail.messages[1] == sent
    assert (sent.direction, sent.author, sent.message.text) == (Direction.OUT, "ann", "Guten Tag Ada")
    assert sent.suggestion_id == offer.id
    assert detail.ticket.status is PENDING
    assert detail.ticket.first_replied_at == sent.created_at
    assert detail.ticket.due.marketplace is None
    queued = Outbox(database).lease(["zendesk"])
    assert [(d.topic, d.payload.get("message")) for d in queued] == [
        ("decision", answer.message_id),
        ("reply", sent.id),
    ]
    second = store.reply(answer.ticket_id, "Noch etwas", actor="bob")
    assert store.ticket(answer.ticket_id).ticket.first_replied_at == sent.created_at
    assert second.suggestion_id is None
    assert store.untriaged(10) == []


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_empty_texts_are_refused(store: TicketStore, answer: Ingested, text: str) -> None:
    with pytest.raises(InvalidInputError):
        store.reply(answer.ticket_id, text, actor="ann")
    with pytest.raises(InvalidInputError):
        store.note(answer.ticket_id, text, actor="ann")
    with pytest.raises(InvalidInputError):
        store.feedback(_offers(answer)[0].id, "edited", text, actor="ann")


def test_a_closed_ticket_is_not_answered(store: TicketStore, answer: Ingested) -> None:
    store.update_ticket(answer.ticket_id, TicketChange(status=CLOSED), actor="ann")
    with pytest.raises(ConflictError, match="is closed"):
        store.reply(answer.ticket_id, "text", actor="ann")


def test_a_reply_uses_only_its_own_tickets_suggestions(store: TicketStore, answer: Ingested) -> None:
    other = store.ingest(a_message(external_id="2"), "b", a_decision(), actor="test")
    with pytest.raises(InvalidInputError, match="another ticket"):
        store.reply(answer.ticket_id, "text", actor="ann", suggestion_id=_offers(other)[0].id)
    with pytest.raises(NotFoundError):
        store.reply(answer.ticket_id, "text", actor="ann", suggestion_id="nope")


def test_notes_name_the_colleagues_they_mention(store: TicketStore, answer: Ingested) -> None:
    text = "@ann please ask @bob.smith, not mail@example.com or @ nobody; @ann. (@zoë) @李雷，"
    note = store.note(answer.ticket_id, text, actor="eve")
    assert note.mentions == ("ann", "bob.smith", "zoë", "李雷")
    assert store.ticket(answer.ticket_id).notes == (note,)
    assert text not in str(store.ticket(answer.ticket_id).audit)


def test_mentions_are_found_in_linear_time(store: TicketStore, answer: Ingested) -> None:
    assert store.note(answer.ticket_id, "@" * 100_000 + "a.-" * 50_000, actor="eve").mentions == ()


def test_feedback_stands_beside_the_prediction(store: TicketStore, answer: Ingested) -> None:
    offer, other = _offers(answer)
    accepted = store.feedback(offer.id, "accepted", actor="ann")
    edited = store.feedback(offer.id, "edited", "Liebe Ada", Labels(intent="order.status", also=()), actor="ann")
    rejected = store.feedback(other.id, FeedbackAction.REJECTED, actor="bob")
    detail = store.ticket(answer.ticket_id)
    assert detail.feedback == (accepted, edited, rejected)
    assert edited.labels == Labels(intent="order.status", also=())
    assert detail.messages[0].decision == answer.decision
    with pytest.raises(InvalidInputError, match="action 'loved' is unknown"):
        store.feedback(offer.id, "loved", actor="ann")


def test_a_suggestion_is_withdrawn_once_a_colleague_answered(store: TicketStore, answer: Ingested) -> None:
    offer, other = _offers(answer)
    assert (offer.withdrawn_at, other.withdrawn_at) == (None, None)
    store.reply(answer.ticket_id, offer.text, actor="ann", suggestion_id=offer.id)
    shown = store.ticket(answer.ticket_id).messages[0].decision
    assert shown is not None
    assert all(suggestion.withdrawn_at is not None for suggestion in shown.suggestions)
    for action in ("accepted", "edited"):
        with pytest.raises(ConflictError, match="a colleague answered"):
            store.feedback(other.id, action, "text", actor="bob")
    # Who answered may still say what became of it, and labels stay welcome from all.
    store.feedback(offer.id, "accepted", actor="ann")
    store.feedback(other.id, "rejected", None, Labels(intent="order.status"), actor="bob")


@pytest.mark.parametrize("actor", ["ann", "bob"])
def test_a_reply_from_a_withdrawn_suggestion_is_refused_and_names_it(
    store: TicketStore, answer: Ingested, actor: str
) -> None:
    """Two answers to one question, or the same one sent again: the customer would get both."""
    first, second = _offers(answer)
    store.reply(answer.ticket_id, first.text, actor="ann", suggestion_id=first.id)
    before = store.ticket(answer.ticket_id)
    for offer in (first, second):
        with pytest.raises(
            ConflictError, match=f"suggestion {offer.id} is withdrawn: .* answered by ann at "
        ) as caught:
            store.reply(answer.ticket_id, offer.text, actor=actor, suggestion_id=offer.id)
        assert caught.value.field == "suggestion_id"
        assert "leave it out" in (caught.value.hint or "")
    assert store.ticket(answer.ticket_id) == before
    assert store.reply(answer.ticket_id, second.text, actor=actor).message.text == second.text


def test_labelled_messages_are_exported_with_what_was_predicted(store: TicketStore, answer: Ingested) -> None:
    store.feedback(_offers(answer)[0].id, "rejected", None, Labels(intent="return.request"), actor="ann")
    store.feedback(_offers(answer)[1].id, "rejected", None, Labels(intent="order.status", escalate=True), actor="bob")
    confirmed = store.ingest(a_message(external_id="2"), "b", a_decision(), actor="test")
    store.feedback(_offers(confirmed)[0].id, "accepted", actor="ann")
    rejected = store.ingest(a_message(external_id="3"), "c", a_decision(), actor="test")
    store.feedback(_offers(rejected)[0].id, "rejected", actor="ann")
    undecided = store.ingest(a_message(external_id="4"), "d", None, actor="test")
    store.correct(undecided.message_id, Labels(intent="order.status", language="nl"), actor="ann")
    store.ingest(a_message(external_id="5"), "e", a_decision(), actor="test")
    first, second, third = store.labelled()
    assert (first.message_id, first.text, first.language) == (answer.message_id, TEXT, "de")
    assert first.predicted == Labels("delivery.delay", ("delivery.address",), "de", "negative", escalate=False)
    assert first.corrected == Labels(intent="order.status", escalate=True)
    assert (first.confirmed, first.actors, first.model) == (False, ("ann", "bob"), "default-1")
    assert (second.message_id, second.confirmed, second.corrected) == (confirmed.message_id, True, Labels())
    assert (third.message_id, third.predicted, third.language) == (undecided.message_id, Labels(), "nl")


def test_the_export_reads_on_over_its_pages(store: TicketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.labelled._AT_ONCE", 2)
    ids = []
    for number in range(5):
        stored = store.ingest(a_message(external_id=str(number)), str(number), a_decision(), actor="test")
        store.correct(stored.message_id, Labels(intent="order.status"), actor="ann")
        store.correct(stored.message_id, Labels(language="nl"), actor="ann")
        ids.append(stored.message_id)
    assert [example.message_id for example in store.labelled()] == ids


def test_a_person_decides_over_the_next_decision(store: TicketStore, answer: Ingested) -> None:
    store.update_ticket(answer.ticket_id, TicketChange(team="finance"), actor="ann")
    urgent = replace(a_decision(), routing=Routing("trust", Priority.URGENT))
    store.add_decision(answer.ticket_id, answer.message_id, urgent)
    ticket = store.ticket(answer.ticket_id).ticket
    assert (ticket.team, ticket.priority) == ("finance", Priority.URGENT)
