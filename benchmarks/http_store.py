"""How many messages a second `deskhand serve` decides and stores over HTTP, and that none is lost when it is killed.

The service runs as its own process in an empty home (SQLite, durable), on one core; the clients, threads with
connections that are kept open, run on another. A bare FastAPI service (`echo.py`) gets the same messages right before,
under the same server settings: the ratio is what other machines can be compared by. In the end the service is killed
(SIGKILL) while clients write, started again, and asked for what it had acknowledged.

`python -m benchmarks.http_store`; it prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import ONE_THREAD, ROOT, cores, memory_mb, percentile, pin, processor_s, ratio
from benchmarks.report import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

DESKHAND = [sys.executable, "-c", "from api.cli import main; main()", "serve"]
ECHO = [sys.executable, "-m", "benchmarks.echo"]
READY_WITHIN_S = 120.0
POLL_S = 0.01
CHECKED = 100
SHOWN = 5
LOG_TAIL = 6_000
WARM_UP_S = 1.0
KILLED_AFTER_S = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """How long every step takes, and with how many clients."""

    seconds: float = 8.0
    clients: tuple[int, ...] = (1, 16)
    messages: int = 300


@dataclass(frozen=True, slots=True)
class Server:
    """A running service."""

    port: int
    process: subprocess.Popen[bytes]
    ready_s: float
    key: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What clients did: times of single requests, how long all took, the server's processor time, and the answers."""

    clients: int
    wall_s: float
    processor_s: float | None
    times_s: list[float] = field(repr=False)
    bodies: list[bytes] = field(repr=False)

    def as_json(self) -> dict[str, float | None]:
        """Return the figures."""
        processor_ms = None if self.processor_s is None else round(self.processor_s / len(self.times_s) * 1e3, 2)
        return {
            "messages": len(self.times_s),
            "a_second": round(len(self.times_s) / self.wall_s, 1),
            "p50_ms": round(percentile(self.times_s, 0.5) * 1e3, 2),
            "p95_ms": round(percentile(self.times_s, 0.95) * 1e3, 2),
            "server_processor_ms": processor_ms,
        }


class BrokenServiceError(RuntimeError):
    """A service did not do what it promises; nothing is measured then."""


