"""The rules by marketplace: those that ship, and what a shop adds, changes and switches off in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from replies.rules.contact import Kind
from replies.rules.patterns import refuse_slow
from replies.rules.topics import Topics, shipped_topics
from tickets.errors import InvalidInputError
from tickets.marketplace_names import marketplace_family
from tickets.records import Channel
from tickets.rulefile import Rules, read_rules

SHIPPED = Path(__file__).with_name("marketplaces.yaml")
OWN_FILE = "marketplace_rules.yaml"
OTHER = "other"
OWN = "own"
"""The profile of the shop's own channels, e-mail and chat: no rule but the shop's own."""

MAX_RULES = 200


class Severity(StrEnum):
    """Whether a reply may go out with a finding."""

    BLOCK = "block"
    WARN = "warn"


class Standing(StrEnum):
    """How well a rule is known."""

    OFFICIAL = "official"
    THIRD_PARTY = "third_party"
    MEMORY = "memory"
    SHOP = "shop"


def _known_topic(name: str) -> str:
    names = shipped_topics().names
    if name not in names:
        raise ValueError(f"unknown topic {name!r}; known: {', '.join(sorted(names))}")
    return name


def _sound_pattern(pattern: str) -> str:
    refuse_slow(pattern)
    return pattern


RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,19}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Topic = Annotated[str, AfterValidator(_known_topic)]
Phrase = Annotated[str, StringConstraints(min_length=2, max_length=300)]
Pattern = Annotated[str, StringConstraints(min_length=1), AfterValidator(_sound_pattern)]
Market = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
MendKind = Literal["here", "cancel", "opinion", "soon"]


class Rule(Rules):
    """One rule: what it looks for, how grave it is, why it is there and how well that is known."""

    guide: ClassVar[str] = "docs/marketplaces.md"

    id: RuleId
    severity: Severity
    explanation: Text
    source: Text
    standing: Standing
    find: tuple[Kind, ...] = ()
    topics: tuple[Topic, ...] = ()
    masked: Literal["only", "never"] | None = None
    languages: tuple[Language, ...] = ()
    except_markets: tuple[Market, ...] = ()
    yields_to: tuple[RuleId, ...] = ()
    mend: MendKind | None = None
    phrases: tuple[Phrase, ...] = ()
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _finds_something(self) -> Rule:
        if not (self.find or self.topics or self.phrases or self.pattern):
            raise ValueError("the rule looks for nothing: give it find, topics, phrases or pattern")
        if Kind.LANGUAGE in self.find and not self.languages:
            raise ValueError("find: language needs languages, the ones that are allowed")
        return self


class ShopRule(Rules):
    """A rule of a shop's own: phrases or a pattern that its replies must not hold."""

    guide: ClassVar[str] = "docs/marketplaces.md"

    id: RuleId
    severity: Severity = Severity.WARN
    explanation: Text
    marketplaces: tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...] = ()
    channels: tuple[Channel, ...] = ()
    find: tuple[Kind, ...] = ()
    topics: tuple[Topic, ...] = ()
    languages: tuple[Language, ...] = ()
    phrases: Annotated[tuple[Phrase, ...], Field(max_length=100)] = ()
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _finds_something(self) -> ShopRule:
        self.rule()
        return self

    def rule(self) -> Rule:
        """Return it in the shape of the shipped rules."""
        return Rule(
            id=self.id,
            severity=self.severity,
            explanation=self.explanation,
            source=OWN_FILE,
            standing=Standing.SHOP,
            find=self.find,
            topics=self.topics,
            languages=self.languages,
            phrases=self.phrases,
            pattern=self.pattern,
        )


class Profile(Rules):
    """A marketplace's rules, and within how many hours it wants an answer."""

    guide: ClassVar[str] = "docs/marketplaces.md"

    title: Text
    rules: tuple[Rule, ...]
    reply_within_h: Annotated[float, Field(gt=0)] | None = None


class _ShippedRules(Rules):
    guide: ClassVar[str] = "docs/marketplaces.md"

    marketplaces: Mapping[str, Profile]


