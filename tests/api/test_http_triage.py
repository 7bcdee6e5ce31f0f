from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.schemas.decisions import TriageResponse
from api.schemas.errors import ErrorOut

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

ORDER = {"id": "HP-1", "state": "shipped", "email": "anna@example.com", "carrier": "DHL", "tracking": "TRACK12345"}


def error_of(response: Any, status: int) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    return ErrorOut.model_validate_json(response.content).error


def test_a_batch_comes_back_decided_and_in_order(service: Service) -> None:
    messages = [{"id": f"m{n}", "text": f"Where is my order number {n}?"} for n in range(70)]
    response = service.send("POST", "/v1/triage", {"messages": messages})
    assert response.status_code == 200
    decisions = TriageResponse.model_validate_json(response.content).decisions
    assert [decision.id for decision in decisions] == [f"m{n}" for n in range(70)]
    assert all(len(decision.intents) <= 5 for decision in decisions)


def test_nothing_is_stored(service: Service) -> None:
    before = service.send("GET", "/v1/tickets").json()["items"]
    service.send("POST", "/v1/triage", {"messages": [{"text": "Where is my order?"}]})
    assert service.send("GET", "/v1/tickets").json()["items"] == before


def test_answers_and_suggestions_are_as_many_as_asked_for(service: Service) -> None:
    asked = {"messages": [{"text": "Where is my order?"}], "answers": 0, "suggestions": 0}
    (decision,) = service.send("POST", "/v1/triage", asked).json()["decisions"]
    assert decision["answers"] == []
    assert decision["suggestions"] == []


def test_the_same_id_twice_in_a_batch_is_refused(service: Service) -> None:
    messages = [{"id": "a", "text": "x"}, {"text": "y"}, {"id": "a", "text": "z"}]
    error = error_of(service.send("POST", "/v1/triage", {"messages": messages}), 422)
    assert error.field == "messages[2].id"
    assert "messages[0]" in error.message


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"[" * 100_000, 400, "invalid_json"),
        (b'{"messages": [{"text": "\xff\xfe"}]}', 400, "invalid_json"),
        (b'{"messages": [{"text": "\\udfff"}]}', 400, "invalid_json"),
        (b'{"messages": [{"text": "a\\u0000"}]}', 422, "invalid"),
        (b'{"messages": [{"text": " \\n "}]}', 422, "invalid"),
        (b'{"messages": [{"text": 5}]}', 422, "invalid"),
        (b'{"messages": "all"}', 422, "invalid"),
        (json.dumps({"messages": [{"text": "a" * 50_001}]}).encode(), 422, "invalid"),
        (json.dumps({"messages": [{"text": "a"}] * 1_001}).encode(), 422, "invalid"),
        (b" " * (16 * 1024 * 1024 + 1), 413, "too_large"),
    ],
)
def test_bad_bodies_get_a_clear_error(service: Service, body: bytes, status: int, code: str) -> None:
    error = error_of(service.send("POST", "/v1/triage", body), status)
    assert error.code == code
    assert error.hint


@pytest.mark.parametrize(
    "text", ["\n" * 49_999 + "x", "> " * 25_000, "On " * 16_000, "<" * 50_000, "🙂" * 50_000, "ا" * 50_000]
)
def test_odd_long_texts_are_decided(service: Service, text: str) -> None:
    response = service.send("POST", "/v1/triage", {"messages": [{"text": text}]})
    assert response.status_code == 200, response.text


def test_a_body_without_its_type_is_refused(service: Service) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = service.client.post("/v1/triage", content=b"{}", headers={**service.headers(), "Content-Type": kind})
        assert error_of(response, 415).field == "Content-Type"
    good = {**service.headers(), "Content-Type": "application/json; charset=utf-8"}
    body = b'{"messages": [{"text": "Where is my order?"}]}'
    assert service.client.post("/v1/triage", content=body, headers=good).status_code == 200


def test_strangers_see_public_articles_and_no_orders(service: Service) -> None:
    service.send("PUT", "/v1/orders/HP-1", ORDER)
    for visibility, name in (("public", "pub"), ("internal", "int")):
        article = {"title": f"Parcel zebra {name}", "body": "Zebra parcels travel two days.", "visibility": visibility}
        assert service.send("PUT", f"/v1/articles/zebra-{name}/en", article).status_code == 200
    message = {"text": "How long do zebra parcels travel? Order HP-1", "customer": {"email": "anna@example.com"}}
    asked = {"messages": [message], "answers": 10, "suggestions": 20}
    (known,) = service.send("POST", "/v1/triage", asked).json()["decisions"]
    (stranger,) = service.send("POST", "/v1/triage", asked, role=None).json()["decisions"]
    (bot,) = service.send("POST", "/v1/triage", asked, role="bot").json()["decisions"]
    assert {answer["article"] for answer in known["answers"]} == {"zebra-pub", "zebra-int"}
    assert {answer["article"] for answer in stranger["answers"]} == {"zebra-pub"}
    assert {answer["article"] for answer in bot["answers"]} == {"zebra-pub"}
    assert "TRACK12345" not in json.dumps(stranger)


def test_strangers_batches_and_minutes_are_limited(start_service: StartService) -> None:
    service = start_service(anonymous_per_minute=12)
    one = {"messages": [{"text": "Where is my order?"}]}
    many = {"messages": [{"text": "Where is my order?"}] * 11}
    assert error_of(service.send("POST", "/v1/triage", many, role=None), 401).hint
    ten = {"messages": [{"text": "Where is my order?"}] * 10}
    assert service.send("POST", "/v1/triage", ten, role=None).status_code == 200
    assert service.send("POST", "/v1/triage", one, role=None).status_code == 200
    assert service.send("POST", "/v1/triage", one, role=None).status_code == 200
    limited = service.send("POST", "/v1/triage", one, role=None)
    assert error_of(limited, 429).code == "rate_limited"
    assert int(limited.headers["retry-after"]) > 0
    assert all(service.send("POST", "/v1/triage", one).status_code == 200 for _ in range(15))


def test_strangers_can_be_kept_out(start_service: StartService) -> None:
    service = start_service(anonymous_per_minute=0)
    asked = {"messages": [{"text": "Where is my order?"}]}
    assert error_of(service.send("POST", "/v1/triage", asked, role=None), 401).code == "unauthenticated"
    assert service.send("POST", "/v1/triage", asked).status_code == 200
