"""A real service in a process of its own, and a headless Chromium that may reach nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 400


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment in which only our settings count."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DESKHAND_")}
    return {**kept, "DESKHAND_HOME": str(home), "PYTHONWARNINGS": "default", **more}


def deskhand() -> list[str]:
    """Return the command that runs this checkout's command line."""
    return [sys.executable, "-c", "from api.cli import main; main()"]


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: str, home: Path, **more: str) -> Iterator[str]:
    """Run `deskhand serve` or `demo` until the block ends; yields its address once it is ready."""
    port = free_port()
    log = home.parent / f"{command}-{port}.log"
    with log.open("w") as out:
        arguments = [*deskhand(), command, "--port", str(port)]
        process = subprocess.Popen(
            arguments, env=clean_environment(home, **more), stdout=out, stderr=out, cwd=home.parent
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=60)


def wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return as soon as every part of the service can be used."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"the service ended with {process.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"the service is not ready after {START_S} s:\n{log.read_text()}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium: the system's, else Playwright's own."""
    from playwright.sync_api import sync_playwright

    found = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Witness:
    """Notes what a page must never do: errors on the console, and requests that leave the host."""

    def __init__(self, page: Page, address: str) -> None:
        self.problems: list[str] = []
        page.on("console", lambda message: self._note(message.type in ("error", "warning"), message.text))
        page.on("pageerror", lambda error: self._note(True, str(error)))
        page.on("request", lambda request: self._note(not request.url.startswith((address, "data:")), request.url))
        page.on("response", lambda response: self._note(response.status >= 400, f"{response.status} {response.url}"))

    def _note(self, wrong: bool, what: str) -> None:
        if wrong:
            self.problems.append(what)
