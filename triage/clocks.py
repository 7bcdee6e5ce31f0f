"""Due times: the marketplace's clock, on which every hour counts, and the company's, which runs in office hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from tickets.marketplace_names import checked_marketplace, is_marketplace, marketplace_branch
from tickets.records import Due, Priority
from tickets.rulefile import Rules
from triage.public_holidays import check_calendar, is_holiday

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Ten years of closed days: a calendar that has no open hour in that time is a mistake, not a holiday.
_MAX_DAYS = 3_660
_DAY_END = 24 * 60


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}; use a name such as Europe/Berlin") from error
    return name


def _minutes(value: object) -> object:
    """Turn "09:30" into minutes after midnight; "24:00" is the end of the day."""
    if not isinstance(value, str):
        raise ValueError(f'write the time in quotes as "HH:MM", found {value!r}')
    hours, separator, minutes = value.partition(":")
    if not (separator and hours.isdecimal() and minutes.isdecimal()) or len(value) > 5:
        raise ValueError(f'write the time as "HH:MM", found {value!r}')
    return int(hours) * 60 + int(minutes)


def _within_a_day(value: object) -> int:
    minutes = _minutes(value)
    if not isinstance(minutes, int) or minutes > _DAY_END:
        raise ValueError(f'write a time from "00:00" to "24:00", found {value!r}')
    return minutes


def _pairs(value: object) -> object:
    """Turn ["09:00", "15:00"], or a list of such pairs, into pairs of minutes after midnight."""
    given = [value] if isinstance(value, list | tuple) and value and isinstance(value[0], str) else value
    if not isinstance(given, list | tuple) or not given:
        raise ValueError(f'write ["09:00", "15:00"], or a list of such pairs, found {value!r}')
    pairs: list[tuple[int, int]] = []
    for pair in given:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError(f'write opening and closing as ["09:00", "15:00"], found {pair!r}')
        opens, closes = map(_within_a_day, pair)
        if closes <= opens:
            raise ValueError(f"the closing {pair[1]!r} must be later than the opening {pair[0]!r}")
        if pairs and opens <= pairs[-1][1]:
            raise ValueError(f"{pair[0]!r} must be later than the closing before it: put the pairs in order")
        pairs.append((opens, closes))
    return tuple(pairs)


Minutes = Annotated[int, BeforeValidator(_minutes), Field(ge=0, le=_DAY_END)]
DayHours = Annotated[tuple[tuple[int, int], ...], BeforeValidator(_pairs)]
Hours = Annotated[float, Field(gt=0, le=8_760)]


Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Region = Annotated[str, StringConstraints(min_length=1, max_length=30)]
TeamName = Annotated[str, StringConstraints(min_length=1, max_length=80)]
MarketplaceName = Annotated[str, StringConstraints(max_length=80), AfterValidator(checked_marketplace)]


class OfficeHours(Rules):
    """When people work: days and hours in one time zone, without holidays.

    `country` and `region` (ISO 3166) name the calendar of public holidays, `holidays` lists further days off, and
    `open_on` lists days that are worked although they are a public holiday or not among `days`. `hours` gives days of
    the week other hours than `open` and `close`, or several openings with breaks between.
    """

    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
    open: Minutes = Field(default="09:00", validate_default=True)
    close: Minutes = Field(default="18:00", validate_default=True)
    hours: Mapping[Day, DayHours] = Field(default_factory=dict)
    country: Country | None = None
    region: Region | None = None
    holidays: tuple[date, ...] = ()
    open_on: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _has_hours(self) -> OfficeHours:
        self.check()
        unworked = [day for day in self.hours if day not in self.days]
        if unworked and not self.open_on:
            raise ValueError(f"hours.{unworked[0]} has no effect: add {unworked[0]} to days, or take its hours out")
        return self

    def check(self) -> None:
        """Refuse hours that cannot be.

        Raises:
            ValueError: No working day, a close before the opening, or a calendar that nobody has.
        """
        if not self.days:
            raise ValueError("days is empty: name at least one working day, or leave the company clock out")
        if self.close <= self.open:
            raise ValueError("close must be later than open")
        if self.country is not None:
            check_calendar(self.country, self.region)
        elif self.region is not None:
            raise ValueError(f"region {self.region!r} needs the country that it lies in: add country")

    def off(self, day: date) -> bool:
        """Say whether nobody works on a local day."""
        if day in self.holidays:
            return True
        if day in self.open_on:
            return False
        if _DAYS[day.weekday()] not in self.days:
            return True
        return self.country is not None and is_holiday(day, self.country, self.region)

    def intervals(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return the day's openings and closings in UTC, in order; none on a day off."""
        if self.off(day):
            return ()
        zone = ZoneInfo(self.time_zone)
        pairs = self.hours.get(_DAYS[day.weekday()], ((self.open, self.close),))
        return tuple((_instant(day, opens, zone), _instant(day, closes, zone)) for opens, closes in pairs)

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """Return the moment at which so much office time has passed since an aware start, in UTC.

        Clock changes are no trap: what counts is time that really passed between opening and closing.

        Raises:
            ValueError: The start is naive, or the calendar has no office time within ten years.
        """
        if start.tzinfo is None:
            raise ValueError("the start needs a time zone")
        moment, left = start.astimezone(UTC), duration
        day = start.astimezone(ZoneInfo(self.time_zone)).date()
        for _ in range(_MAX_DAYS):
            for opens, closes in self.intervals(day):
                if moment < closes:
                    moment = max(moment, opens)
                    if closes - moment >= left:
                        return moment + left
                    left -= closes - moment
                    moment = closes
            day += timedelta(days=1)
        raise ValueError(f"no office time for {duration} within ten years of {start.isoformat()}")

    def closes_at(self, moment: datetime) -> datetime | None:
        """Return when the office that is open at an aware moment closes, be it for a break, in UTC; None if closed."""
        intervals = self.intervals(moment.astimezone(ZoneInfo(self.time_zone)).date())
        return next((closes for opens, closes in intervals if opens <= moment < closes), None)

    def opens_at(self, moment: datetime) -> datetime | None:
        """Return the next opening after an aware moment, in UTC; None where there is none within ten years."""
        day = moment.astimezone(ZoneInfo(self.time_zone)).date()
        for _ in range(_MAX_DAYS):
            coming = next((opens for opens, _ in self.intervals(day) if opens > moment), None)
            if coming is not None:
                return coming
            day += timedelta(days=1)
        return None


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    if minutes == _DAY_END:
        day, minutes = day + timedelta(days=1), 0
    return datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone).astimezone(UTC)


