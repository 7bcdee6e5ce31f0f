"""Lines in, in batches that never wait: whatever is there already is taken together, the first one at once."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Over the longest text that is triaged, however it is escaped: no line may fill the memory.
MAX_LINE_BYTES = 1024 * 1024
BATCH = 64


@dataclass(frozen=True, slots=True)
class Line:
    """One line of input: its number from 1, its bytes without the line break, and whether it was over the limit."""

    number: int
    data: bytes
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class _Failure:
    error: OSError


def read_lines(stream: IO[bytes], *, limit: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Yield the lines of a stream; of one over the limit only its number is kept.

    Args:
        stream: Bytes, read once from where it stands.
        limit: Most bytes of a line, without its break.

    """
    number = 0
    while data := stream.readline(limit + 2):
        number += 1
        ended = data.endswith(b"\n")
        if not ended and len(data) > limit:
            _skip_rest(stream)
        if number == 1:
            data = data.removeprefix(b"\xef\xbb\xbf")
        content = data.removesuffix(b"\n").removesuffix(b"\r")
        if len(content) > limit:
            yield Line(number, b"", too_long=True)
        else:
            yield Line(number, content)


def in_batches(lines: Iterator[Line], size: int = BATCH) -> Iterator[list[Line]]:
    """Group lines as they come: a batch is what waits already, at least one and at most `size`.

    A thread reads ahead, no further than two batches, so that a slow writer is answered line by line.
    """
    ahead: queue.Queue[Line | _Failure | None] = queue.Queue(maxsize=2 * size)
    threading.Thread(target=_fill, args=(lines, ahead), name="deskhand-lines", daemon=True).start()
    open_ended = True
    while open_ended:
        batch: list[Line] = []
        found = ahead.get()
        while True:
            if found is None:
                open_ended = False
                break
            if isinstance(found, _Failure):
                raise found.error
            batch.append(found)
            if len(batch) == size:
                break
            try:
                found = ahead.get_nowait()
            except queue.Empty:
                break
        if batch:
            yield batch


def _fill(lines: Iterator[Line], ahead: queue.Queue[Line | _Failure | None]) -> None:
    try:
        for line in lines:
            ahead.put(line)
    except OSError as error:
        ahead.put(_Failure(error))
    else:
        ahead.put(None)


def _skip_rest(stream: IO[bytes]) -> None:
    while (more := stream.readline(1 << 20)) and not more.endswith(b"\n"):
        pass
