"""Group commit: what several threads bring at one moment shares one transaction, and so one wait for the disk."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from tickets.errors import DeskhandError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

T = TypeVar("T")
_MOST_AT_ONCE = 64


@dataclass(eq=False, slots=True)
class _Entry(Generic[T]):
    """One thread's work; `settled` is set once its fate is known: stored, or to be done alone."""

    work: Callable[[Session], T]
    settled: bool = False
    stored: bool = False
    results: list[T] = field(default_factory=list)


class GroupCommit:
    """Runs work of many threads in shared write transactions.

    The first thread to come leads: it runs whatever waits, commits once, and the others return with their results.
    Nobody waits for company. If anything in a group fails, the group is rolled back and each thread repeats its own
    work alone, so that an error reaches only the one who caused it.
    """

    def __init__(self, write: Callable[[], AbstractContextManager[Session]]) -> None:
        self._write = write
        self._waiting: deque[_Entry[object]] = deque()
        self._lead = threading.Lock()

    def run(self, work: Callable[[Session], T]) -> T:
        """Run `work`, which may be repeated and must touch nothing but the session; return once it is on disk."""
        entry: _Entry[T] = _Entry(work)
        self._waiting.append(entry)  # type: ignore[arg-type]  # each entry keeps its own type
        with self._lead:
            while not entry.settled:
                self._commit([self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_AT_ONCE))])
        if entry.stored:
            return entry.results[0]
        with self._write() as session:
            return work(session)

    def _commit(self, group: list[_Entry[object]]) -> None:
        stored = False
        try:
            with self._write() as session:
                results = [entry.work(session) for entry in group]
            for entry, result in zip(group, results, strict=True):
                entry.results.append(result)
            stored = True
        except (SQLAlchemyError, DeskhandError):
            if len(group) == 1:  # the leader's own
                raise
        finally:
            for entry in group:
                entry.stored = stored
                entry.settled = True
