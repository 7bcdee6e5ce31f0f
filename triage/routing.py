"""Route a message: rules as data say which team sees it, how soon, with which tags, and by when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, ValidationError, model_validator

from tickets.errors import InvalidInputError
from tickets.marketplace_names import is_marketplace
from tickets.records import Channel, Priority, Routing
from tickets.rulefile import Rules, read_rules
from triage.clocks import Clocks, MarketplaceName, OfficeHours

SHIPPED = Path(__file__).with_name("routing.yaml")

_PRIORITIES = tuple(Priority)
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]


@dataclass(frozen=True, slots=True)
class RouteContext:
    """All that a rule may ask about a message; `amount_usd` is the largest sum named, roughly in US dollars."""

    intent: str | None = None
    also: tuple[str, ...] = ()
    escalate: bool = False
    reasons: tuple[str, ...] = ()
    sentiment: str = "neutral"
    level: str | None = None
    marketplace: str | None = None
    channel: Channel | None = None
    language: str = "und"
    amount_usd: Decimal | None = None
    attachments: bool = False
    received_at: datetime | None = None


class Condition(Rules):
    """When a rule applies: every key that is given must hold, and one of its values must fit.

    `intent` and `also` take a label or its beginning up to a dot; `intent: [none]` means that the head abstained.
    """

    intent: tuple[Name, ...] = ()
    also: tuple[Name, ...] = ()
    escalate: bool | None = None
    reason: tuple[Name, ...] = ()
    sentiment: tuple[Name, ...] = ()
    level: tuple[str, ...] = ()
    marketplace: tuple[MarketplaceName, ...] = ()
    channel: tuple[Channel, ...] = ()
    language: tuple[Name, ...] = ()
    amount_over_usd: Decimal | None = None
    attachments: bool | None = None

    def holds(self, context: RouteContext) -> bool:
        """Say whether the message meets every given key."""
        return (
            self.holds_for(context.intent)
            and (not self.also or any(begins(label, prefix) for label in context.also for prefix in self.also))
            and self.escalate in (None, context.escalate)
            and self.attachments in (None, context.attachments)
            and _one_of(self.reason, context.reasons)
            and _one_of(self.sentiment, (context.sentiment,))
            and _one_of(tuple(level.lower() for level in self.level), ((context.level or "").lower(),))
            and (not self.marketplace or any(is_marketplace(context.marketplace, name) for name in self.marketplace))
            and _one_of(self.channel, (context.channel,))
            and _one_of(self.language, (context.language,))
            and (self.amount_over_usd is None or (context.amount_usd or Decimal(0)) > self.amount_over_usd)
        )

    def holds_for(self, intent: str | None) -> bool:
        """Say whether a message with this intent may meet the condition."""
        return not self.intent or any(begins(intent or "none", prefix) for prefix in self.intent)


def _one_of(wanted: Sequence[object], found: Sequence[object]) -> bool:
    return not wanted or any(value in wanted for value in found)


def begins(label: str, prefix: str) -> bool:
    """Say whether a label is the prefix, or goes on behind it with a dot."""
    return label == prefix or label.startswith(prefix + ".")


class Rule(Rules):
    """One rule: a condition, and what it brings. Its name is for people and for error messages."""

    name: str
    when: Condition = Condition()
    team: Name | None = None
    priority: Priority | None = None
    tags: tuple[Name, ...] = ()


class RoutingRules(Rules):
    """The whole routing file."""

    teams: tuple[Name, ...] = Field(min_length=1)
    default_team: Name
    default_priority: Priority = Priority.NORMAL
    rules: tuple[Rule, ...] = ()
    clocks: Clocks = Clocks()

    @model_validator(mode="after")
    def _teams_are_known(self) -> RoutingRules:
        used = {"default_team": self.default_team} | {
            f"rule {rule.name!r}": rule.team for rule in self.rules if rule.team
        }
        if self.clocks.company:
            used |= {f"clocks.company.teams.{team}": team for team in self.clocks.company.teams}
        for place, team in used.items():
            if team not in self.teams:
                raise ValueError(f"{place} names the team {team!r}, which is not in teams: {', '.join(self.teams)}")
        return self


class Router:
    """Applies the rules: the first rule with a team gives the team, the highest priority wins, tags add up.

    Args:
        rules: The routing file.
        time_zone: The shop's, where no company clock says it.

    """

    def __init__(self, rules: RoutingRules, time_zone: str = "UTC") -> None:
        self.rules = rules
        self._time_zone = time_zone
        # Most rules are about a few intents: those that can apply are looked up, not asked one by one.
        self._for_intent: dict[str | None, tuple[Rule, ...]] = {}

    @classmethod
    def load(cls, path: Path | None = None) -> Router:
        """Load the rules of a file, or the shipped ones.

        Raises:
            InvalidInputError: The file is unreadable or wrong; names file, place and remedy.
        """
        return cls(read_rules(path or SHIPPED, RoutingRules))

    def with_office(self, office: OfficeHours) -> Router:
        """Return a router whose company clock runs in these office hours; teams keep their own.

        Where there is no such clock, the shop's days are still those of the office.

        Raises:
            InvalidInputError: A team's own hours do not fit to them.
        """
        clocks = self.rules.clocks
        if clocks.company is None:
            return Router(self.rules, office.time_zone)
        try:
            company = clocks.company.with_office(office)
        except ValidationError as error:
            raise InvalidInputError(
                f"office_hours and clocks.company.teams do not fit: {error.errors()[0]['msg']}",
                field="office_hours",
                hint="Give the team its own open, close, country and region in routing.yaml.",
            ) from error
        clocks = clocks.model_copy(update={"company": company})
        return Router(self.rules.model_copy(update={"clocks": clocks}))

    def with_time_zone(self, time_zone: str) -> Router:
        """Return a router whose days and office hours are those of another zone; teams keep their own."""
        company = self.rules.clocks.company
        router = Router(self.rules, time_zone)
        return router.with_office(company.office.model_copy(update={"time_zone": time_zone})) if company else router

    def office_of(self, team: str) -> OfficeHours | None:
        """Return when a team works; None where no company clock is set."""
        company = self.rules.clocks.company
        return company.office_of(team) if company else None

    def day(self, moment: datetime) -> date:
        """Return the shop's day at an aware moment: that of its office, else of the shop's time zone."""
        company = self.rules.clocks.company
        return moment.astimezone(ZoneInfo(company.office.time_zone if company else self._time_zone)).date()

    def route(self, context: RouteContext) -> Routing:
        """Return team, priority, tags and due times; the same context always gives the same answer."""
        if context.intent not in self._for_intent:
            fitting = (rule for rule in self.rules.rules if rule.when.holds_for(context.intent))
            self._for_intent[context.intent] = tuple(fitting)
        matching = [rule for rule in self._for_intent[context.intent] if rule.when.holds(context)]
        team = next((rule.team for rule in matching if rule.team), self.rules.default_team)
        priorities = [rule.priority for rule in matching if rule.priority] or [self.rules.default_priority]
        priority = max(priorities, key=_PRIORITIES.index)
        tags = tuple(dict.fromkeys(tag for rule in matching for tag in rule.tags))
        received_at = context.received_at or datetime.now(UTC)
        return Routing(team, priority, tags, self.rules.clocks.due(received_at, priority, context.marketplace, team))
