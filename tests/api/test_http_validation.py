from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.schemas.messages import IncomingMessage, TriageMessage, TriageRequest
from api.schemas.orders import OrderIn
from api.validation import InvalidJsonError, field_path, parse, shortened
from tickets.errors import DeskhandError, InvalidInputError


def refusal(schema: type[TriageRequest] | type[IncomingMessage] | type[OrderIn], body: bytes) -> DeskhandError:
    with pytest.raises(DeskhandError) as caught:
        parse(schema, body)
    return caught.value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"messages":' + b"[" * 100_000,
        b'{"messages": [{"text": "\xff"}]}',
        b'{"messages": [{"text": "\\ud800"}]}',
        b'{"messages": [{"text": "a\x00b"}]}',
        b"\xef\xbb\xbf{}",
        b"{'messages': []}",
    ],
)
def test_what_is_no_json_is_said_with_line_and_column(body: bytes) -> None:
    error = refusal(TriageRequest, body)
    assert isinstance(error, InvalidJsonError)
    assert error.status == 400
    assert "line" in error.message
    assert "column" in error.message


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        (b'{"messages": [{"text": 5}]}', "messages[0].text", "must be a string"),
        (b'{"messages": [{"text": "a"}, {}]}', "messages[1].text", "is missing"),
        (b'{"messages": [{"text": "a", "html": 1}]}', "messages[0].html", "true or false"),
        (b'{"messages": [{"text": "a", "channel": "fax"}]}', "messages[0].channel", "'email'"),
        (b'{"messages": []}', "messages", "at least 1"),
        (b'{"messages": {}}', "messages", "must be a list"),
        (b'{"messages": [{"text": "a"}], "answers": "3"}', "answers", "whole number"),
        (b'{"messages": [{"text": "a"}], "answers": 21}', "answers", "at most 20"),
        (b'{"messages": [{"text": "a", "sent_at": "yesterday"}]}', "messages[0].sent_at", "ISO 8601"),
        (b'{"messages": [{"text": "a", "sent_at": "9999-12-31T23:59:59Z"}]}', "messages[0].sent_at", "1900 to 2199"),
        (b'{"messages": [{"text": "a", "sent_at": "0001-01-01T00:00:00+14:00"}]}', "messages[0].sent_at", "no time"),
        (b'{"messages": [{"text": "   \\n\\t"}]}', "messages[0].text", "white space"),
        (b'{"messages": [{"text": ""}]}', "messages[0].text", "white space"),
        (b'{"messages": [{"text": "\\u200b"}]}', "messages[0].text", "nobody can see"),
        (b'{"messages": [{"text": "<p>\\u200b</p><br>", "html": true}]}', "messages[0].text", "nobody can see"),
        (b'{"messages": [{"text": null}]}', "messages[0].text", "null is not allowed; expected a string"),
        (b'{"messages": [{"text": "a", "channel": 1, "html": 1}]}', "messages[0].html", "wrong: messages[0].channel"),
        (b'{"messages": [{"text": "a"}], "answers": true}', "answers", "answers (true) must be a whole number"),
        (b'{"messages": [{"text": "a\\u0000b"}]}', "messages[0].text", "NUL at position 1"),
        (b"[]", "the body", "must be an object"),
        (
            b'{"messages": [{"text": "a", "attachments": [{"name": ""}]}]}',
            "messages[0].attachments[0].name",
            "at least 1",
        ),
    ],
)
def test_refusals_name_field_and_expectation(body: bytes, field: str, said: str) -> None:
    error = refusal(TriageRequest, body)
    assert isinstance(error, InvalidInputError)
    assert error.field == field
    assert said in error.message


def test_of_many_wrong_fields_the_first_is_explained_and_five_more_are_named() -> None:
    body = b'{"messages": [%s]}' % b", ".join([b"{}"] * 9)
    message = refusal(TriageRequest, body).message
    named = ", ".join(f"messages[{index}].text" for index in range(1, 6))
    assert message == f"messages[0].text is missing; also wrong: {named} and 3 more"


def test_a_text_of_50_001_characters_is_refused_and_one_of_50_000_is_not() -> None:
    assert parse(TriageRequest, b'{"messages": [{"text": "' + b"a" * 50_000 + b'"}]}')
    error = refusal(TriageRequest, b'{"messages": [{"text": "' + b"a" * 50_001 + b'"}]}')
    assert "50001 characters; at most 50000" in error.message
    assert len(error.message) < 200


