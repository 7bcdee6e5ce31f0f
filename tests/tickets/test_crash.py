"""What was acknowledged is there after kill -9, whole; and several processes share a database in peace."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from tests.support_postgres import PostgresServer
from tickets.database import Database, DatabaseOptions
from tickets.store import TicketStore, body_digest
from tickets.tables import DecisionRow, MessageRow, OutboxRow, SuggestionRow, TicketRow

ROOT = Path(__file__).parents[2]
SQLITE = sqlite3.sqlite_version


def _start(url: str, run: str, threads: int, version: str = SQLITE) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("crash_writer.py")), url, run, str(threads), version],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def _kill(writer: subprocess.Popen[str], *, after_s: float) -> list[str]:
    """Let a writer work, kill it in the midst, and return what it had acknowledged in full lines."""
    assert writer.stdout is not None
    first = writer.stdout.readline()
    assert first, "the writer never acknowledged anything"
    time.sleep(after_s)
    writer.send_signal(signal.SIGKILL)
    rest = writer.stdout.read()
    writer.stdout.close()
    writer.wait()
    return [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]


def _check_acknowledged(store: TicketStore, lines: list[str]) -> None:
    for line in lines:
        ticket_id, message_id, name = line.split()
        (message,) = store.ticket(ticket_id).messages
        assert (message.id, message.message.external_id) == (message_id, name)
        assert store.raw(message_id) == f"body {name}".encode()
        assert message.decision is not None
        assert len(message.decision.suggestions) == 2
        for attachment in message.message.attachments:
            assert store.attachment(str(attachment.id)).attachment.data == name.encode() * 5000
        again = store.find_repeat(message.message, name, body_digest(f"body {name}"))
        assert again is not None
        assert again.ticket_id == ticket_id


def _check_whole(database: Database) -> None:
    """Every ticket came with all that belongs to it, also the ones that nobody heard of."""
    with database.session() as session:
        tickets = session.scalar(select(func.count()).select_from(TicketRow)) or 0
        per_ticket = ((MessageRow, 1), (DecisionRow, 1), (SuggestionRow, 2), (OutboxRow, 1))
        for row, each in per_ticket:
            assert session.scalar(select(func.count()).select_from(row)) == tickets * each, row.__tablename__
        if database.is_sqlite:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []


def _survives(url: str, *, kills: int, threads: int, version: str = SQLITE) -> None:
    chance = random.Random(threads)  # noqa: S311 a test's moments, not a secret
    options = DatabaseOptions(sqlite_version=tuple(map(int, version.split("."))))
    acknowledged: list[str] = []
    for run in range(kills):
        writer = _start(url, f"run{run}", threads, version)
        acknowledged += _kill(writer, after_s=chance.uniform(0.0, 0.5))
        database = Database.open(url, options=options)
        _check_whole(database)
        _check_acknowledged(TicketStore(database), acknowledged)
        database.close()


@pytest.mark.slow
@pytest.mark.parametrize(("version", "kills", "threads"), [("3.40.1", 3, 1), ("3.40.1", 4, 6), ("3.51.3", 3, 4)])
def test_what_was_acknowledged_survives_a_kill(sqlite_path: Path, version: str, kills: int, threads: int) -> None:
    _survives(f"sqlite:///{sqlite_path}", kills=kills, threads=threads, version=version)


@pytest.mark.slow
def test_what_was_acknowledged_on_postgresql_survives_a_kill(postgres: PostgresServer) -> None:
    with postgres.fresh_database(template="migrated") as url:
        _survives(url, kills=2, threads=4)


@pytest.mark.soak
@pytest.mark.parametrize("version", ["3.40.1", "3.51.3"])
def test_sixty_kills(sqlite_path: Path, version: str) -> None:
    _survives(f"sqlite:///{sqlite_path}", kills=60, threads=6, version=version)


def test_several_processes_write_one_database(url: str) -> None:
    writers = [_start(url, f"process{n}", 2) for n in range(3)]
    try:
        for writer in writers:
            assert writer.stdout is not None
            for _ in range(5):
                assert writer.stdout.readline(), "a writer gave up"
    finally:
        for writer in writers:
            writer.kill()
    lines = []
    for writer in writers:
        assert writer.stdout is not None
        lines += [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        writer.stdout.close()
        writer.wait()
    database = Database.open(url)
    _check_whole(database)
    _check_acknowledged(TicketStore(database), lines)
    database.close()
