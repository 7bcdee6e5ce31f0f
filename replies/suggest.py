"""The choice of replies: templates that fit what a message is about and what is known, filled in and ranked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from replies.marketplaces import violations
from replies.related import intents_by_template
from replies.slots import Situation, slots
from tickets.ids import new_id
from tickets.records import Shop, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from replies.slots import Slots
    from replies.templates import Template
    from tickets.records import Answer, Channel, Customer, IntentScore, Order

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
    number that the customer wrote.
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
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A template that may be offered, before it is filled."""

    template: Template
    values: Slots
    score: float
    why: tuple[str, ...]


class Replies:
    """The active templates of a shop.

    Args:
        templates: All of them; where two share id, language and brand the later one wins, so that a shop's own
            templates go behind the shipped ones.

    """

    def __init__(self, templates: Iterable[Template]) -> None:
        self._templates = {(item.id, item.language, item.brand): item for item in templates}
        self._by_intent: dict[tuple[str, str], list[Template]] = defaultdict(list)
        related = intents_by_template()
        for template in self._templates.values():
            for intent in (template.intent, *related.get(template.id, ())):
                self._by_intent[intent, template.language].append(template)

    def __len__(self) -> int:
        return len(self._templates)

    @property
    def templates(self) -> tuple[Template, ...]:
        """The active templates."""
        return tuple(self._templates.values())

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
            if text is None or _forbidden(text, context) or any(text == other.text for other in suggestions):
                continue
            suggestions.append(_suggestion(candidate, text))
        return suggestions

    def _candidates(self, context: ReplyContext) -> Iterator[_Candidate]:
        language = context.language.partition("-")[0].lower()
        situation = context.situation()
        values = slots(situation, language)
        english: Slots | None = None
        for rank, intent in enumerate(_considered(context.intents), 1):
            found = self._fitting(intent.name, language, context, values)
            if found or language == FALLBACK_LANGUAGE:
                yield from (_candidate(item, values, (rank, intent), None) for item in found)
                continue
            english = english or slots(situation, FALLBACK_LANGUAGE)
            reason = _fallback_reason(language, intent.name)
            for template in self._fitting(intent.name, FALLBACK_LANGUAGE, context, english):
                if template.intent != intent.name:
                    continue  # a neighbour's reply is no reason to change the language
                yield _candidate(template, english, (rank, intent), reason)

    def _fitting(self, intent: str, language: str, context: ReplyContext, values: Slots) -> list[Template]:
        chosen: dict[str, Template] = {}
        for template in self._by_intent.get((intent, language), ()):
            if template.brand not in (None, context.brand) or not template.allows(context.channel):
                continue
            # A brand's own template stands in for the general one of the same id.
            if template.id not in chosen or template.brand is not None:
                chosen[template.id] = template
        return [item for item in chosen.values() if item.missing(values) is None and item.fits(values)]


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


def _candidate(template: Template, values: Slots, ranked: tuple[int, IntentScore], fallback: str | None) -> _Candidate:
    rank, intent = ranked
    sort, order = kind(template, values), values.get("order")
    tone = _tone_reason(template, values)
    fit = min(sort.value + (MOOD_BONUS if tone else 0.0), 1.0)
    if sort is Kind.GENERIC and order is not None:
        fit *= KNOWN_ORDER_FACTOR
    if template.intent != intent.name:
        fit *= RELATED_FACTOR
    if fallback:
        fit *= FALLBACK_FACTOR
    place = "likeliest intent" if rank == 1 else f"intent number {rank}"
    why = [f"{intent.name} is the {place} ({intent.probability:.0%})", _kind_reason(sort, template, values)]
    if tone:
        why.append(tone)
    if template.brand:
        why.append(f"the brand's own wording: {template.brand}")
    if fallback:
        why.append(fallback)
    return _Candidate(template, values, round(intent.probability * fit, 4), tuple(why))


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


def _rank(candidate: _Candidate) -> tuple[float, bool, str]:
    return -candidate.score, candidate.template.brand is None, candidate.template.id


def _forbidden(text: str, context: ReplyContext) -> bool:
    """Say whether the marketplace that carries the reply would object to it."""
    if not context.situation().in_marketplace:
        return False
    order = context.order
    known = (order.id, order.tracking or "") if order else (context.named_order or "",)
    return bool(violations(text, known))


def _suggestion(candidate: _Candidate, text: str) -> Suggestion:
    template = candidate.template
    return Suggestion(
        id=new_id(),
        template=template.id,
        version=template.version,
        language=template.language,
        text=text,
        score=candidate.score,
        why=candidate.why,
    )
