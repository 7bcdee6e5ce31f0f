from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from api.permissions import GRANTS, Permission, Role, grants, roles_with
from api.schemas.errors import ErrorOut

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

# Every route that needs a key, with what it needs.
KEYED: tuple[tuple[str, str, Permission], ...] = (
    ("POST", "/v1/messages", Permission.MESSAGES_WRITE),
    ("POST", "/v1/answers", Permission.ANSWERS_ASK),
    ("GET", "/v1/hours", Permission.ANSWERS_ASK),
    ("GET", "/v1/tickets", Permission.TICKETS_READ),
    ("GET", "/v1/tickets/{ticket_id}", Permission.TICKETS_READ),
    ("PATCH", "/v1/tickets/{ticket_id}", Permission.TICKETS_WRITE),
    ("POST", "/v1/tickets/{ticket_id}/reply", Permission.REPLIES_WRITE),
    ("POST", "/v1/tickets/{ticket_id}/notes", Permission.NOTES_WRITE),
    ("POST", "/v1/replies/check", Permission.TICKETS_READ),
    ("GET", "/v1/feedback", Permission.LABELS_READ),
    ("POST", "/v1/suggestions/{suggestion_id}/feedback", Permission.FEEDBACK_WRITE),
    ("GET", "/v1/articles", Permission.ARTICLES_READ),
    ("POST", "/v1/articles", Permission.ARTICLES_WRITE),
    ("GET", "/v1/articles/{article_id}/{language}", Permission.ARTICLES_READ),
    ("PUT", "/v1/articles/{article_id}/{language}", Permission.ARTICLES_WRITE),
    ("DELETE", "/v1/articles/{article_id}/{language}", Permission.ARTICLES_WRITE),
    ("GET", "/v1/articles/gaps", Permission.TICKETS_READ),
    ("GET", "/v1/procedures", Permission.ARTICLES_INTERNAL),
    ("GET", "/v1/procedures/{procedure_id}/{language}", Permission.ARTICLES_INTERNAL),
    ("PUT", "/v1/procedures/{procedure_id}/{language}", Permission.ARTICLES_WRITE),
    ("DELETE", "/v1/procedures/{procedure_id}/{language}", Permission.ARTICLES_WRITE),
    ("GET", "/v1/reviews", Permission.ARTICLES_INTERNAL),
    ("GET", "/v1/reviews/{article_id}", Permission.ARTICLES_INTERNAL),
    ("GET", "/v1/templates", Permission.TEMPLATES_READ),
    ("GET", "/v1/templates/{template_id}/{language}", Permission.TEMPLATES_READ),
    ("PUT", "/v1/templates/{template_id}/{language}", Permission.TEMPLATES_WRITE),
    ("DELETE", "/v1/templates/{template_id}/{language}", Permission.TEMPLATES_APPROVE),
    ("POST", "/v1/templates/{template_id}/{language}/approve", Permission.TEMPLATES_APPROVE),
    ("GET", "/v1/templates/{template_id}/{language}/history", Permission.TEMPLATES_READ),
    ("GET", "/v1/orders", Permission.ORDERS_READ),
    ("POST", "/v1/orders", Permission.ORDERS_WRITE),
    ("GET", "/v1/orders/{order_id}", Permission.ORDERS_READ),
    ("PUT", "/v1/orders/{order_id}", Permission.ORDERS_WRITE),
    ("GET", "/v1/models", Permission.MODELS_READ),
    ("GET", "/v1/labels", Permission.LABELS_READ),
    ("POST", "/v1/calls", Permission.CALLS_WRITE),
)
OPEN = {
    ("POST", "/v1/triage"),  # limited without a key
    ("POST", "/v1/webhooks/{connector}"),  # signed
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),  # this machine only
}


def filled(path: str) -> str:
    values = {"language": "en", "template_id": "order.status.generic"}
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], "x"), path)


def error_of(response: Any, status: int) -> Any:
    assert response.status_code == status, response.text
    return ErrorOut.model_validate_json(response.content).error


def test_every_route_is_either_keyed_or_open_on_purpose(service: Service) -> None:
    described = {
        (method.upper(), path)
        for path, methods in service.client.get("/openapi.json").json()["paths"].items()
        for method in methods
    }
    assert described == {(method, path) for method, path, _ in KEYED} | OPEN


@pytest.mark.parametrize(("method", "path", "permission"), KEYED)
def test_without_a_key_nothing_opens(service: Service, method: str, path: str, permission: Permission) -> None:
    response = service.send(method, filled(path), b"{}", role=None)
    error = error_of(response, 401)
    assert error.code == "unauthenticated"
    assert "Bearer" in error.hint
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "permission"), KEYED)
def test_each_role_may_what_the_table_says(service: Service, method: str, path: str, permission: Permission) -> None:
    for role in Role:
        response = service.send(method, filled(path), b"{}", role=role.value)
        if permission in GRANTS[role]:
            assert response.status_code not in (401, 403), (role, response.text)
        else:
            error = error_of(response, 403)
            assert role.value in error.message
            assert permission.value in error.message
            assert roles_with(permission)[0] in error.hint


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer ", "Basic YTpi", "bearer", "Bearer " + "x" * 5_000, "Bearer dh_" + "A" * 43]
)
def test_wrong_keys_open_nothing(service: Service, header: str) -> None:
    response = service.client.get("/v1/tickets", headers={"Authorization": header})
    assert error_of(response, 401).code == "unauthenticated"
    asked = {"messages": [{"text": "Where is it?"}]}
    assert service.client.post("/v1/triage", json=asked, headers={"Authorization": header}).status_code == 401


