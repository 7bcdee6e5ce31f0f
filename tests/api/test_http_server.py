"""The service behind a real server, in processes of its own: bytes on the wire, several workers, a sudden death."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

READY_WITHIN_S = 120.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(home: Path, *, workers: int = 1) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:create_app", "--port", str(port)]
    command += ["--workers", str(workers), "--no-access-log", "--log-level", "warning"]
    environment = {**os.environ, "DESKHAND_HOME": str(home), "DESKHAND_LOG_LEVEL": "warning"}
    process = subprocess.Popen(command, env=environment, cwd=home, stderr=subprocess.PIPE, start_new_session=True)
    try:
        wait_until_ready(port, process)
        yield port, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        if process.stderr is not None:
            process.stderr.close()


def wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
        try:
            if call(port, "GET", "/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the service did not start")


def call(port: int, method: str, path: str, body: object = None, key: str = "") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def admin_key(home: Path) -> str:
    return (home / "admin.key").read_text().strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    home = tmp_path_factory.mktemp("server")
    with running(home) as (port, _):
        yield port, home


def read_status(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received and (part := connection.recv(65_536)):
        received += part
    return received.split(b"\r\n", 1)[0]


def test_a_body_without_length_is_cut_off_while_it_arrives(server: tuple[int, Path]) -> None:
    port, home = server
    piece = b" " * 65_536
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        head = f"POST /v1/triage HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {admin_key(home)}\r\n"
        connection.sendall(head.encode() + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent = 0
        try:
            while sent < 64 * 1024 * 1024:
                connection.sendall(b"10000\r\n" + piece + b"\r\n")
                sent += len(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 48 * 1024 * 1024, "the server read on and on"
    assert call(port, "GET", "/healthz")[0] == 200


def test_a_declared_length_over_the_limit_is_refused_before_the_body(server: tuple[int, Path]) -> None:
    port, home = server
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {admin_key(home)}\r\n"
        connection.sendall(head.encode() + b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in read_status(connection)


def test_a_caller_who_leaves_harms_nobody(server: tuple[int, Path]) -> None:
    port, home = server
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {admin_key(home)}\r\n"
            connection.sendall(head.encode() + b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
    assert call(port, "POST", "/v1/messages", {"text": "Where is my order?"}, admin_key(home))[0] == 201


def test_several_workers_share_one_home(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as (port, _):
        key = admin_key(tmp_path)
        statuses = [call(port, "POST", "/v1/messages", {"text": f"Where is order {n}?"}, key)[0] for n in range(12)]
        assert statuses == [201] * 12
        listed = json.loads(call(port, "GET", "/v1/tickets?limit=200", key=key)[1])
        assert len(listed["items"]) == 12


def test_what_was_acknowledged_survives_a_sudden_death(tmp_path: Path) -> None:
    with running(tmp_path) as (port, process):
        status, body = call(port, "POST", "/v1/messages", {"text": "Wo ist meine Bestellung?"}, admin_key(tmp_path))
        assert status == 201
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    before = json.loads(body)
    with running(tmp_path) as (port, _):
        status, body = call(port, "GET", f"/v1/tickets/{before['ticket']['id']}", key=admin_key(tmp_path))
        assert status == 200
        assert json.loads(body)["messages"][0]["decision"] == before["decision"]
