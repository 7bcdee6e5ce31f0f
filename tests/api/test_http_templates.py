"""Who may let a template go out to customers, and what is kept of each version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.schemas.templates import TemplateHistory, TemplateList, TemplateOut
from replies.marks import mark

if TYPE_CHECKING:
    from tests.api.conftest import Service

PATH = "/v1/templates/order.status.mine/en"


def content(body: str, **more: Any) -> dict[str, Any]:
    return {"title": "Mine", "body": body, **more}


def put(service: Service, body: str, role: str = "supervisor", path: str = PATH, **more: Any) -> TemplateOut:
    response = service.send("PUT", path, content(body, **more), role=role)
    assert response.status_code == 200, response.text
    return TemplateOut.model_validate_json(response.content)


def offered(service: Service) -> list[str]:
    service.services.replies.refresh()
    return [item.body.strip() for item in service.services.replies.templates if item.id == "order.status.mine"]


def test_an_agents_text_is_a_draft_until_a_supervisor_approves_it(service: Service) -> None:
    first = put(service, "One.")
    assert (first.state, first.approved_version, first.approved_by) == ("approved", 1, "test supervisor")
    drafted = put(service, "Two.", role="agent")
    assert (drafted.state, drafted.version, drafted.approved_version) == ("draft", 2, 1)
    assert offered(service) == ["One."]
    assert service.send("POST", f"{PATH}/approve", {}, role="agent").status_code == 403
    approved = service.send("POST", f"{PATH}/approve", {}, role="supervisor")
    assert TemplateOut.model_validate_json(approved.content).approved_version == 2
    assert offered(service) == ["Two."]
    history = TemplateHistory.model_validate_json(service.send("GET", f"{PATH}/history", role="agent").content)
    assert [(item.version, item.stored_by, item.approved_by) for item in history.items] == [
        (2, "test agent", "test supervisor"),
        (1, "test supervisor", "test supervisor"),
    ]
    back = service.send("POST", f"{PATH}/approve", {"version": 1}, role="admin")
    assert TemplateOut.model_validate_json(back.content).approved_by == "test admin"
    assert offered(service) == ["One."]


def test_an_agent_cannot_ask_for_more(service: Service) -> None:
    response = service.send("PUT", PATH, content("Three.", state="approved"), role="agent")
    assert response.status_code == 403
    assert response.json()["error"]["field"] == "state"
    assert "supervisor" in response.json()["error"]["hint"]
    assert service.send("DELETE", PATH, role="agent").status_code == 403


def test_drafts_are_listed_for_whoever_approves_them(service: Service) -> None:
    path = "/v1/templates/order.status.waiting/en"
    put(service, "Waiting.", path=path, state="draft")
    listed = TemplateList.model_validate_json(service.send("GET", "/v1/templates?state=draft&own=true").content)
    assert "order.status.waiting" in [item.id for item in listed.items]
    assert {item.state for item in listed.items} == {"draft"}
    assert put(service, "Waiting.", path=path, state="active").state == "approved"


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/v1/templates/order.status.none/en/approve", {}, 404, "template"),
        (f"{PATH}/approve", {"version": 99}, 404, "version"),
        (f"{PATH}/approve", {"version": 0}, 422, "version"),
        (f"{PATH}/approve", {"versoin": 1}, 422, "versoin"),
    ],
)
def test_an_approval_says_what_is_wrong(service: Service, path: str, body: Any, status: int, field: str) -> None:
    response = service.send("POST", path, body)
    assert (response.status_code, response.json()["error"]["field"]) == (status, field)


def test_what_an_import_marked_goes_to_no_customer(service: Service) -> None:
    marked = f"Your case is {mark('ticket.id')}."
    path = "/v1/templates/order.status.marked/en"
    assert service.send("PUT", path, content(marked)).json()["error"]["field"] == "body"
    put(service, marked, role="agent", path=path)
    refused = service.send("POST", f"{path}/approve", {})
    assert (refused.status_code, "ticket.id" in refused.json()["error"]["message"]) == (422, True)


def test_a_history_outlives_the_template(service: Service) -> None:
    path = "/v1/templates/order.status.gone/en"
    put(service, "Gone.", path=path)
    assert service.send("DELETE", path).status_code == 204
    assert len(service.send("GET", f"{path}/history").json()["items"]) == 1
    assert service.send("GET", "/v1/templates/order.status.never/en/history").status_code == 404


def test_a_language_that_no_reply_is_in_is_refused(service: Service) -> None:
    assert service.send("PUT", "/v1/templates/order.status.mine/pt-BR", content("Olá")).status_code == 422
