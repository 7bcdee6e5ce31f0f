"""The choice of replies: templates that fit what a message is about and what is known, filled in and ranked."""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from replies.needs import NOTHING, Needs, needs
from replies.ranking import Ranking
from replies.related import intents_by_template
from replies.rules.book import Severity
from replies.rules.checking import Place, known_of, shipped_check
from replies.slots import Situation, quoted, slots
from tickets.acceptance import Case
from tickets.ids import new_id
from tickets.records import Shop, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from replies.library import Library
    from replies.rules.checking import Finding, RuleCheck
    from replies.slots import Slots
    from replies.templates import Template
    from tickets.records import Agent, Answer, Channel, Customer, IntentScore, Order

FALLBACK_LANGUAGE = "en"
INTENTS_CONSIDERED = 3
MIN_SHARE_OF_BEST = 0.1
"""An intent that is ten times less likely than the best is noise, not a second choice."""

MOOD_BONUS = 0.05
FALLBACK_FACTOR = 0.6
KNOWN_ORDER_FACTOR = 0.9
"""A generic reply asks for what is missing; it fits less where the order is known."""


RELATED_FACTOR = 0.95
"""A reply made for a neighbouring intent stands behind one of the intent's own that fits as well."""

_DATA = frozenset({"order", "customer", "shop", "answer", "message"})
_TONES = frozenset({("mood",), ("escalate",)})


