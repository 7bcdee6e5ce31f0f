"""What customers asked and which passages were found for it, read from the stored decisions: an even sample if many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from knowledge_base.masking import masked
from tickets.records import Customer
from tickets.tables import DecisionRow, MessageRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

    from tickets.database import Database

MAX_QUESTION_CHARS = 500
_AT_ONCE = 500
_PUBLIC = "public"
# The last digits of an identifier are random: those below a bound are an even sample that stays the same.
_RANDOM_DIGITS = slice(32, 36)
_STEPS = 16**4


@dataclass(frozen=True, slots=True)
class Asked:
    """One message as it was decided last; `text` has personal data masked, `best` is the best public score or 0.

    `articles` are the (id, language) of the passages that were found, internal ones too; `internal` is the internal
    article that scored best, with its score: no customer can be told what it says.
    """

    ticket_id: str
    at: datetime
    text: str
    language: str
    intent: str | None
    best: float
    articles: tuple[tuple[str, str], ...]
    internal: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Messages of a span of time; `share` of all its decisions was read, from 0 to 1."""

    asked: tuple[Asked, ...]
    share: float


def read_asked(database: Database, since: datetime, most: int) -> Sample:
    """Read what was decided since a moment, the newest decision of each message.

    Args:
        database: Where the tickets are.
        since: Earlier messages are left out, also where they were decided later.
        most: Where there are more decisions, about so many are read, evenly over the whole span.

    """
    first = id_at(since)
    with database.session() as session:
        total = session.scalar(select(func.count()).select_from(DecisionRow).where(DecisionRow.id >= first)) or 0
    steps = _STEPS if total <= most else max(1, _STEPS * most // total)
    newest = dict(_read(database, first, steps))
    return Sample(tuple(asked for asked in newest.values() if asked.at >= since), steps / _STEPS)


def id_at(moment: datetime) -> str:
    """Give the least identifier that can have been made at a moment."""
    milliseconds = max(0, int(moment.astimezone(UTC).timestamp() * 1000))
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}"


def sampled(steps: int) -> ColumnElement[bool]:
    """Give the condition that so many of 65,536 decisions meet."""
    start, length = _RANDOM_DIGITS.start + 1, _RANDOM_DIGITS.stop - _RANDOM_DIGITS.start
    return func.substr(DecisionRow.id, start, length) < f"{steps:04x}"


def _read(database: Database, first: str, steps: int) -> Iterator[tuple[str, Asked]]:
    """Read page by page: one long look at the database would hold writers up."""
    last, inclusive = first, True
    while True:
        after = DecisionRow.id >= last if inclusive else DecisionRow.id > last
        conditions = [after] if steps == _STEPS else [after, sampled(steps)]
        with database.session() as session:
            rows = _page(session, conditions)
        yield from ((row.message_id, _asked(row)) for row in rows)
        if len(rows) < _AT_ONCE:
            return
        last, inclusive = rows[-1].id, False


def _page(session: Session, conditions: list[ColumnElement[bool]]) -> list[Row[Any]]:
    columns = (
        DecisionRow.id,
        DecisionRow.message_id,
        DecisionRow.ticket_id,
        DecisionRow.document,
        MessageRow.created_at,
        MessageRow.sent_at,
        MessageRow.envelope,
    )
    query = select(*columns).join(MessageRow, MessageRow.id == DecisionRow.message_id).where(*conditions)
    return list(session.execute(query.order_by(DecisionRow.id).limit(_AT_ONCE)))


def _asked(row: Row[Any]) -> Asked:
    said, customer = row.document, row.envelope.get("customer")
    text = masked(said["text"], said["entities"], Customer(**customer) if customer else None)
    answers = said["answers"]
    public = [answer for answer in answers if answer.get("visibility", _PUBLIC) == _PUBLIC]
    internal = max((answer for answer in answers if answer not in public), key=_score, default=None)
    return Asked(
        ticket_id=row.ticket_id,
        at=row.sent_at or row.created_at,
        text=text[:MAX_QUESTION_CHARS],
        language=said["language"]["code"],
        intent=said["intent"],
        best=max((_score(answer) for answer in public), default=0.0),
        articles=tuple((answer["article"], answer["language"]) for answer in answers),
        internal=None if internal is None else (internal["article"], _score(internal)),
    )


def _score(answer: dict[str, Any]) -> float:
    return float(answer["score"])
