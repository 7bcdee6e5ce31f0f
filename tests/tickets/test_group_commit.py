from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.tickets.makers import a_decision, a_message
from tickets.errors import ConflictError
from tickets.group import GroupCommit
from tickets.store import TicketStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tickets.database import Database


class Recorder:
    """Stands for the database: counts transactions, and lets the first one wait until the gate is open."""

    def __init__(self) -> None:
        self.committed: list[list[str]] = []
        self.rolled_back = 0
        self.gate = threading.Event()
        self._turn = threading.Lock()
        self._now: list[str] = []

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._turn:
            self._now = []
            assert self.gate.wait(10)
            try:
                yield Session()
            except BaseException:
                self.rolled_back += 1
                raise
            self.committed.append(self._now)

    def work(self, name: str, fail: type[Exception] | None = None) -> Callable[[Session], str]:
        def run(_session: Session) -> str:
            if fail is not None:
                raise fail(name)
            self._now.append(name)
            return name

        return run

    def in_threads(self, group: GroupCommit, works: list[Callable[[Session], str]]) -> list[str | BaseException]:
        """Let the first thread lead, and all others come while it is still busy."""
        outcomes: list[str | BaseException] = ["" for _ in works]

        def call(number: int) -> None:
            try:
                outcomes[number] = group.run(works[number])
            except (ConflictError, ZeroDivisionError) as error:
                outcomes[number] = error

        threads = [threading.Thread(target=call, args=(n,)) for n in range(len(works))]
        threads[0].start()
        time.sleep(0.1)
        for thread in threads[1:]:
            thread.start()
        time.sleep(0.2)
        self.gate.set()
        for thread in threads:
            thread.join()
        return outcomes


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def test_whoever_waits_shares_the_next_transaction(recorder: Recorder) -> None:
    group = GroupCommit(recorder.write)
    outcomes = recorder.in_threads(group, [recorder.work(str(n)) for n in range(9)])
    assert outcomes == [str(n) for n in range(9)]
    assert [len(names) for names in recorder.committed] == [1, 8]


def test_one_failure_reaches_only_its_own_thread(recorder: Recorder) -> None:
    group = GroupCommit(recorder.write)
    works = [recorder.work("a"), recorder.work("b"), recorder.work("c", ConflictError), recorder.work("d")]
    outcomes = recorder.in_threads(group, works)
    assert [outcomes[0], outcomes[1], outcomes[3]] == ["a", "b", "d"]
    assert isinstance(outcomes[2], ConflictError)
    assert sorted(name for names in recorder.committed for name in names) == ["a", "b", "d"]


def test_a_lone_failure_is_raised_without_a_second_attempt(recorder: Recorder) -> None:
    recorder.gate.set()
    group = GroupCommit(recorder.write)
    with pytest.raises(ConflictError):
        group.run(recorder.work("a", ConflictError))
    assert (recorder.committed, recorder.rolled_back) == ([], 1)
    assert group.run(recorder.work("b")) == "b"


def test_a_mistake_in_one_thread_leaves_nobody_waiting(recorder: Recorder) -> None:
    group = GroupCommit(recorder.write)
    works = [recorder.work("a"), recorder.work("b", ZeroDivisionError), recorder.work("c"), recorder.work("d")]
    outcomes = recorder.in_threads(group, works)
    assert outcomes[0] == "a"
    stored = {name for names in recorder.committed for name in names}
    # Whoever led the broken group hears of the mistake; what a thread was told is what is stored.
    assert {outcome for outcome in outcomes if isinstance(outcome, str)} == stored
    assert any(isinstance(outcome, ZeroDivisionError) for outcome in outcomes)


def test_ingests_of_many_threads_share_commits(sqlite_database: Database) -> None:
    from sqlalchemy import event

    commits = 0
    store = TicketStore(sqlite_database)

    @event.listens_for(sqlite_database.engine, "commit")
    def count(_connection: object) -> None:
        nonlocal commits
        commits += 1

    def work(thread: int) -> None:
        for number in range(10):
            name = f"{thread}-{number}"
            store.ingest(a_message(external_id=name), name, a_decision(), actor="test")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sqlite_database.session() as session:
        assert session.scalar(text("SELECT count(*) FROM messages")) == 80
    assert commits < 80
