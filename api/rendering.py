"""Domain records as JSON: one plain function per record, and the response that carries it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from knowledge_base.records import Visibility

if TYPE_CHECKING:
    from tickets.records import Decision, Routing

SHOWN_INTENTS = 5
# Digits beyond these say nothing: calibration is measured on some thousands of messages.
DIGITS = 4
OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY

JsonObject = dict[str, Any]


def json_bytes(value: object) -> bytes:
    """Serialise, money as strings so that no cent is lost."""
    return orjson.dumps(value, default=_other, option=OPTIONS)


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response without a second validation pass."""
    return Response(json_bytes(value), status, headers=headers, media_type="application/json")


def decision_body(decision: Decision) -> JsonObject:
    """Return a decision in the shape of the contract."""
    language, mood, escalation = decision.language, decision.sentiment, decision.escalation
    return {
        "id": decision.id,
        "text": decision.text,
        "language": {"code": language.code, "probability": _round(language.probability), "script": language.script},
        "intent": decision.intent,
        "intents": [
            {"name": score.name, "probability": _round(score.probability)} for score in decision.intents[:SHOWN_INTENTS]
        ],
        "also": decision.also,
        "sentiment": {"label": mood.label, "score": _round(mood.score), "probability": _round(mood.probability)},
        "escalation": {
            "probability": _round(escalation.probability),
            "escalate": escalation.escalate,
            "reasons": escalation.reasons,
        },
        "entities": [
            {"kind": entity.kind, "value": entity.value, "start": entity.start, "end": entity.end}
            for entity in decision.entities
        ],
        "answers": [
            {
                "article": answer.article,
                "title": answer.title,
                "passage": answer.passage,
                "score": _round(answer.score),
                "language": answer.language,
                "visibility": answer.visibility,
            }
            for answer in decision.answers
        ],
        "suggestions": [
            {
                "id": suggestion.id,
                "template": suggestion.template,
                "version": suggestion.version,
                "language": suggestion.language,
                "text": suggestion.text,
                "score": _round(suggestion.score),
                "why": suggestion.why,
                "intent": suggestion.intent,
                "missing": suggestion.missing,
                "withdrawn_at": moment(suggestion.withdrawn_at),
            }
            for suggestion in decision.suggestions
        ],
        "routing": routing_body(decision.routing),
        "model": decision.model,
        "truncated": decision.truncated,
    }


def routing_body(routing: Routing) -> JsonObject:
    """Return a routing in the shape of the contract."""
    return {
        "team": routing.team,
        "priority": routing.priority.value,
        "tags": routing.tags,
        "due": {"marketplace": moment(routing.due.marketplace), "company": moment(routing.due.company)},
    }


def moment(value: datetime | None) -> str | None:
    """Write a time as UTC with a Z, in whole seconds."""
    if value is None:
        return None
    known = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return known.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _round(value: float) -> float:
    return round(float(value), DIGITS)


def _other(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def visible_part(decision: Decision, visibility: Visibility) -> Decision:
    """Return the decision without the internal passages where `visibility` is PUBLIC."""
    if visibility is Visibility.INTERNAL:
        return decision
    shown = tuple(answer for answer in decision.answers if answer.visibility == Visibility.PUBLIC.value)
    return dataclasses.replace(decision, answers=shown)
