"""The guide's example against the running service, and its events at a receiver: through every kill."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from tests.checkout import needs_checkout
from tests.connectors.receiving import Answer, ReceivingServer
from tests.connectors.samples import OUTBOUND
from tickets.database import Database
from tickets.outbox import LEASED
from tickets.tables import OutboxRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GUIDE = Path(__file__).parents[2] / "docs" / "connectors.md"
IN_SECRET = "change me: 16 characters or more"
OUT_SECRET = "another one: 16 characters or more"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


@contextmanager
def running(home: Path, receiver: ReceivingServer) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start the service with the connector `mydesk` in both directions."""
    port = free_port()
    home.mkdir(exist_ok=True)
    to = {"mydesk": {"url": receiver.url, "secret": OUT_SECRET, "allow_private": True}}
    environment = {
        **os.environ,
        "DESKHAND_HOME": str(home),
        "DESKHAND_LOG_LEVEL": "error",
        "DESKHAND_WEBHOOK_SECRETS": json.dumps({"mydesk": IN_SECRET}),
        "DESKHAND_WEBHOOK_URLS": json.dumps(to),
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:create_app", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "error"]
    process = subprocess.Popen(command, env=environment, cwd=home, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: process.poll() is not None or answers(f"{address}/healthz"))
        assert process.poll() is None
        yield address, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)
    except OSError:
        return False


def send(address: str, home: Path, path: str, body: Any = None) -> Any:
    key = (home / "admin.key").read_text().strip()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address + path, data, headers), timeout=20) as answer:  # noqa: S310
        raw = answer.read().decode()
    return raw if path == "/metrics" else json.loads(raw)


def example() -> str:
    """Return the guide's shell example, as it stands there."""
    found = re.search(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def run_example(address: str) -> dict[str, Any]:
    done = subprocess.run(
        ["sh", "-eu", "-c", example()], env={**os.environ, "DESKHAND": address}, capture_output=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def let_leases_run_out(home: Path) -> None:
    """Spare the tests the minute after which another process may take what a dead one held."""
    database = Database.open(f"sqlite:///{home / 'deskhand.db'}")
    with database.write() as session:
        leased = update(OutboxRow).where(OutboxRow.state == LEASED)
        taken = session.execute(leased.values(next_at=datetime.now(UTC)).returning(OutboxRow.id)).all()
    database.close()
    assert taken, "the process died with something in its hands"


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl")
@needs_checkout
def test_the_guides_example_works_and_comes_back_as_events(tmp_path: Path, server: ReceivingServer) -> None:
    home = tmp_path / "home"
    with running(home, server) as (address, _):
        stored = run_example(address)
        assert run_example(address)["ticket"]["id"] == stored["ticket"]["id"]
        assert stored["ticket"]["connector"] == "mydesk"
        wait_for(lambda: len(server.received) == 1)
        send(address, home, f"/v1/tickets/{stored['ticket']['id']}/reply", {"text": "It left today."})
        wait_for(lambda: len(server.received) == 2)
        decided, replied = (request.json for request in server.received)
        assert decided["type"] == "ticket.decided"
        # The same decision as the answer told, to the digit.
        assert decided["data"]["decision"] == stored["decision"]
        assert decided["data"]["message"]["external_id"] == "4711"
        assert (replied["type"], replied["data"]["reply"]["text"]) == ("ticket.replied", "It left today.")
        assert replied["data"]["message"] == decided["data"]["message"]
        assert all(OUTBOUND["generic"].is_authentic(request, OUT_SECRET) for request in server.received)
        wait_for(lambda: 'deskhand_deliveries{state="parked"} 0.0' in send(address, home, "/metrics"))


def test_events_outlive_the_service(tmp_path: Path, server: ReceivingServer) -> None:
    home = tmp_path / "home"
    server.always(Answer(delay_s=30))
    with running(home, server) as (address, process):
        for number in range(5):
            body = {"text": "Where is my order?", "connector": "mydesk", "external_id": str(number)}
            send(address, home, "/v1/messages", body)
        wait_for(lambda: bool(server.received))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    server.received.clear()
    server.always(Answer())
    let_leases_run_out(home)
    with running(home, server):
        wait_for(lambda: len(set(server.ids)) == 5)
