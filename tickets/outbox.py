"""What must leave the house: leased, delivered, retried with growing pauses, and parked when it will not go."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.engine import CursorResult

from tickets.audit import record
from tickets.errors import NotFoundError
from tickets.ids import new_id
from tickets.tables import OutboxRow
from tickets.tables.base import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from tickets.database import Database

MOST_ATTEMPTS = 8
_FIRST_PAUSE_S = 30.0
_LONGEST_PAUSE_S = 6 * 3600.0
WAITING, LEASED, DONE, PARKED = "waiting", "leased", "done", "parked"
# How long a delivery is kept after it arrived, and how long after it was written where it never will.
KEPT_DONE = timedelta(days=7)
KEPT_UNDELIVERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to deliver. `attempts` counts this one; `lease` proves that it is still ours."""

    id: str
    topic: str
    target: str
    dedupe_key: str
    payload: Mapping[str, Any]
    attempts: int
    lease: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many deliveries were removed: those that had arrived, and those that never did."""

    done: int
    undelivered: int


def enqueue(session: Session, topic: str, target: str, dedupe_key: str, payload: Mapping[str, Any]) -> None:
    """Write a delivery in the transaction that makes it necessary; its key must be new."""
    now = datetime.now(UTC)
    what = {"id": new_id(), "topic": topic, "target": target, "dedupe_key": dedupe_key, "payload": dict(payload)}
    insert_into(session, OutboxRow, {**what, "state": WAITING, "attempts": 0, "created_at": now, "next_at": now})


def pause_s(attempts: int) -> float:
    """Return the seconds until the next attempt: doubled each time, with up to a quarter of chance added."""
    base = min(_FIRST_PAUSE_S * 2.0 ** (attempts - 1), _LONGEST_PAUSE_S)
    return base * (1 + random.random() / 4)  # noqa: S311 spreads load, keeps no secret


class Outbox:
    """The outbox: at least once, in any order; a delivery that cannot go never holds the others up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, topic: str, target: str, dedupe_key: str, payload: Mapping[str, Any]) -> bool:
        """Queue a delivery of its own; False where its key is there already, delivered or not."""
        with self._database.write() as session:
            if session.scalar(select(OutboxRow.id).where(OutboxRow.dedupe_key == dedupe_key)) is not None:
                return False
            enqueue(session, topic, target, dedupe_key, payload)
            return True

    def lease(self, targets: Collection[str], *, limit: int = 10, lease_s: float = 60.0) -> list[Delivery]:
        """Take deliveries that are due for the given targets; after `lease_s` without an answer they are due again.

        Fewer than are due come where another worker takes some at the same moment.
        A delivery whose last lease ran out unanswered (its worker died) is parked rather than leased a ninth time.
        """
        now = datetime.now(UTC)
        in_turn = and_(OutboxRow.state.in_((WAITING, LEASED)), OutboxRow.next_at <= now)
        due = and_(in_turn, OutboxRow.target.in_(list(targets)))
        with self._database.session() as session:
            # Looked up by reading: an idle worker takes nobody's turn to write, a long queue makes no turn long.
            first = select(OutboxRow.id).where(due).order_by(OutboxRow.next_at, OutboxRow.id).limit(limit)
            ids = session.scalars(first).all()
        if not ids:
            return []
        with self._database.write() as session:
            rows = session.scalars(
                select(OutboxRow)
                .where(due, OutboxRow.id.in_(ids))
                .order_by(OutboxRow.next_at, OutboxRow.id)
                .with_for_update(skip_locked=True)
            ).all()
            taken = []
            for row in rows:
                if row.attempts >= MOST_ATTEMPTS:
                    row.state, row.lease, row.last_error = PARKED, None, row.last_error or "no answer from the worker"
                    record(session, "deskhand", "delivery.parked", row.id, target=row.target)
                    continue
                row.state, row.lease = LEASED, new_id()
                row.attempts += 1
                row.next_at = now + timedelta(seconds=lease_s)
                taken.append(_delivery(row))
            return taken

    def ack(self, delivery: Delivery) -> bool:
        """Note that a delivery arrived; False where its lease ran out and another worker has it."""
        done = {"state": DONE, "done_at": datetime.now(UTC), "lease": None, "last_error": None}
        return self._settle(delivery, done)

    def fail(self, delivery: Delivery, error: str, *, retry_after_s: float | None = None) -> bool:
        """Note that a delivery failed: it is tried again after a pause, and parked after its eighth attempt.

        Args:
            delivery: As it was leased.
            error: What went wrong, for people; no message text.
            retry_after_s: The pause that the other side asked for.
        """
        failed: dict[str, Any] = {"lease": None, "last_error": error[:500]}
        if delivery.attempts >= MOST_ATTEMPTS:
            failed["state"] = PARKED
        else:
            pause = max(pause_s(delivery.attempts), min(retry_after_s or 0.0, _LONGEST_PAUSE_S))
            failed |= {"state": WAITING, "next_at": datetime.now(UTC) + timedelta(seconds=pause)}
        return self._settle(delivery, failed)

    def park(self, delivery: Delivery, error: str) -> bool:
        """Give a delivery up that no further attempt can help; arguments and answer as for `fail`."""
        return self._settle(delivery, {"lease": None, "last_error": error[:500], "state": PARKED})

    def prune(self, targets: Collection[str], *, limit: int = 1000) -> Pruned:
        """Remove what arrived a week ago, and what was written a month ago and is parked or has no receiver any more.

        Args:
            targets: The receivers that are configured.
            limit: How many of each kind at most; call again until less is removed, so that writers get their turn.
        """
        now = datetime.now(UTC)
        nobodys = and_(OutboxRow.state.in_((WAITING, LEASED)), OutboxRow.target.not_in(list(targets)))
        undelivered = and_(or_(OutboxRow.state == PARKED, nobodys), OutboxRow.created_at < now - KEPT_UNDELIVERED)
        done = and_(OutboxRow.state == DONE, OutboxRow.done_at < now - KEPT_DONE)
        with self._database.write() as session:
            old, lost = (self._remove(session, which, limit) for which in (done, undelivered))
            if lost:
                record(session, "deskhand", "deliveries.dropped", "outbox", count=lost)
        return Pruned(old, lost)

    def replay(self, delivery_id: str, *, actor: str) -> None:
        """Let a parked delivery start anew.

        Raises:
            NotFoundError: No such delivery is parked.
        """
        with self._database.write() as session:
            fresh = {"state": WAITING, "attempts": 0, "next_at": datetime.now(UTC)}
            changed = session.execute(
                update(OutboxRow).where(OutboxRow.id == delivery_id, OutboxRow.state == PARKED).values(**fresh)
            )
            if not _count(changed):
                raise NotFoundError(f"no parked delivery {delivery_id}", field="id")
            record(session, actor, "delivery.replayed", delivery_id)

    def counts(self) -> dict[str, int]:
        """Return how many deliveries are in each state."""
        from sqlalchemy import func

        with self._database.session() as session:
            rows = session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
            return {state: count for state, count in rows}  # noqa: C416 rows are not pairs to mypy

    @staticmethod
    def _remove(session: Session, which: ColumnElement[bool], limit: int) -> int:
        some = select(OutboxRow.id).where(which).limit(limit).scalar_subquery()
        return _count(session.execute(delete(OutboxRow).where(OutboxRow.id.in_(some))))

    def _settle(self, delivery: Delivery, values: dict[str, Any]) -> bool:
        ours = and_(OutboxRow.id == delivery.id, OutboxRow.lease == delivery.lease, OutboxRow.state == LEASED)

        def work(session: Session) -> bool:
            settled = _count(session.execute(update(OutboxRow).where(ours).values(**values))) == 1
            if settled and values.get("state") == PARKED:
                record(session, "deskhand", "delivery.parked", delivery.id, target=delivery.target)
            return settled

        # Deliveries end at the same moment as others, and as messages come in: they share the disk's time.
        return self._database.write_together(work)


def _count(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def _delivery(row: OutboxRow) -> Delivery:
    return Delivery(
        row.id, row.topic, row.target, row.dedupe_key, row.payload, row.attempts, str(row.lease), row.created_at
    )
