"""What a chatbot may say alone: the shop's policy as data, and the few things that no policy can allow.

`judge` is a pure rule: what is known of a question in, a verdict with its reason out. Whether there is a good passage
is not asked here.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from models.prediction import Reason
from models.text.folding import fold
from models.text.phrases import PhraseBook
from tickets.errors import InvalidInputError
from tickets.marketplace_names import marketplace_family
from tickets.records import Channel, Decision, Message
from tickets.rulefile import Rules, read_rules
from triage.clocks import Country
from triage.escalation import EscalationRules
from triage.routing import Condition, Name, RouteContext, begins
from triage.self_harm import PhraseText, speaks_of_self_harm

SHIPPED = Path(__file__).with_name("bot_policy.yaml")
OWN_FILE = "bot_policy.yaml"

Probability = Annotated[float, Field(ge=0, le=1)]
TemplateId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+){1,4}$", max_length=128)]
# They state what the order says and promise nothing that a person would have to do.
SAFE_ALONE: tuple[TemplateId, ...] = (
    "order.status.chat_processing",
    "order.status.chat_shipped",
    "order.status.processing",
    "order.status.shipped",
    "order.status.unpaid",
    "delivery.delay.shipped",
    "refund.status.chat_refunded",
    "refund.status.refunded",
    "refund.status.returning",
)
# What these are about is somebody's own data, whichever label set: no policy lets a machine settle it.
PRIVATE_INTENTS = ("account.privacy", "account.security")


class Why(StrEnum):
    """Why a person must take over: what no policy can allow first, then what the shop's policy says."""

    SELF_HARM = "self_harm"
    SAFETY = "safety"
    LEGAL = "legal"
    PRIVACY = "privacy"
    ESCALATION = "escalation"
    LEVEL = "level"
    INTENT = "intent"
    REASON = "reason"
    PHRASE = "phrase"
    PILOT = "pilot"
    RULE = "rule"
    NOT_SURE = "not_sure"
    SAID_BEFORE = "said_before"


# The contract's reasons of an escalation that no bot may answer, and what they are called here.
_NEVER: tuple[tuple[Reason, Why], ...] = (
    ("safety", Why.SAFETY),
    ("legal", Why.LEGAL),
    ("fraud_privacy", Why.PRIVACY),
)


@dataclass(frozen=True, slots=True)
class BotContext:
    """What the policy may ask about a question.

    `words` is all that the customer said in the conversation, the question last; `key` names the conversation, for a
    share of them; `is_open` says whether the team that would get the question is at work.
    """

    route: RouteContext
    team: str
    is_open: bool
    words: tuple[str, ...] = ()
    key: str = ""
    market: str | None = None

    @classmethod
    def of(cls, message: Message, decision: Decision, *, is_open: bool, words: tuple[str, ...], key: str) -> BotContext:
        """Gather what is known of a message and its decision.

        Where the head abstains, its first guess counts: what a person must see is not to slip through on a doubt.
        """
        first = decision.intents[0].name if decision.intents else None
        route = RouteContext(
            intent=decision.intent or first,
            also=decision.also,
            escalate=decision.escalation.escalate,
            reasons=decision.escalation.reasons,
            sentiment=decision.sentiment.label,
            level=message.customer.level if message.customer else None,
            marketplace=message.marketplace,
            channel=message.channel,
            language=decision.language.code,
            amount_usd=EscalationRules.load().largest_usd(decision.entities),
            attachments=bool(message.attachments),
        )
        return cls(route, decision.routing.team, is_open, words, key, message.market)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the question is about: its intent and its further ones."""
        return (self.route.intent or "none", *self.route.also)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the bot may answer, from which probability of a passage on, and if not, why: `rule` names the rule.

    `may_reply` says whether it may also send a reply that is filled in from the order of a proven buyer.
    """

    may_answer: bool
    min_probability: float
    why: Why | None = None
    rule: str | None = None
    may_reply: bool = False


