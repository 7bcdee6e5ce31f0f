"""What every connector that reads another system's requests must keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import SignatureError
from connectors.protocols import Inbound
from connectors.table import CONNECTORS
from tests.connectors.samples import INBOUND, SECRET, InboundSample, read_message
from tickets.errors import DeskhandError
from tickets.records import Message

KINDS = sorted(CONNECTORS)


def made(kind: str) -> Inbound:
    return CONNECTORS[kind].inbound("mydesk", read_message)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sample(kind: str) -> InboundSample:
    return INBOUND[kind]


def test_what_the_other_side_signs_is_taken(kind: str, sample: InboundSample) -> None:
    for body in sample.bodies:
        made(kind).verify(sample.headers(body, SECRET), body, SECRET)


def test_another_secret_or_another_body_is_refused(kind: str, sample: InboundSample) -> None:
    one, two = sample.bodies
    with pytest.raises(SignatureError):
        made(kind).verify(sample.headers(one, "another secret, as long"), one, SECRET)
    with pytest.raises(SignatureError):
        made(kind).verify(sample.headers(two, SECRET), one, SECRET)


def test_a_missing_or_senseless_proof_is_refused(kind: str, sample: InboundSample) -> None:
    (body, _), proper = sample.bodies, sample.headers(sample.bodies[0], SECRET)
    right = proper[sample.proof]
    for wrong in ("", " ", "sha256=", "sha1=00", right[:-1], right + "0", right.upper(), "ß\udcff☃", "0" * 100_000):
        with pytest.raises(SignatureError) as caught:
            made(kind).verify({**proper, sample.proof: wrong}, body, SECRET)
        assert caught.value.status == 401
        assert SECRET not in f"{caught.value.message} {caught.value.hint}"
    with pytest.raises(SignatureError):
        made(kind).verify({}, body, SECRET)


@pytest.mark.parametrize("kind", KINDS)
@given(at=st.integers(min_value=0, max_value=10_000), bit=st.integers(min_value=0, max_value=7))
def test_each_bit_of_the_body_is_signed(kind: str, at: int, bit: int) -> None:
    body = INBOUND[kind].bodies[1]
    headers = INBOUND[kind].headers(body, SECRET)
    changed = bytearray(body)
    changed[at % len(body)] ^= 1 << bit
    with pytest.raises(SignatureError):
        made(kind).verify(headers, bytes(changed), SECRET)


def test_messages_carry_the_connector_and_a_number_that_stays(kind: str, sample: InboundSample) -> None:
    for body in sample.bodies:
        messages = made(kind).parse(body)
        assert messages
        assert {message.connector for message in messages} == {"mydesk"}
        numbers = [message.external_id for message in messages]
        assert all(numbers)
        assert len(set(numbers)) == len(numbers)
        assert made(kind).parse(body) == messages
    one, two = (made(kind).parse(body)[0].external_id for body in sample.bodies)
    assert one != two


@pytest.mark.parametrize("kind", KINDS)
@given(body=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode())))
def test_a_body_that_cannot_be_read_is_refused_as_such(kind: str, body: bytes) -> None:
    messages: tuple[Message, ...] = ()
    status = 400
    try:
        messages = made(kind).parse(body)
    except DeskhandError as error:
        status = error.status
    assert 400 <= status < 500
    assert all(message.external_id for message in messages)
