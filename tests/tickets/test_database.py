from __future__ import annotations

import os
import sqlite3
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Text, bindparam, event, func, insert, inspect, or_, select, text

from tests.support_postgres import PostgresServer
from tests.tickets.makers import a_message
from tickets import migrate
from tickets.database import Database, DatabaseOptions, dump_json
from tickets.errors import DeskhandError, InvalidInputError, UnavailableError
from tickets.settings import value_of
from tickets.store import TicketStore
from tickets.tables import Base, SettingRow

FIXED = DatabaseOptions(busy_timeout_s=0.2, sqlite_version=(3, 51, 3))
AFFECTED = DatabaseOptions(busy_timeout_s=0.2, sqlite_version=(3, 40, 1))


def _refusal(path: Path, options: DatabaseOptions = AFFECTED) -> DeskhandError:
    with pytest.raises(DeskhandError) as caught:
        Database.open(f"sqlite:///{path}", options=options)
    error = caught.value
    assert str(path) in error.message
    assert error.hint
    assert error.field == "DESKHAND_DATABASE_URL"
    return error


def test_opening_twice_keeps_what_was_stored(empty_url: str) -> None:
    first = Database.open(empty_url)
    ticket_id = TicketStore(first).ingest(a_message(), "raw", None, actor="test").ticket_id
    first.close()
    second = Database.open(empty_url)
    assert TicketStore(second).ticket(ticket_id).ticket.id == ticket_id
    second.check()
    second.close()


