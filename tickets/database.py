"""The one door to the database: opening, reading, writing."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session

from tickets import migrate, sqlite
from tickets.errors import InvalidInputError, UnavailableError
from tickets.faults import explain, explained
from tickets.group import GroupCommit
from tickets.questions import Question
from tickets.texts import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Select

T = TypeVar("T")


# What SQLite gives every reader by itself.
_ONE_VIEW: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """What only tests and unusual machines change; `busy_timeout_s` is how long a writer waits for its turn."""

    busy_timeout_s: float = 15.0
    sqlite_version: tuple[int, ...] = sqlite3.sqlite_version_info


class Database:
    """A SQLite file or a PostgreSQL database, sound under several threads and several processes.

    `safe_mode` says why SQLite runs without its write-ahead log, and is None where it does not.
    """

    def __init__(self, engine: Engine, place: str, *, safe_mode: str | None, busy_timeout_s: float) -> None:
        self.engine = engine
        self.place = place
        self.safe_mode = safe_mode
        self._busy_timeout_s = busy_timeout_s
        self._writer = engine.execution_options(**{sqlite.WRITES: True})
        self._reader = engine if self.is_sqlite else engine.execution_options(**_ONE_VIEW)
        self._turn = threading.Lock() if self.is_sqlite else None
        self._group = GroupCommit(self.write)
        self._questions: dict[Select[Any], Question] = {}

    @classmethod
    def open(cls, url: str, *, home: Path | None = None, options: DatabaseOptions | None = None) -> Database:
        """Open a database, create it where it is missing, and bring it to the shape that this code knows.

        Args:
            url: `sqlite:///PATH` or `postgresql+psycopg://…`; `$DESKHAND_HOME` in it stands for `home`.
            home: The data directory, also the base of a relative SQLite path.
            options: Timeouts, for tests.

        Raises:
            InvalidInputError: The URL cannot be read.
            UnavailableError: The database is locked, read-only, full, damaged, unreachable or newer than this code.
        """
        options = options or DatabaseOptions()
        parsed = _parse(url, home)
        if parsed.get_backend_name() == "sqlite":
            database = cls._open_sqlite(parsed, options)
        else:
            database = cls._open_postgresql(parsed, options)
        try:
            database._migrate()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def _open_sqlite(cls, url: URL, options: DatabaseOptions) -> Database:
        path = Path(str(url.database))
        if not str(url.database).startswith("file:"):
            sqlite.prepare_file(path)
        engine = create_engine(
            url,
            json_serializer=dump_json,
            json_deserializer=load_json,
            hide_parameters=True,  # parameters hold what customers wrote: they must not reach a log
            pool_size=16,
            max_overflow=48,
            connect_args={"timeout": options.busy_timeout_s, "check_same_thread": False},
        )
        sqlite.listen(engine, options.busy_timeout_s)
        reason = sqlite.safe_mode_reason(options.sqlite_version)
        database = cls(engine, str(path), safe_mode=reason, busy_timeout_s=options.busy_timeout_s)
        with explained(database.place):
            sqlite.set_journal_mode(engine, database.journal_mode)
        return database

    @classmethod
    def _open_postgresql(cls, url: URL, options: DatabaseOptions) -> Database:
        try:
            engine = create_engine(
                url,
                json_serializer=dump_json,
                json_deserializer=load_json,
                hide_parameters=True,
                pool_size=16,
                max_overflow=16,
                pool_pre_ping=True,
                connect_args={"connect_timeout": 5},
            )
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            raise UnavailableError(
                f"database {url.render_as_string()}: its driver is not installed",
                field="DESKHAND_DATABASE_URL",
                hint="run `.venv/bin/pip install -c constraints.txt -e '.[postgres]'` in the checkout of Deskhand, "
                "and use a URL that starts with postgresql+psycopg://",
            ) from error
        place = url.render_as_string(hide_password=True)
        return cls(engine, place, safe_mode=None, busy_timeout_s=options.busy_timeout_s)

    @property
    def is_sqlite(self) -> bool:
        """Tell SQLite from PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @property
    def journal_mode(self) -> str:
        """Return the journal mode that SQLite must use here."""
        return "delete" if self.safe_mode else "wal"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Read: one consistent view, in which writing fails. Keep it short: it holds writers up in safe mode."""
        with explained(self.place), Session(self._reader, expire_on_commit=False) as session:
            yield session

    def ask(self, query: Select[Any], given: Mapping[str, str] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query, outside of any session.

        It goes straight to the driver: for what is asked at every decision, where SQLAlchemy would take several times
        as long as the database.

        Args:
            query: One of few, made once, for its text is kept; its columns are a table's, not a row's class.
            given: The values that it leaves open, storable text alone.

        Raises:
            UnavailableError: The database cannot do its work at present.
        """
        question = self._questions.get(query)
        if question is None:
            question = self._questions[query] = Question.of(query, self.engine.dialect)
        with explained(self.place):
            connection = self.engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute(question.sql, question.arguments(given or {}))
                rows = cursor.fetchall()
                cursor.close()
            except self.engine.dialect.loaded_dbapi.Error as error:
                connection.invalidate(error)
                fault = explain(error, self.place)
                if fault is None:
                    raise
                raise fault from error
            finally:
                connection.close()
        return [question.read(row) for row in rows]

    def value(self, query: Select[T]) -> T | None:
        """Return the first value that a query finds, None where it finds none; see `ask`."""
        rows = self.ask(query)
        return rows[0][0] if rows else None

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Write: committed as a whole at the end, rolled back on any exception.

        Raises:
            UnavailableError: The turn to write did not come, or the database could not take the write.
        """
        with (
            explained(self.place),
            self._own_turn(),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def write_together(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a write transaction that it may share with what other threads bring at the same moment.

        `work` may be repeated, and must touch nothing but the session. PostgreSQL groups commits by itself.
        """
        if self.is_sqlite:
            return self._group.run(work)
        with self.write() as session:
            return work(session)

    def check(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            UnavailableError: It gives none, or somebody changed SQLite's journal mode.
        """
        with self.session() as session:
            if not self.is_sqlite:
                session.execute(text("SELECT 1"))
                return
            mode = session.scalar(text("PRAGMA journal_mode"))
        if mode != self.journal_mode:
            raise UnavailableError(
                f"database {self.place} was switched to journal_mode={mode}, {self.journal_mode} is needed",
                field="DESKHAND_DATABASE_URL",
                hint="end the other program that uses it and start Deskhand again",
            )

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        # Threads of one process queue here: SQLite's own waiting polls, and is not fair.
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=self._busy_timeout_s):
            raise UnavailableError(
                f"database {self.place} is busy: no turn to write within {self._busy_timeout_s:g} s",
                field="DESKHAND_DATABASE_URL",
                hint="try again in a moment",
            )
        try:
            yield
        finally:
            self._turn.release()

    def _migrate(self) -> None:
        with self.write() as session:
            migrate.upgrade(session.connection(), self.place)
        # A read-only file is told from others by a real write alone; this one is taken back.
        with explained(self.place), self._own_turn(), Session(self._writer) as session:
            session.execute(text(f"UPDATE {migrate.VERSION_TABLE} SET version_num = version_num"))  # noqa: S608 our name
            session.rollback()


def dump_json(value: Any) -> str:  # noqa: ANN401 any JSON value
    """Write JSON that every database can hold."""
    try:
        written = orjson.dumps(value).decode()
    except TypeError:  # a lone surrogate
        return orjson.dumps(_storable(value)).decode()
    return orjson.dumps(_storable(value)).decode() if "\\u0000" in written else written


def load_json(value: Any) -> Any:  # noqa: ANN401 any JSON value
    """Read JSON; SQLite hands a document that is one number back as that number."""
    return value if isinstance(value, int | float) else orjson.loads(value)


def _storable(value: Any) -> Any:  # noqa: ANN401 any JSON value
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(k)): _storable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(v) for v in value]
    return value


def _parse(url: str, home: Path | None) -> URL:
    hint = "for example sqlite:///deskhand.db or postgresql+psycopg://user:password@host/deskhand"
    if home is not None:
        url = url.replace("$DESKHAND_HOME", str(home))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InvalidInputError("database URL cannot be read", field="DESKHAND_DATABASE_URL", hint=hint) from error
    backend = parsed.get_backend_name()
    if backend not in {"sqlite", "postgresql"}:
        raise InvalidInputError(f"database {backend!r} is not supported", field="DESKHAND_DATABASE_URL", hint=hint)
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if not parsed.database or parsed.database == ":memory:":
        raise InvalidInputError(
            "a database in memory keeps nothing: give a file", field="DESKHAND_DATABASE_URL", hint=hint
        )
    if home is not None and not parsed.database.startswith("file:"):
        return parsed.set(database=str(home / parsed.database))
    return parsed
