"""Files that hold a secret: written once, readable by their owner only."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from tickets.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ONLY = 0o600
MIN_SECRET_BYTES = 32


def write_once(path: Path, content: str) -> bool:
    """Write a new file with mode 0600; return False where it exists already, and leave that one alone.

    Raises:
        UnavailableError: The folder cannot be written.

    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        return False
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be written: {error.strerror}",
            field=str(path),
            hint="Set DESKHAND_HOME to a writable folder.",
        ) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return True


def read_or_create(path: Path) -> bytes:
    """Return the random secret of a home, made at the first call; workers that race for it agree on one.

    Raises:
        UnavailableError: The file can be neither read nor written, or is damaged.

    """
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        write_once(part, secrets.token_hex(MIN_SECRET_BYTES))
        try:
            # A link appears whole or not at all: another worker never reads half a secret.
            with suppress(FileExistsError):
                path.hardlink_to(part)
        finally:
            part.unlink(missing_ok=True)
    try:
        found = path.read_text(encoding="utf-8").strip()
        secret = bytes.fromhex(found)
    except (OSError, ValueError) as error:
        raise UnavailableError(
            f"{path} cannot be used: {error}",
            field=str(path),
            hint="Delete it: a new one is written at the next start.",
        ) from None
    if len(secret) < MIN_SECRET_BYTES:
        raise UnavailableError(f"{path} is too short", field=str(path), hint="Delete it: a new one is written.")
    return secret
