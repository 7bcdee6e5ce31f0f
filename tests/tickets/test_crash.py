"""What was acknowledged is there after kill -9, whole; and several processes share a database in peace."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from tickets.database import Database
from tickets.store import TicketStore, body_digest
from tickets.tables import DecisionRow, MessageRow, OutboxRow, SuggestionRow, TicketRow

ROOT = Path(__file__).parents[2]
KILLS = 10


def _start(url: str, run: str, threads: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("crash_writer.py")), url, run, str(threads)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def _run_and_kill(url: str, run: str, *, threads: int, work_s: float) -> list[str]:
    """Let a writer work, kill it at a random moment, and return what it had acknowledged in full lines."""
    writer = _start(url, run, threads)
    assert writer.stdout is not None
    first = writer.stdout.readline()
    assert first, "the writer never acknowledged anything"
    time.sleep(work_s)
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


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 6])
def test_what_was_acknowledged_survives_a_kill(url: str, threads: int) -> None:
    chance = random.Random(threads)  # noqa: S311 a test's moments, not a secret
    acknowledged: list[str] = []
    for run in range(KILLS // 2):
        fresh = _run_and_kill(url, f"run{run}", threads=threads, work_s=chance.uniform(0.0, 0.5))
        acknowledged += fresh
        database = Database.open(url)
        _check_whole(database)
        _check_acknowledged(TicketStore(database), fresh)
        database.close()
    database = Database.open(url)
    _check_acknowledged(TicketStore(database), acknowledged)
    database.close()


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
