from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cli.lines import MAX_LINE_BYTES, Line
from api.cli.triage import decide_lines, read_message, run
from tickets.errors import DeskhandError, UnavailableError
from tickets.records import Decision, Escalation, Language, Message, Priority, Routing, Sentiment

if TYPE_CHECKING:
    from collections.abc import Sequence


def plain_decision(message: Message) -> Decision:
    return Decision(
        id=message.id,
        text=message.text,
        language=Language("en", 0.9, "Latn"),
        intent=None,
        intents=(),
        also=(),
        sentiment=Sentiment("neutral", 0.0, 0.5),
        escalation=Escalation(0.1, False),
        entities=(),
        answers=(),
        suggestions=(),
        routing=Routing("orders", Priority.NORMAL),
        model="none",
    )


def decide(messages: Sequence[Message]) -> list[Decision]:
    return [plain_decision(message) for message in messages]


def output_of(data: bytes) -> tuple[list[dict[str, Any]], int]:
    out = io.BytesIO()
    refused = run(io.BytesIO(data), out, decide, progress=False)
    return [json.loads(line) for line in out.getvalue().splitlines()], refused


def test_one_line_out_for_each_line_in_and_in_order() -> None:
    lines, refused = output_of("".join(f'{{"id": "m{n}", "text": "hello {n}"}}\n' for n in range(500)).encode())
    assert [line["id"] for line in lines] == [f"m{n}" for n in range(500)]
    assert refused == 0


def test_a_bare_line_is_the_text_itself() -> None:
    lines, _ = output_of("où est mon colis ?\n¿dónde? 😕\n".encode())
    assert [line["text"] for line in lines] == ["où est mon colis ?", "¿dónde? 😕"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('"line\\nbreak"', "line\nbreak"),
        ('"Great" she said "really"', '"Great" she said "really"'),
        ("42", "42"),
        ("[1, 2]", "[1, 2]"),
        ("null", "null"),
    ],
)
def test_what_is_no_object_is_text(line: str, text: str) -> None:
    assert read_message(Line(1, line.encode())).text == text


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "invalid"),
        (b"   \t ", "invalid"),
        (b"{", "invalid_json"),
        (b'{"text": ', "invalid_json"),
        (b'{"text": 5}', "invalid"),
        (b"{}", "invalid"),
        (b'{"text": "x", "colour": "red"}', "invalid"),
        (b'{"text": "\\ud800"}', "invalid_json"),
        (b"\xff\xfe broken", "invalid"),
        (b'{"text": "\xff"}', "invalid_json"),
        (b"nul \x00 inside", "invalid"),
        (b"[" * 3 + b'{"a":' * 100_000, "invalid"),
        (b'{"a":' * 100_000, "invalid_json"),
        (b"x" * 50_001, "invalid"),
    ],
)
def test_a_broken_line_gives_an_error_object_in_its_place(line: bytes, code: str) -> None:
    lines, refused = output_of(b"before\n" + line + b"\nafter\n")
    assert [entry.get("text") for entry in lines] == ["before", None, "after"]
    assert lines[1]["line"] == 2
    assert lines[1]["error"]["code"] == code
    assert set(lines[1]["error"]) == {"code", "message", "field", "hint"}
    assert refused == 1


def test_a_line_over_the_limit_is_named_and_the_rest_goes_on() -> None:
    lines, refused = output_of(b"x" * (MAX_LINE_BYTES + 1) + b"\nafter\n")
    assert "longer than" in lines[0]["error"]["message"]
    assert (lines[1]["text"], refused) == ("after", 1)


@given(st.lists(st.binary(max_size=60).filter(lambda data: b"\n" not in data), max_size=30))
def test_no_bytes_lose_a_line(contents: list[bytes]) -> None:
    lines, refused = output_of(b"".join(content + b"\n" for content in contents))
    assert len(lines) == len(contents)
    assert refused == sum("error" in line for line in lines)
    assert [line["line"] for line in lines if "error" in line] == [
        number for number, line in enumerate(lines, 1) if "error" in line
    ]


def test_a_message_that_cannot_be_decided_does_not_take_the_others_down() -> None:
    def fragile(messages: Sequence[Message]) -> list[Decision]:
        if any("bomb" in message.text for message in messages):
            raise UnavailableError("out of order")
        return decide(messages)

    results = decide_lines([Line(1, b"one"), Line(2, b"bomb"), Line(3, b"three")], fragile)
    bodies = [json.loads(result.body) for result in results]
    assert [body.get("text") for body in bodies] == ["one", None, "three"]
    assert bodies[1] == {
        "error": {"code": "unavailable", "message": "out of order", "field": None, "hint": None},
        "line": 2,
    }


def test_objects_are_read_as_in_the_http_interface() -> None:
    line = '{"text": "hi", "channel": "chat", "customer": {"name": "Ann"}, "order": {"id": "HP-1"}, "currency": "eur"}'
    message = read_message(Line(1, line.encode()))
    assert (message.channel, message.order_id, message.currency) == ("chat", "HP-1", "EUR")
    assert message.customer is not None
    assert message.customer.name == "Ann"


def test_errors_of_one_line_name_field_and_remedy() -> None:
    with pytest.raises(DeskhandError) as caught:
        read_message(Line(1, b'{"txt": "hi"}'))
    assert "text" in caught.value.message or "txt" in caught.value.message
    assert caught.value.hint
