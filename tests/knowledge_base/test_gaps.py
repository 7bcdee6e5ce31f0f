from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import insert

from knowledge_base import asked
from knowledge_base.gaps import Gap, GapOptions, GapReport, find_gaps
from knowledge_base.records import Article, Visibility
from knowledge_base.uses import UseStore
from knowledge_base.votes import VoteStore
from tests.knowledge_base.asking import answered, ask, quoting
from tests.knowledge_base.hashing import HashingEncoder
from tickets.ids import new_id
from tickets.records import Answer
from tickets.store import TicketStore
from tickets.tables import HelpVoteRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from knowledge_base.store import ArticleStore
    from tickets.database import Database

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WRAPPING = (
    "Do you offer gift wrapping for a present?",
    "Is gift wrapping for a present possible?",
    "Can I get gift wrapping for a present?",
    "Gift wrapping for a present please?",
)
OPTIONS = GapOptions(min_probability=0.6)


@pytest.fixture
def tickets(database: Database) -> TicketStore:
    return TicketStore(database)


def report(database: Database, options: GapOptions = OPTIONS, at: datetime = NOW) -> GapReport:
    with time_machine.travel(at, tick=False):
        return find_gaps(database, HashingEncoder(256), options)


def ask_days_ago(tickets: TicketStore, days: float, text: str, **said: object) -> str:
    with time_machine.travel(NOW - timedelta(days=days), tick=True):
        return ask(tickets, text, **said)


def test_questions_that_found_nothing_are_grouped_with_size_trend_and_a_title(
    database: Database, tickets: TicketStore
) -> None:
    for days, text in zip((1, 2, 3, 10), WRAPPING, strict=True):
        ask_days_ago(tickets, days, text)
    for text in ("Where is the shop in Berlin?", "Does the tent keep rain out?"):
        ask_days_ago(tickets, 1, text)
    found = report(database)
    assert [(gap.size, gap.last_week, gap.week_before) for gap in found.gaps] == [(4, 3, 1)]
    (gap,) = found.gaps
    assert {"gift", "wrapping", "present"} <= set(gap.title.lower().split())
    assert gap.intents == ("product.details",)
    assert gap.languages == ("en",)
    assert set(gap.examples) == set(WRAPPING)
    assert (found.asked, found.unanswered, found.share) == (6, 6, 1.0)


def test_what_an_article_answers_is_no_gap(database: Database, tickets: TicketStore) -> None:
    for text in WRAPPING:
        ask_days_ago(tickets, 1, text, **answered("gift-wrapping", 0.61))
    assert report(database).gaps == ()
    stricter = report(database, GapOptions(min_probability=0.7))
    assert [gap.best for gap in stricter.gaps] == [0.61]


def test_what_only_an_internal_page_answers_is_a_gap_that_names_it(
    database: Database, store: ArticleStore, tickets: TicketStore
) -> None:
    with time_machine.travel(NOW - timedelta(days=200), tick=True):
        store.apply([Article("internal-wrap", "en", "Wrap", "Text", visibility=Visibility.INTERNAL)], source="shop")
    for text, score in zip(WRAPPING, (0.8, 0.9, 0.8, 0.3), strict=True):
        near = answered("gifts", 0.25)["answers"]
        inside = answered("internal-wrap" if score > 0.5 else "internal-other", score, visibility="internal")["answers"]
        ask_days_ago(tickets, 1, text, answers=(*inside, *near))  # type: ignore[misc]
    found = report(database)
    assert [(gap.size, gap.best, gap.internal) for gap in found.gaps] == [(4, 0.25, ("internal-wrap",))]
    assert (found.unanswered, found.unused) == (4, ()), "colleagues do need it"


def test_thanks_and_spam_are_no_questions(database: Database, tickets: TicketStore) -> None:
    for text in ("thanks a lot", "thanks a lot", "thanks a lot!"):
        ask_days_ago(tickets, 1, text, intent="service.thanks")
    assert (report(database).asked, report(database).gaps) == (0, ())


def test_one_customer_who_repeats_the_question_is_no_group(database: Database, tickets: TicketStore) -> None:
    ticket = ask_days_ago(tickets, 1, WRAPPING[0])
    found = tickets.ticket(ticket).messages[0]
    with time_machine.travel(NOW, tick=True):
        for _ in range(3):
            assert found.decision is not None
            tickets.add_decision(ticket, found.id, found.decision)
    assert (report(database).asked, report(database).gaps) == (1, ())


