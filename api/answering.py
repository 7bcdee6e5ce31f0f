"""What a chatbot should say: an answer with its source, one question back, or an honest hand-off. Pure rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from api.rendering import JsonObject, decision_body
from api.schemas.bots import Action

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from api.schemas.bots import QuestionIn
    from tickets.records import Answer, Decision, Due

PHRASES = Path(__file__).parent / "bot_phrases.yaml"
# From this share of the threshold on it is worth asking back; below, asking would only cost the customer's patience.
CLARIFY_SHARE = 0.5
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class BotAnswer:
    """What to say, and how sure that is; `answer` is the passage it rests on."""

    action: Action
    text: str
    language: str
    probability: float
    answer: Answer | None = None


@cache
def phrases() -> Mapping[str, Mapping[str, str]]:
    """Return the bot's own sentences by language."""
    loaded: Mapping[str, Mapping[str, str]] = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    return loaded


def say(action: Action, language: str) -> str:
    """Return the sentence for an action in a language, in English where there is none."""
    known = phrases()
    return known.get(language, known[DEFAULT_LANGUAGE])[action.value]


def choose(question: QuestionIn, decision: Decision, min_probability: float) -> BotAnswer:
    """Choose between answering, asking back once, and handing off.

    Args:
        question: What the customer asked, with the conversation so far.
        decision: What the pipeline says of it, public passages only.
        min_probability: From which score on (not calibrated yet) a passage may be given as the answer.

    """
    language = decision.language.code
    if language == "und":
        language = (question.language or DEFAULT_LANGUAGE).split("-")[0].lower()
    best = decision.answers[0] if decision.answers else None
    probability = best.score if best else 0.0
    if not decision.escalation.escalate:
        if best is not None and probability >= min_probability:
            text = _in_language(decision, best, language)
            if text is not None:
                return BotAnswer(Action.ANSWER, text, language, probability, best)
        if probability >= min_probability * CLARIFY_SHARE and not _asked_back(question, language):
            return BotAnswer(Action.CLARIFY, say(Action.CLARIFY, language), language, probability, best)
    return BotAnswer(Action.HAND_OFF, say(Action.HAND_OFF, language), language, probability, best)


def answer_body(question: QuestionIn, decision: Decision, chosen: BotAnswer) -> JsonObject:
    """Return the answer in the shape of the contract."""
    given = chosen.answer if chosen.action is Action.ANSWER else None
    return {
        "action": chosen.action.value,
        "text": chosen.text,
        "language": chosen.language,
        "probability": round(float(chosen.probability), 4),
        "sources": [{"article": given.article, "passage": given.passage}] if given else [],
        "hand_off": _packet(question, decision, chosen) if chosen.action is Action.HAND_OFF else None,
    }


def _in_language(decision: Decision, best: Answer, language: str) -> str | None:
    """Return the passage where the customer can read it, else an approved reply in the customer's language."""
    if best.language == language:
        return best.passage
    return next((reply.text for reply in decision.suggestions if reply.language == language), None)


def _asked_back(question: QuestionIn, language: str) -> bool:
    said = say(Action.CLARIFY, language)
    return any(turn.role == "bot" and turn.text == said for turn in question.conversation)


def _packet(question: QuestionIn, decision: Decision, chosen: BotAnswer) -> JsonObject:
    shown = decision_body(decision)
    named = [entity.value for entity in decision.entities if entity.kind == "order"]
    return {
        "question": decision.text,
        "intent": decision.intent,
        "intents": shown["intents"],
        "language": chosen.language,
        "mood": shown["sentiment"],
        "escalate": decision.escalation.escalate,
        "reasons": decision.escalation.reasons,
        "order": question.order.id if question.order else next(iter(named), None),
        "draft": decision.suggestions[0].text if decision.suggestions else None,
        "routing": shown["routing"],
        "due": _earliest(decision.routing.due),
        "conversation": [{"role": turn.role, "text": turn.text} for turn in question.conversation],
    }


def _earliest(due: Due) -> datetime | None:
    known: Sequence[datetime] = [moment for moment in (due.marketplace, due.company) if moment is not None]
    return min(known, default=None)
