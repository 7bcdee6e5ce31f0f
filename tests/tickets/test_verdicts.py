"""Verdicts on suggestions: stored whole, counted once, read again by every process."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.tickets.makers import a_decision, a_message
from tickets.acceptance import Case, rules
from tickets.errors import ConflictError, InvalidInputError
from tickets.records import Suggestion
from tickets.stored import FeedbackAction, Labels, Offered
from tickets.verdicts import MAX_COMMENT, REASONS, AcceptanceStore, Rejection, UseCounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickets.database import Database
    from tickets.store import TicketStore
    from tickets.stored import Ingested

NAMES = ("delivery.delay.first", "delivery.delay.second", "delivery.delay.third")
TEXTS = ("Sorry, it is late.", "It comes tomorrow.", "Which order is it?")


def offers(state: str | None = "late") -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion("", name, 3, "de", text, 0.9, (), "delivery.delay", state)
        for name, text in zip(NAMES, TEXTS, strict=True)
    )


def ingested(store: TicketStore, number: int = 1, state: str | None = "late") -> Ingested:
    message = a_message(external_id=f"m{number}")
    decision = replace(a_decision(), suggestions=offers(state))
    return store.ingest(message, f"raw {number}", decision, actor="test")


def offer_ids(found: Ingested) -> list[str]:
    assert found.decision is not None
    return [offer.id for offer in found.decision.suggestions]


def case(name: str, state: str = "late") -> Case:
    return Case("delivery.delay", state, "de", name)


@pytest.fixture
def counts(database: Database) -> AcceptanceStore:
    return AcceptanceStore(database)


def test_a_rejection_keeps_its_reason_and_what_was_rejected(store: TicketStore) -> None:
    found = ingested(store)
    told = store.feedback(
        offer_ids(found)[1], "rejected", actor="ann", rejection=Rejection("wrong_facts", "It is in Graz already.")
    )
    assert (told.reason, told.comment, told.text, told.kept) == ("wrong_facts", "It is in Graz already.", None, None)
    assert told.offer == Offered(NAMES[1], 3, "de", "delivery.delay", "default-1", 2)
    assert store.ticket(found.ticket_id).feedback == (told,)


def test_an_accepted_text_is_stored_as_it_was_sent(store: TicketStore) -> None:
    told = store.feedback(offer_ids(ingested(store))[0], "accepted", actor="ann")
    assert (told.text, told.kept, told.diff) == (TEXTS[0], 1.0, ())


def test_an_edited_text_is_stored_with_what_was_changed(store: TicketStore) -> None:
    found = ingested(store)
    told = store.feedback(offer_ids(found)[0], "edited", "Sorry, it is very late.", actor="ann")
    assert told.diff == ({"at": 13, "old": "", "new": "very "},)
    assert told.kept is not None
    assert 0.8 < told.kept < 1.0
    assert store.ticket(found.ticket_id).feedback[0].diff == told.diff


@pytest.mark.parametrize(
    ("action", "rejection", "message"),
    [
        ("rejected", Rejection("ugly"), "reason 'ugly' is unknown"),
        ("accepted", Rejection("tone"), "belongs to a rejected suggestion"),
        ("rejected", Rejection("other", "x" * (MAX_COMMENT + 1)), "comment has 2001 characters"),
        ("corrected", Rejection(), "about labels alone"),
    ],
)
def test_what_cannot_be_is_refused_and_not_counted(
    store: TicketStore, counts: AcceptanceStore, action: str, rejection: Rejection, message: str
) -> None:
    found = ingested(store)
    with pytest.raises(InvalidInputError, match=message):
        store.feedback(offer_ids(found)[0], action, actor="ann", rejection=rejection)
    assert counts.since(0) == (0, {})
    assert store.ticket(found.ticket_id).feedback == ()


def test_every_reason_is_taken(store: TicketStore) -> None:
    for number, reason in enumerate(REASONS):
        found = ingested(store, number)
        assert store.feedback(offer_ids(found)[0], "rejected", actor="a", rejection=Rejection(reason)).reason == reason


def test_what_stood_above_the_accepted_one_is_passed_over(store: TicketStore, counts: AcceptanceStore) -> None:
    store.feedback(offer_ids(ingested(store))[1], "accepted", actor="ann")
    generation, found = counts.since(0)
    assert generation == 1
    assert {key: (tally.seen, tally.accepted, tally.passed_over) for key, tally in found.items()} == {
        case(NAMES[0]): (1, 0, 1),
        case(NAMES[1]): (1, 1, 0),
        case(NAMES[2]): (1, 0, 0),
    }
    assert 0 < found[case(NAMES[2])].lost < found[case(NAMES[0])].lost


def test_states_of_the_order_are_counted_apart(store: TicketStore, counts: AcceptanceStore) -> None:
    store.feedback(offer_ids(ingested(store, 1))[0], "accepted", actor="ann")
    store.feedback(offer_ids(ingested(store, 2, None))[0], "rejected", actor="ann")
    _, found = counts.since(0)
    assert found[case(NAMES[0])].accepted == found[case(NAMES[0], "")].rejected == 1


def test_a_verdict_counts_once_and_the_last_one_stands(store: TicketStore, counts: AcceptanceStore) -> None:
    ids = offer_ids(ingested(store))
    for actor in ("ann", "bob", "ann"):
        store.feedback(ids[0], "rejected", actor=actor)
    assert counts.since(0)[1][case(NAMES[0])].rejected == 1
    store.feedback(ids[0], "accepted", actor="ann")
    tally = counts.since(0)[1][case(NAMES[0])]
    assert (tally.rejected, tally.accepted, tally.seen) == (0, 1, 1)
    assert tally.gained > 0.9
    assert tally.lost == 0.0


def test_an_old_verdict_that_is_replaced_takes_nothing_of_newer_ones_along(
    store: TicketStore, counts: AcceptanceStore
) -> None:
    old = offer_ids(ingested(store, 0))[0]
    store.feedback(old, "rejected", actor="ann")
    for number in range(1, 21):
        store.feedback(offer_ids(ingested(store, number))[0], "rejected", actor="ann")
    before = counts.since(0)[1][case(NAMES[0])]
    store.feedback(old, "accepted", actor="ann")
    after = counts.since(0)[1][case(NAMES[0])]
    assert (after.rejected, after.accepted) == (20, 1)
    step = 0.5 ** (1 / rules().half_life_events)
    assert after.lost == pytest.approx((before.lost - step**20) * step, rel=1e-3), "half a life took half of it"


def test_only_what_is_new_is_read_again(store: TicketStore, counts: AcceptanceStore) -> None:
    store.feedback(offer_ids(ingested(store, 1))[0], "accepted", actor="ann")
    first, _ = counts.since(0)
    assert counts.since(first) == (first, {})
    store.feedback(offer_ids(ingested(store, 2, "shipped"))[0], "accepted", actor="ann")
    second, found = counts.since(first)
    assert second == first + 1
    assert set(found) == {case(name, "shipped") for name in NAMES}


def test_a_reply_tells_what_became_of_its_suggestion(store: TicketStore, counts: AcceptanceStore) -> None:
    found = ingested(store, 1)
    store.reply(found.ticket_id, f" {TEXTS[1]}\n", actor="ann", suggestion_id=offer_ids(found)[1])
    edited = ingested(store, 2)
    store.reply(edited.ticket_id, "It comes on Monday.", actor="ann", suggestion_id=offer_ids(edited)[1])
    assert store.ticket(found.ticket_id).feedback[0].action is FeedbackAction.ACCEPTED
    assert store.ticket(edited.ticket_id).feedback[0].action is FeedbackAction.EDITED
    tally = counts.since(0)[1][case(NAMES[1])]
    assert (tally.accepted, tally.edited, tally.seen) == (1, 1, 2)


def test_a_verdict_before_the_reply_is_not_repeated(store: TicketStore) -> None:
    found = ingested(store)
    store.feedback(offer_ids(found)[0], "accepted", None, Labels(intent="order.status"), actor="ann")
    store.reply(found.ticket_id, TEXTS[0], actor="ann", suggestion_id=offer_ids(found)[0])
    assert len(store.ticket(found.ticket_id).feedback) == 1


def test_a_reply_without_a_suggestion_says_nothing(store: TicketStore, counts: AcceptanceStore) -> None:
    store.reply(ingested(store).ticket_id, "My own words.", actor="ann")
    assert counts.since(0) == (0, {})


def test_use_is_summed_over_intents_and_states(store: TicketStore, counts: AcceptanceStore) -> None:
    store.feedback(offer_ids(ingested(store, 1))[0], "accepted", actor="ann")
    store.feedback(offer_ids(ingested(store, 2, "shipped"))[1], "edited", "It comes on Monday.", actor="ann")
    ingested(store, 3)
    assert counts.use(NAMES[0], "de") == UseCounts(offered=3, accepted=1, edited=0, rejected=0, passed_over=1)
    assert counts.use(NAMES[1], "de") == UseCounts(offered=3, accepted=0, edited=1, rejected=0, passed_over=0)
    assert counts.use(NAMES[1], "fr") == UseCounts(0, 0, 0, 0, 0)


def test_verdicts_at_one_moment_are_all_counted(store: TicketStore, counts: AcceptanceStore) -> None:
    found = [ingested(store, number) for number in range(8)]
    faults: list[Exception] = []

    def judge(one: Ingested, position: int) -> None:
        try:
            store.feedback(offer_ids(one)[position], "accepted", actor="ann")
        except Exception as error:  # noqa: BLE001 - told by the test
            faults.append(error)

    threads = [threading.Thread(target=judge, args=(one, number % 3)) for number, one in enumerate(found)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    generation, tallies = counts.since(0)
    assert generation == 8
    assert sum(tally.accepted for tally in tallies.values()) == 8
    assert {tally.seen for tally in tallies.values()} == {8}


def test_a_verdict_and_a_reply_at_one_moment_do_not_wait_for_each_other(store: TicketStore) -> None:
    found = [ingested(store, number) for number in range(6)]
    faults: list[Exception] = []

    def do(work: Callable[[], object]) -> None:
        try:
            work()
        except ConflictError:
            pass  # the colleague was first: the suggestion is withdrawn
        except Exception as error:  # noqa: BLE001 - told by the test
            faults.append(error)

    threads = []
    for one in found:
        first, second, _ = offer_ids(one)
        reply = partial(store.reply, one.ticket_id, TEXTS[1], actor="ann", suggestion_id=second)
        verdict = partial(store.feedback, first, "accepted", actor="bob")
        threads += [threading.Thread(target=do, args=(work,)) for work in (reply, verdict)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert all(len(store.ticket(one.ticket_id).messages) == 2 for one in found)


def test_an_erased_ticket_takes_its_feedback_with_it_and_leaves_the_counts(
    store: TicketStore, database: Database, counts: AcceptanceStore
) -> None:
    from sqlalchemy import delete, func, select

    from tickets.tables import FeedbackRow, TicketRow

    found = ingested(store)
    store.feedback(offer_ids(found)[0], "accepted", actor="ann")
    with database.write() as session:
        session.execute(delete(TicketRow).where(TicketRow.id == found.ticket_id))
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(FeedbackRow)) == 0
    assert counts.since(0)[1][case(NAMES[0])].accepted == 1
