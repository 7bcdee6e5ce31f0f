"""A PostgreSQL server of our own for the time of a test run."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator


def postgres_programs() -> Path | None:
    """Return the folder with initdb and pg_ctl, or None where PostgreSQL is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    if found:
        folders.append(Path(found).resolve().parent)
    return next((f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()), None)


def _user() -> str | None:
    """Return the user to start the server as; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@dataclass(frozen=True)
class PostgresServer:
    """A running server that only this machine reaches."""

    folder: Path
    port: int

    @classmethod
    @contextmanager
    def started(cls, programs: Path) -> Iterator[PostgresServer]:
        """Start a server in a folder of its own, and remove both at the end."""
        folder = Path(tempfile.mkdtemp(prefix="deskhand-postgres-"))
        user = _user()
        if user is not None:
            shutil.chown(folder, user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        data = str(folder / "data")
        run = ["initdb", "-D", data, "-U", "deskhand", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        _call(programs, user, run, folder)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        log = str(folder / "log")
        _call(programs, user, ["pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start"], folder)
        try:
            yield cls(folder, port)
        finally:
            _call(programs, user, ["pg_ctl", "-D", data, "-m", "immediate", "stop"], folder)
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def fresh_database(self, *, template: str = "template1") -> Iterator[str]:
        """Create a database like another one, and drop it at the end."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """Return the URL of one of the server's databases."""
        return f"postgresql+psycopg://deskhand@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str) -> None:
        """Run one statement as the server's owner."""
        address = f"host=127.0.0.1 port={self.port} user=deskhand dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


def _call(programs: Path, user: str | None, command: list[str], folder: Path) -> None:
    full = [str(programs / command[0]), *command[1:]]
    # The server keeps inherited pipes open: its output goes nowhere, its log to a file.
    subprocess.run(
        full, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60
    )