class Company(Rules):
    """The company's own promise: office hours, and for each priority how many of them an answer may take.

    A team under `teams` has its own hours; what it leaves out is as the office has it.
    """

    office: OfficeHours = OfficeHours()
    teams: Mapping[TeamName, OfficeHours] = Field(default_factory=dict)
    hours: Mapping[Priority, Hours] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _teams_fit(self) -> Company:
        for team in self.teams:
            try:
                self.office_of(team).check()
            except ValueError as error:
                raise ValueError(f"teams.{team}, with what it takes over from the office: {error}") from error
        return self

    def with_office(self, office: OfficeHours) -> Company:
        """Return the same promise in other office hours; teams keep their own.

        Raises:
            ValueError: A team's own hours do not fit to them.
        """
        return Company(office=office, teams=self.teams, hours=self.hours)

    def office_of(self, team: str | None) -> OfficeHours:
        """Return the hours of a team: its own, laid over the office's."""
        own = self.teams.get(team or "")
        if own is None:
            return self.office
        given = {name: getattr(own, name) for name in own.model_fields_set}
        if "country" in given:
            # The office's region lies in the office's country.
            given.setdefault("region", None)
        if {"open", "close"} & given.keys():
            # Who has other hours has them on every day, also where the office has a day of its own.
            given.setdefault("hours", {})
        return self.office.model_copy(update=given)


class Clocks(Rules):
    """All clocks: hours by marketplace or one of its branches, every hour counting, and the company's."""

    marketplaces: Mapping[MarketplaceName, Hours] = Field(default_factory=dict)
    company: Company | None = None

    def due(self, received_at: datetime, priority: Priority, marketplace: str | None, team: str | None = None) -> Due:
        """Return when an answer is due by either clock, in UTC; None where a clock does not run.

        The company's clock runs in the team's hours.
        """
        received_at = received_at.astimezone(UTC)
        hours = self._hours_of(marketplace)
        by_marketplace = None if hours is None else received_at + timedelta(hours=hours)
        by_company = None
        if self.company and priority in self.company.hours:
            by_company = self.company.office_of(team).add(received_at, timedelta(hours=self.company.hours[priority]))
        return Due(marketplace=by_marketplace, company=by_company)

    def _hours_of(self, marketplace: str | None) -> float | None:
        """Return a marketplace's hours: a branch's own before those of all; where no branch is named, the fewest."""
        named = bool(marketplace_branch(marketplace))
        fitting = [
            (bool(marketplace_branch(name)) != named, hours)
            for name, hours in self.marketplaces.items()
            if is_marketplace(marketplace, name)
        ]
        return min(fitting)[1] if fitting else None
