"""PDF and DOCX files, read by a process of its own: what a broken or hostile file does there, it does to itself alone.

A worker process imports the parsers once and forks for every file. The fork lives under limits of the operating system
(memory, processor time, open files, no writing, no new processes) and ends with its file. A bomb, an endless loop or a
crash costs that fork, and the caller gets a refusal with the reason.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from knowledge_base.errors import RefusalError

if TYPE_CHECKING:
    from concurrent.futures import Future
    from types import TracebackType
    from typing import Any, Self

PDF = frozenset({".pdf"})
DOCX = frozenset({".docx"})
FOREIGN = PDF | DOCX
# The worker watches the time of its fork; only a worker that itself hangs is waited for so much longer.
_PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take; memory is the address space that the process may have in all."""

    memory_bytes: int = 768 * 1024 * 1024
    processor_s: int = 20
    wall_s: int = 60
    answer_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ForeignText:
    """What a file says, as Markdown, and what it tells of itself; the language is a tag as written, such as `de-AT`."""

    markdown: str
    title: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


class ForeignReader:
    """Hands files to the worker process, one after another; a context manager that ends the worker."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker; nothing happens where none was started."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        # Also closes the pipes.
        worker.communicate()

    def read(self, path: Path) -> ForeignText:
        """Read a `.pdf` or `.docx` file.

        Raises:
            RefusalError: The file is broken, encrypted, too large or without text, or took more than its limits.

        """
        answer = self._ask(path)
        if "refused" in answer:
            raise RefusalError(str(answer["refused"]))
        return ForeignText(answer["markdown"], answer["title"], answer["language"], tuple(answer["tags"]))

    def _ask(self, path: Path) -> dict[str, Any]:
        worker = self._worker = self._worker or _start(self._limits)
        if worker.stdin is None or worker.stdout is None:
            raise AssertionError("the worker was started without pipes")
        try:
            worker.stdin.write(json.dumps({"path": str(path)}).encode() + b"\n")
            worker.stdin.flush()
            ready, _, _ = select.select([worker.stdout], [], [], self._limits.wall_s + _PATIENCE_S)
            line = worker.stdout.readline() if ready else b""
        except BrokenPipeError:
            line = b""
        if not line.endswith(b"\n"):
            self.close()
            raise RefusalError("the process that reads such files ended or did not answer: try again, or convert it")
        answer: dict[str, Any] = json.loads(line)
        return answer


class ForeignReaders:
    """Reads files that will soon be asked for beside each other; a context manager that ends the workers.

    Args:
        at_once: How many files are read at the same time; as many as there are processors, and four at most, where left
            out.

    """

    def __init__(self, at_once: int | None = None) -> None:
        count = at_once or min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, 4)
        self.ahead = 2 * count
        self._readers = [ForeignReader() for _ in range(count)]
        self._idle: SimpleQueue[ForeignReader] = SimpleQueue()
        for reader in self._readers:
            self._idle.put(reader)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="foreign-files")
        self._begun: dict[Path, Future[ForeignText]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._close()
        # A thread may just have started a worker anew.
        self._threads.shutdown(wait=True)
        self._close()

    def _close(self) -> None:
        for reader in self._readers:
            reader.close()

    def begin(self, path: Path) -> None:
        """Start to read a file that will be asked for."""
        if path not in self._begun:
            self._begun[path] = self._threads.submit(self._read, path)

    def read(self, path: Path) -> ForeignText:
        """Read a `.pdf` or `.docx` file, or wait until it is read.

        Raises:
            RefusalError: The file is broken, encrypted, too large or without text, or took more than its limits.

        """
        self.begin(path)
        return self._begun.pop(path).result()

    def _read(self, path: Path) -> ForeignText:
        reader = self._idle.get()
        try:
            return reader.read(path)
        finally:
            self._idle.put(reader)


def _start(limits: Limits) -> subprocess.Popen[bytes]:
    """Start the worker with a bare environment: it needs no setting and is told no secret."""
    given = [str(limits.memory_bytes), str(limits.processor_s), str(limits.wall_s), str(limits.answer_bytes)]
    environment = {"PYTHONPATH": os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path), "LC_ALL": "C.UTF-8"}
    return subprocess.Popen(  # noqa: S603 our own module under our own interpreter
        [sys.executable, "-P", "-m", "knowledge_base.foreign_worker", *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
