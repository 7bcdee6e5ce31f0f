"""API keys: made once, shown once, recognised by their digest."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from tickets.audit import record
from tickets.errors import InvalidInputError, NotFoundError
from tickets.ids import new_id
from tickets.tables import ApiKeyRow

if TYPE_CHECKING:
    from tickets.database import Database

_PREFIX = "dh_"
_BITS = 256
_NAME_LIMIT = 100


class Role(StrEnum):
    """What the bearer of a key is."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    SALES = "sales"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"
    BOT = "bot"
    SCIENTIST = "scientist"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as it is known after its making; `revoked_at` is None while it works."""

    id: str
    name: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None = None


_BY_DIGEST = select(ApiKeyRow).where(ApiKeyRow.digest == bindparam("digest"), ApiKeyRow.revoked_at.is_(None))


class KeyStore:
    """The keys that open the API.

    A key is 256 random bits, so its plain SHA-256 may be stored: nobody can try them all, and no slow hash is needed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, role: Role | str, name: str, *, actor: str = "deskhand") -> tuple[str, KeyRecord]:
        """Make a key; the plain one is returned here and never again.

        Raises:
            InvalidInputError: The role is unknown, or the name is empty or too long.
        """
        name = name.strip()
        if not 0 < len(name) <= _NAME_LIMIT:
            raise InvalidInputError(
                f"the name has {len(name)} characters, 1 to {_NAME_LIMIT} are allowed", field="name"
            )
        plain = _PREFIX + secrets.token_urlsafe(_BITS // 8)
        row = ApiKeyRow(id=new_id(), name=name, role=_role(role), digest=_digest(plain), created_at=datetime.now(UTC))
        with self._database.write() as session:
            session.add(row)
            record(session, actor, "key.created", row.id, role=row.role, name=name)
        return plain, _key_record(row)

    def verify(self, plain: str) -> KeyRecord | None:
        """Return the record of a key that works, else None.

        What is looked up is the digest, of which an attacker cannot choose even one bit at a time: the time that the
        look-up takes tells nothing of a key.
        """
        digest = _digest(plain)
        with self._database.session() as session:
            row = session.scalar(_BY_DIGEST, {"digest": digest})
        if row is None or not hmac.compare_digest(row.digest, digest):
            return None
        return _key_record(row)

    def revoke(self, key_id: str, *, actor: str = "deskhand") -> KeyRecord:
        """Make a key useless from now on; NotFoundError where there is none."""
        with self._database.write() as session:
            row = session.get(ApiKeyRow, key_id)
            if row is None:
                raise NotFoundError(f"no key {key_id[:64]}", field="id")
            if row.revoked_at is None:
                row.revoked_at = datetime.now(UTC)
                record(session, actor, "key.revoked", key_id)
            return _key_record(row)

    def list(self) -> list[KeyRecord]:
        """Return all keys, revoked ones too, oldest first."""
        with self._database.session() as session:
            return [_key_record(row) for row in session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.id))]


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        hint = "one of " + ", ".join(Role)
        raise InvalidInputError(f"role {role[:40]!r} is unknown", field="role", hint=hint) from None


def _key_record(row: ApiKeyRow) -> KeyRecord:
    return KeyRecord(row.id, row.name, Role(row.role), row.created_at, row.revoked_at)
