"""The exports for learning: messages with what people said of their labels, suggestions with what became of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from tickets.details import decisions_of, feedback_record
from tickets.stored import FeedbackAction, Judged, Labelled, Labels
from tickets.tables import FeedbackRow, MessageRow, SuggestionRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from tickets.database import Database
    from tickets.records import Decision
    from tickets.stored import FeedbackRecord

_AT_ONCE = 200
_JUDGED = (SuggestionRow.text, SuggestionRow.order_state)
_USED = {FeedbackAction.ACCEPTED, FeedbackAction.EDITED}


def labelled(database: Database) -> Iterator[Labelled]:
    """Yield every message that somebody confirmed or corrected, oldest first.

    It reads page by page: one long look at the database would hold writers up.
    """
    last = ""
    while True:
        with database.session() as session:
            ids = list(session.scalars(_next_messages(last)))
            examples = _examples(session, ids)
        yield from examples
        if not ids:
            return
        last = ids[-1]


def judged(database: Database) -> Iterator[Judged]:
    """Yield every verdict on a suggestion, oldest first, page by page."""
    last = ""
    while True:
        query = select(FeedbackRow, *_JUDGED).join(SuggestionRow, SuggestionRow.id == FeedbackRow.suggestion_id)
        page = query.where(FeedbackRow.id > last).order_by(FeedbackRow.id).limit(_AT_ONCE)
        with database.session() as session:
            found = [Judged(feedback_record(row), text, state or "") for row, text, state in session.execute(page)]
        yield from found
        if not found:
            return
        last = found[-1].feedback.id


def _next_messages(last: str) -> Select[str]:
    ids = select(FeedbackRow.message_id).where(FeedbackRow.message_id > last).distinct()
    return ids.order_by(FeedbackRow.message_id).limit(_AT_ONCE)


def _examples(session: Session, ids: list[str]) -> list[Labelled]:
    told: dict[str, list[FeedbackRecord]] = defaultdict(list)
    for row in session.scalars(select(FeedbackRow).where(FeedbackRow.message_id.in_(ids)).order_by(FeedbackRow.id)):
        told[row.message_id].append(feedback_record(row))
    decisions = decisions_of(session, ids)
    columns = (MessageRow.id, MessageRow.text, MessageRow.created_at)
    texts = {m.id: m for m in session.execute(select(*columns).where(MessageRow.id.in_(ids)))}
    found = []
    for message_id in ids:
        message, decided = texts[message_id], decisions[message_id]
        example = _example(told[message_id], decided[0] if decided else None, message.text)
        if example is not None:
            found.append(replace(example, created_at=message.created_at))
    return found


def _example(told: list[FeedbackRecord], decision: Decision | None, text: str) -> Labelled | None:
    corrected = Labels()
    for verdict in told:
        corrected = _newer(corrected, verdict.labels)
    silent = corrected == Labels()
    confirmed = silent and any(verdict.action in _USED for verdict in told)
    if silent and not confirmed:
        return None  # a rejected reply alone says nothing of the labels
    predicted = _predicted(decision)
    return Labelled(
        ticket_id=told[0].ticket_id,
        message_id=told[0].message_id,
        created_at=told[0].created_at,
        text=decision.text if decision else text,
        language=corrected.language or predicted.language or "und",
        model=decision.model if decision else "",
        predicted=predicted,
        corrected=corrected,
        confirmed=confirmed,
        actors=tuple(dict.fromkeys(verdict.actor for verdict in told)),
    )


def _newer(old: Labels, new: Labels) -> Labels:
    said = {f.name: value for f in fields(Labels) if (value := getattr(new, f.name)) is not None}
    return replace(old, **said)


def _predicted(decision: Decision | None) -> Labels:
    if decision is None:
        return Labels()
    return Labels(
        intent=decision.intent,
        also=decision.also,
        language=decision.language.code,
        sentiment=decision.sentiment.label,
        escalate=decision.escalation.escalate,
    )
