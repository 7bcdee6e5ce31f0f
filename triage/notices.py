"""Whether a customer gets a notice: the shop's policy as data, and a pure rule that says why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, field_validator

from replies.notices import Stage
from tickets.marketplace_names import marketplace_family
from tickets.records import Channel, Decision, Message
from tickets.rulefile import Rules, read_rules
from triage.routing import Name, begins
from triage.self_harm import speaks_of_self_harm

SHIPPED = Path(__file__).with_name("notices.yaml")
OWN_FILE = "notices.yaml"

Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 60)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
# The headers that a message may bring along: `api` keeps no others.
Header = Literal[
    "auto-submitted",
    "precedence",
    "x-auto-response-suppress",
    "x-autoreply",
    "x-autorespond",
    "x-failed-recipients",
    "list-id",
    "list-unsubscribe",
]
ANY = "*"


class WhyNot(StrEnum):
    """Why there is no notice."""

    OFF = "off"
    STAGE = "stage"
    CHANNEL = "channel"
    MARKETPLACE = "marketplace"
    AUTOMATIC = "automatic"
    INTENT = "intent"
    REASON = "reason"


class StageRule(Rules):
    """Whether a stage is told, and so many minutes after it came; left out, as it ships."""

    send: bool = False
    after_minutes: Minutes | None = None


@dataclass(frozen=True, slots=True)
class StagePlan:
    """Whether a stage is told, and after which time."""

    send: bool
    after: timedelta


_PLANS: Mapping[Stage, StagePlan] = {
    Stage.RECEIVED: StagePlan(True, timedelta()),
    Stage.DELAYED: StagePlan(True, timedelta(minutes=15)),
    Stage.WAITING: StagePlan(False, timedelta(days=3)),
    Stage.SOLVED: StagePlan(False, timedelta(minutes=30)),
}


class MostADay(Rules):
    """How many notices a thread and a recipient get within 24 hours."""

    thread: int = Field(default=1, ge=1, le=24)
    recipient: int = Field(default=3, ge=1, le=100)


class Automatic(Rules):
    """What tells a message that a program wrote."""

    headers: Mapping[Header, tuple[Text, ...]] = Field(default_factory=dict)
    senders: tuple[Text, ...] = ()
    subjects: tuple[Text, ...] = ()

    def wrote(self, message: Message) -> bool:
        """Say whether a program wrote a message."""
        return self._by_header(message.headers) or self._by_sender(message) or self._by_subject(message.subject or "")

    def _by_header(self, headers: Mapping[str, str]) -> bool:
        found = {name.lower(): value.strip().casefold() for name, value in headers.items()}
        return any(
            name in found and any(value == ANY or found[name].startswith(value.casefold()) for value in values)
            for name, values in self.headers.items()
        )

    def _by_sender(self, message: Message) -> bool:
        address = (message.customer.email if message.customer else None) or ""
        local = address.partition("@")[0].strip().casefold()
        # What follows a plus or an equals sign names the one delivery: bounces+123@…
        return local.split("+", 1)[0].split("=", 1)[0] in {name.casefold() for name in self.senders}

    def _by_subject(self, subject: str) -> bool:
        plain = " ".join(subject.casefold().split())
        return any(plain.startswith(beginning.casefold()) for beginning in self.subjects)


def _shipped_automatic() -> Automatic:
    """Return the shipped signs of a program: a shop's file that says nothing of them keeps them."""
    return NoticePolicy.load().automatic


class NoticePolicy(Rules):
    """The whole file."""

    guide: ClassVar[str] = "docs/acknowledgements.md"

    send: bool = False
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.FORM)
    marketplaces: tuple[Name, ...] = ()
    stages: Mapping[Stage, StageRule] = Field(default_factory=dict)
    not_intents: tuple[Name, ...] = ("other.spam", "service.thanks")
    not_reasons: tuple[Name, ...] = ("safety",)
    most_a_day: MostADay = MostADay()
    automatic: Automatic = Field(default_factory=_shipped_automatic)

    @field_validator("marketplaces")
    @classmethod
    def _no_amazon(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # An automatic reply is no answer there, and the message would look answered to the shop's people.
        families = tuple(dict.fromkeys(marketplace_family(name) for name in value))
        if "amazon" in families:
            raise ValueError("amazon takes no automatic reply for an answer: leave it out")
        return families

    @classmethod
    def load(cls, path: Path | None = None) -> NoticePolicy:
        """Load the policy of a file, or the shipped one.

        Raises:
            InvalidInputError: The file is unreadable or wrong; names file, place and remedy.
        """
        return read_rules(path or SHIPPED, cls)

    def plan(self, stage: Stage) -> StagePlan:
        """Return what is said of a stage; what the file leaves out is as it ships."""
        given, shipped = self.stages.get(stage), _PLANS[stage]
        if given is None:
            return shipped
        after = shipped.after if given.after_minutes is None else timedelta(minutes=given.after_minutes)
        return StagePlan(given.send, after)


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """What decides on a notice: the customer's message, and what is known of it."""

    message: Message
    intent: str | None = None
    reasons: tuple[str, ...] = ()

    @classmethod
    def of(cls, message: Message, decision: Decision) -> NoticeContext:
        """Gather what is known of a message and its decision; where the head abstains, its first guess counts."""
        first = decision.intents[0].name if decision.intents else None
        return cls(message, decision.intent or first, decision.escalation.reasons)


def why_not(policy: NoticePolicy, stage: Stage, context: NoticeContext) -> WhyNot | None:
    """Say why a customer gets no notice; None where one may go out."""
    if not policy.send:
        return WhyNot.OFF
    if not policy.plan(stage).send:
        return WhyNot.STAGE
    return _wrong_place(policy, context.message) or _wrong_matter(policy, context)


def _wrong_place(policy: NoticePolicy, message: Message) -> WhyNot | None:
    if message.marketplace or message.channel is Channel.MARKETPLACE:
        # Its messages come by mail as well: the marketplace decides, not the channel.
        return None if marketplace_family(message.marketplace) in policy.marketplaces else WhyNot.MARKETPLACE
    return None if message.channel in policy.channels else WhyNot.CHANNEL


def _wrong_matter(policy: NoticePolicy, context: NoticeContext) -> WhyNot | None:
    if policy.automatic.wrote(context.message):
        return WhyNot.AUTOMATIC
    if any(begins(context.intent or "none", prefix) for prefix in policy.not_intents):
        return WhyNot.INTENT
    unfit = any(reason in policy.not_reasons for reason in context.reasons)
    return WhyNot.REASON if unfit or speaks_of_self_harm(context.message.text) else None
