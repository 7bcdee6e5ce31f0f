"""Due times: office hours across nights, weekends, holidays and clock changes; the marketplace's clock never stops."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tickets.marketplace_names import marketplace_family
from tickets.records import Priority
from triage.clocks import Clocks, Company, OfficeHours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = OfficeHours.model_validate({"time_zone": "Europe/Berlin", "open": "09:00", "close": "18:00"})


def berlin(*parts: int) -> datetime:
    year, month, day, hour, minute = parts
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (berlin(2026, 11, 4, 10, 0), 4, berlin(2026, 11, 4, 14, 0)),
        (berlin(2026, 11, 4, 16, 0), 4, berlin(2026, 11, 5, 11, 0)),
        (berlin(2026, 11, 4, 7, 0), 1, berlin(2026, 11, 4, 10, 0)),
        (berlin(2026, 11, 4, 18, 0), 1, berlin(2026, 11, 5, 10, 0)),
        (berlin(2026, 11, 6, 17, 0), 2, berlin(2026, 11, 9, 10, 0)),
        (berlin(2026, 11, 7, 12, 0), 9, berlin(2026, 11, 9, 18, 0)),
        # The clocks go back on 25 October 2026 and forward on 29 March 2026, both in the weekend.
        (berlin(2026, 10, 23, 17, 0), 2, berlin(2026, 10, 26, 10, 0)),
        (berlin(2026, 3, 27, 17, 0), 2, berlin(2026, 3, 30, 10, 0)),
    ],
)
def test_office_time(start: datetime, hours: int, due: datetime) -> None:
    assert OFFICE.add(start, timedelta(hours=hours)) == due


def test_holidays_do_not_count() -> None:
    office = OFFICE.model_copy(update={"holidays": (date(2026, 12, 25), date(2026, 12, 28))})
    assert office.add(berlin(2026, 12, 24, 17, 0), timedelta(hours=2)) == berlin(2026, 12, 29, 10, 0)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_whole_day_has_the_hours_that_pass(day: date, hours: int) -> None:
    always = OfficeHours.model_validate(
        {
            "time_zone": "Europe/Berlin",
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "open": "00:00",
            "close": "24:00",
        }
    )
    ((opens, closes),) = always.intervals(day)
    assert closes - opens == timedelta(hours=hours)
    start = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    assert always.add(start, timedelta(hours=48)) == start.astimezone(UTC) + timedelta(hours=48)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 hypothesis adds the zone
    st.integers(1, 200),
    st.integers(1, 200),
)
def test_office_time_adds_up(start: datetime, first: int, second: int) -> None:
    step = OFFICE.add(OFFICE.add(start, timedelta(hours=first)), timedelta(hours=second))
    assert step == OFFICE.add(start, timedelta(hours=first + second))
    local = step.astimezone(BERLIN)
    assert local.weekday() < 5
    assert 9 <= local.hour <= 18


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        OFFICE.add(datetime(2026, 1, 1), timedelta(hours=1))  # noqa: DTZ001 that is the point


def test_a_calendar_without_office_time_is_refused() -> None:
    days = tuple(date(2026, 1, 1) + timedelta(days=number) for number in range(4_000))
    with pytest.raises(ValueError, match="ten years"):
        OFFICE.model_copy(update={"holidays": days}).add(berlin(2026, 1, 5, 10, 0), timedelta(hours=1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"open": "18:00", "close": "09:00"},
        {"days": []},
        {"days": ["monday"]},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"open": "9 o'clock"},
        {"open": 540},
        {"close": "24:01"},
        {"opens": "09:00"},
        {"country": "Germany"},
        {"country": "XX"},
        {"country": "DE", "region": "XX"},
        {"region": "BY"},
    ],
)
def test_wrong_office_hours_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OfficeHours.model_validate(wrong)


def test_the_marketplace_clock_runs_at_night_and_on_sundays() -> None:
    clocks = Clocks(marketplaces={"amazon": 24}, company=Company(office=OFFICE, hours={Priority.HIGH: 4}))
    due = clocks.due(berlin(2026, 11, 7, 23, 0), Priority.HIGH, "Amazon.de")
    assert due.marketplace == berlin(2026, 11, 8, 23, 0)
    assert due.company == berlin(2026, 11, 9, 13, 0)
    assert due.marketplace.tzinfo is UTC
    assert due.company.tzinfo is UTC


@pytest.mark.parametrize(
    ("clocks", "named", "hours"),
    [
        ({"amazon.de": 12}, "amazon", 12),
        ({"Amazon.de": 12}, "amazon_de", 12),
        ({"amazon.de": 12}, "amazon.fr", None),
        ({"amazon.de": 12, "amazon": 24}, "amazon.de", 12),
        ({"amazon.de": 12, "amazon": 24}, "amazon.fr", 24),
        ({"amazon.de": 12, "amazon": 24}, "amazon", 24),
        ({"amazon.de": 12, "amazon.fr": 8}, "amazon", 8),
        ({"amazon": 24}, None, None),
    ],
)
def test_the_clock_of_a_branch_goes_before_that_of_its_family(
    clocks: dict[str, float], named: str | None, hours: float | None
) -> None:
    sent = berlin(2026, 11, 7, 23, 0)
    due = Clocks(marketplaces=clocks).due(sent, Priority.HIGH, named).marketplace
    assert due == (None if hours is None else sent + timedelta(hours=hours))


def test_clocks_that_do_not_run_give_none() -> None:
    due = Clocks(company=Company(office=OFFICE, hours={Priority.HIGH: 4})).due(
        berlin(2026, 11, 7, 23, 0), Priority.LOW, "zalando"
    )
    assert (due.marketplace, due.company) == (None, None)


@pytest.mark.parametrize("name", ["Amazon.de", "AMAZON_US", "amazon-fr", " amazon "])
def test_marketplaces_of_one_family(name: str) -> None:
    assert marketplace_family(name) == "amazon"
    assert marketplace_family(None) == ""


def test_public_holidays_of_country_and_region_do_not_count() -> None:
    bavaria = OFFICE.model_copy(update={"country": "DE", "region": "BY"})
    germany = OFFICE.model_copy(update={"country": "DE"})
    epiphany = berlin(2026, 1, 6, 10, 0)
    assert germany.add(epiphany, timedelta(hours=1)) == berlin(2026, 1, 6, 11, 0)
    assert bavaria.add(epiphany, timedelta(hours=1)) == berlin(2026, 1, 7, 10, 0)
    # The second half of a year and the next one are other calendars of the library's.
    assert germany.add(berlin(2027, 12, 31, 17, 0), timedelta(hours=2)) == berlin(2028, 1, 3, 10, 0)


def test_a_holiday_may_be_worked_and_a_working_day_taken_off() -> None:
    office = OFFICE.model_copy(
        update={"country": "DE", "open_on": (date(2026, 5, 1),), "holidays": (date(2026, 5, 4),)}
    )
    assert not office.off(date(2026, 5, 1))
    assert office.off(date(2026, 5, 4))
    assert office.off(date(2026, 5, 14)), "Ascension Day"
    saturday = date(2026, 10, 3)
    assert OFFICE.off(saturday)
    assert not OFFICE.model_copy(update={"open_on": (saturday,)}).off(saturday)
    assert OFFICE.model_copy(update={"open_on": (saturday,), "holidays": (saturday,)}).off(saturday)


def test_the_days_that_make_up_for_a_long_holiday_are_worked() -> None:
    china = OfficeHours.model_validate({"time_zone": "Asia/Shanghai", "country": "CN", "open_on": ["2026-02-14"]})
    assert china.closes_at(datetime(2026, 2, 14, 2, 0, tzinfo=UTC)) == datetime(2026, 2, 14, 10, 0, tzinfo=UTC)
    assert china.closes_at(datetime(2026, 2, 7, 2, 0, tzinfo=UTC)) is None, "any other Saturday"


def test_a_wrong_calendar_says_what_is_known() -> None:
    with pytest.raises(ValidationError, match="country 'GX'; write its two letters"):
        OfficeHours.model_validate({"country": "GX"})
    with pytest.raises(ValidationError, match=r"known: .*BY"):
        OfficeHours.model_validate({"country": "DE", "region": "Bavaria"})
    with pytest.raises(ValidationError, match="add country"):
        OfficeHours.model_validate({"region": "BY"})


@pytest.mark.parametrize(
    ("moment", "opens", "closes"),
    [
        (berlin(2026, 11, 4, 8, 59), berlin(2026, 11, 4, 9, 0), None),
        (berlin(2026, 11, 4, 9, 0), berlin(2026, 11, 5, 9, 0), berlin(2026, 11, 4, 18, 0)),
        (berlin(2026, 11, 4, 17, 59), berlin(2026, 11, 5, 9, 0), berlin(2026, 11, 4, 18, 0)),
        (berlin(2026, 11, 4, 18, 0), berlin(2026, 11, 5, 9, 0), None),
        (berlin(2026, 11, 6, 20, 0), berlin(2026, 11, 9, 9, 0), None),
        # Friday before the clocks go back: nine on Monday is one hour later in UTC.
        (berlin(2026, 10, 23, 20, 0), berlin(2026, 10, 26, 9, 0), None),
    ],
)
def test_when_the_office_opens_and_closes(moment: datetime, opens: datetime, closes: datetime | None) -> None:
    assert OFFICE.opens_at(moment.astimezone(UTC)) == opens
    assert OFFICE.closes_at(moment.astimezone(UTC)) == closes


def test_an_office_that_never_opens_again_says_so() -> None:
    days = tuple(date(2026, 1, 1) + timedelta(days=number) for number in range(4_000))
    assert OFFICE.model_copy(update={"holidays": days}).opens_at(berlin(2026, 1, 5, 10, 0)) is None


SHORT = OfficeHours.model_validate(
    {
        "time_zone": "Europe/Berlin",
        "hours": {"wed": [["09:00", "12:30"], ["13:30", "18:00"]], "fri": ["09:00", "15:00"]},
    }
)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (berlin(2026, 11, 4, 11, 0), 2, berlin(2026, 11, 4, 14, 0)),
        (berlin(2026, 11, 4, 11, 0), 1.5, berlin(2026, 11, 4, 12, 30)),
        (berlin(2026, 11, 4, 13, 0), 1, berlin(2026, 11, 4, 14, 30)),
        (berlin(2026, 11, 4, 17, 0), 2, berlin(2026, 11, 5, 10, 0)),
        (berlin(2026, 11, 6, 14, 0), 2, berlin(2026, 11, 9, 10, 0)),
    ],
)
def test_breaks_and_short_days_do_not_count(start: datetime, hours: float, due: datetime) -> None:
    assert SHORT.add(start, timedelta(hours=hours)) == due


@pytest.mark.parametrize(
    ("moment", "opens", "closes"),
    [
        (berlin(2026, 11, 4, 10, 0), berlin(2026, 11, 4, 13, 30), berlin(2026, 11, 4, 12, 30)),
        (berlin(2026, 11, 4, 12, 30), berlin(2026, 11, 4, 13, 30), None),
        (berlin(2026, 11, 4, 15, 0), berlin(2026, 11, 5, 9, 0), berlin(2026, 11, 4, 18, 0)),
        (berlin(2026, 11, 6, 15, 0), berlin(2026, 11, 9, 9, 0), None),
    ],
)
def test_an_office_closes_for_its_break(moment: datetime, opens: datetime, closes: datetime | None) -> None:
    assert (SHORT.opens_at(moment), SHORT.closes_at(moment)) == (opens, closes)


@pytest.mark.parametrize(
    ("hours", "reason"),
    [
        ({"fri": ["15:00", "09:00"]}, "the closing '09:00' must be later than the opening '15:00'"),
        ({"fri": [["13:00", "18:00"], ["09:00", "12:00"]]}, "'09:00' must be later than the closing before it"),
        ({"fri": "09:00-15:00"}, "a list of such pairs, found '09:00-15:00'"),
        ({"fri": []}, "a list of such pairs"),
        ({"fri": ["09:00", "3 pm"]}, "write the time as \"HH:MM\", found '3 pm'"),
        ({"fri": ["09:00"]}, "write opening and closing as"),
        ({"fri": [["09:00", "25:00"]]}, 'from "00:00" to "24:00", found \'25:00\''),
        ({"fri": [9, 15]}, "write opening and closing as"),
        ({"friday": ["09:00", "15:00"]}, "friday"),
        ({"sat": ["10:00", "14:00"]}, "hours.sat has no effect: add sat to days"),
    ],
)
def test_hours_of_a_day_that_cannot_be_are_refused(hours: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(reason)):
        OfficeHours.model_validate({"hours": hours})


def test_a_made_up_saturday_may_have_hours_of_its_own() -> None:
    office = OfficeHours.model_validate({"open_on": ["2026-02-14"], "hours": {"sat": ["10:00", "14:00"]}})
    ((opens, closes),) = office.intervals(date(2026, 2, 14))
    assert (opens.hour, closes.hour) == (10, 14)
    assert office.intervals(date(2026, 2, 21)) == ()


def test_a_team_takes_over_short_days_unless_it_has_hours_of_its_own() -> None:
    company = Company(
        office=SHORT,
        teams={
            "late": OfficeHours.model_validate({"close": "20:00"}),
            "far": OfficeHours.model_validate({"time_zone": "Asia/Tokyo"}),
            "four": OfficeHours.model_validate({"days": ["mon", "tue", "wed", "thu"]}),
        },
    )
    friday = date(2026, 11, 6)
    assert company.office_of("late").intervals(friday)[0][1] == berlin(2026, 11, 6, 20, 0)
    assert company.office_of("far").intervals(friday)[0][1] == datetime(2026, 11, 6, 6, 0, tzinfo=UTC)
    assert company.office_of("four").intervals(friday) == ()


COMPANY = {
    "office": {"time_zone": "Europe/Berlin", "country": "DE", "region": "BY"},
    "teams": {"finance": {"close": "12:00"}, "warehouse": {"time_zone": "Asia/Shanghai", "country": "CN"}},
    "hours": {"high": 4},
}


def test_a_team_has_its_own_hours_and_takes_over_the_rest() -> None:
    company = Company.model_validate(COMPANY)
    finance, warehouse = company.office_of("finance"), company.office_of("warehouse")
    assert (finance.time_zone, finance.region, finance.close) == ("Europe/Berlin", "BY", 12 * 60)
    assert (warehouse.time_zone, warehouse.country, warehouse.region) == ("Asia/Shanghai", "CN", None)
    assert company.office_of("orders") is company.office
    assert company.office_of(None) is company.office


def test_the_company_clock_runs_in_the_teams_hours() -> None:
    clocks = Clocks.model_validate({"company": COMPANY})
    arrived = berlin(2026, 11, 4, 9, 0)
    assert clocks.due(arrived, Priority.HIGH, None, "orders").company == berlin(2026, 11, 4, 13, 0)
    assert clocks.due(arrived, Priority.HIGH, None, "finance").company == berlin(2026, 11, 5, 10, 0)
    # It is 16:00 in Shanghai: two hours are left, and two more come the next morning.
    assert clocks.due(arrived, Priority.HIGH, None, "warehouse").company == datetime(2026, 11, 5, 3, 0, tzinfo=UTC)


def test_teams_keep_their_hours_in_another_office() -> None:
    company = Company.model_validate(COMPANY).with_office(OfficeHours.model_validate({"time_zone": "Asia/Tokyo"}))
    assert company.office_of("finance").time_zone == "Asia/Tokyo"
    assert company.office_of("finance").close == 12 * 60
    late = OfficeHours.model_validate({"open": "13:00", "close": "20:00"})
    with pytest.raises(ValidationError, match=r"teams\.finance"):
        company.with_office(late)
