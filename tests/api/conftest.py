"""The service under test: the real one on a fresh home, with the shipped bundle, or a small stand-in where there is none yet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray
from starlette.testclient import TestClient

import api.wiring
from api.app import create_app
from api.settings import Settings
from models.bundle import Bundle
from models.prediction import LanguageGuess, Prediction, SentimentGuess

WEBHOOK_SECRET = "a secret of the test desk"


class StandInEncoder:
    """Words hashed into 64 numbers: enough for equal words to lie near each other."""

    dimension = 64
    digest = "5" * 64

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[hashlib.md5(word.encode()).digest()[0] % self.dimension] += 1.0  # noqa: S324 - no secret
            row /= np.linalg.norm(row) or 1.0
        return rows


@dataclass
class StandInBundle:
    """Answers as a bundle does, by a few words; stands in only until a bundle lies in models/default."""

    name: str = "stand-in-1"
    digest: str = StandInEncoder.digest
    labels: tuple[str, ...] = ("delivery.delay", "order.status", "return.request")
    languages: tuple[str, ...] = ("de", "en")
    encoder: StandInEncoder = field(default_factory=StandInEncoder)
    manifest: Any = field(default_factory=lambda: SimpleNamespace(metrics={"intent_top1": 0.5}, encoder_name=""))

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        vectors = self.encoder.encode(texts)
        return [self._predict(text, vector) for text, vector in zip(texts, vectors, strict=True)]

    def _predict(self, text: str, vector: NDArray[np.float32]) -> Prediction:
        german = any(word in text.lower() for word in ("ich", "bestellung", "wo ", "guten"))
        angry = "lawyer" in text.lower() or "anwalt" in text.lower()
        best = "return.request" if "return" in text.lower() else "delivery.delay"
        ranking = tuple((name, 0.9 if name == best else 0.05) for name in sorted(self.labels, key=lambda n: n != best))
        return Prediction(
            language=LanguageGuess("de" if german else "en", 0.98, "Latn"),
            intents=ranking,
            intent=best,
            also=(),
            sentiment=SentimentGuess("very_negative" if angry else "neutral", -0.9 if angry else 0.0, 0.8),
            escalation=0.9 if angry else 0.1,
            escalate=angry,
            vector=vector,
        )


@pytest.fixture(scope="session")
def bundle() -> Any:
    """Return the shipped bundle, loaded once for all tests."""
    shipped = Bundle.default_path()
    return Bundle.load(shipped) if (shipped / "bundle.json").is_file() else StandInBundle()


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
def start_service(bundle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartService]:
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
def service(bundle: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service that the tests of one file share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.wiring, "load_bundle", lambda _: bundle)
        home = tmp_path_factory.mktemp("home")
        found = _start(
            Settings(home=home, webhook_secrets={"testdesk": WEBHOOK_SECRET}, anonymous_per_minute=1_000_000)
        )
        yield found
        found.client.__exit__(None, None, None)


def _start(settings: Settings) -> Service:
    app = create_app(settings)
    client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False, client=("127.0.0.1", 50_000))
    client.__enter__()
    state = client.app_state["deskhand"]
    return Service(app, client, settings, state.services)
