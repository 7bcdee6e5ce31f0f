from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import api.wiring
from api.schemas.errors import ErrorOut
from models.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Service, StartService


def test_alive_and_ready(service: Service) -> None:
    assert service.client.get("/healthz").json()["status"] == "ok"
    ready = service.client.get("/readyz")
    assert ready.status_code == 200
    parts = ready.json()["parts"]
    assert set(parts) == {"database", "model", "knowledge_base", "templates"}
    assert ready.json()["safe_mode"] == service.services.database.safe_mode


def test_without_a_bundle_messages_are_stored_and_everything_says_why(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> Any:
        raise BundleError("encoder.onnx is truncated", field="encoder.onnx", hint="Restore the file.")

    monkeypatch.setattr(api.wiring, "load_bundle", broken)
    service = start_service()
    assert service.client.get("/healthz").status_code == 200
    ready = service.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["parts"]["model"] == {
        "ok": False,
        "detail": "encoder.onnx is truncated",
        "hint": "Restore the file.",
    }
    for path, body in (("/v1/triage", {"messages": [{"text": "a"}]}), ("/v1/answers", {"question": "a"})):
        refused = service.send("POST", path, body)
        assert refused.status_code == 503, refused.text
        assert "truncated" in ErrorOut.model_validate_json(refused.content).error.message
    stored = service.send("POST", "/v1/messages", {"text": "Where is my order?"})
    assert stored.status_code == 201
    assert stored.json()["decision"] is None


def test_unready_when_the_database_is_gone(start_service: StartService, monkeypatch: pytest.MonkeyPatch) -> None:
    from tickets.errors import UnavailableError

    service = start_service()

    def gone() -> None:
        raise UnavailableError("the database is locked", hint="Close the other program.")

    monkeypatch.setattr(service.services.database, "check", gone)
    ready = service.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["parts"]["database"]["detail"] == "the database is locked"


def test_numbers_by_route_template_intent_and_language(service: Service) -> None:
    service.send("POST", "/v1/messages", {"text": "Guten Tag, wo ist meine Bestellung?"})
    service.send("GET", "/v1/tickets/some-number-of-somebody")
    service.client.get("/wp-login.php")
    text = service.client.get("/metrics").text
    assert 'deskhand_requests_total{method="POST",route="/v1/messages",status="201"}' in text
    assert 'route="/v1/tickets/{ticket_id}",status="404"' in text
    assert "some-number" not in text
    assert "wp-login" not in text
    assert 'language="de"' in text
    assert "deskhand_request_seconds_bucket" in text
    assert "deskhand_untriaged 0.0" in text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/tickets/", 404, "not_found"),
        ("DELETE", "/v1/triage", 405, "method_not_allowed"),
        ("GET", "/v1/tickets?limit=0", 422, "invalid"),
        ("GET", "/v1/tickets?stauts=new", 422, "invalid"),
        ("GET", "/v1/tickets?cursor=zzz", 422, "invalid"),
        ("GET", "/v1/tickets/unknown", 404, "not_found"),
        ("GET", "/static/x/../../settings.py", 404, "not_found"),
    ],
)
def test_every_refusal_has_the_one_shape(service: Service, method: str, path: str, status: int, code: str) -> None:
    response = service.send(method, path)
    assert response.status_code == status, response.text
    assert ErrorOut.model_validate_json(response.content).error.code == code
    assert response.headers["x-request-id"]


def test_a_fault_is_answered_in_shape_and_logged_without_its_message(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fault(_: object) -> None:
        raise ZeroDivisionError("the customer wrote: secret words")

    monkeypatch.setattr(service.services.orders, "get", fault)
    response = service.send("GET", "/v1/orders/1", headers={"X-Request-Id": "my-id-1"})
    assert response.status_code == 500
    assert ErrorOut.model_validate_json(response.content).error.code == "internal"
    assert response.headers["x-request-id"] == "my-id-1"
    assert response.headers["x-content-type-options"] == "nosniff"
    written = capsys.readouterr()
    assert "ZeroDivisionError" in written.out + written.err
    assert "secret words" not in written.out + written.err + response.text


@pytest.mark.parametrize("path", ["/", "/docs", "/healthz", "/nowhere", "/openapi.json"])
def test_every_answer_carries_the_security_headers(service: Service, path: str) -> None:
    headers = service.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert "'unsafe-inline'" not in headers["content-security-policy"].split("script-src")[1].split(";")[0]
    assert headers["referrer-policy"]


def test_a_foreign_request_id_is_not_repeated(service: Service) -> None:
    headers = service.client.get("/healthz", headers={"X-Request-Id": "a b<script>"}).headers
    assert "<" not in headers["x-request-id"]


def test_the_docs_load_nothing_from_elsewhere(service: Service) -> None:
    import re

    page = service.client.get("/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(addresses) == 4
    for address in addresses:
        assert address.startswith("/static/")
        assert service.client.get(address).status_code == 200
    assert "<script>" not in page


@pytest.fixture
def own_logs() -> Iterator[None]:
    """Log as the service does, whatever a test before this one left, and leave nothing behind."""
    import logging

    import structlog

    from api import logs

    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    logs.configure("info")
    yield
    root.handlers, root.level = before, level
    structlog.reset_defaults()
    logging.getLogger("uvicorn.access").disabled = False


@pytest.mark.usefixtures("own_logs")
def test_logs_hold_no_words_of_customers(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.send("POST", "/v1/messages", {"text": "Where is my purple giraffe?"})
    service.send("POST", "/v1/triage", {"messages": [{"text": "purple giraffe", "html": "purple giraffe"}]})
    written = capsys.readouterr()
    assert "/v1/messages" in written.out + written.err
    assert "giraffe" not in written.out + written.err


@pytest.mark.usefixtures("own_logs")
def test_logs_are_json_lines(capfd: pytest.CaptureFixture[str]) -> None:
    import logging

    import structlog

    structlog.get_logger("x").info("said", number=1)
    structlog.get_logger("x").debug("unsaid")
    logging.getLogger("uvicorn.error").info("from a library")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["said", "from a library"]
    assert lines[0]["number"] == 1
