"""From messages to decisions: what it is about, in which mood, what answers it, who should see it and by when.

The brain is asked once for a whole batch. Every other stage works message by message: if one fails with an error of the
house, that message goes without the stage's result, the failure is logged, and the others are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import structlog

from knowledge_base.records import Visibility
from models.prediction import REASONS
from models.text import clean
from replies.suggest import ReplyContext
from tickets.errors import DeskhandError
from tickets.records import (
    Answer,
    Decision,
    Entity,
    Escalation,
    IntentScore,
    Language,
    Message,
    Routing,
    Sentiment,
    Suggestion,
)
from triage.entities import find_entities
from triage.lookup import Lookup, find_order
from triage.parts import Parts, Prediction
from triage.routing import RouteContext
from triage.subjects import strip_subject

MAX_TEXT = 50_000
"""Characters of the cleaned text that are read; the rest is stored, not triaged."""

# The ranking as a decision shows it.
_TOP_INTENTS = 5
_UNKNOWN = Language(code="und", probability=0.0, script="Zyyy")
_NEUTRAL = Sentiment(label="neutral", score=0.0, probability=0.0)
_DEFAULT_LANGUAGE = "en"

_log = structlog.get_logger(__name__)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A message on its way through the stages."""

    message: Message
    text: str
    query: str
    truncated: bool
    at: datetime
    prediction: Prediction | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """What the message's own words say; kinds of entities may be corrected by the shop's orders.

    `intents` holds the likeliest five.
    """

    language: Language
    intents: tuple[IntentScore, ...]
    entities: tuple[Entity, ...]
    in_subject: tuple[Entity, ...]
    escalation: Escalation
    routing: Routing


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many answers and suggestions to give, and who will read the answers."""

    answers: int = 3
    suggestions: int = 3
    visibility: Visibility = Visibility.INTERNAL


class Pipeline:
    """Decides messages with the parts it was given; holds no state of its own, so threads may share it."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def decide(
        self,
        messages: Sequence[Message],
        *,
        answers: int = 3,
        suggestions: int = 3,
        visibility: Visibility = Visibility.INTERNAL,
    ) -> list[Decision]:
        """Return one decision for each message, in their order.

        Args:
            messages: Any number of messages, validated at the door.
            answers: How many passages to look for at most.
            suggestions: How many filled-in replies to offer at most.
            visibility: INTERNAL for agents; PUBLIC for anyone else: only public articles, and an order's data only when
                the sender is known to be its buyer.

        Raises:
            BundleError: The models cannot be used; nothing is decided then.
        """
        now = self.parts.clock()
        drafts = self._predicted([_draft(message, now) for message in messages])
        if self.parts.knowledge_base and answers > 0:
            self._stage("knowledge_base", None, self.parts.knowledge_base.refresh, None)
        wanted = Wanted(answers, suggestions, visibility)
        return [self._decide(draft, wanted) for draft in drafts]

    def _predicted(self, drafts: list[_Draft]) -> list[_Draft]:
        """Ask the brain once for all drafts that have any words."""
        worded = [index for index, draft in enumerate(drafts) if draft.query]
        predictions = self.parts.bundle.predict([drafts[index].query for index in worded]) if worded else ()
        for index, prediction in zip(worded, predictions, strict=True):
            draft = drafts[index]
            drafts[index] = _Draft(draft.message, draft.text, draft.query, draft.truncated, draft.at, prediction)
        return drafts

    def _decide(self, draft: _Draft, wanted: Wanted) -> Decision:
        found = self._read(draft)
        lookup = self._lookup(draft, found, wanted)
        found = replace(found, entities=lookup.corrected(found.entities), in_subject=lookup.corrected(found.in_subject))
        answers = self._answers(draft, found, wanted)
        suggestions = self._suggestions(draft, found, (lookup, answers), wanted)
        prediction = draft.prediction
        return Decision(
            id=draft.message.id,
            text=draft.text,
            language=found.language,
            intent=prediction.intent if prediction else None,
            intents=found.intents,
            also=prediction.also if prediction else (),
            sentiment=_sentiment(prediction),
            escalation=found.escalation,
            entities=found.entities,
            answers=answers,
            suggestions=suggestions,
            routing=found.routing,
            model=self.parts.bundle.name,
            truncated=draft.truncated,
        )

    def _read(self, draft: _Draft) -> _Found:
        """Do all that needs nothing but the message and the prediction."""
        prediction, message = draft.prediction, draft.message
        language = _language(prediction)
        hint = language.code if language.code != "und" else message.language
        entities = find_entities(draft.text, language=hint, market=message.market, currency=message.currency)
        subject = strip_subject(message.subject or "")
        in_subject = find_entities(subject, language=language.code) if subject else ()
        ranked = prediction.intents[:_TOP_INTENTS] if prediction else ()
        intents = tuple(IntentScore(name, probability) for name, probability in ranked)
        rules = self.parts.escalation
        amount_usd = rules.largest_usd(entities)
        intent = prediction.intent if prediction else None
        by_rule = rules.reasons(draft.query, language.code, amount_usd=amount_usd, intent=intent) if prediction else ()
        learned = prediction.reasons if prediction else ()
        reasons = tuple(reason for reason in REASONS if reason in by_rule or reason in learned)
        escalation = Escalation(
            probability=prediction.escalation if prediction else 0.0,
            escalate=bool(prediction and prediction.escalate) or rules.raises(by_rule),
            reasons=reasons,
        )
        context = RouteContext(
            intent=intent,
            also=prediction.also if prediction else (),
            escalate=escalation.escalate,
            reasons=reasons,
            sentiment=_sentiment(prediction).label,
            level=message.customer.level if message.customer else None,
            marketplace=message.marketplace,
            channel=message.channel,
            language=language.code,
            amount_usd=amount_usd,
            attachments=bool(message.attachments),
            received_at=draft.at,
        )
        return _Found(language, intents, entities, in_subject, escalation, self.parts.router.route(context))

    def _lookup(self, draft: _Draft, found: _Found, wanted: Wanted) -> Lookup:
        orders = self.parts.orders
        if orders is None:
            return Lookup()
        entities = found.entities + found.in_subject
        public = wanted.visibility is Visibility.PUBLIC
        return self._stage(
            "orders", draft.message.id, lambda: find_order(orders, draft.message, entities, proof=public), Lookup()
        )

    def _answers(self, draft: _Draft, found: _Found, wanted: Wanted) -> tuple[Answer, ...]:
        base, prediction = self.parts.knowledge_base, draft.prediction
        if base is None or prediction is None or wanted.answers <= 0:
            return ()
        return self._stage(
            "knowledge_base",
            draft.message.id,
            lambda: tuple(
                base.search(
                    draft.query,
                    vector=prediction.vector,
                    language=_reply_language(draft, found),
                    visibility=wanted.visibility,
                    brand=draft.message.brand,
                    market=draft.message.market,
                    topics=dict(prediction.intents),
                    limit=wanted.answers,
                )
            ),
            (),
        )

    def _suggestions(
        self, draft: _Draft, found: _Found, known: tuple[Lookup, tuple[Answer, ...]], wanted: Wanted
    ) -> tuple[Suggestion, ...]:
        replies, message = self.parts.replies, draft.message
        if replies is None or draft.prediction is None or wanted.suggestions <= 0:
            return ()
        context = ReplyContext(
            intents=found.intents,
            language=_reply_language(draft, found),
            sentiment=draft.prediction.sentiment.label,
            escalate=found.escalation.escalate,
            channel=message.channel,
            marketplace=message.marketplace,
            brand=message.brand,
            customer=message.customer,
            order=known[0].order,
            shop=self.parts.shop,
            answers=known[1],
            today=self.parts.router.day(draft.at),
            named_order=_named_order(draft, found),
            agent=self.parts.shop.agents.get(message.agent) if message.agent else None,
        )
        none: Sequence[Suggestion] = ()
        made = self._stage("replies", message.id, lambda: replies.suggest(context, wanted.suggestions), none)
        return tuple(_told_order(suggestion, known[0]) for suggestion in made)

    def _stage(self, name: str, message_id: str | None, run: Callable[[], _Result], otherwise: _Result) -> _Result:
        """Run a stage; where it fails with an error of the house, log that and go on without its result."""
        try:
            return run()
        except DeskhandError as error:
            _log.warning("triage stage failed", stage=name, code=error.code, message_id=message_id)
            return otherwise


