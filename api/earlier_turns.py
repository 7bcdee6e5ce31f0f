"""What the customer said earlier in a conversation, for the person who takes over: the order, and what it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.answering import Earlier, customer_turns
from api.choices import own_words
from api.offers import LITTLE_CHARS, NO_CHOICE
from knowledge_base.records import Visibility
from triage.bot_policy import Why
from triage.entities import find_entities
from triage.lookup import UNSURE, find_order
from triage.pipeline import MAX_TEXT
from triage.routing import begins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from api.answering import Asked, BotAnswer
    from api.bot_speech import Speech
    from tickets.records import Decision
    from tickets.sources import OrderSource
    from triage.pipeline import Pipeline

MAX_DECIDED = 5
"""So many turns are looked at for a question, the newest first: what lies further back is another matter."""

_PERSON, _UNCLEAR = "service.human", "other.unclear"


def look_back(
    pipeline: Pipeline, orders: OrderSource, speech: Speech, asked: Asked, chosen: BotAnswer, replies: int
) -> Earlier:
    """Return what a person needs of what the customer said before.

    Args:
        pipeline: Decides on an earlier question, as a stranger's.
        orders: Tells which numbers of unsure kind are orders.
        speech: The bot's words: what the customer took of what it offered is no question.
        asked: The question that is handed off.
        chosen: The hand-off.
        replies: How many filled-in replies to look for.

    """
    order = asked.order or _order_named(orders, asked)
    decision = None
    if _only_wants_person(asked, chosen):
        turns = _newest(asked, speech)
        decision = _question_before(pipeline, replace(asked, earlier=Earlier(order)), turns, replies)
    return Earlier(order, decision.text if decision else None, decision)


def _order_named(orders: OrderSource, asked: Asked) -> str | None:
    """Return the order number that the customer named last; as much is read as of one message."""
    left = MAX_TEXT
    for turn in reversed(customer_turns(asked.question.conversation)):
        text = turn[:left]
        entities = find_entities(text, language=asked.language, market=asked.message.market)
        if any(entity.kind in UNSURE for entity in entities):
            message = replace(asked.message, text=text)
            entities = find_order(orders, message, entities, proof=True).corrected(entities)
        named = next((entity.value for entity in entities if entity.kind == "order"), None)
        left -= len(text)
        if named is not None or left <= 0:
            return named
    return None


def _question_before(pipeline: Pipeline, asked: Asked, turns: Iterable[str], replies: int) -> Decision | None:
    """Return what the customer asked last: what the model understands goes before what it does not."""
    unclear: Decision | None = None
    for turn in turns:
        message = replace(asked.message, text=turn, order_id=asked.order)
        decision = pipeline.decide([message], suggestions=replies, visibility=Visibility.PUBLIC)[0]
        if _is_clear(decision):
            return decision
        if unclear is None and _says_something(decision):
            unclear = decision
    return unclear


def _only_wants_person(asked: Asked, chosen: BotAnswer) -> bool:
    """Say whether the question is nothing but the wish for a person."""
    if chosen.why is not Why.INTENT or asked.question.choice is not None:
        return False
    return all(begins(label, _PERSON) for label in asked.context.labels)


def _newest(asked: Asked, speech: Speech) -> Iterator[str]:
    turns = list(own_words(asked.question.conversation, speech))
    yield from reversed(turns[-MAX_DECIDED:])


def _is_clear(decision: Decision) -> bool:
    """Say whether the model sees what a turn asks; a greeting, thanks and a wish for a person ask nothing."""
    return any(not label.startswith((*NO_CHOICE, _PERSON)) for label in (decision.intent, *decision.also) if label)


def _says_something(decision: Decision) -> bool:
    """Say whether people could make something of a turn that the model is not sure of."""
    first = decision.intent or next((intent.name for intent in decision.intents), _UNCLEAR)
    about = first == _UNCLEAR or not first.startswith((*NO_CHOICE, _PERSON))
    return about and len(decision.text.strip()) > LITTLE_CHARS
