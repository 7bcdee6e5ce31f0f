from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from api.secret_files import read_or_create, write_once
from api.sessions import LIFETIME_S, Sessions, is_local, is_same_origin
from tickets.errors import UnavailableError

NOW = 1_800_000_000.0


def request(headers: dict[str, str], client: str | None = "127.0.0.1") -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw, "client": (client, 1) if client else None})


def test_a_cookie_says_the_role_until_it_expires() -> None:
    sessions = Sessions(b"k" * 32)
    value = sessions.issue("agent", NOW)
    found = sessions.read(value, NOW + LIFETIME_S - 1)
    assert found is not None
    assert found.role == "agent"
    assert sessions.read(value, NOW + LIFETIME_S + 1) is None


@given(st.integers(min_value=0), st.characters(min_codepoint=33))
def test_no_changed_cookie_is_taken(position: int, other: str) -> None:
    sessions = Sessions(b"k" * 32)
    value = sessions.issue("agent", NOW)
    place = position % len(value)
    changed = value[:place] + other + value[place + 1 :]
    assert changed == value or sessions.read(changed, NOW) is None


@pytest.mark.parametrize("value", ["", ".", "...", "admin.99999999999.x.", "ä.1.2.3", "a" * 10_000])
def test_rubbish_is_no_session(value: str) -> None:
    assert Sessions(b"k" * 32).read(value, NOW) is None


def test_another_homes_cookie_is_not_taken() -> None:
    assert Sessions(b"a" * 32).read(Sessions(b"b" * 32).issue("admin", NOW), NOW) is None


@pytest.mark.parametrize(
    ("headers", "client", "expected"),
    [
        ({"Host": "127.0.0.1:8080"}, "127.0.0.1", True),
        ({"Host": "localhost:8080"}, "::1", True),
        ({"Host": "[::1]:8080"}, "::1", True),
        ({"Host": "evil.example:8080"}, "127.0.0.1", False),  # a name made to resolve to this machine
        ({"Host": "localhost:8080"}, "192.168.1.9", False),
        ({"Host": "localhost:8080", "X-Forwarded-For": "8.8.8.8"}, "127.0.0.1", False),
        ({"Host": "localhost", "Forwarded": "for=8.8.8.8"}, "127.0.0.1", False),
        ({}, "127.0.0.1", False),
        ({"Host": "localhost"}, None, False),
        ({"Host": "localhost"}, "testclient", False),
    ],
)
def test_who_is_local(headers: dict[str, str], client: str | None, expected: bool) -> None:
    assert is_local(request(headers, client)) is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Origin": "http://localhost:8080", "Host": "localhost:8080"}, True),
        ({"Origin": "http://localhost:8080", "Host": "localhost:8080", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Host": "localhost:8080", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://localhost:9999", "Host": "localhost:8080"}, False),  # another port is another origin
        ({"Origin": "http://evil.example", "Host": "localhost:8080"}, False),
        ({"Origin": "null", "Host": "localhost:8080"}, False),
        ({"Origin": "http://localhost:8080", "Host": "localhost:8080", "Sec-Fetch-Site": "same-site"}, False),
        ({"Host": "localhost:8080"}, False),
    ],
)
def test_which_requests_come_from_our_own_pages(headers: dict[str, str], expected: bool) -> None:
    assert is_same_origin(request(headers)) is expected


def test_a_secret_file_is_written_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "admin.key"
    assert write_once(path, "first")
    assert not write_once(path, "second")
    assert path.read_text() == "first"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_secret_is_made_once_and_a_damaged_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "session.key"
    secret = read_or_create(path)
    assert len(secret) == 32
    assert read_or_create(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["session.key"]
    path.write_text("zz")
    with pytest.raises(UnavailableError, match=r"session\.key"):
        read_or_create(path)
    path.write_text("ab")
    with pytest.raises(UnavailableError, match="too short"):
        read_or_create(path)


def test_an_unwritable_home_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        write_once(tmp_path / "missing" / "admin.key", "x")
    assert "DESKHAND_HOME" in (caught.value.hint or "")


def test_sessions_end_by_the_clock() -> None:
    sessions = Sessions(b"k" * 32)
    assert sessions.read(sessions.issue("agent", time.time()), time.time()) is not None
