"""The process that reads PDF and DOCX files: asked by `knowledge_base.foreign` over its input, one JSON line a file."""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import select
import signal
import sys
import time
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.docx_text import read_docx
from knowledge_base.errors import RefusalError
from knowledge_base.foreign import DOCX, Limits
from knowledge_base.pdf_text import read_pdf

if TYPE_CHECKING:
    from typing import NoReturn

_OPEN_FILES = 32
_CHUNK_BYTES = 1 << 16
_GRACE_S = 5


def main(arguments: list[str]) -> None:
    """Answer until the input ends."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    memory_bytes, processor_s, wall_s, answer_bytes = map(int, arguments)
    limits = Limits(memory_bytes, processor_s, wall_s, answer_bytes)
    # What is loaded by now is shared with every fork, and stays so only while nothing writes into it, as a search for
    # garbage does.
    gc.collect()
    gc.freeze()
    for line in sys.stdin.buffer:
        answer = read_apart(Path(json.loads(line)["path"]), limits)
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


def read_apart(path: Path, limits: Limits) -> bytes:
    """Read a file in a fork that lives under limits; give its answer, or why there is none, as one line of JSON."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _read_and_exit(path, limits, writing)
    os.close(writing)
    answer, reason = _collect(reading, limits)
    os.close(reading)
    if reason is not None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if reason is None and os.WIFSIGNALED(status):
        reason = _why(os.WTERMSIG(status), limits)
    if reason is None and not answer:
        reason = f"the parser ended without a word (status {os.waitstatus_to_exitcode(status)}): convert the file"
    return answer if reason is None else json.dumps({"refused": reason}).encode()


def _collect(reading: int, limits: Limits) -> tuple[bytes, str | None]:
    """Read what the fork writes until it ends, the time is up or it writes too much."""
    parts: list[bytes] = []
    size = 0
    deadline = time.monotonic() + limits.wall_s
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return b"", f"took longer than {limits.wall_s} s to read: cut it into several files"
        part = os.read(reading, _CHUNK_BYTES)
        if not part:
            return b"".join(parts), None
        parts.append(part)
        size += len(part)
        if size > limits.answer_bytes:
            return b"", f"holds more than {limits.answer_bytes} bytes of text: cut it into several files"


def _why(killed_by: int, limits: Limits) -> str:
    if killed_by == signal.SIGXCPU:
        return f"took more than {limits.processor_s} s of processor time: cut it into several files"
    if killed_by == signal.SIGKILL:
        return "was stopped by the system, mostly for want of memory: cut it into several files"
    return f"the parser crashed on it ({signal.Signals(killed_by).name}): open the file and save it anew"


def _read_and_exit(path: Path, limits: Limits, writing: int) -> NoReturn:
    """Be the fork: limit oneself, read, answer, and end without going back into the caller."""
    try:
        _limit(limits)
        answer = _answer(path, limits)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(answer)
    finally:
        os._exit(0)


def _answer(path: Path, limits: Limits) -> bytes:
    try:
        found = read_docx(path) if path.suffix.lower() in DOCX else read_pdf(path)
        return json.dumps(asdict(found)).encode()
    except RefusalError as error:
        reason = error.message
    except MemoryError:
        reason = f"needs more than {limits.memory_bytes >> 20} MiB of memory to read: cut it into several files"
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    except Exception as error:  # noqa: BLE001 a foreign file can make a parser raise anything; nothing else runs here
        reason = f"is broken ({type(error).__name__}): open the file and save it anew"
    return json.dumps({"refused": reason}).encode()


def _limit(limits: Limits) -> None:
    """Take away what reading a file does not need; a system that does not know a limit leaves the others."""
    for name, value in (
        ("RLIMIT_AS", limits.memory_bytes),
        ("RLIMIT_CPU", limits.processor_s),
        ("RLIMIT_NOFILE", _OPEN_FILES),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_NPROC", 0),
        ("RLIMIT_CORE", 0),
    ):
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        _, hard = resource.getrlimit(kind)
        wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            # The hard limit too, so that nothing can raise it again; processor time is first told by a signal.
            resource.setrlimit(kind, (wanted, wanted + _GRACE_S if name == "RLIMIT_CPU" else wanted))
        except (ValueError, OSError):
            continue
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)


if __name__ == "__main__":
    main(sys.argv[1:])