class ShopRules(Rules):
    """The shop's file: what is switched off, made graver or milder, and added.

    With `confirm_warnings` a reply with warnings is taken only when it names them in `override`.
    """

    guide: ClassVar[str] = "docs/marketplaces.md"

    switch_off: tuple[RuleId, ...] = ()
    severity: Mapping[RuleId, Severity] = Field(default_factory=dict)
    rules: Annotated[tuple[ShopRule, ...], Field(max_length=MAX_RULES)] = ()
    confirm_warnings: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule where it holds: on one profile, for some channels."""

    rule: Rule
    channels: frozenset[Channel] = frozenset()


@dataclass(frozen=True)
class RuleBook:
    """All rules in force, by profile."""

    profiles: Mapping[str, tuple[Bound, ...]]
    titles: Mapping[str, str]
    reply_within_h: Mapping[str, float] = field(default_factory=dict)
    confirm_warnings: bool = False
    own_topics: Topics | None = None

    @classmethod
    def load(cls, own: Path | None = None) -> RuleBook:
        """Read the shipped rules and, where there is one, the shop's file.

        Raises:
            InvalidInputError: The shop's file is unreadable or wrong; names file, line, place and remedy.

        """
        shop = ShopRules() if own is None else read_rules(own, ShopRules)
        shipped = shipped_profiles()
        _check_names(shop, {rule.id for profile in shipped.values() for rule in profile.rules}, own)
        profiles = {
            name: tuple(
                Bound(rule.model_copy(update={"severity": shop.severity.get(rule.id, rule.severity)}))
                for rule in profile.rules
                if rule.id not in shop.switch_off
            )
            for name, profile in shipped.items()
        }
        profiles[OWN] = ()
        for item in shop.rules:
            bound = Bound(item.rule(), frozenset(item.channels))
            places = {marketplace_family(name) for name in item.marketplaces} or set(profiles)
            for name in sorted(places):
                # A marketplace that no shipped rules are for has those of `other` and the shop's.
                profiles[name] = (*profiles.get(name, profiles[OTHER]), bound)
        return cls(
            profiles=profiles,
            titles={name: profile.title for name, profile in shipped.items()} | {OWN: "own channels"},
            reply_within_h={n: p.reply_within_h for n, p in shipped.items() if p.reply_within_h is not None},
            confirm_warnings=shop.confirm_warnings,
            own_topics=_own_topics(shop),
        )

    def profile(self, marketplace: str | None, channel: Channel | None) -> str:
        """Name the profile whose rules hold for a reply."""
        family = marketplace_family(marketplace)
        if not family:
            return OTHER if channel is Channel.MARKETPLACE else OWN
        return family if family in self.profiles else OTHER

    def rules(self, profile: str, channel: Channel | None) -> list[Rule]:
        """Return the rules of a profile that hold on a channel."""
        return [bound.rule for bound in self.profiles[profile] if not bound.channels or (channel in bound.channels)]


@lru_cache(maxsize=1)
def shipped_profiles() -> Mapping[str, Profile]:
    """Return the rules that ship, read once."""
    return read_rules(SHIPPED, _ShippedRules).marketplaces


def _own_topics(shop: ShopRules) -> Topics | None:
    phrases = {rule.id: {"any": rule.phrases} for rule in shop.rules if rule.phrases}
    return Topics(phrases, {}, {}, ()) if phrases else None


def _check_names(shop: ShopRules, known: set[str], path: Path | None) -> None:
    """Refuse names of rules that there are not: such a line would change nothing."""
    for place, names in (("switch_off", shop.switch_off), ("severity", tuple(shop.severity))):
        for name in names:
            if name not in known:
                raise InvalidInputError(
                    f"{path}: {place}: no shipped rule has the id {name!r}",
                    field=f"{path}:{place}",
                    hint=f"Shipped: {', '.join(sorted(known))}.",
                )
    ids = [rule.id for rule in shop.rules]
    for name in ids:
        if name in known or ids.count(name) > 1:
            raise InvalidInputError(
                f"{path}: rules: the id {name!r} is taken",
                field=f"{path}:rules",
                hint="Give each rule an id of its own.",
            )
