from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from tests.tickets.makers import a_decision, a_message
from tickets.stored import Labels
from tickets.tables import (
    ArticleRow,
    ArticleVersionRow,
    AuditRow,
    Base,
    DecisionRow,
    ProcedureRow,
    ProcedureVersionRow,
    TemplateRow,
    TemplateVersionRow,
    TicketRow,
)

if TYPE_CHECKING:
    from tickets.database import Database
    from tickets.store import TicketStore

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def ticket_id(store: TicketStore, database: Database) -> str:
    """A house in which every append-only table has a row."""
    with database.write() as session:
        shared = {"title": "t", "tags": [], "visibility": "public", "body_markdown": "b", "digest": "d", "version": 1}
        session.execute(insert(ArticleRow).values(**shared, article_id="a", language="en", updated_at=NOW))
        session.execute(insert(ArticleVersionRow).values(**shared, article_pk=1, created_at=NOW))
        template = {"version": 1, "intent": "i", "title": "t", "channels": [], "body": "b", "state": "active"}
        session.execute(insert(TemplateRow).values(**template, template_id="i.a", language="en", updated_at=NOW))
        session.execute(insert(TemplateVersionRow).values(**template, template_pk=1, created_at=NOW))
        steps = {"title": "t", "intro": "", "steps": ["s"], "intents": [], "articles": [], "digest": "d", "version": 1}
        session.execute(insert(ProcedureRow).values(**steps, procedure_id="p", language="en", updated_at=NOW))
        session.execute(insert(ProcedureVersionRow).values(procedure_pk=1, version=1, document={}, created_at=NOW))
    answer = store.ingest(a_message(), "raw", a_decision(), idempotency_key="k", actor="test")
    store.reply(answer.ticket_id, "text", actor="ann")
    store.note(answer.ticket_id, "text", actor="ann")
    store.correct(answer.message_id, Labels(intent="order.status"), actor="ann")
    return answer.ticket_id


@pytest.mark.usefixtures("ticket_id")
@pytest.mark.parametrize("row", [DecisionRow, AuditRow, ArticleVersionRow, TemplateVersionRow, ProcedureVersionRow])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_history_is_neither_changed_nor_removed(database: Database, row: type[Base], statement: str) -> None:
    table = row.__tablename__
    column = next(iter(row.__table__.columns)).name
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text(statement.format(table, column, column)))
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(row))


def test_a_whole_ticket_can_be_erased_and_only_its_trail_stays(database: Database, ticket_id: str) -> None:
    with database.write() as session:
        session.execute(delete(TicketRow).where(TicketRow.id == ticket_id))
    kept = set()
    with database.session() as session:
        for table in Base.metadata.sorted_tables:
            if session.scalar(select(func.count()).select_from(table)):
                kept.add(table.name)
    houses_own = {"articles", "article_versions", "templates", "template_versions", "procedures", "procedure_versions"}
    assert kept == {"audit_events", "customers", "outbox"} | houses_own