class Kind(Enum):
    """How much a template is made for the case at hand; the value weighs its intent's probability."""

    STATE = 1.0
    DATA = 0.92
    GENERIC = 0.8


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """All that decides on replies to one message.

    `intents` is the ranking, best first; `language` the customer's ISO 639-1 code or "und"; `sentiment` one of the five
    labels; `today` the shop's date, against which promises that lie in the past are held back; `named_order` the order
    number that the customer wrote; `agent` who will answer.
    """

    intents: tuple[IntentScore, ...]
    language: str
    sentiment: str = "neutral"
    escalate: bool = False
    channel: Channel | None = None
    marketplace: str | None = None
    brand: str | None = None
    customer: Customer | None = None
    order: Order | None = None
    shop: Shop = field(default_factory=Shop)
    answers: tuple[Answer, ...] = ()
    today: date | None = None
    named_order: str | None = None
    agent: Agent | None = None

    def situation(self) -> Situation:
        """Return what templates may know of it."""
        return Situation(
            customer=self.customer,
            order=self.order,
            named_order=self.named_order,
            shop=self.shop,
            answers=self.answers,
            mood=self.sentiment,
            escalate=self.escalate,
            channel=self.channel,
            marketplace=self.marketplace,
            today=self.today,
            agent=self.agent,
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A template that may be offered, before it is filled."""

    template: Template
    values: Slots
    case: Case
    score: float
    why: tuple[str, ...]
    needs: Needs = NOTHING


class Replies:
    """The active templates of a shop.

    Args:
        templates: The shop's own; where two share id, language and brand the later one wins.
        ranking: What people made of them; left out, only their fit counts.
        check: The marketplaces' rules; left out, those that ship.
        library: Templates for which the shop's own of the same id, language and brand stand in.

    """

    def __init__(
        self,
        templates: Iterable[Template],
        ranking: Ranking | None = None,
        check: RuleCheck | None = None,
        *,
        library: Library | None = None,
    ) -> None:
        self._ranking = ranking or Ranking()
        self._check = check or shipped_check()
        self._own = {(item.id, item.language, item.brand): item for item in templates}
        self._library = library
        self._languages = {item.language for item in self._own.values()} | (library.languages if library else set())
        # Made when a message first needs a language: a shop hears few of the twelve.
        self._by_intent: dict[str, dict[str, list[Template]]] = {}

    def __len__(self) -> int:
        shipped = self._library.keys if self._library else ()
        return len(self._own.keys() | {(name, language, None) for name, language in shipped})

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the active templates; nothing is read for it that was not read yet."""
        shipped = self._library.keys if self._library else ()
        return frozenset(name for name, *_ in (*self._own.keys(), *shipped))

    @property
    def templates(self) -> tuple[Template, ...]:
        """The active templates, by language."""
        return tuple(item for language in sorted(self._languages) for item in self._active(language))

    def _active(self, language: str) -> Iterable[Template]:
        shipped = self._library.of(language) if self._library else ()
        own = {key: item for key, item in self._own.items() if item.language == language}
        return ({(item.id, item.language, item.brand): item for item in shipped} | own).values()

    def _made_for(self, intent: str, language: str) -> Sequence[Template]:
        """Return the templates of an intent, those of its neighbours that fit it as well among them."""
        if language not in self._languages:
            return ()
        found = self._by_intent.get(language)
        if found is None:
            found = defaultdict(list)
            related = intents_by_template()
            for template in self._active(language):
                for name in (template.intent, *related.get(template.id, ())):
                    found[name].append(template)
            self._by_intent[language] = found
        return found.get(intent, ())

    def ranked(self, ranking: Ranking) -> Replies:
        """Return the same templates, in the order that newer verdicts give."""
        other = copy.copy(self)
        other._ranking = ranking
        return other

    def suggest(self, context: ReplyContext, limit: int = 3) -> list[Suggestion]:
        """Return the best filled-in replies, best first.

        Args:
            context: The message's decision so far and what is known of customer, order and shop.
            limit: How many at most.

        """
        candidates = sorted(self._candidates(context), key=_rank)
        suggestions: list[Suggestion] = []
        for candidate in candidates:
            if len(suggestions) >= limit:
                break
            text = candidate.template.render(candidate.values)
            if text is None or any(text == other.text for other in suggestions):
                continue
            objections = _objections(candidate, text, context, self._check)
            if not _forbidden(objections):
                suggestions.append(_suggestion(candidate, text, context, objections))
        return self._with_question(suggestions, candidates, context)

    def _with_question(
        self, suggestions: list[Suggestion], candidates: list[_Candidate], context: ReplyContext
    ) -> list[Suggestion]:
        """Put the question for what the likeliest intent needs last, where all others are no question.

        The best reply keeps its place: where only one is wanted, nothing is put in.
        """
        question = next((item for item in candidates if item.needs.asked_in), None)
        if question is None or len(suggestions) < 2 or question.case.intent != candidates[0].case.intent:
            return suggestions
        if any(item.template == question.template.id for item in suggestions):
            return suggestions
        text = question.template.render(question.values)
        objections = () if text is None else _objections(question, text, context, self._check)
        if text is None or _forbidden(objections):
            return suggestions
        return [*suggestions[:-1], _suggestion(question, text, context, objections)]

    def _candidates(self, context: ReplyContext) -> Iterator[_Candidate]:
        language = context.language.partition("-")[0].lower()
        situation = context.situation()
        values = slots(situation, language)
        english: Slots | None = None
        for rank, intent in enumerate(_considered(context.intents), 1):
            found, lacking = self._fitting(intent.name, language, context, values)
            if found or language == FALLBACK_LANGUAGE:
                made_for_it = "order" in values and any(kind(item, values) is Kind.STATE for item in found)
                need = NOTHING if made_for_it else needs(lacking, values)
                yield from (
                    _needing(self._candidate(item, values, (rank, intent), context), need, intent.name)
                    for item in found
                )
                continue
            english = english or slots(situation, FALLBACK_LANGUAGE)
            reason = _fallback_reason(language, intent.name)
            for template in self._fitting(intent.name, FALLBACK_LANGUAGE, context, english)[0]:
                if template.intent != intent.name:
                    continue  # a neighbour's reply is no reason to change the language
                yield self._candidate(template, english, (rank, intent), context, reason)

    def _fitting(
        self, intent: str, language: str, context: ReplyContext, values: Slots
    ) -> tuple[list[Template], list[Template]]:
        """Return the templates of an intent that can be offered, and those that cannot as things stand."""
        chosen: dict[str, Template] = {}
        for template in self._made_for(intent, language):
            if template.brand not in (None, context.brand) or not template.allows(context.channel):
                continue
            # A brand's own template stands in for the general one of the same id.
            if template.id not in chosen or template.brand is not None:
                chosen[template.id] = template
        fitting: list[Template] = []
        lacking: list[Template] = []
        for item in chosen.values():
            offered = item.missing(values) is None and item.fits(values)
            (fitting if offered else lacking).append(item)
        return fitting, lacking

    def _candidate(
        self,
        template: Template,
        values: Slots,
        ranked: tuple[int, IntentScore],
        context: ReplyContext,
        fallback: str | None = None,
    ) -> _Candidate:
        rank, intent = ranked
        sort, tone = kind(template, values), _tone_reason(template, values)
        state = context.order.state.value if context.order else ""
        case = Case(intent.name, state, template.language, template.id)
        fit = _fit(template, intent.name, sort, values)
        estimate = self._ranking.estimate(case, fit, context.today)
        score = intent.probability * estimate.value * (FALLBACK_FACTOR if fallback else 1.0)
        place = "likeliest intent" if rank == 1 else f"intent number {rank}"
        reasons = (
            f"{intent.name} is the {place} ({intent.probability:.0%})",
            _kind_reason(sort, template, values),
            tone,
            f"as short as {context.channel.value} wants it" if template.channels and context.channel else None,
            f"the brand's own wording: {template.brand}" if template.brand else None,
            fallback,
            estimate.why,
        )
        return _Candidate(template, values, case, round(score, 4), tuple(why for why in reasons if why))


def _needing(candidate: _Candidate, need: Needs, intent: str) -> _Candidate:
    """Note on a reply what a better one of its intent needs, and whether it asks the customer for that."""
    if not need.names:
        return candidate
    asks = candidate.template.intent == intent and need.asks(candidate.template)
    words = "asks the customer for" if asks else "a better reply needs"
    why = (*candidate.why, f"{words}: {', '.join(need.names)}")
    return replace(candidate, needs=need if asks else Needs(need.names), why=why)


def _considered(intents: tuple[IntentScore, ...]) -> list[IntentScore]:
    """Return the intents that are worth a reply, best first."""
    ranked = sorted(intents, key=lambda intent: -intent.probability)[:INTENTS_CONSIDERED]
    return [intent for intent in ranked if intent.probability >= MIN_SHARE_OF_BEST * ranked[0].probability]


def kind(template: Template, values: Slots) -> Kind:
    """Say how much a template is made for one case: what its `when` asks to be absent is no data that it uses."""
    if ("order", "state") in template.conditions:
        return Kind.STATE
    return Kind.DATA if _used(template, values) else Kind.GENERIC


def _used(template: Template, values: Slots) -> set[str]:
    """Return the known data that a template's `when` and its text cannot do without."""
    return {path[0] for path in template.conditions | template.slots} & _DATA & values.keys()


def _fit(template: Template, intent: str, sort: Kind, values: Slots) -> float:
    """Return how well a template fits an intent, by itself."""
    fit = min(sort.value + (MOOD_BONUS if _tone_reason(template, values) else 0.0), 1.0)
    if sort is Kind.GENERIC and "order" in values:
        fit *= KNOWN_ORDER_FACTOR
    return fit if template.intent == intent else fit * RELATED_FACTOR


def _kind_reason(sort: Kind, template: Template, values: Slots) -> str:
    order = values.get("order")
    if sort is Kind.STATE and isinstance(order, dict):
        return f"made for an order that is {order['state']}"
    if sort is Kind.STATE:
        return "made for a case without a known order"
    if sort is Kind.DATA:
        names = {
            "answer": "the passage that answers",
            "message": "the order number in the message",
            "shop": "the shop's facts",
        }
        return f"filled from {' and '.join(names.get(name, f'the {name}') for name in sorted(_used(template, values)))}"
    return "generic: needs no data" if order is None else "generic: says nothing of the known order"


def _tone_reason(template: Template, values: Slots) -> str | None:
    if ("escalate",) in template.conditions:
        return "written for messages that a senior colleague should see"
    if ("mood",) in template.conditions:
        return f"written for this mood: {str(values['mood']).replace('_', ' ')}"
    return None


def _fallback_reason(language: str, intent: str) -> str:
    if language == "und":
        return "in English: the customer's language is unknown"
    return f"in English: no fitting {intent} template exists in the customer's language ({language})"


def _rank(candidate: _Candidate) -> tuple[float, bool, bool, bool, str]:
    """Put the best first; of equals the one that is made most for the case."""
    template = candidate.template
    for_mood = bool(template.conditions & _TONES)
    return -candidate.score, not template.channels, not for_mood, template.brand is None, template.id


def _objections(candidate: _Candidate, text: str, context: ReplyContext, check: RuleCheck) -> tuple[Finding, ...]:
    """Return what the rules of the channel that carries the reply have against it."""
    order = context.order
    market = order.market if order else None
    known = (*known_of(order), context.named_order or "")
    place = Place(context.marketplace, context.channel, market, candidate.template.language, known)
    return check.findings(text, place, with_mends=False)


def _forbidden(objections: tuple[Finding, ...]) -> bool:
    return any(finding.severity is Severity.BLOCK for finding in objections)


def _suggestion(candidate: _Candidate, text: str, context: ReplyContext, objections: tuple[Finding, ...]) -> Suggestion:
    template, case = candidate.template, candidate.case
    found = (_source_reason(candidate, text, context), _rules_reason(context, objections))
    return Suggestion(
        id=new_id(),
        template=template.id,
        version=template.version,
        language=template.language,
        text=text,
        score=candidate.score,
        why=(*candidate.why, *(why for why in found if why)),
        intent=case.intent,
        order_state=case.order_state or None,
        missing=candidate.needs.names,
    )


def _source_reason(candidate: _Candidate, text: str, context: ReplyContext) -> str | None:
    """Name the article whose passage stands in a reply."""
    answer = candidate.values.get("answer")
    passage = answer.get("passage") if isinstance(answer, dict) else None
    if not passage or str(passage) not in text:
        return None
    source = quoted(context.answers, candidate.template.language)
    return None if source is None else f"quotes the article {source.title} ({source.article})"


def _rules_reason(context: ReplyContext, objections: tuple[Finding, ...]) -> str | None:
    """Say by whose rules a reply was checked, and what they warn of: one that breaks them is not offered."""
    if not context.situation().in_marketplace:
        return None
    checked = f"checked by the rules for messages on {context.marketplace or 'marketplaces'}"
    warnings = dict.fromkeys(f"rule {finding.rule} warns: {finding.explanation}" for finding in objections)
    return f"{checked}: {'; '.join(warnings) if warnings else 'none is broken'}"
