"""Verdicts on suggestions: stored with all that they speak of, and counted for the ranking in the same transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Table, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tickets.acceptance import USED, Case, Outcome, Tally, credit_of, passed_over, rules
from tickets.differences import difference
from tickets.errors import InvalidInputError
from tickets.settings import read_setting, value_of
from tickets.tables import AcceptanceRow, DecisionRow, SettingRow, SuggestionRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from tickets.database import Database
    from tickets.tables.base import Base

GENERATION = "acceptance_generation"
"""The setting that counts verdicts, so that every process notices them with one cheap query."""

REASONS = ("wrong_intent", "wrong_facts", "tone", "language", "too_long", "outdated", "other")
MAX_COMMENT = 2_000
_VERDICTS = value_of(GENERATION)
_COUNTS = ("seen", "accepted", "edited", "rejected", "passed_over", "gained", "lost", "half_lives")


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why somebody rejected a suggestion: one of `REASONS`, and their own words."""

    reason: str | None = None
    comment: str | None = None

    def check(self, outcome: Outcome) -> None:
        """Refuse an unknown reason, and one beside anything but a rejection.

        Raises:
            InvalidInputError: Names the field.
        """
        if self.reason is not None and self.reason not in REASONS:
            raise InvalidInputError(
                f"reason {self.reason[:40]!r} is unknown", field="reason", hint=f"one of {', '.join(REASONS)}"
            )
        if self.reason is not None and outcome is not Outcome.REJECTED:
            raise InvalidInputError(
                f"reason {self.reason!r} belongs to a rejected suggestion, this one is {outcome}",
                field="reason",
                hint="leave it out, or reject the suggestion",
            )
        if self.comment is not None and len(self.comment) > MAX_COMMENT:
            raise InvalidInputError(
                f"comment has {len(self.comment)} characters; at most {MAX_COMMENT} are kept",
                field="comment",
                hint="shorten it",
            )


@dataclass(frozen=True, slots=True)
class UseCounts:
    """How a template fared: how often it was offered, and what became of it."""

    offered: int
    accepted: int
    edited: int
    rejected: int
    passed_over: int


def told_of(session: Session, offer: SuggestionRow, outcome: Outcome, sent: str | None) -> dict[str, Any]:
    """Return what a row of feedback says beside the verdict itself.

    Args:
        session: For the decision's model and intent.
        offer: The suggestion.
        outcome: What became of it.
        sent: The text that went out instead; None where the suggestion went out as it was, or nothing did.

    """
    decided = session.execute(
        select(DecisionRow.model, DecisionRow.intent).where(DecisionRow.id == offer.decision_id)
    ).one()
    about = {
        "model": decided.model,
        "template": offer.template,
        "template_version": offer.version,
        "language": offer.language,
        "intent": offer.intent or decided.intent,
        "rank": offer.position + 1,
    }
    if outcome is Outcome.REJECTED:
        return {**about, "text": sent, "kept": None, "diff": None}
    final = offer.text if sent is None else sent
    if outcome is Outcome.ACCEPTED:
        return {**about, "text": final, "kept": 1.0, "diff": None}
    found = difference(offer.text, final)
    return {**about, "text": final, "kept": found.kept, "diff": [asdict(change) for change in found.changes]}


