"""Triggers that refuse to change or remove history, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from alembic import op


def forbid_changes(table: str, *, unless_gone: tuple[str, str, str] | None = None) -> None:
    """Make a table append-only.

    Args:
        table: The table to guard.
        unless_gone: (parent table, its key, our column): rows may go once their parent row is gone, which is how a
            whole ticket is erased.
    """
    removal_is_wrong = "TRUE"
    if unless_gone is not None:
        parent, key, column = unless_gone
        removal_is_wrong = f"EXISTS (SELECT 1 FROM {parent} WHERE {key} = OLD.{column})"  # noqa: S608 our own names
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite(table, removal_is_wrong)
    else:
        _on_postgresql(table, removal_is_wrong)


def _on_sqlite(table: str, removal_is_wrong: str) -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN {removal_is_wrong} {refuse}")


def _on_postgresql(table: str, removal_is_wrong: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' OR {removal_is_wrong} THEN RAISE EXCEPTION '{table} is append-only'; END IF; "
        f"RETURN OLD; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )
