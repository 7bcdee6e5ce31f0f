"""Completeness: every route, code and body is described, every example is valid, and the description keeps its word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.errors import CODES, MEANINGS
from api.openapi import BODIES
from models.errors import BundleError
from tests.checkout import needs_checkout
from tickets.errors import DeskhandError

if TYPE_CHECKING:
    from tests.api.conftest import Service

GUIDE = Path(__file__).parents[2] / "docs" / "http.md"


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


@pytest.fixture(scope="module")
def document(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = service.client.get("/openapi.json").json()
    return found


def test_every_route_has_a_summary_an_answer_and_its_errors(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert len(operation["summary"]) > 10, name
        assert operation.get("description"), name
        assert any(status.startswith("2") for status in operation["responses"]), name
        wanted = {"503"} if name == "GET /readyz" else {"500", "503"}
        if "requestBody" in operation:
            wanted |= {"400", "413", "415", "422"}
        assert wanted <= set(operation["responses"]), name
        for parameter in operation.get("parameters", []):
            assert parameter.get("description") or parameter["in"] == "query", (name, parameter["name"])


def test_every_json_body_and_answer_has_a_valid_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        contents = {"body": operation.get("requestBody", {}).get("content", {})}
        contents |= {status: response.get("content", {}) for status, response in operation["responses"].items()}
        for place, content in contents.items():
            for kind, media in content.items():
                schema = media.get("schema", {})
                examples = (
                    [media["example"]] if "example" in media else _referenced(schema, document).get("examples", [])
                )
                assert examples, (name, place)
                if kind == "application/json":
                    for example in examples:
                        jsonschema_rs.validate({**schema, "components": document["components"]}, example)


def _referenced(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"].get(name, {})
    return found


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    import json

    known = set(document["components"]["schemas"])
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document))) <= known
    assert {schema.__name__ for schema in BODIES} <= known


def test_every_field_that_callers_send_is_refused_when_misspelt() -> None:
    for schema in BODIES:
        assert schema.model_config.get("extra") == "forbid", schema
        assert schema.model_config.get("strict"), schema


def subclasses(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


@needs_checkout
def test_every_error_that_may_be_raised_has_a_code_and_a_line_in_the_guide() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    for entry in CODES:
        assert f"| {entry.status} | `{entry.code}` |" in guide
    for error in (*subclasses(DeskhandError), BundleError):
        if error.__name__ == "SettingsError":
            continue  # the service does not start with it
        code = getattr(error, "code", "")
        assert code in MEANINGS, error
        assert MEANINGS[code].status == getattr(error, "status", None), error


def test_every_route_of_the_contract_is_there(document: dict[str, Any]) -> None:
    for path in (
        "/v1/triage",
        "/v1/messages",
        "/v1/answers",
        "/v1/tickets",
        "/v1/tickets/{ticket_id}",
        "/v1/tickets/{ticket_id}/reply",
        "/v1/tickets/{ticket_id}/notes",
        "/v1/suggestions/{suggestion_id}/feedback",
        "/v1/articles",
        "/v1/templates",
        "/v1/orders",
        "/v1/models",
        "/v1/labels",
        "/v1/calls",
        "/v1/webhooks/{connector}",
        "/healthz",
        "/readyz",
        "/metrics",
    ):
        assert path in document["paths"]


def test_the_service_does_what_it_describes(service: Service) -> None:
    """Send generated requests to every route: no fault, no undescribed status, type or shape."""
    described = schemathesis.openapi.from_dict(service.app.openapi())
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    keys = service.headers()
    tried = 0
    for found in described.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        )
        def send(case: schemathesis.Case[Any]) -> None:
            sent = case.as_transport_kwargs(base_url="http://127.0.0.1")
            sent["headers"] = {**dict(sent.get("headers") or {}), **keys}
            sent.pop("cookies", None)
            response = service.client.request(**sent)
            case.validate_response(response, checks=checks)

        send()
        tried += 1
    assert tried > 25
