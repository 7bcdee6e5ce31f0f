"""Suggestions are signed by whoever will answer, where the shop says how they sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.schemas.decisions import DecisionOut
from api.shop import read_profile
from tickets.errors import InvalidInputError
from tickets.records import Agent

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

SHOP = "name: Test Shop\nagents:\n  test agent: {name: Mia Falk, signature: Mia Falk of Test Shop}\n"
QUESTION = "Where is my order? It should have been here a week ago."


@pytest.fixture
def signing(start_service: StartService, tmp_path_factory: pytest.TempPathFactory) -> Service:
    home = tmp_path_factory.mktemp("home")
    (home / "shop.yaml").write_text(SHOP)
    service = start_service(home=home)
    for intent in ("order.status", "delivery.delay", "delivery.not_received"):
        content = {"title": "Signed", "body": "We look into it.\n{{ agent.signature }}"}
        assert service.send("PUT", f"/v1/templates/{intent}.signed/en", content).status_code == 200
    return service


def signed(decision: dict[str, Any]) -> list[str]:
    DecisionOut.model_validate(decision)
    return [item["text"] for item in decision["suggestions"] if item["template"].endswith(".signed")]


def test_a_message_may_name_who_answers(signing: Service) -> None:
    asked = {
        "messages": [{"text": QUESTION, "agent": "test agent"}, {"text": QUESTION}, {"text": QUESTION, "agent": "x"}]
    }
    named, bare, unknown = signing.send("POST", "/v1/triage", {**asked, "suggestions": 10}).json()["decisions"]
    assert set(signed(named)) == {"We look into it.\nMia Falk of Test Shop"}
    assert signed(bare) == signed(unknown) == []


def test_the_assignee_of_a_thread_signs(signing: Service) -> None:
    first = {"text": QUESTION, "thread": "t1", "connector": "mail", "external_id": "1"}
    ticket = signing.send("POST", "/v1/messages", first).json()["ticket"]["id"]
    patched = signing.send("PATCH", f"/v1/tickets/{ticket}", {"assignee": "test agent"})
    assert patched.status_code == 200, patched.text
    second = {**first, "external_id": "2", "text": "Hello? Where is my order? It is still not here."}
    decision = signing.send("POST", "/v1/messages", second).json()["decision"]
    assert signed(decision) == ["We look into it.\nMia Falk of Test Shop"]
    other = signing.send("POST", "/v1/messages", {**first, "external_id": "3", "thread": "t2"}).json()["decision"]
    assert signed(other) == []


def test_a_profile_says_how_agents_sign() -> None:
    profile = read_profile({"agents": {"mia": {"name": "Mia Falk"}}}, "shop.yaml")
    assert profile.shop.agents == {"mia": Agent("Mia Falk", None)}


@pytest.mark.parametrize("agents", [["mia"], {"mia": "Mia"}, {"mia": {"nmae": "Mia"}}, {"mia": {"name": 3}}])
def test_a_wrong_profile_is_named(agents: object) -> None:
    with pytest.raises(InvalidInputError, match="agents"):
        read_profile({"agents": agents}, "shop.yaml")