@contextmanager
def running(command: list[str], home: Path, core: int) -> Iterator[Server]:
    """Start a service on a free port and one core, wait until it is ready, and stop it in the end."""
    port = free_port()
    environment = {**os.environ, **ONE_THREAD, "DESKHAND_HOME": str(home)}
    started = time.perf_counter()
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            [*command, "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        pin(process.pid, core)
        wait_until_ready(port, process, started)
        ready_s = time.perf_counter() - started
        key = home / "admin.key"
        yield Server(port, process, round(ready_s, 2), key.read_text().strip() if key.is_file() else "")
    except BrokenServiceError as error:
        log = (home / "server.log").read_text(encoding="utf-8", errors="replace")
        error.add_note(f"The end of the service's log:\n{log[-LOG_TAIL:]}")
        raise
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait_until_ready(port: int, process: subprocess.Popen[bytes], started: float) -> None:
    """Ask /readyz until it says yes.

    Raises:
        BrokenServiceError: The process ended, or is not ready in time.

    """
    while time.perf_counter() - started < READY_WITHIN_S:
        if process.poll() is not None:
            break
        try:
            if request(port, "GET", "/readyz")[0] == 200:
                return
        except (OSError, HTTPException):
            time.sleep(POLL_S)
    raise BrokenServiceError(f"the service on port {port} did not become ready; exit status {process.poll()}")


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def request(port: int, method: str, path: str, key: str = "") -> tuple[int, bytes]:
    """Make one request on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {key}"} if key else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Clients:
    """Sends messages from threads, each with a number of its own, so that none is a repeat."""

    def __init__(self, server: Server, texts: list[str], name: str) -> None:
        self._name = name
        self._server = server
        self._texts = texts
        self._numbers = count()
        self._lock = threading.Lock()

    def run(self, clients: int, seconds: float, *, dies: bool = False) -> Load:
        """Send for some seconds, each client its next message when the last one is answered.

        Args:
            clients: How many.
            seconds: How long.
            dies: Whether the service is expected to be gone before the end.

        Raises:
            BrokenServiceError: A message was not acknowledged.

        """
        times: list[float] = []
        bodies: list[bytes] = []
        faults: list[str] = []
        pid = self._server.process.pid
        used, until = processor_s(pid), time.perf_counter() + seconds
        threads = [
            threading.Thread(target=self._client, args=(until, times, bodies, faults), daemon=True)
            for _ in range(clients)
        ]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults and not dies:
            raise BrokenServiceError(f"{len(faults)} clients failed; the first: {faults[0]}")
        wall_s, used_after = time.perf_counter() - started, processor_s(pid)
        worked = None if used is None or used_after is None else used_after - used
        return Load(clients, wall_s, worked, times, bodies)

    def _client(self, until: float, times: list[float], bodies: list[bytes], faults: list[str]) -> None:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._server.key}"}
        connection = HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        try:
            while time.perf_counter() < until:
                body = self._next()
                started = time.perf_counter()
                connection.request("POST", "/v1/messages", body, headers)
                answer = connection.getresponse()
                content = answer.read()
                times.append(time.perf_counter() - started)
                if answer.status != 201:
                    faults.append(f"{answer.status} {content[:300]!r}")
                    return
                bodies.append(content)
        except (OSError, HTTPException) as error:
            faults.append(repr(error))
        finally:
            connection.close()

    def _next(self) -> bytes:
        with self._lock:
            number = next(self._numbers)
        text = self._texts[number % len(self._texts)]
        return json.dumps({"text": text, "channel": "email", "external_id": f"{self._name}-{number}"}).encode()


def killed(server: Server, texts: list[str], clients: int) -> Load:
    """Kill the service while clients write, and return what it had acknowledged until then."""
    timer = threading.Timer(KILLED_AFTER_S, server.process.kill)
    timer.start()
    load = Clients(server, texts, "killed").run(clients, KILLED_AFTER_S + 1.0, dies=True)
    timer.join()
    server.process.wait(30)
    return load


def loads(server: Server, texts: list[str], plan: Plan) -> list[Load]:
    """Warm a service up and measure it with each number of clients."""
    clients = Clients(server, texts, "bench")
    warm = clients.run(1, min(WARM_UP_S, plan.seconds))
    return [warm, *(clients.run(number, plan.seconds) for number in plan.clients)]


def survivors(home: Path, core: int, bodies: list[bytes]) -> dict[str, object]:
    """Start the service again after a kill and look for acknowledged tickets with their decisions."""
    step = max(1, len(bodies) // CHECKED)
    # The last ones were written in the moment before the kill.
    chosen = [*bodies[:-CHECKED:step], *bodies[-CHECKED:]]
    lost = []
    with running(DESKHAND, home, core) as server:
        for body in chosen:
            given = json.loads(body)
            status, content = request(server.port, "GET", f"/v1/tickets/{given['ticket']['id']}", server.key)
            if status != 200 or json.loads(content)["messages"][0]["decision"] != given["decision"]:
                lost.append({"ticket": given["ticket"]["id"], "status": status})
        found = len(chosen) - len(lost)
        return {"restart_s": server.ready_s, "asked_for": len(chosen), "found_whole": found, "lost": lost[:SHOWN]}


def measure_deskhand(plan: Plan, texts: list[str], core: int) -> dict[str, Any]:
    """Measure the service, kill it while clients write, and look for what it had acknowledged."""
    with tempfile.TemporaryDirectory(prefix="deskhand-bench-") as folder:
        home = Path(folder)
        with running(DESKHAND, home, core) as server:
            empty_s = server.ready_s
        with running(DESKHAND, home, core) as server:
            idle_mb = memory_mb(server.process.pid)
            done = loads(server, texts, plan)
            busy_mb = memory_mb(server.process.pid)
            last = killed(server, texts, max(plan.clients))
        after = survivors(home, core, [body for load in (*done, last) for body in load.bodies])
        return {
            "first_start_s": empty_s,
            "start_s": server.ready_s,
            "memory_mb_idle": idle_mb,
            "memory_mb_after": busy_mb,
            "clients": {str(load.clients): load.as_json() for load in done[1:]},
            "stored_untriaged": sum(json.loads(body)["decision"] is None for load in done for body in load.bodies),
            "after_kill": after,
        }


def measure_echo(plan: Plan, texts: list[str], core: int) -> dict[str, Any]:
    """Measure the bare service."""
    with (
        tempfile.TemporaryDirectory(prefix="deskhand-bench-") as folder,
        running(ECHO, Path(folder), core) as server,
    ):
        done = loads(server, texts, plan)
        return {
            "start_s": server.ready_s,
            "memory_mb": memory_mb(server.process.pid),
            "clients": {str(load.clients): load.as_json() for load in done[1:]},
        }


def measure(plan: Plan) -> dict[str, object]:
    """Measure both on the same core."""
    from benchmarks.sample import messages

    texts = [item.text for item in messages(plan.messages)]
    available = cores()
    if len(available) > 1:
        pin(0, available[0])
    core = available[-1]
    echo = measure_echo(plan, texts, core)
    ours = measure_deskhand(plan, texts, core)
    most = str(max(plan.clients))
    figures = {"plan": asdict(plan), "deskhand": ours, "echo": echo}
    ratios = {
        f"rate_to_echo_{number}_clients": ratio(
            ours["clients"][str(number)]["a_second"], echo["clients"][str(number)]["a_second"]
        )
        for number in plan.clients
    }
    targets = [
        Target("stored over HTTP, a second", ours["clients"][most]["a_second"], 200.0, at_least=True),
        Target("start to ready, s", ours["start_s"], 2.0, at_least=False),
        Target("memory after the load, MB", ours["memory_mb_after"], 500.0, at_least=False),
        Target("acknowledged and found after kill -9, share", _kept(ours["after_kill"]), 1.0, at_least=True),
    ]
    return {"figures": figures, "ratios": ratios, "targets": [item.as_json() for item in targets]}


def _kept(after: dict[str, Any]) -> float:
    return float(after["found_whole"]) / max(1, int(after["asked_for"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    usual = Plan()
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="for each number of clients")
    parser.add_argument("--clients", type=int, nargs="+", default=usual.clients)
    options = parser.parse_args()
    print(json.dumps(measure(Plan(options.seconds, tuple(options.clients)))))


if __name__ == "__main__":
    main()
