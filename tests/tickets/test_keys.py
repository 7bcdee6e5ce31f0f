from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tickets.errors import InvalidInputError, NotFoundError
from tickets.keys import KeyStore, Role
from tickets.tables import ApiKeyRow, AuditRow

if TYPE_CHECKING:
    from tickets.database import Database


def test_a_key_opens_until_it_is_revoked(database: Database) -> None:
    keys = KeyStore(database)
    plain, made = keys.create("agent", " Ann's console ", actor="admin")
    assert (made.role, made.name, made.revoked_at) == (Role.AGENT, "Ann's console", None)
    assert keys.verify(plain) == made
    revoked = keys.revoke(made.id, actor="admin")
    assert revoked.revoked_at is not None
    assert keys.verify(plain) is None
    assert keys.revoke(made.id) == revoked
    assert keys.list() == [revoked]
    with pytest.raises(NotFoundError):
        keys.revoke("nope")


@pytest.mark.parametrize("wrong", ["", "dh_", "x" * 10_000, "dh_\ud800", "\x00", "dh_' OR 1=1 --"])
def test_a_wrong_key_opens_nothing(database: Database, wrong: str) -> None:
    keys = KeyStore(database)
    plain, _ = keys.create(Role.ADMIN, "admin")
    for attempt in (wrong, plain[:-1], plain + "x", plain.upper(), plain + " "):
        assert keys.verify(attempt) is None


def test_keys_are_long_differ_and_are_nowhere_stored(database: Database) -> None:
    keys = KeyStore(database)
    plains = {keys.create(role, str(role))[0] for role in Role}
    assert len(plains) == len(Role)
    # 256 bits in base64 are 43 characters.
    assert all(len(plain) >= 3 + 43 for plain in plains)
    with database.session() as session:
        kept = str([vars(row) for table in (ApiKeyRow, AuditRow) for row in session.scalars(select(table))])
    assert not any(plain in kept for plain in plains)


@pytest.mark.parametrize(
    ("role", "name"), [("boss", "a"), ("", "a"), ("agent", ""), ("agent", " "), ("agent", "x" * 101)]
)
def test_wrong_keys_are_not_made(database: Database, role: str, name: str) -> None:
    keys = KeyStore(database)
    with pytest.raises(InvalidInputError):
        keys.create(role, name)
    assert keys.list() == []