@pytest.mark.parametrize(
    ("body", "field", "nearest"),
    [
        (b'{"messages": [{"text": "a", "txet": "b"}]}', "messages[0].txet", "text"),
        (b'{"messages": [{"text": "a", "customer": {"nmae": "b"}}]}', "messages[0].customer.nmae", "name"),
        (b'{"messages": [{"text": "a"}], "answer": 1}', "answer", "answers"),
    ],
)
def test_unknown_fields_are_refused_with_the_nearest_valid_name(body: bytes, field: str, nearest: str) -> None:
    error = refusal(TriageRequest, body)
    assert error.field == field
    assert error.hint == f"Did you mean {nearest}?"


def test_a_name_like_none_is_answered_with_all_of_them() -> None:
    assert "text, " in (refusal(IncomingMessage, b'{"zzzzqqq": 1, "text": "a"}').hint or "")


def test_ingestion_keeps_a_text_with_nul_and_a_very_long_one() -> None:
    assert parse(IncomingMessage, b'{"text": "a\\u0000b"}').text == "a\ufffdb"
    assert len(parse(IncomingMessage, b'{"text": "' + b"a" * 2_000_000 + b'"}').text) == 2_000_000


def test_ingestion_needs_text_or_attachment() -> None:
    assert parse(IncomingMessage, b'{"attachments": [{"name": "box.jpg"}]}').record().attachments[0].name == "box.jpg"
    for blank in (b'"text": " "', b'"text": "\\u200b\\ufeff"', b'"text": "<p> </p>", "html": true', b'"subject": "Hi"'):
        assert "text or an attachment" in refusal(IncomingMessage, b"{%s}" % blank).message
        assert parse(IncomingMessage, b'{%s, "attachments": [{"name": "box.jpg"}]}' % blank)


def test_a_word_far_behind_invisible_characters_counts() -> None:
    for length in (199, 200, 20_000):
        body = b'{"messages": [{"text": "' + "\u200b".encode() * length + b'Hi"}]}'
        assert parse(TriageRequest, body).messages[0].text.endswith("Hi")


def test_attachment_content_is_decoded_and_measured() -> None:
    record = parse(IncomingMessage, b'{"attachments": [{"name": "a.txt", "data": "aGVsbG8="}]}').record()
    assert record.attachments[0].data == b"hello"
    assert record.attachments[0].size == 5
    assert refusal(IncomingMessage, b'{"attachments": [{"name": "a", "data": "***"}]}').field == "attachments[0].data"


def test_times_without_offset_are_utc_and_codes_are_capitals() -> None:
    record = parse(
        TriageMessage, b'{"text": "a", "sent_at": "2026-11-21T09:00:00", "market": "de", "currency": "eur"}'
    ).record()
    assert record.sent_at is not None
    assert record.sent_at.isoformat() == "2026-11-21T09:00:00+00:00"
    assert (record.market, record.currency) == ("DE", "EUR")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", 'https://a.example/"x', "https://a b"])
def test_a_tracking_address_is_a_web_address(url: str) -> None:
    body = b'{"id": "1", "state": "shipped", "tracking_url": "%s"}' % url.replace('"', '\\"').encode()
    assert refusal(OrderIn, body).field == "tracking_url"


def refused(schema: type[TriageRequest] | type[IncomingMessage], body: bytes) -> DeskhandError | None:
    try:
        parse(schema, body)
    except DeskhandError as error:
        return error
    return None


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused_never_more(body: bytes) -> None:
    error = refused(TriageRequest, body)
    assert error is None or error.status in (400, 422)
    assert error is None or len(error.message) < 2_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["messages", "answers", "text", "html", "x", "customer"]), json_values))
def test_any_json_is_parsed_or_refused_with_a_field(value: dict[str, object]) -> None:
    import json

    for schema in (TriageRequest, IncomingMessage):
        error = refused(schema, json.dumps(value).encode())
        assert error is None or error.field


def test_paths_and_values_are_written_as_people_do() -> None:
    assert field_path(("messages", 3, "text")) == "messages[3].text"
    assert field_path(()) == ""
    assert len(shortened("x" * 10_000)) == 60
    assert shortened([1, 2]) == "a list of 2"
