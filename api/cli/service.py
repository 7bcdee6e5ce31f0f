"""`deskhand serve` and `deskhand demo`: the HTTP service, in one process or several."""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import note, say

if TYPE_CHECKING:
    from api.settings import Settings

APP = "api.cli.serving:create"
READY_WITHIN_S = 120.0
STOP_WITHIN_S = 10
READY_PAUSE_S = 0.1
BACKLOG = 2048
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to knock when it listens everywhere

Host = Annotated[str | None, typer.Option(help="Address to listen on (DESKHAND_HOST; 127.0.0.1).")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on (DESKHAND_PORT; 8080); 0: any free.")
]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Processes.")]


def serve(host: Host = None, port: Port = None, workers: Workers = 1) -> None:
    """Start the API, the console and the help centre."""
    from api.cli.house import settings

    chosen = settings(host=host, port=port)
    listener = listen(chosen)
    _prepare(chosen)
    run(chosen, listener, workers)


def demo(port: Port = None) -> None:
    """Start the service with the sample shop in it; its pages need no key on this machine."""
    from api.cli.house import settings
    from api.cli.sample import load_sample_shop

    chosen = settings(port=port, host="127.0.0.1", demo=True)
    if "log_level" not in chosen.model_fields_set:
        chosen = chosen.model_copy(
            update={"log_level": "warning"}
        )  # a newcomer's terminal shows the address, not the log
    listener = listen(chosen)
    _prepare(chosen)
    load_sample_shop(chosen)
    run(chosen, listener, 1)


def listen(chosen: Settings) -> socket.socket:
    """Take the address before anything heavy is loaded: a port in use is said at once.

    Raises:
        DeskhandError: The address is taken, not ours, or not allowed.

    """
    from tickets.errors import UnavailableError

    host, port = chosen.host.strip("[]"), chosen.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        remedies = {
            errno.EADDRINUSE: f"Stop what uses it, or choose another port: --port {port + 1 if port < 65535 else 8080}",
            errno.EACCES: "Ports below 1024 are for root; choose a higher one with --port.",
        }
        hint = remedies.get(error.errno or 0, "Check --host and DESKHAND_HOST.")
        what = error.strerror or str(error)
        raise UnavailableError(f"Cannot listen on {host}:{port}: {what}", field="DESKHAND_PORT", hint=hint) from None
    listener.set_inheritable(True)
    return listener


def run(chosen: Settings, listener: socket.socket, workers: int) -> None:
    """Serve until the process is told to stop."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from api import logs

    logs.configure(chosen.log_level)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # where it listens is said below, once it answers
    # Worker processes read the settings anew: what the command line said must reach them.
    os.environ.update(chosen.environment())
    config = uvicorn.Config(
        APP,
        factory=True,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_tell_when_ready, args=(chosen, listener.getsockname()[:2]), daemon=True).start()
    if workers > 1:
        Multiprocess(config, sockets=[listener]).run()
    else:
        server.run(sockets=[listener])
    if not server.started and workers == 1:
        raise typer.Exit(1)


def _prepare(chosen: Settings) -> None:
    """Write the first admin key where there is none: only the first start has to open the house for that.

    Raises:
        DeskhandError: Home or database cannot be used.
    """
    from api.cli.house import opened
    from api.wiring import ADMIN_KEY_FILE, ensure_admin_key

    if not (chosen.home / ADMIN_KEY_FILE).exists():
        with opened(chosen) as services:
            ensure_admin_key(services)


def _tell_when_ready(chosen: Settings, address: tuple[str, int]) -> None:
    """Wait until the service answers, then say where it is and where the key lies."""
    host, port = _EVERYWHERE.get(address[0], address[0]), address[1]
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if _answers(host, port):
            shown = f"[{host}]" if ":" in host else host
            say(f"Deskhand is ready: http://{shown}:{port}")
            say(f"Admin key: {chosen.home / 'admin.key'}")
            return
        time.sleep(READY_PAUSE_S)
    note("deskhand: the service does not answer yet; the log above may say why")


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
