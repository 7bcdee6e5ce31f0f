"""The service under test: the real one on a fresh home, with the shipped bundle, which is loaded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

import api.wiring
from api.app import create_app
from api.settings import Settings
from models.bundle import Bundle
from tests.api.browsing import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WEBHOOK_SECRET = "a secret of the test desk"


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """Return the shipped bundle, loaded once for all tests."""
    return Bundle.load(Bundle.default_path())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless browser that the tests of one file share: its event loop would stop others of the session."""
    with chromium() as found:
        yield found


@dataclass
class Service:
    """A running service, with a client that carries the key of any role."""

    app: FastAPI
    client: TestClient
    settings: Settings
    services: api.wiring.Services
    _keys: dict[str, str] = field(default_factory=dict)

    def key(self, role: str) -> str:
        if role not in self._keys:
            self._keys[role] = self.services.keys.create(role, f"test {role}")[0]
        return self._keys[role]

    def headers(self, role: str = "admin") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key(role)}"}

    def send(self, method: str, path: str, body: Any = None, *, role: str | None = "admin", **more: Any) -> Any:
        headers = {**(self.headers(role) if role else {}), **more.pop("headers", {})}
        if isinstance(body, bytes):
            return self.client.request(
                method, path, content=body, headers={"Content-Type": "application/json", **headers}, **more
            )
        return self.client.request(method, path, json=body, headers=headers, **more)


StartService = Callable[..., Service]


@pytest.fixture
def start_service(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartService]:
    """Return a function that starts a service on a home of its own, with any setting changed."""
    monkeypatch.setattr(api.wiring, "load_bundle", lambda _: bundle)
    running: list[TestClient] = []

    def start(**changed: Any) -> Service:
        service = _start(Settings(**{"home": tmp_path / "home", **changed}))
        running.append(service.client)
        return service

    yield start
    for client in running:
        client.__exit__(None, None, None)


@pytest.fixture(scope="module")
def service(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service that the tests of one file share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.wiring, "load_bundle", lambda _: bundle)
        home = tmp_path_factory.mktemp("home")
        found = _start(
            Settings(home=home, webhook_secrets={"testdesk": SecretStr(WEBHOOK_SECRET)}, anonymous_per_minute=1_000_000)
        )
        yield found
        found.client.__exit__(None, None, None)


def _start(settings: Settings) -> Service:
    app = create_app(settings)
    client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False, client=("127.0.0.1", 50_000))
    client.__enter__()
    state = client.app_state["deskhand"]
    return Service(app, client, settings, state.services)
