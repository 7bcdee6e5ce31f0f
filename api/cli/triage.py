"""`deskhand triage`: messages in, decisions out, one JSON line each, in the order in which they came."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from api.cli.lines import MAX_LINE_BYTES, Line, in_batches, read_lines
from api.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from models.errors import BundleError
    from tickets.errors import DeskhandError
    from tickets.records import Decision, Message

    Decide = Callable[[Sequence[Message]], list[Decision]]


def triage(
    file: Annotated[
        Path | None, typer.Argument(help="JSON lines or plain text, one message a line; stdin when left out or '-'.")
    ] = None,
    answers: Annotated[int, typer.Option(min=0, max=20, help="Passages per message.")] = 3,
    suggestions: Annotated[int, typer.Option(min=0, max=20, help="Filled-in replies per message.")] = 3,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Decide messages: one JSON line out for each line in, an error object for one that cannot be read."""
    from api.cli.house import opened

    with source(file) as stream, opened() as services:

        def decide(messages: Sequence[Message]) -> list[Decision]:
            return services.pipeline.decide(messages, answers=answers, suggestions=suggestions)

        refused = run(stream, sys.stdout.buffer, decide, progress=not quiet, total=_line_count(file))
    if refused:
        note(f"deskhand: {refused} line(s) could not be decided; each has an error object in its place")


@contextmanager
def source(file: Path | None) -> Iterator[IO[bytes]]:
    """Open a file, or take stdin where none is named.

    Stdin gets a buffer of its own that is never closed: the thread that reads it may still wait for a line when the
    command ends, and Python aborts where it finds the buffer of `sys.stdin` held at its end.
    """
    if file is None or str(file) == "-":
        yield open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115
        return
    with file.open("rb") as stream:
        yield stream


def run(stream: IO[bytes], out: IO[bytes], decide: Decide, *, progress: bool = True, total: int | None = None) -> int:
    """Decide every line of a stream.

    Args:
        stream: JSON objects or bare texts, one a line.
        out: Where the decisions go, flushed after each batch.
        decide: Decides a batch; tried again one by one where a batch fails.
        progress: Whether a bar is drawn on stderr.
        total: How many lines there are, where that is known.

    Returns:
        How many lines got an error object.

    """
    from tqdm import tqdm

    refused = 0
    with tqdm(total=total, unit="msg", file=sys.stderr, disable=not progress, mininterval=0.3) as bar:
        for batch in in_batches(read_lines(stream)):
            results = decide_lines(batch, decide)
            out.write(b"".join(result.body + b"\n" for result in results))
            out.flush()
            refused += sum(result.refused for result in results)
            bar.update(len(batch))
    return refused


@dataclass(slots=True)
class Result:
    """What one line became."""

    body: bytes
    refused: bool = field(default=False)


def decide_lines(batch: Sequence[Line], decide: Decide) -> list[Result]:
    """Return a result for every line of a batch, in order."""
    from tickets.errors import DeskhandError

    messages: list[Message] = []
    places: list[int] = []
    results: list[Result | None] = [None] * len(batch)
    for place, line in enumerate(batch):
        try:
            messages.append(read_message(line))
            places.append(place)
        except DeskhandError as error:
            results[place] = _error(line, error)
    for place, result in zip(places, _decided([batch[place] for place in places], messages, decide), strict=True):
        results[place] = result
    return [result for result in results if result is not None]


def read_message(line: Line) -> Message:
    """Read one line: a JSON object in the shape of `POST /v1/triage`'s messages, a JSON string, or the text itself.

    Raises:
        DeskhandError: It is broken, empty or too long.

    """
    from api.schemas.messages import TriageMessage
    from api.validation import parse
    from tickets.errors import InvalidInputError

    if line.too_long:
        raise InvalidInputError(
            f"The line is longer than {MAX_LINE_BYTES:,} bytes", hint="Send long messages to POST /v1/messages."
        )
    data = line.data.strip()
    if data.startswith(b"{"):
        return parse(TriageMessage, data).record()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"The line is not UTF-8: {error.reason} at byte {error.start}", field="text") from None
    return parse(TriageMessage, _as_object(text)).record()


def _as_object(text: str) -> bytes:
    """Wrap a bare text; one that is written as a JSON string is unwrapped first."""
    import orjson

    if text.startswith('"') and text.endswith('"'):
        with suppress(orjson.JSONDecodeError):  # a customer may begin and end with quotation marks
            text = str(orjson.loads(text))
    return orjson.dumps({"text": text})


def _decided(lines: Sequence[Line], messages: Sequence[Message], decide: Decide) -> list[Result]:
    """Decide a batch; where it fails as a whole, each message alone, so that one cannot take the others down."""
    from tickets.errors import DeskhandError

    if not messages:
        return []
    try:
        return [_result(decision) for decision in decide(messages)]
    except DeskhandError as error:
        if len(messages) == 1:
            return [_error(lines[0], error)]
    return [_decided([line], [message], decide)[0] for line, message in zip(lines, messages, strict=True)]


def _result(decision: Decision) -> Result:
    from api.rendering import decision_body, json_bytes

    return Result(json_bytes(decision_body(decision)))


def _error(line: Line, error: DeskhandError | BundleError) -> Result:
    from api.rendering import json_bytes

    body: dict[str, Any] = {
        "error": {"code": error.code, "message": error.message, "field": error.field, "hint": error.hint},
        "line": line.number,
    }
    return Result(json_bytes(body), refused=True)


def _line_count(file: Path | None) -> int | None:
    """Count the lines of a regular file, so that the bar knows its end; a pipe has none."""
    if file is None or not file.is_file():
        return None
    count, last = 0, b"\n"
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            count, last = count + block.count(b"\n"), block[-1:]
    return count + (last != b"\n")