def test_migrations_make_exactly_the_declared_tables(empty_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = Database.open(empty_url)
    with database.engine.connect() as connection:
        options = {"version_table": migrate.VERSION_TABLE, "compare_type": False}
        difference = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
        names = set(inspect(connection).get_table_names())
    database.close()
    assert difference == []
    assert names == set(Base.metadata.tables) | {migrate.VERSION_TABLE}


def test_the_code_knows_its_own_newest_revision() -> None:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert scripts.get_current_head() == migrate.HEAD
    assert {script.revision for script in scripts.walk_revisions()} == migrate.KNOWN


def test_a_newer_database_is_refused(url: str) -> None:
    database = Database.open(url)
    with database.write() as session:
        session.execute(text(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608 our own name
    database.close()
    with pytest.raises(UnavailableError, match="version 9999, newer than this Deskhand") as caught:
        Database.open(url)
    assert caught.value.hint is not None


def test_opening_at_one_moment_migrates_once(empty_url: str) -> None:
    errors: list[BaseException] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        try:
            Database.open(empty_url).close()
        except DeskhandError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_new_file_is_private_and_its_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "deskhand.db"
    Database.open(f"sqlite:///{path}").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_relative_path_belongs_to_the_home(tmp_path: Path) -> None:
    Database.open("sqlite:///deskhand.db", home=tmp_path).close()
    assert (tmp_path / "deskhand.db").is_file()
    Database.open("sqlite:///$DESKHAND_HOME/two.db", home=tmp_path).close()
    assert (tmp_path / "two.db").is_file()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary " * 100)
    assert "is not a database" in _refusal(path).message
    assert path.read_text().startswith("dear diary")


def test_a_damaged_database_is_named(sqlite_path: Path) -> None:
    with sqlite_path.open("r+b") as file:
        file.seek(30)
        file.write(os.urandom(4000))
    assert _refusal(sqlite_path).status == 503


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE accounts (id)")
    connection.close()
    assert "another program" in _refusal(path).message


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "cannot be opened" in _refusal(tmp_path).message


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    assert "cannot be opened" in _refusal(tmp_path / "home" / "deskhand.db").message


def test_a_locked_database_is_named_at_the_start(sqlite_path: Path) -> None:
    holder = sqlite3.connect(sqlite_path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert "is locked" in _refusal(sqlite_path).message
    holder.close()


def test_a_locked_database_is_named_at_work(sqlite_path: Path) -> None:
    database = Database.open(f"sqlite:///{sqlite_path}", options=AFFECTED)
    store = TicketStore(database)
    holder = sqlite3.connect(sqlite_path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError, match="is locked"):
        store.ingest(a_message(), "raw", None, actor="test")
    holder.execute("ROLLBACK")
    holder.close()
    assert store.ingest(a_message(), "raw", None, actor="test").created
    database.close()


def test_a_turn_that_does_not_come_is_an_error(sqlite_path: Path) -> None:
    database = Database.open(f"sqlite:///{sqlite_path}", options=AFFECTED)
    with database.write(), pytest.raises(UnavailableError, match="no turn to write"), database.write():
        pass
    database.close()


def test_a_read_only_database_is_named(sqlite_path: Path) -> None:
    with pytest.raises(UnavailableError, match="is read-only") as caught:
        Database.open(f"sqlite:///file:{sqlite_path}?mode=ro&uri=true")
    assert "writable" in str(caught.value.hint)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_without_rights_is_named(sqlite_path: Path) -> None:
    sqlite_path.chmod(0o400)
    assert "cannot be opened for writing" in _refusal(sqlite_path).message


def test_a_full_disk_is_named_and_loses_nothing(sqlite_database: Database) -> None:
    store = TicketStore(sqlite_database)
    kept = store.ingest(a_message(), "raw", None, actor="test").ticket_id
    with sqlite_database.session() as session:
        pages = session.scalar(text("PRAGMA page_count"))
    sqlite_database.engine.dispose()

    @event.listens_for(sqlite_database.engine, "connect")
    def small(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(UnavailableError, match="is full") as caught:
        store.ingest(a_message(external_id="big"), b"x" * 100_000, None, actor="test")
    assert "free disk space" in str(caught.value.hint)
    assert [ticket.id for ticket in store.tickets().items] == [kept]
    assert store.find_repeat(a_message(external_id="big"), None, "d") is None


def test_the_safe_mode_is_chosen_by_the_version(tmp_path: Path) -> None:
    affected = Database.open(f"sqlite:///{tmp_path / 'a.db'}", options=AFFECTED)
    fixed = Database.open(f"sqlite:///{tmp_path / 'b.db'}", options=FIXED)
    modes = []
    for database in (affected, fixed):
        with database.session() as session:
            modes.append((session.scalar(text("PRAGMA journal_mode")), session.scalar(text("PRAGMA synchronous"))))
        database.close()
    assert modes == [("delete", 2), ("wal", 2)]
    assert "3.40.1 has the WAL-reset defect" in str(affected.safe_mode)
    assert fixed.safe_mode is None


def test_an_affected_version_takes_over_a_wal_file(sqlite_path: Path) -> None:
    url = f"sqlite:///{sqlite_path}"
    fixed = Database.open(url, options=FIXED)
    ticket_id = TicketStore(fixed).ingest(a_message(), "raw", None, actor="test").ticket_id
    fixed.close()
    affected = Database.open(url, options=AFFECTED)
    assert TicketStore(affected).ticket(ticket_id).ticket.id == ticket_id
    affected.check()
    affected.close()


def test_a_journal_mode_that_somebody_changed_is_noticed(sqlite_path: Path) -> None:
    database = Database.open(f"sqlite:///{sqlite_path}", options=AFFECTED)
    database.engine.dispose()
    other = sqlite3.connect(sqlite_path)
    other.execute("PRAGMA journal_mode=WAL")
    with pytest.raises(UnavailableError, match="switched to journal_mode=wal"):
        database.check()
    other.close()
    database.close()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://u@h/d", "nonsense", "", "postgresql+psycopg://h:x/y"]
)
def test_urls_that_cannot_work_are_refused(url: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Database.open(url)
    assert caught.value.field == "DESKHAND_DATABASE_URL"


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(UnavailableError, match="cannot be reached") as caught:
        Database.open("postgresql+psycopg://user:geheim@127.0.0.1:1/deskhand")
    assert "geheim" not in caught.value.message


def test_writing_in_a_session_for_reading_fails(database: Database) -> None:
    # Unseen, it would be rolled back at the end of the session.
    with pytest.raises(DeskhandError, match="read-only"), database.session() as session:
        session.execute(text("DELETE FROM settings"))


def test_rows_past_the_orm_have_pythons_types(database: Database) -> None:
    at = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
    with database.write() as session:
        session.add_all(SettingRow(name=letter, value={"of": letter}, updated_at=at) for letter in "abc")
    name = bindparam("name", type_=Text())
    query = select(SettingRow.name, SettingRow.value, SettingRow.updated_at).where(
        or_(SettingRow.name == name, SettingRow.name > name), SettingRow.name != "c"
    )
    assert database.ask(query.order_by(SettingRow.name).limit(2), {"name": "b"}) == [("b", {"of": "b"}, at)]
    assert database.ask(query, {"name": "d"}) == []


def test_a_lost_table_is_a_mistake_of_ours_and_the_next_value_is_found(database: Database) -> None:
    from sqlalchemy import column, table

    driver = database.engine.dialect.loaded_dbapi
    with pytest.raises(driver.Error):
        database.value(select(table("nowhere", column("x")).c.x))
    assert database.value(select(func.count(SettingRow.name))) == 0


def test_a_value_of_a_locked_database_is_refused_with_a_reason(sqlite_path: Path) -> None:
    database = Database.open(f"sqlite:///{sqlite_path}", options=AFFECTED)
    holder = sqlite3.connect(sqlite_path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UnavailableError, match="is locked"):
        database.value(value_of("shop"))
    holder.execute("ROLLBACK")
    holder.close()
    assert database.value(value_of("shop")) is None
    database.close()


def test_values_are_found_again_after_the_server_ended_the_connections(postgres: PostgresServer) -> None:
    with postgres.fresh_database(template="migrated") as url:
        database = Database.open(url)
        assert database.value(value_of("shop")) is None
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        assert database.value(value_of("shop")) is None
        database.close()


def test_an_exception_rolls_back(database: Database) -> None:
    def break_off() -> None:
        with database.write() as session:
            session.execute(insert(SettingRow).values(name="a", value=1, updated_at=datetime.now(UTC)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    with database.session() as session:
        assert session.scalar(select(SettingRow)) is None


def test_foreign_keys_are_checked(database: Database) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("INSERT INTO ticket_labels (ticket_id, label) VALUES ('nowhere', 'x')"))


def test_parameters_stay_out_of_error_texts(database: Database) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    with pytest.raises(SQLAlchemyError) as caught, database.write() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "my dear message"})
    assert "my dear message" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "written"),
    [({"a": "é\x00"}, '{"a":"é�"}'), (["\ud800x"], '["�x"]'), ({"\ud800": {"b": [1, None]}}, '{"�":{"b":[1,null]}}')],
)
def test_json_is_storable_everywhere(value: object, written: str) -> None:
    assert dump_json(value) == written
