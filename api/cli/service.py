"""`deskhand serve` and `deskhand demo`: the HTTP service, in one process or several."""

from __future__ import annotations

import errno
import json
import logging
import os
import socket
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import FAILED, note, say

if TYPE_CHECKING:
    from collections.abc import Collection

    from api.settings import Settings

APP = "api.cli.serving:create"
READY_WITHIN_S = 120.0
STOP_WITHIN_S = 10
READY_PAUSE_S = 0.1
ANSWER_WITHIN_S = 5.0
BACKLOG = 2048
MAX_PORT = 65535
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to knock when it listens everywhere

Host = Annotated[str | None, typer.Option(help="Address to listen on (DESKHAND_HOST; 127.0.0.1).")]


def _port(written: str) -> int:
    """Read a port; what is wrong with it is said with its value, which `make run PORT=…` passes on as it is."""
    number = int(written) if written.isascii() and written.isdigit() and len(written) <= 5 else MAX_PORT + 1
    if number > MAX_PORT:
        raise typer.BadParameter(f"{written[:60]!r} is no port; give a whole number from 0 to {MAX_PORT}")
    return number


Port = Annotated[
    int | None,
    typer.Option(parser=_port, metavar="INTEGER", help="Port to listen on (DESKHAND_PORT; 8080); 0: any free."),
]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Processes.")]


def serve(host: Host = None, port: Port = None, workers: Workers = 1) -> None:
    """Start the API, the console and the help centre."""
    from api.cli.house import settings

    chosen = settings(host=host, port=port)
    options = {"host": host, "port": port}
    with listen(chosen, {name for name, value in options.items() if value is not None}) as listener:
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
    with listen(chosen, {"port"} if port is not None else ()) as listener:
        _prepare(chosen)
        load_sample_shop(chosen)
        run(chosen, listener, 1)


def listen(chosen: Settings, options: Collection[str] = ()) -> socket.socket:
    """Take the address before anything heavy is loaded: a port in use is said at once.

    Args:
        chosen: The settings, options among them.
        options: Names of the settings that were given as an option, as `port`.

    Raises:
        DeskhandError: The address is taken, not ours, or not allowed.

    """
    from tickets.errors import UnavailableError

    host, port = chosen.host.strip("[]"), chosen.port
    other = port + 1 if port < 65535 else 8080
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        remedies = {
            errno.EADDRINUSE: f"Stop what uses it, or choose another port: --port {other} (make run PORT={other})",
            errno.EACCES: "Ports below 1024 are for root; choose a higher one with --port.",
        }
        hint = remedies.get(error.errno or 0, "Check --host and DESKHAND_HOST.")
        what = error.strerror or str(error)
        field = _given_as("port" if error.errno in remedies else "host", chosen, options)
        raise UnavailableError(f"Cannot listen on {host}:{port}: {what}", field=field, hint=hint) from None
    listener.set_inheritable(True)
    return listener


def _given_as(name: str, chosen: Settings, options: Collection[str]) -> str | None:
    """Return the option or the variable that gave a setting; None for one that nobody gave."""
    from api.settings import setting_name

    if name in options:
        return f"--{name}"
    return setting_name(name) if name in chosen.model_fields_set else None


def run(chosen: Settings, listener: socket.socket, workers: int) -> None:
    """Serve until the process is told to stop."""
    import uvicorn
    from uvicorn.config import STARTUP_FAILURE
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
        parent = Multiprocess(config, sockets=[listener])
        parent.run()
        if any(process.exitcode == STARTUP_FAILURE for process in parent.processes):
            raise typer.Exit(FAILED)
        return
    try:
        server.run(sockets=[listener])
    except SystemExit:  # how uvicorn ends where the application did not start: it has said why
        raise typer.Exit(FAILED) from None


def _prepare(chosen: Settings) -> None:
    """Write the first admin key where there is none, for which the house is opened; else only look whether it opens.

    Raises:
        DeskhandError: Home, database or a file of the operator's cannot be used.
        BundleError: A setting names a bundle or an encoder that cannot be used.
    """
    from api.cli.house import opened
    from api.wiring import ADMIN_KEY_FILE, check_start, ensure_admin_key

    if (chosen.home / ADMIN_KEY_FILE).exists():
        check_start(chosen)
        return
    with opened(chosen) as services:
        ensure_admin_key(services)


def _tell_when_ready(chosen: Settings, address: tuple[str, int]) -> None:
    """Wait until the service answers, then say where it is and where the key lies."""
    host, port = _EVERYWHERE.get(address[0], address[0]), address[1]
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if _answers(host, port):
            shown = f"[{host}]" if ":" in host else host
            trouble = _why_undecided(host, port)
            but = f", but cannot decide: {trouble}" if trouble else ""
            say(f"Deskhand is ready: http://{shown}:{port}{but}")
            say(f"Admin key: {chosen.home / 'admin.key'}")
            return
        time.sleep(READY_PAUSE_S)
    note("deskhand: the service does not answer yet; the log above may say why")


def _answers(host: str, port: int) -> bool:
    found = _ask(host, port, "/healthz")
    return found is not None and found[0] == 200


def _why_undecided(host: str, port: int) -> str | None:
    """Return what keeps the service from deciding messages, None where it decides or does not say."""
    found = _ask(host, port, "/readyz")
    if found is None or found[0] == 200:
        return None
    try:
        model = json.loads(found[1])["parts"]["model"]
    except (ValueError, KeyError, TypeError):
        return None
    said = [" ".join(str(text).split()) for text in (model["detail"], model["hint"]) if text]
    return None if model["ok"] else ". ".join(said)


def _ask(host: str, port: int, path: str) -> tuple[int, bytes] | None:
    """Return status and body of an answer, None where there is none."""
    connection = HTTPConnection(host, port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