def test_the_newest_decision_of_a_message_counts(database: Database, tickets: TicketStore) -> None:
    for text in WRAPPING:
        ticket = ask_days_ago(tickets, 2, text)
        message = tickets.ticket(ticket).messages[0]
        assert message.decision is not None
        better = dataclasses.replace(message.decision, answers=(Answer("wrap", "Wrap", "We wrap.", 0.9, "en"),))
        with time_machine.travel(NOW - timedelta(days=1), tick=True):
            tickets.add_decision(ticket, message.id, better)
    assert (report(database).asked, report(database).unanswered) == (4, 0)


def test_personal_data_is_in_no_example_and_in_no_title(database: Database, tickets: TicketStore) -> None:
    for number in range(4):
        ask_days_ago(
            tickets,
            1,
            f"Dear team,\ngift wrapping for Colin Hargreaves, order HP-10001{number}, call +49 171 123456{number} "
            f"or colin{number}@example.com?\nKind regards,\nJane Doe",
            entities=(("order", f"HP-10001{number}"),),
        )
    (gap,) = report(database).gaps
    said = " ".join((gap.title, *gap.examples)).lower()
    for secret in ("colin", "hargreaves", "jane", "doe", "hp-1", "171", "example.com"):
        assert secret not in said, said
    assert "[order]" in said
    assert "gift wrapping" in said


def test_old_questions_are_left_out(database: Database, tickets: TicketStore) -> None:
    for text in WRAPPING:
        ask_days_ago(tickets, 31, text)
    assert report(database).gaps == ()
    assert report(database, GapOptions(min_probability=0.6, days=40)).gaps[0].size == 4


def test_nobody_needs_an_article_that_was_never_found_for_long(
    database: Database, store: ArticleStore, tickets: TicketStore
) -> None:
    with time_machine.travel(NOW - timedelta(days=200), tick=True):
        store.apply([Article("used", "en", "Used", "Text"), Article("idle", "en", "Idle", "Text")], source="shop")
    with time_machine.travel(NOW - timedelta(days=10), tick=True):
        store.apply([Article("fresh", "en", "Fresh", "Text")], source="shop2")
    ask_days_ago(tickets, 80, "A question", **answered("used"))
    ask_days_ago(tickets, 100, "Another question", **answered("idle"))
    assert [unused.article for unused in report(database).unused] == ["idle"]


def test_what_chatbots_quote_and_readers_read_or_vote_on_is_needed(database: Database, store: ArticleStore) -> None:
    names = ("quoted", "voted", "long ago", "idle")
    with time_machine.travel(NOW - timedelta(days=200), tick=True):
        store.apply([Article(name, "en", name.title(), "Text") for name in names], source="shop")
    assert report(database).uses_since is None
    for days, name in ((100, "long ago"), (60, "quoted")):
        with time_machine.travel(NOW - timedelta(days=days), tick=False):
            UseStore(database).add(name, "en")
    with time_machine.travel(NOW - timedelta(days=60), tick=False):
        VoteStore(database).add(store.get("voted", "en"), helped=True)
    found = report(database)
    assert [unused.article for unused in found.unused] == ["long ago", "idle"]
    assert found.uses_since == (NOW - timedelta(days=100)).date()


def test_articles_whose_answers_are_rejected_are_named(database: Database, tickets: TicketStore) -> None:
    for action in ("rejected", "rejected", "accepted"):
        judge(tickets, quoting("bad"), action)
    for action in ("accepted", "accepted", "rejected", "accepted"):
        judge(tickets, quoting("good"), action)
    for _ in range(3):  # found, but not what the rejected reply said
        reply = {**quoting("other"), "answers": answered("innocent")["answers"]}
        judge(tickets, reply, "rejected")
    found = report(database).doubtful
    assert [(entry.article, entry.rejected, entry.verdicts) for entry in found] == [("bad", 2, 3)]


def judge(tickets: TicketStore, said: dict[str, object], action: str) -> None:
    ticket = ask_days_ago(tickets, 1, "A question", **said)
    decision = tickets.ticket(ticket).messages[0].decision
    assert decision is not None
    with time_machine.travel(NOW - timedelta(hours=1), tick=True):
        tickets.feedback(decision.suggestions[0].id, action, actor="mia")