def count(session: Session, offer: SuggestionRow, outcome: Outcome, kept: float | None) -> None:
    """Count a verdict, once for each suggestion: a later one takes the place of the one before.

    What stood above a suggestion that was used is passed over. Verdicts queue for the generation, so that no two of
    them change the same tallies at one moment.
    """
    generation = _next_generation(session)
    decision = (SuggestionRow.decision_id == offer.decision_id,)
    offers = session.scalars(
        select(SuggestionRow)
        .where(*decision)
        .order_by(SuggestionRow.position)
        .execution_options(populate_existing=True)
    ).all()
    before = [None if row.verdict is None else Outcome(row.verdict) for row in offers]
    mine = next(index for index, row in enumerate(offers) if row.id == offer.id)
    outcomes = {mine: (outcome, credit_of(outcome, kept))}
    if outcome in USED:
        outcomes |= dict.fromkeys(passed_over(before, mine), (Outcome.PASSED_OVER, 0.0))
    cases = [_case(session, row) for row in offers]
    tallies = _tallies(session, set(cases))
    now, by = datetime.now(UTC), rules()
    for index, row in enumerate(offers):
        tally = tallies[cases[index]]
        if not any(before):
            tally = tally.shown()
            if outcome in USED and index > mine:
                tally = tally.left_below(now, by)
        if index in outcomes:
            new, credit = outcomes[index]
            if row.verdict is not None:
                tally = tally.taken_back(Outcome(row.verdict), row.credit or 0.0, row.half_lives or 0.0, by)
            tally = tally.counted(new, credit, now, by)
            values = {"verdict": new.value, "credit": credit, "half_lives": tally.half_lives}
            session.execute(update(SuggestionRow).where(SuggestionRow.id == row.id).values(**values))
        tallies[cases[index]] = tally
    _write(session, tallies, generation, now)


class AcceptanceStore:
    """Reads what people made of templates.

    Args:
        database: An open database.

    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, generation: int) -> tuple[int, dict[Case, Tally]]:
        """Return the present generation, and the tallies that changed after the given one; cheap where none did."""
        if int(self._database.value(_VERDICTS) or 0) == generation:
            return generation, {}
        with self._database.session() as session:
            present = int(read_setting(session, GENERATION, 0))
            rows = session.scalars(select(AcceptanceRow).where(AcceptanceRow.generation > generation))
            return present, {_key(row): _tally(row) for row in rows}

    def use(self, template: str, language: str) -> UseCounts:
        """Return how a template fared in one language, over all intents."""
        mine = (SuggestionRow.template == template, SuggestionRow.language == language)
        with self._database.session() as session:
            offered = session.scalar(select(func.count()).select_from(SuggestionRow).where(*mine)) or 0
            rows = session.scalars(
                select(AcceptanceRow).where(AcceptanceRow.template == template, AcceptanceRow.language == language)
            )
            total = sum((_tally(row) for row in rows), Tally())
        return UseCounts(offered, total.accepted, total.edited, total.rejected, total.passed_over)


def _next_generation(session: Session) -> int:
    """Raise the counter of verdicts, and hold it until the transaction ends."""
    start = {"name": GENERATION, "value": 0, "updated_at": datetime.now(UTC)}
    _insert_new(session, SettingRow, [start])
    row = session.scalars(select(SettingRow).where(SettingRow.name == GENERATION).with_for_update()).one()
    row.value, row.updated_at = int(row.value) + 1, datetime.now(UTC)
    return int(row.value)


def _insert_new(session: Session, row: type[Base], values: list[dict[str, Any]]) -> None:
    """Insert rows that are not there yet."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(cast("Table", row.__table__)).on_conflict_do_nothing(), values)


def _case(session: Session, row: SuggestionRow) -> Case:
    intent = row.intent
    if intent is None:  # stored by an earlier release
        intent = session.scalar(select(DecisionRow.intent).where(DecisionRow.id == row.decision_id))
    return Case(intent or row.template.rpartition(".")[0], row.order_state or "", row.language, row.template)


def _tallies(session: Session, cases: Iterable[Case]) -> dict[Case, Tally]:
    found = {}
    for case in cases:
        row = session.get(AcceptanceRow, (case.intent, case.order_state, case.language, case.template))
        found[case] = Tally() if row is None else _tally(row)
    return found


def _write(session: Session, tallies: Mapping[Case, Tally], generation: int, now: datetime) -> None:
    for case, tally in tallies.items():
        values = {name: getattr(tally, name) for name in _COUNTS}
        session.merge(
            AcceptanceRow(**asdict(case), **values, updated_at=tally.at or now, generation=generation),
        )


def _key(row: AcceptanceRow) -> Case:
    return Case(row.intent, row.order_state, row.language, row.template)


def _tally(row: AcceptanceRow) -> Tally:
    return Tally(**{name: getattr(row, name) for name in _COUNTS}, at=row.updated_at)