def _told_order(suggestion: Suggestion, lookup: Lookup) -> Suggestion:
    """Tell the agent of an order that the customer did not name."""
    if lookup.order is None or lookup.found_by is None:
        return suggestion
    return replace(suggestion, why=(*suggestion.why, f"order found by the sender's {lookup.found_by}"))


def _named_order(draft: _Draft, found: _Found) -> str | None:
    """Return the order number that came with the message, or the first one in its text, or in its subject."""
    written = (entity.value for entity in found.entities + found.in_subject if entity.kind == "order")
    return draft.message.order_id or next(written, None)


def _draft(message: Message, now: datetime) -> _Draft:
    """Clean a message; the subject stands in front of what the brain reads, unless the text begins with it."""
    text = clean(message.text, html=message.html).text
    truncated = len(text) > MAX_TEXT
    text = text[:MAX_TEXT]
    subject = strip_subject(message.subject or "")
    first_line = text.lstrip().split("\n", 1)[0].strip()
    query = f"{subject}\n{text}".strip() if subject and subject != first_line else text.strip()
    return _Draft(message, text, query[:MAX_TEXT], truncated, message.sent_at or now)


def _language(prediction: Prediction | None) -> Language:
    if prediction is None:
        return _UNKNOWN
    guess = prediction.language
    return Language(guess.code, guess.probability, guess.script)


def _sentiment(prediction: Prediction | None) -> Sentiment:
    if prediction is None:
        return _NEUTRAL
    mood = prediction.sentiment
    return Sentiment(mood.label, mood.score, mood.probability)


def _reply_language(draft: _Draft, found: _Found) -> str:
    """Return the language to answer in: the text's own, else the one given, else the customer's, else English."""
    customer = draft.message.customer
    known = (found.language.code, draft.message.language, customer.language if customer else None)
    return next((code for code in known if code and code != "und"), _DEFAULT_LANGUAGE)