class BotCondition(Condition):
    """When a rule applies: as in routing.yaml, and `hours` and `market` beside it."""

    hours: Literal["open", "closed"] | None = None
    market: tuple[Country, ...] = ()

    def fits(self, context: BotContext) -> bool:
        """Say whether a question meets every given key."""
        return (
            self.hours in (None, "open" if context.is_open else "closed")
            and (not self.market or context.market in self.market)
            and self.holds(context.route)
        )


class AnswerRule(Rules):
    """One rule: a condition, and whether the bot may answer then, from which probability on, and with which kinds."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    when: BotCondition = BotCondition()
    answer: bool = True
    min_probability: Probability | None = None
    replies: bool | None = None


class PeopleOnly(Rules):
    """What always goes to a person: customers' levels, intents, reasons of an escalation, phrases."""

    levels: tuple[str, ...] = ()
    intents: tuple[Name, ...] = ("service.human",)
    reasons: tuple[Reason, ...] = ()
    phrases: tuple[PhraseText, ...] = ()

    def serves(self, level: str | None) -> bool:
        """Say whether customers of a level always get a person."""
        given = (level or "").strip().lower()
        return bool(given) and given in {name.strip().lower() for name in self.levels}

    def why(self, context: BotContext) -> Why | None:
        """Return why a person must answer, None where nothing here says so."""
        if self.serves(context.route.level):
            return Why.LEVEL
        if any(begins(label, prefix) for label in context.labels for prefix in self.intents):
            return Why.INTENT
        if any(reason in self.reasons for reason in context.route.reasons):
            return Why.REASON
        if self.phrases and any(_holds_one(self.phrases, text) for text in context.words):
            return Why.PHRASE
        return None


class Pilot(Rules):
    """Where the bot answers at all while a shop tries it; what is left empty leaves nothing out.

    Of a share the same conversations are always in, and stay in when the share grows; another `seed` draws others.
    """

    channels: tuple[Channel, ...] = ()
    teams: tuple[Name, ...] = ()
    share: Probability = 1.0
    seed: Annotated[str, StringConstraints(max_length=100)] = ""

    def includes(self, context: BotContext) -> bool:
        """Say whether a conversation takes part."""
        return (
            (not self.channels or context.route.channel in self.channels)
            and (not self.teams or context.team in self.teams)
            and _draw(self.seed, context.key) < self.share
        )


