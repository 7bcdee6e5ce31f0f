"""The answer to a chatbot in the shape of the contract, and what a person needs to take over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.rendering import JsonObject, decision_body, moment, routing_body
from api.sayable import passages_said
from api.schemas.bots import Action
from api.web.help import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from api.answering import Asked, BotAnswer, TeamTime
    from tickets.records import Answer, Due, Suggestion

# What was found and not said: enough to see what the bot had at hand.
MOST_TRIED = 3


def answer_body(asked: Asked, chosen: BotAnswer, help_url: str | None = None) -> JsonObject:
    """Return the answer in the shape of the contract.

    Args:
        asked: The question, with what is known of it.
        chosen: What to say.
        help_url: Where the shop's help centre lies; left out, links are paths of this service.

    """
    given = chosen.answer
    return {
        "action": chosen.action.value,
        "text": chosen.text,
        "language": chosen.language,
        "probability": round(float(chosen.probability), 4),
        "sources": [_source(given, asked, help_url)] if given else [],
        "reply": _reply(chosen.reply) if chosen.reply else None,
        "choices": [{"kind": c.kind.value, "value": c.value, "label": c.label} for c in chosen.choices],
        "hand_off": _packet(asked, chosen) if chosen.action is Action.HAND_OFF else None,
    }


def team_body(team: TeamTime) -> JsonObject:
    """Return a team's hours at one moment."""
    return {
        "name": team.name,
        "is_open": team.is_open,
        "opens_at": moment(team.opens_at),
        "closes_at": moment(team.closes_at),
        "time_zone": team.time_zone,
    }


def _source(answer: Answer, asked: Asked, help_url: str | None) -> JsonObject:
    link = None
    if not asked.on_marketplace and answer.language in words():
        link = f"{(help_url or '/help').rstrip('/')}/{answer.language}/{answer.article}"
    return {
        "article": answer.article,
        "passage": answer.passage,
        "title": answer.title,
        "language": answer.language,
        "link": link,
    }


def _reply(reply: Suggestion) -> JsonObject:
    return {"template": reply.template, "version": reply.version, "language": reply.language}


def _packet(asked: Asked, chosen: BotAnswer) -> JsonObject:
    decision, topic = asked.decision, asked.topic
    escalations = (decision.escalation, topic.escalation)
    return {
        "why": chosen.why.value if chosen.why else None,
        "rule": chosen.rule,
        "question": decision.text,
        "asked_before": asked.earlier.asked,
        "intent": topic.intent,
        "intents": decision_body(topic)["intents"],
        "language": asked.language,
        "mood": decision_body(decision)["sentiment"],
        "escalate": any(escalation.escalate for escalation in escalations),
        "reasons": tuple(dict.fromkeys(reason for escalation in escalations for reason in escalation.reasons)),
        "order": asked.order,
        "tried": list(_tried(asked)),
        "draft": chosen.draft,
        "routing": routing_body(topic.routing),
        "due": moment(_earliest(topic.routing.due)),
        "team": team_body(asked.team),
        "conversation": [{"role": role, "text": text} for role, text in _turns(asked)],
        "message": _message(asked),
    }


def _tried(asked: Asked) -> Iterator[JsonObject]:
    """Give what was said before, then what was found and not said."""
    titles = {answer.article: answer.title for answer in asked.topic.answers}
    said = passages_said(asked.question.conversation)
    for article, passage in said:
        yield {
            "article": article,
            "title": titles.get(article),
            "passage": passage,
            "probability": None,
            "said": True,
        }
    for answer in asked.topic.answers[:MOST_TRIED]:
        if (answer.article, answer.passage) not in said:
            yield {
                "article": answer.article,
                "title": answer.title,
                "passage": answer.passage,
                "probability": round(float(answer.score), 4),
                "said": False,
            }


def _message(asked: Asked) -> JsonObject:
    """Return the body for POST /v1/messages; the conversation is quoted: it is kept, and not read as the text.

    What was asked before stands in the text where only a person is wanted now: the ticket is about that.
    """
    question, text, before = asked.question, asked.message.text, asked.earlier.asked
    if before and before not in text:
        text = f"{before}\n{text}"
    quoted = "\n".join(f"> {line}" for role, words in _turns(asked) for line in f"{role.title()}: {words}".splitlines())
    body: JsonObject = {
        "text": f"{text}\n\n{quoted}" if quoted else text,
        "channel": asked.message.channel.value if asked.message.channel else None,
        "marketplace": question.marketplace,
        "brand": question.brand,
        "market": question.market,
        "language": question.language,
        "customer": question.customer.model_dump(exclude_none=True) if question.customer else None,
        "order": {"id": asked.order} if asked.order else None,
        "thread": question.conversation_id,
        "sent_at": moment(question.sent_at),
    }
    return {name: value for name, value in body.items() if value is not None}


def _turns(asked: Asked) -> Iterator[tuple[str, str]]:
    """Give who said what: what was said before, and the choice that is not part of the question."""
    yield from ((turn.role, turn.text) for turn in asked.question.conversation)
    if asked.left_out is not None:
        yield "customer", asked.left_out


def _earliest(due: Due) -> datetime | None:
    known = [at for at in (due.marketplace, due.company) if at is not None]
    return min(known, default=None)