def test_a_revoked_key_stops_within_seconds(service: Service) -> None:
    plain, record = service.services.keys.create("agent", "leaver")
    headers = {"Authorization": f"Bearer {plain}"}
    assert service.client.get("/v1/tickets", headers=headers).status_code == 200
    service.services.keys.revoke(record.id)
    service.client.app_state["deskhand"].key_cache.clear()  # what its lifetime of five seconds does
    assert service.client.get("/v1/tickets", headers=headers).status_code == 401


def test_the_admin_key_is_written_once_for_its_owner(start_service: StartService) -> None:
    first = start_service()
    path = first.settings.home / "admin.key"
    assert path.stat().st_mode & 0o777 == 0o600
    key = path.read_text().strip()
    headers = {"Authorization": f"Bearer {key}"}
    assert first.client.get("/v1/models", headers=headers).status_code == 200
    first.client.__exit__(None, None, None)
    second = start_service()
    assert path.read_text().strip() == key
    assert len(second.services.keys.list()) == 1
    second.client.__exit__(None, None, None)


def session(service: Service) -> dict[str, str]:
    value = service.client.app_state["deskhand"].sessions.issue("agent", time.time())
    return {"Cookie": f"deskhand_session={value}"}


OURS = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}


def test_a_session_works_from_our_own_pages(service: Service) -> None:
    assert service.client.get("/v1/tickets", headers=session(service)).status_code == 200
    sent = service.client.post("/v1/messages", json={"text": "Where is it?"}, headers={**session(service), **OURS})
    assert sent.status_code == 201
    assert service.client.get("/v1/models", headers=session(service)).status_code == 403


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "https://evil.example"}, {**OURS, "Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_a_session_does_not_work_from_elsewhere(service: Service, headers: dict[str, str]) -> None:
    response = service.client.post("/v1/messages", json={"text": "a"}, headers={**session(service), **headers})
    assert error_of(response, 403).field == "Origin"


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"X-Forwarded-For": "8.8.8.8"}])
def test_a_session_is_for_this_machine_only(service: Service, headers: dict[str, str]) -> None:
    assert service.client.get("/v1/tickets", headers={**session(service), **headers}).status_code == 401


def test_only_the_demo_hands_out_sessions(start_service: StartService) -> None:
    assert "set-cookie" not in start_service().client.get("/").headers


def test_the_demo_hands_a_session_to_this_machine_only(start_service: StartService) -> None:
    service = start_service(demo=True)
    given = service.client.get("/").headers["set-cookie"]
    assert "HttpOnly" in given
    assert "samesite=strict" in given.lower()
    service.client.cookies.clear()
    assert "set-cookie" not in service.client.get("/", headers={"X-Forwarded-For": "8.8.8.8"}).headers
    assert "set-cookie" not in service.client.get("/", headers={"Host": "evil.example"}).headers


def test_who_signs_out_stays_out(start_service: StartService) -> None:
    client = start_service(demo=True).client
    client.get("/inbox")
    assert client.get("/v1/tickets").status_code == 200
    gone = client.post("/signout", headers=OURS, follow_redirects=False)
    assert (gone.status_code, gone.headers["location"]) == (303, "/signin")
    assert client.get("/v1/tickets").status_code == 401
    page = client.get("/inbox")
    assert "set-cookie" not in page.headers, "the demo does not sign in again"
    assert 'data-session="no"' in page.text
    assert "max-age" not in gone.headers["set-cookie"].lower(), "a new browser is a new visitor"
    behind_a_proxy = {"Origin": "https://desk.example", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/signout", headers=behind_a_proxy, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}],
    ids=["nobody", "another site", "a frame"],
)
def test_no_other_site_signs_anybody_out(service: Service, headers: dict[str, str]) -> None:
    response = service.client.post("/signout", headers={**session(service), **headers}, follow_redirects=False)
    assert error_of(response, 403).field == "Origin"
    assert "set-cookie" not in response.headers


def test_numbers_are_for_this_machine_or_a_key(service: Service) -> None:
    assert service.client.get("/metrics").status_code == 200
    proxied = {"X-Forwarded-For": "8.8.8.8"}
    assert service.client.get("/metrics", headers=proxied).status_code == 401
    assert service.send("GET", "/metrics", role="agent", headers=proxied).status_code == 403
    assert service.send("GET", "/metrics", role="scientist", headers=proxied).status_code == 200


def test_an_unknown_role_may_nothing() -> None:
    assert grants("intern") == frozenset()
    assert all(roles_with(permission) for permission in Permission)