def test_readers_of_the_help_centre_count_too(database: Database, store: ArticleStore) -> None:
    store.apply([Article("returns", "de", "Rückgabe", "Text")], source="shop")
    with database.write() as session:
        for helped in (False, False, False, True):
            vote = {"article_id": "returns", "language": "de", "version": 1, "helped": helped}
            session.execute(insert(HelpVoteRow).values(id=new_id(), created_at=NOW - timedelta(days=1), **vote))
    (entry,) = report(database).doubtful
    assert (entry.article, entry.language) == ("returns", "de")
    assert (entry.rejected, entry.verdicts, entry.unhelpful) == (3, 4, 3)


def test_votes_on_what_an_article_said_before_it_was_rewritten_do_not_count(
    database: Database, store: ArticleStore
) -> None:
    def vote(*helped: bool) -> None:
        with time_machine.travel(NOW - timedelta(days=1), tick=False):
            for yes in helped:
                VoteStore(database).add(store.get("returns", "en"), helped=yes)

    store.put(Article("returns", "en", "Returns", "Old"), actor="mia")
    vote(False, False, False)
    assert [entry.article for entry in report(database).doubtful] == ["returns"]
    store.put(Article("returns", "en", "Returns", "New"), actor="mia")
    assert report(database).doubtful == ()
    vote(True, False)
    assert report(database).doubtful == (), "two verdicts are too few"
    vote(False)
    assert [(entry.rejected, entry.verdicts) for entry in report(database).doubtful] == [(2, 3)]
    store.delete("returns", "en", actor="mia")
    assert report(database).doubtful == ()


def test_of_very_many_decisions_an_even_sample_is_read_and_the_sizes_are_estimated(
    database: Database, tickets: TicketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "_AT_ONCE", 50)
    for number in range(400):
        ask_days_ago(tickets, 1 + number % 10, WRAPPING[number % 4])
    options = GapOptions(min_probability=0.6, max_decisions=200, max_questions=80)
    found = report(database, options)
    assert 0.45 < found.share < 0.55
    assert sum(gap.size for gap in found.gaps) == pytest.approx(400, rel=0.25)
    assert found == report(database, options), "the same sample every time"


def test_a_shop_without_tickets_has_no_gaps(database: Database) -> None:
    found = report(database)
    assert (found.asked, found.gaps, found.unused, found.doubtful) == (0, (), (), ())


def test_gaps_of_several_languages_come_together_where_the_encoder_sees_them_alike(
    database: Database, tickets: TicketStore
) -> None:
    for language, text in zip(("de", "de", "en", "de"), WRAPPING, strict=True):
        ask_days_ago(tickets, 1, text, language=language)
    (gap,) = report(database).gaps
    assert isinstance(gap, Gap)
    assert (gap.language, gap.languages) == ("de", ("de", "en"))


NAMES = {
    "refund.request": {"en": "I want my money back", "de": "Ich möchte mein Geld zurück"},
    "product.details": {"en": "Details of a product"},
}


class OneTopic(HashingEncoder):
    """Sees all texts alike, whatever their language."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return super().encode(["the same"] * len(texts))


def titled(database: Database) -> tuple[str, str]:
    with time_machine.travel(NOW, tick=False):
        (gap,) = find_gaps(database, OneTopic(256), OPTIONS, NAMES).gaps
    return gap.title, gap.language


def test_a_group_without_common_words_is_called_by_its_most_frequent_intent(
    database: Database, tickets: TicketStore
) -> None:
    for text, intent in (
        ("Erstattung bitte", "refund.request"),
        ("Wann kommt mein Geld?", "refund.request"),
        ("Betrag überweisen", "other.unnamed"),
    ):
        ask_days_ago(tickets, 1, text, language="de", intent=intent)
    assert titled(database) == ("Ich möchte mein Geld zurück", "de")


def test_its_name_is_english_where_the_language_has_none(database: Database, tickets: TicketStore) -> None:
    for text in ("Erstattung bitte", "Wann kommt mein Geld?", "Betrag überweisen"):
        ask_days_ago(tickets, 1, text, language="de")
    assert titled(database) == ("Details of a product", "de")


def test_words_of_a_few_messages_do_not_stand_for_a_group_in_other_languages(
    database: Database, tickets: TicketStore
) -> None:
    asked_in = (
        ("nl", "Geld terug graag"),
        ("nl", "Mijn geld terug"),
        ("fr", "Remboursez"),
        ("es", "Reembolso"),
        ("pl", "Zwrot"),
    )
    for language, text in asked_in:
        ask_days_ago(tickets, 1, text, language=language, intent="refund.request")
    assert titled(database) == ("I want my money back", "nl")
    ask_days_ago(tickets, 1, "Geld terug svp", language="nl", intent="refund.request")
    assert titled(database) == ("Geld terug", "nl")
