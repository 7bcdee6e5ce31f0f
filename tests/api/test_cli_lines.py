from __future__ import annotations

import io
import os
import threading
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cli.lines import Line, in_batches, read_lines


@given(
    st.lists(st.binary(max_size=30).filter(lambda data: b"\n" not in data and not data.endswith(b"\r")), max_size=20)
)
def test_every_line_comes_out_once_with_its_number(contents: list[bytes]) -> None:
    stream = io.BytesIO(b"".join(content + b"\n" for content in contents))
    lines = list(read_lines(stream))
    assert [line.number for line in lines] == list(range(1, len(contents) + 1))
    first = [contents[0].removeprefix(b"\xef\xbb\xbf")] if contents else []
    assert [line.data for line in lines] == first + contents[1:]


def test_last_line_needs_no_break_and_windows_breaks_are_taken() -> None:
    assert list(read_lines(io.BytesIO(b"one\r\ntwo"))) == [Line(1, b"one"), Line(2, b"two")]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert next(read_lines(io.BytesIO(b"\xef\xbb\xbfone\n\xef\xbb\xbftwo\n"))).data == b"one"


@pytest.mark.parametrize("extra", [1, 2, 5_000_000])
def test_a_line_over_the_limit_is_passed_over_and_the_next_one_is_read(extra: int) -> None:
    stream = io.BytesIO(b"x" * (10 + extra) + b"\nnext\n")
    assert list(read_lines(stream, limit=10)) == [Line(1, b"", too_long=True), Line(2, b"next")]


def test_a_line_of_exactly_the_limit_is_whole() -> None:
    assert list(read_lines(io.BytesIO(b"x" * 10 + b"\ny"), limit=10)) == [Line(1, b"x" * 10), Line(2, b"y")]


@given(st.integers(min_value=0, max_value=300), st.integers(min_value=1, max_value=64))
def test_batches_keep_order_and_lose_nothing(count: int, size: int) -> None:
    lines = [Line(number, b"x") for number in range(count)]
    batches = list(in_batches(iter(lines), size))
    assert [line for batch in batches for line in batch] == lines
    assert all(1 <= len(batch) <= size for batch in batches)


def test_a_slow_writer_is_answered_line_by_line() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stream, os.fdopen(writer, "wb", buffering=0) as sink:
        batches = in_batches(read_lines(stream))
        for number in range(1, 4):
            sink.write(f"message {number}\n".encode())
            assert [line.number for line in next(batches)] == [number]
        threading.Timer(0, sink.close).start()
        assert next(batches, None) is None


def test_a_stream_that_breaks_raises_instead_of_ending_early() -> None:
    class Breaking(io.RawIOBase):
        def readline(self, _size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    stream: IO[bytes] = Breaking()  # type: ignore[assignment]
    with pytest.raises(OSError, match="Input/output error"):
        list(in_batches(read_lines(stream)))