class BotPolicy(Rules):
    """The whole file."""

    guide: ClassVar[str] = "docs/chatbots.md"

    answer: bool = True
    min_probability: Probability | None = None
    ask_back_from: Probability = 0.4
    people_only: PeopleOnly = PeopleOnly()
    pilot: Pilot = Pilot()
    rules: tuple[AnswerRule, ...] = ()
    replies: bool = False
    reply_templates: tuple[TemplateId, ...] = SAFE_ALONE
    hours_unsaid_on: tuple[Annotated[Name, AfterValidator(marketplace_family)], ...] = ("amazon", "ebay", "walmart")
    help_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$", max_length=500)] | None = None

    @classmethod
    def load(cls, path: Path | None = None) -> BotPolicy:
        """Load the policy of a file, or the shipped one.

        Raises:
            InvalidInputError: The file is unreadable or wrong; names file, place and remedy.
        """
        return read_rules(path or SHIPPED, cls)

    @property
    def ever_replies(self) -> bool:
        """Whether there is any question that a filled-in reply may answer."""
        return bool(self.reply_templates) and (self.replies or any(rule.replies for rule in self.rules))

    def says_hours(self, channel: Channel | None, marketplace: str | None) -> bool:
        """Say whether a customer may be told when people work: some marketplaces take that for an automatic reply."""
        family = marketplace_family(marketplace)
        if channel is Channel.MARKETPLACE and not family:
            return not self.hours_unsaid_on
        return family not in self.hours_unsaid_on

    def check_names(
        self, labels: Sequence[str], teams: Sequence[str], source: str, templates: Collection[str] | None = None
    ) -> None:
        """Refuse intents that no label of the bundle begins with, unknown teams and templates: nothing would fit them.

        Args:
            labels: The intents of the bundle.
            teams: Those of the routing file.
            source: The policy's file, for people.
            templates: The ids of all templates; None where they are not known.

        Raises:
            InvalidInputError: A name is not known; says where it stands.
        """
        for place, prefix in self._intents():
            if prefix != "none" and not any(begins(label, prefix) for label in labels):
                raise InvalidInputError(
                    f"{source}: {place}: no intent of the bundle is {prefix!r} or begins with it",
                    field=f"{source}:{place}",
                    hint="`deskhand models list` names the bundle in use, docs/labels.md its intents.",
                )
        # Those that ship are there unless a shop takes them away, which is no slip of this file.
        known = {*SAFE_ALONE, *(self.reply_templates if templates is None else templates)}
        for template in self.reply_templates:
            if template not in known:
                near = difflib.get_close_matches(template, sorted(known), n=1)
                raise InvalidInputError(
                    f"{source}: reply_templates: there is no template {template!r}",
                    field=f"{source}:reply_templates",
                    hint=f"Did you mean {near[0]!r}?" if near else "`GET /v1/templates` lists them.",
                )
        for team in self.pilot.teams:
            if team not in teams:
                raise InvalidInputError(
                    f"{source}: pilot.teams: unknown team {team!r}",
                    field=f"{source}:pilot.teams",
                    hint=f"Teams of the routing file: {', '.join(teams)}.",
                )

    def _intents(self) -> Iterator[tuple[str, str]]:
        # Ours by default is no slip of the shop's, whatever its label set.
        if "intents" in self.people_only.model_fields_set:
            yield from (("people_only.intents", prefix) for prefix in self.people_only.intents)
        for rule in self.rules:
            yield from ((f"rule {rule.name!r}", prefix) for prefix in (*rule.when.intent, *rule.when.also))


def judge(policy: BotPolicy, context: BotContext, min_probability: float) -> Verdict:
    """Say whether the bot may answer a question alone.

    Args:
        policy: The shop's policy.
        context: What is known of the question.
        min_probability: From which probability on a passage may be given where the policy names none.

    """
    least = min_probability if policy.min_probability is None else policy.min_probability
    why = _never(context) or policy.people_only.why(context)
    if why is None and not policy.pilot.includes(context):
        why = Why.PILOT
    if why is not None:
        return Verdict(False, least, why)
    rule = next((rule for rule in policy.rules if rule.when.fits(context)), None)
    if rule is None:
        return Verdict(policy.answer, least, None if policy.answer else Why.RULE, may_reply=policy.replies)
    least = least if rule.min_probability is None else rule.min_probability
    replies = policy.replies if rule.replies is None else rule.replies
    return Verdict(rule.answer, least, None if rule.answer else Why.RULE, rule.name, may_reply=replies)


def _never(context: BotContext) -> Why | None:
    """Return what no policy can allow a machine to answer."""
    if any(speaks_of_self_harm(text) for text in context.words):
        return Why.SELF_HARM
    for reason, why in _NEVER:
        if reason in context.route.reasons:
            return why
    if any(begins(label, prefix) for label in context.labels for prefix in PRIVATE_INTENTS):
        return Why.PRIVACY
    return Why.ESCALATION if context.route.escalate else None


def _holds_one(phrases: tuple[str, ...], text: str) -> bool:
    return next(_book(phrases).find(fold(text)), None) is not None


@lru_cache(maxsize=8)
def _book(phrases: tuple[str, ...]) -> PhraseBook:
    return PhraseBook({"phrase": phrases})


def _draw(seed: str, key: str) -> float:
    """Return a number from 0 to below 1 that always belongs to this conversation."""
    digest = hashlib.sha256(f"{seed}\0{key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
