"""What only the shop's people may read reaches neither a customer's reply nor a chatbot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.api.conftest import Service

SECRET = "Blacklist: Mr Smith"
QUESTION = "Which delivery options do you have to Iceland, and what does shipping to Iceland cost?"


@pytest.fixture(scope="module", autouse=True)
def article(service: Service) -> None:
    given = {
        "title": "Delivery options to Iceland (staff)",
        "body": f"## Shipping to Iceland\n\nDelivery options and shipping cost to Iceland: 99 euros. {SECRET}.",
        "visibility": "internal",
        "tags": ["delivery.options", "delivery.destination"],
    }
    stored = service.send("POST", "/v1/articles", {"id": "iceland", "language": "en", **given})
    assert stored.status_code == 201, stored.text


def decision(service: Service, path: str, role: str) -> dict[str, Any]:
    body: dict[str, Any] = {"text": QUESTION}
    if path == "/v1/messages":
        answer = service.send("POST", path, {**body, "external_id": f"iceland-{role}", "connector": "shop"}, role=role)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()["decision"]
        return found
    answer = service.send("POST", path, {"messages": [body]}, role=role)
    assert answer.status_code == 200, answer.text
    first: dict[str, Any] = answer.json()["decisions"][0]
    return first


@pytest.mark.parametrize("path", ["/v1/triage", "/v1/messages"])
def test_an_agent_sees_the_passage_marked_as_internal_and_no_reply_quotes_it(service: Service, path: str) -> None:
    found = decision(service, path, "agent")
    (first, *_) = found["answers"]
    assert SECRET in first["passage"]
    assert first["visibility"] == "internal"
    assert found["suggestions"], "there are replies to look at"
    assert all(SECRET not in item["text"] and "(staff)" not in item["text"] for item in found["suggestions"])


@pytest.mark.parametrize("path", ["/v1/triage", "/v1/messages"])
def test_a_bot_sees_nothing_of_it(service: Service, path: str) -> None:
    assert SECRET not in str(decision(service, path, "bot"))


def test_a_bot_that_repeats_an_agents_delivery_sees_nothing_of_it_either(service: Service) -> None:
    body = {"text": QUESTION, "external_id": "iceland-again", "connector": "shop"}
    assert SECRET in service.send("POST", "/v1/messages", body, role="agent").text
    again = service.send("POST", "/v1/messages", body, role="bot")
    assert again.status_code == 201
    assert SECRET not in again.text
