"""The order of suggestions: from fit alone to what people take, and the reasons that are given for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from replies.ranking import Ranking
from replies.samples import TODAY, sample_order
from replies.suggest import Replies, ReplyContext
from tickets.acceptance import Case, Outcome, Tally, credit_of, rules
from tickets.records import Answer, Channel, IntentScore, OrderState

if TYPE_CHECKING:
    from tests.replies.conftest import Make

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BY = rules()
DELAY = (IntentScore("delivery.delay", 0.9),)


def case(variant: str, language: str = "en", state: str = "late") -> Case:
    return Case("delivery.delay", state, language, f"delivery.delay.{variant}")


def judged(*outcomes: Outcome, at: datetime = NOW) -> Tally:
    tally = Tally()
    for outcome in outcomes:
        tally = tally.shown().counted(outcome, credit_of(outcome, 0.5), at, BY)
    return tally


ACCEPTED, EDITED, REJECTED = [Outcome.ACCEPTED], [Outcome.EDITED], [Outcome.REJECTED]


def test_nothing_is_said_on_few_verdicts() -> None:
    few = Ranking({case("a"): judged(*REJECTED * (BY.min_events - 1))})
    assert few.estimate(case("a"), 0.8).value == 0.8
    enough = Ranking({case("a"): judged(*REJECTED * BY.min_events)})
    assert enough.estimate(case("a"), 0.8).value < 0.5


def test_the_estimate_is_the_mean_of_fit_and_verdicts() -> None:
    tally = judged(*ACCEPTED * 14, *REJECTED * 3)
    found = Ranking({case("a"): tally}).estimate(case("a"), 0.8)
    weight = tally.gained + tally.lost
    assert found.value == pytest.approx((BY.prior_events * 0.8 + tally.gained) / (BY.prior_events + weight))
    assert found.why == "accepted 14 of 17 times for this intent"


def test_edited_ones_are_told_and_count_by_half_where_half_was_kept() -> None:
    found = Ranking({case("a"): judged(*ACCEPTED * 6, *EDITED * 6)}).estimate(case("a"), 0.8)
    assert found.why == "accepted 12 of 12 times for this intent (6 of them edited)"
    assert 0.7 < found.value < 0.8


def test_a_change_of_mind_is_told() -> None:
    found = Ranking({case("a"): judged(*ACCEPTED * 40, *REJECTED * 20)}).estimate(case("a"), 0.8)
    assert found.why is not None
    assert found.why.startswith("accepted 40 of 60 times for this intent, lately 43%")


def test_other_languages_stand_in_where_a_language_has_too_few() -> None:
    tallies = {case("a", "de"): judged(*ACCEPTED * 9), case("a", "fr"): judged(*REJECTED * 2)}
    found = Ranking(tallies).estimate(case("a", "fr"), 0.8)
    assert found.why == "accepted 9 of 11 times for this intent, all languages together"
    assert found.value > 0.8
    assert Ranking(tallies).estimate(case("a", "fr", "shipped"), 0.8).value == 0.8, "another state is another case"


def test_what_is_new_stands_a_little_higher_where_others_were_judged() -> None:
    ranking = Ranking({case("a"): judged(*ACCEPTED * 9), case("b"): Tally(seen=3, at=NOW)})
    assert ranking.estimate(case("new"), 0.8).value == pytest.approx(0.8 + BY.optimism)
    assert ranking.estimate(case("b"), 0.8).value == pytest.approx(0.8 + BY.optimism / 2)
    assert ranking.estimate(case("new"), 0.99).value == 1.0
    assert ranking.estimate(case("new", state="shipped"), 0.8).value == 0.8


def test_old_verdicts_fade_to_the_fit() -> None:
    ranking = Ranking({case("a"): judged(*REJECTED * 9)})
    today = NOW.date()
    fresh, old = (ranking.estimate(case("a"), 0.8, today + timedelta(days=days)).value for days in (0, 2000))
    assert fresh < 0.4
    assert old == pytest.approx(0.8, abs=0.01)


def test_newer_tallies_replace_older_ones() -> None:
    ranking = Ranking({case("a"): judged(*REJECTED * 9), case("b"): judged(*REJECTED * 9)})
    newer = ranking.with_changes({case("a"): judged(*ACCEPTED * 9)})
    assert newer.estimate(case("a"), 0.8).value > 0.8
    assert newer.estimate(case("b"), 0.8).value < 0.4
    assert ranking.estimate(case("a"), 0.8).value < 0.4


def asked(**given: object) -> ReplyContext:
    fields: dict[str, object] = {"intents": DELAY, "language": "en", "order": sample_order(OrderState.LATE)}
    return ReplyContext(**{**fields, "today": TODAY, **given})  # type: ignore[arg-type]


def test_what_people_take_comes_first_and_says_so(make: Make) -> None:
    replies = Replies(
        [make("first {{ order.id }}", "delivery.delay.a"), make("second {{ order.id }}", "delivery.delay.b")]
    )
    assert [offer.template for offer in replies.suggest(asked())] == ["delivery.delay.a", "delivery.delay.b"]
    tallies = {case("b"): judged(*ACCEPTED * 9), case("a"): judged(*[Outcome.PASSED_OVER] * 9)}
    first, second = replies.ranked(Ranking(tallies)).suggest(asked())
    assert (first.template, first.why[-1]) == ("delivery.delay.b", "accepted 9 of 9 times for this intent")
    assert second.why[-1] == "accepted 0 of 9 times for this intent"
    assert second.score < first.score <= 0.9
    unknown = replace(asked(), order=None)
    assert (
        Replies([make("x", "delivery.delay.b")], Ranking(tallies)).suggest(unknown)[0].why[-1]
        == "generic: needs no data"
    )


def test_a_suggestion_says_for_what_it_is_offered(make: Make) -> None:
    (late,) = Replies([make("x", "delivery.delay.a")]).suggest(asked())
    assert (late.intent, late.order_state) == ("delivery.delay", "late")
    (unknown,) = Replies([make("x", "delivery.delay.a")]).suggest(asked(order=None))
    assert unknown.order_state is None


def test_a_quoted_article_is_named_and_only_where_it_is_quoted(make: Make) -> None:
    replies = Replies(
        [
            make("See: {{ answer.passage }}", "delivery.delay.article"),
            make("{% if answer.title == 'x' %}{{ answer.passage }}{% endif %}None", "delivery.delay.without"),
        ]
    )
    hidden = Answer("secret", "Internal", "Never tell.", 0.99, "en", "internal")
    answers = (hidden, Answer("shipping-times", "Shipping times", "Two days.", 0.83, "en"))
    whys = {offer.template: offer.why for offer in replies.suggest(asked(answers=answers))}
    assert whys["delivery.delay.article"][-1] == "quotes the article Shipping times (shipping-times)"
    assert not any("quotes" in why for why in whys["delivery.delay.without"])


@pytest.mark.parametrize(
    ("where", "name"), [({"marketplace": "amazon"}, "amazon"), ({"channel": Channel.MARKETPLACE}, "marketplaces")]
)
def test_a_reply_through_a_marketplace_says_that_its_rules_were_checked(
    make: Make, where: dict[str, object], name: str
) -> None:
    (found,) = Replies([make("x", "delivery.delay.a")]).suggest(asked(**where))
    assert any(name in why and "rules" in why for why in found.why)
    (own,) = Replies([make("x", "delivery.delay.a")]).suggest(asked(channel=Channel.EMAIL))
    assert not any("rules" in why for why in own.why)
