"""A real HTTP server that takes events: it answers as it is told, and remembers what it was sent."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson

CERTIFICATE = Path(__file__).with_name("desk_example.pem")


@dataclass(frozen=True)
class Answer:
    """What to answer: after a while, in one piece or a byte at a time, or not at all."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    trickle_s: float = 0.0
    hangs_up: bool = False


@dataclass(frozen=True)
class Received:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class ReceivingServer:
    """What arrived at a running server, and the rule by which it answers."""

    port: int
    answer: Callable[[Received], Answer]
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/deskhand?shop=1"

    @property
    def ids(self) -> list[str]:
        return [request.json["id"] for request in list(self.received)]

    def always(self, answer: Answer) -> None:
        self.answer = lambda _: answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with the library's five, what comes at once is not even answered


@contextmanager
def receiving_server(*, tls: bool = False) -> Iterator[ReceivingServer]:
    """Run a server on a free port for the time of the block."""
    state = ReceivingServer(0, lambda _: Answer())

    class Handler(_Handler):
        shared = state

    server = _Server(("127.0.0.1", 0), Handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    shared: ReceivingServer

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def handle(self) -> None:
        # Clients that give up, or do not trust our certificate, are part of the tests.
        with suppress(OSError):
            super().handle()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""

    def _take(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            # The sender died in the midst of it: nothing has arrived.
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Received(self.command, self.path, headers, body)
        self.shared.received.append(request)
        answer = self.shared.answer(request)
        time.sleep(answer.delay_s)
        if answer.hangs_up:
            self.close_connection = True
            return
        lines = [f"HTTP/1.1 {answer.status} Said", *(f"{k}: {v}" for k, v in answer.headers.items())]
        head = "\r\n".join([*lines, "Content-Length: 2", "", "ok"]).encode()
        if not answer.trickle_s:
            self.wfile.write(head)
            return
        for byte in head:
            self.wfile.write(bytes([byte]))
            time.sleep(answer.trickle_s)
