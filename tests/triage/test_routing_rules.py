"""Routing: the shipped rules know every intent, rules combine as documented, wrong files are refused with a remedy."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.checkout import ROOT, needs_checkout
from tickets.errors import InvalidInputError
from tickets.records import Channel, Priority
from training.utterances import CORPUS
from triage.clocks import Clocks, Company, OfficeHours
from triage.routing import Condition, RouteContext, Router

TEAMS = {"presales", "orders", "logistics", "warehouse", "returns", "finance", "technical", "trust", "sales"}
RULES = """
teams: [a, b, c]
default_team: c
rules:
  - {name: first, when: {intent: [delivery]}, team: a, priority: low, tags: [x, y]}
  - {name: second, when: {intent: [delivery.delay]}, team: b, priority: high, tags: [y, z]}
  - {name: tag only, when: {sentiment: [negative]}, tags: [sad]}
"""


def intents() -> list[str]:
    lines = (CORPUS / "scenarios.tsv").read_text(encoding="utf-8").splitlines()
    return sorted({line.split("\t")[0] for line in lines if line and not line.startswith("#")})


def made(tmp_path: Path, text: str) -> Router:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return Router.load(path)


def test_there_are_fifty_intents() -> None:
    assert len(intents()) == 50


@pytest.mark.parametrize("intent", intents())
def test_every_intent_has_a_rule_of_its_own(intent: str) -> None:
    router = Router.load()
    rules = [
        rule.name for rule in router.rules.rules if rule.when.intent and rule.when.holds(RouteContext(intent=intent))
    ]
    assert rules
    routing = router.route(RouteContext(intent=intent))
    assert routing.team in TEAMS
    assert routing.tags


def test_every_team_has_work() -> None:
    router = Router.load()
    assert {router.route(RouteContext(intent=intent)).team for intent in intents()} == TEAMS == set(router.rules.teams)


def test_first_team_highest_priority_all_tags(tmp_path: Path) -> None:
    routing = made(tmp_path, RULES).route(RouteContext(intent="delivery.delay", sentiment="negative"))
    assert (routing.team, routing.priority, routing.tags) == ("a", Priority.HIGH, ("x", "y", "z", "sad"))


def test_without_a_rule_the_defaults_hold(tmp_path: Path) -> None:
    routing = made(tmp_path, RULES).route(RouteContext(intent="deliveryman.lost"))
    assert (routing.team, routing.priority, routing.tags) == ("c", Priority.NORMAL, ())
    assert routing.due.company is None


@pytest.mark.parametrize(
    ("condition", "fits", "not_fits"),
    [
        ("intent: [none]", RouteContext(), RouteContext(intent="order.status")),
        ("also: [refund]", RouteContext(also=("refund.status",)), RouteContext(intent="refund.status")),
        ("escalate: true", RouteContext(escalate=True), RouteContext()),
        ("reason: [legal]", RouteContext(reasons=("abuse", "legal")), RouteContext(reasons=("abuse",))),
        ("level: [VIP]", RouteContext(level="vip"), RouteContext(level="bronze")),
        ("marketplace: [ebay]", RouteContext(marketplace="eBay.co.uk"), RouteContext(marketplace="etsy")),
        ("marketplace: [ebay.de]", RouteContext(marketplace="ebay"), RouteContext(marketplace="ebay.fr")),
        ("marketplace: [Amazon.co.uk]", RouteContext(marketplace="amazon_gb"), RouteContext(marketplace="ebay.co.uk")),
        ("channel: [social]", RouteContext(channel=Channel.SOCIAL), RouteContext()),
        ("language: [ja]", RouteContext(language="ja"), RouteContext(language="zh")),
        ("amount_over_usd: 500", RouteContext(amount_usd=Decimal(501)), RouteContext(amount_usd=Decimal(500))),
        ("attachments: true", RouteContext(attachments=True), RouteContext()),
    ],
)
def test_conditions(tmp_path: Path, condition: str, fits: RouteContext, not_fits: RouteContext) -> None:
    router = made(
        tmp_path, f"teams: [a, b]\ndefault_team: b\nrules:\n  - {{name: it, when: {{{condition}}}, team: a}}\n"
    )
    assert router.route(fits).team == "a"
    assert router.route(not_fits).team == "b"


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        (RULES.replace("intent: [delivery]", "intnt: [delivery]"), "rules.0.when.intnt", "Did you mean 'intent'?"),
        (RULES.replace("team: b", "team: nobody"), "nobody", ""),
        (RULES.replace("priority: high", "priority: panic"), "rules.1.priority", ""),
        ("teams: [a\n", ":2", "Mend the line."),
        ("[1, 2]", "(top)", ""),
        ("", "(top)", ""),
        ("teams: []\ndefault_team: a\n", "teams", ""),
        (RULES.replace("intent: [delivery]", "marketplace: [.de]"), "rules.0.when.marketplace", "docs/routing.md"),
        (RULES + "clocks: {marketplaces: {'.de': 24}}\n", "clocks.marketplaces", "docs/routing.md"),
    ],
)
def test_wrong_rules_name_file_place_and_remedy(tmp_path: Path, text: str, place: str, hint: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        made(tmp_path, text)
    assert "rules.yaml" in caught.value.message
    assert place in caught.value.message + str(caught.value.field)
    assert hint in str(caught.value.hint)


def test_a_missing_or_binary_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"nowhere\.yaml cannot be read"):
        Router.load(tmp_path / "nowhere.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInputError, match=r"binary\.yaml cannot be read"):
        Router.load(tmp_path / "binary.yaml")
    (tmp_path / "huge.yaml").write_bytes(b"#" * 2_000_001)
    with pytest.raises(InvalidInputError, match="larger than"):
        Router.load(tmp_path / "huge.yaml")


def test_a_deeply_nested_file_is_refused(tmp_path: Path) -> None:
    for bomb in ("a: " + "[" * 100_000, "- " * 100_000, "a: " + "{b: " * 50_000):
        with pytest.raises(InvalidInputError, match="nested more than"):
            made(tmp_path, bomb)


def test_aliases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"rules\.yaml:2: an alias"):
        made(tmp_path, "teams: &x [a]\nother: [*x, *x]\n")


def test_norway_is_not_false(tmp_path: Path) -> None:
    router = made(tmp_path, "teams: [no, on]\ndefault_team: no\n")
    assert router.rules.default_team == "no"


def test_the_shop_brings_its_own_office_hours() -> None:
    office = OfficeHours.model_validate({"time_zone": "Asia/Tokyo", "open": "10:00", "close": "12:00"})
    router = Router.load().with_office(office)
    due = router.route(RouteContext(received_at=datetime(2026, 11, 4, 1, 0, tzinfo=UTC), escalate=True)).due
    # High priority has four hours: two today, two tomorrow in Tokyo.
    assert due.company == datetime(2026, 11, 5, 3, 0, tzinfo=UTC)


HOURS = """
clocks: {company: {office: {time_zone: Europe/Berlin}, teams: {b: {close: "12:00"}}, hours: {normal: 4}}}
"""


def test_a_message_is_due_in_the_hours_of_its_team(tmp_path: Path) -> None:
    text = RULES.replace("team: a, priority: low, ", "") + HOURS
    router = made(tmp_path, text.replace("priority: high", "priority: normal"))
    arrived = datetime(2026, 11, 4, 8, 0, tzinfo=UTC)
    of_b = router.route(RouteContext(intent="delivery.delay", received_at=arrived))
    of_c = router.route(RouteContext(intent="refund.status", received_at=arrived))
    assert (of_b.team, of_c.team) == ("b", "c")
    assert of_c.due.company == datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
    assert of_b.due.company == datetime(2026, 11, 5, 9, 0, tzinfo=UTC)
    office = router.office_of("b")
    assert office is not None
    assert office.close == 12 * 60
    assert made(tmp_path, RULES).office_of("b") is None


def test_hours_of_an_unknown_team_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"clocks\.company\.teams\.z names the team 'z'"):
        made(tmp_path, RULES + HOURS.replace("teams: {b:", "teams: {z:"))


@pytest.mark.parametrize(
    ("zone", "day"), [("Asia/Tokyo", 22), ("UTC", 21), ("Europe/Berlin", 22), ("America/Los_Angeles", 21)]
)
def test_the_shops_day_is_that_of_its_office(zone: str, day: int) -> None:
    router = Router.load().with_office(OfficeHours.model_validate({"time_zone": zone}))
    assert router.day(datetime(2026, 11, 21, 23, 30, tzinfo=UTC)) == date(2026, 11, day)


def test_a_time_zone_alone_moves_office_and_day(tmp_path: Path) -> None:
    evening = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)
    router = made(tmp_path, RULES + HOURS).with_time_zone("Asia/Tokyo")
    assert router.day(evening) == date(2026, 11, 4)
    office = router.office_of("b")
    assert office is not None
    assert (office.time_zone, office.close) == ("Asia/Tokyo", 12 * 60)
    due = router.route(RouteContext(intent="refund.status", received_at=evening)).due
    assert due.company == datetime(2026, 11, 4, 4, 0, tzinfo=UTC), "four hours from nine o'clock in Tokyo"
    plain = made(tmp_path, RULES)
    assert plain.with_time_zone("Asia/Tokyo").day(evening) == date(2026, 11, 4)
    assert plain.with_time_zone("Asia/Tokyo").office_of("b") is None


def test_office_hours_that_leave_a_team_none_are_refused(tmp_path: Path) -> None:
    late = OfficeHours.model_validate({"open": "13:00", "close": "20:00"})
    with pytest.raises(InvalidInputError, match=r"teams\.b"):
        made(tmp_path, RULES + HOURS).with_office(late)


def test_a_file_without_company_clock_stays_without(tmp_path: Path) -> None:
    router = made(tmp_path, RULES).with_office(OfficeHours(time_zone="Asia/Tokyo"))
    assert router.office_of("b") is None
    assert router.day(datetime(2026, 11, 3, 23, 30, tzinfo=UTC)) == date(2026, 11, 4), "the day is the office's"


def test_safety_goes_before_the_intent() -> None:
    routing = Router.load().route(RouteContext(intent="product.usage", reasons=("safety",), escalate=True))
    assert (routing.team, routing.priority) == ("trust", Priority.URGENT)
    assert {"safety", "escalate"} <= set(routing.tags)


@needs_checkout
def test_the_guide_names_every_key() -> None:
    guide = (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")
    for name in (
        *Condition.model_fields,
        *Clocks.model_fields,
        *Company.model_fields,
        *OfficeHours.model_fields,
        *TEAMS,
    ):
        assert name in guide, name
