"""What agents, chatbots and operators do over HTTP: tickets, articles, templates, orders, answers, labels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.schemas.bots import BotAnswerOut
from api.schemas.feedback import FeedbackOut
from api.schemas.knowledge import ArticleList, ArticleOut
from api.schemas.orders import OrderList, OrderOut
from api.schemas.replies import StoredReplyOut
from api.schemas.service import LabelledOut, ModelList
from api.schemas.templates import TemplateList, TemplateOut
from api.schemas.tickets import NoteOut, TicketDetailOut, TicketList, TicketOut

if TYPE_CHECKING:
    from tests.api.conftest import Service

ORDER = {
    "id": "HP-500",
    "state": "shipped",
    "placed_at": "2026-11-01",
    "email": "anna@example.com",
    "phone": "+49 30 901820",
    "currency": "EUR",
    "total": "59.90",
    "items": [{"name": "Jacket", "quantity": 2, "price": "29.95"}],
    "tracking": "TR123456789",
}


def ingest(service: Service, **changed: Any) -> Any:
    response = service.send("POST", "/v1/messages", {"text": "Hello, where is my order?", **changed})
    assert response.status_code == 201
    return response.json()


def test_tickets_are_listed_page_by_page(service: Service) -> None:
    made = {ingest(service, brand="pages")["ticket"]["id"] for _ in range(5)}
    found: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2, "brand": "pages", **({"cursor": cursor} if cursor else {})}
        page = TicketList.model_validate_json(service.send("GET", "/v1/tickets", params=params).content)
        found += [ticket.id for ticket in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert len(found) == len(set(found)) == 5
    assert set(found) == made


def test_tickets_are_filtered(service: Service) -> None:
    ingest(service, brand="filters")
    for query, expected in (
        ("brand=filters&status=new", 1),
        ("brand=filters&status=new&status=open", 1),
        ("brand=filters&status=solved", 0),
        ("brand=filters&created_after=2020-01-01T00:00:00Z", 1),
        ("brand=filters&created_before=2020-01-01T00:00:00", 0),
        ("brand=filters&created_before=0001-01-01T00:00:00%2B14:00", 0),
        ("brand=filters&triaged=true", 1),
        ("brand=filters&assignee=", 1),
    ):
        response = service.send("GET", f"/v1/tickets?{query}")
        assert len(TicketList.model_validate_json(response.content).items) == expected, query


def test_a_ticket_is_changed_answered_and_noted(service: Service) -> None:
    ticket = ingest(service)["ticket"]
    path = f"/v1/tickets/{ticket['id']}"
    changed = service.send(
        "PATCH", path, {"assignee": "mia", "labels": ["a"], "version": ticket["version"]}, role="agent"
    )
    assert TicketOut.model_validate_json(changed.content).assignee == "mia"
    assert service.send("PATCH", path, {"status": "open", "version": ticket["version"]}).status_code == 409
    unassigned = service.send("PATCH", path, {"assignee": None}).json()
    assert unassigned["assignee"] is None
    assert unassigned["labels"] == ["a"]
    note = service.send("POST", f"{path}/notes", {"text": "@tom please look"}, role="warehouse")
    assert NoteOut.model_validate_json(note.content).mentions == ["tom"]
    answer = service.send("POST", f"{path}/reply", {"text": "It comes tomorrow."}, role="agent")
    assert answer.status_code == 201
    assert StoredReplyOut.model_validate_json(answer.content).direction == "out"
    detail = TicketDetailOut.model_validate_json(service.send("GET", path).content)
    assert detail.messages[-1].text == "It comes tomorrow."
    assert detail.messages[-1].author == "test agent"
    assert {"test agent", "test admin", "test warehouse"} <= {entry.actor for entry in detail.audit}


def test_feedback_is_stored_and_exported(service: Service) -> None:
    made = ingest(service)
    suggestion = made["decision"]["suggestions"][0]["id"]
    given = {"action": "edited", "text": "Better so.", "labels": {"intent": "order.status", "escalate": False}}
    response = service.send("POST", f"/v1/suggestions/{suggestion}/feedback", given, role="agent")
    assert response.status_code == 201, response.text
    assert FeedbackOut.model_validate_json(response.content).labels.intent == "order.status"
    exported = service.send("GET", "/v1/labels", role="scientist")
    assert exported.headers["content-type"].startswith("application/x-ndjson")
    lines = [LabelledOut.model_validate_json(line) for line in exported.text.splitlines()]
    mine = next(line for line in lines if line.ticket_id == made["ticket"]["id"])
    assert mine.intent == "order.status"
    assert mine.predicted["intent"] == made["decision"]["intent"]
    assert service.send("POST", "/v1/suggestions/none/feedback", given).status_code == 404
    assert service.send("POST", f"/v1/suggestions/{suggestion}/feedback", {"action": "loved"}).status_code == 422


def test_articles_live_their_life(service: Service) -> None:
    new = {"id": "returns", "language": "en", "title": "Returns", "body": "Thirty days.", "tags": ["r"]}
    made = service.send("POST", "/v1/articles", new)
    assert made.status_code == 201, made.text
    assert ArticleOut.model_validate_json(made.content).version == 1
    assert service.send("POST", "/v1/articles", new).status_code == 409
    put = service.send("PUT", "/v1/articles/returns/en", {"title": "Returns", "body": "Sixty days."})
    assert ArticleOut.model_validate_json(put.content).version == 2
    listed = ArticleList.model_validate_json(service.send("GET", "/v1/articles?language=en", role="bot").content)
    assert "returns" in [article.id for article in listed.items]
    assert service.send("DELETE", "/v1/articles/returns/en").status_code == 204
    assert service.send("GET", "/v1/articles/returns/en").status_code == 404
    assert service.send("DELETE", "/v1/articles/returns/en").status_code == 404


def test_internal_articles_stay_inside(service: Service) -> None:
    secret = {"title": "How we decide", "body": "Never say this.", "visibility": "internal"}
    service.send("PUT", "/v1/articles/inside/en", secret)
    assert service.send("GET", "/v1/articles/inside/en", role="bot").status_code == 404
    for query in ("", "?visibility=internal"):
        assert "inside" not in service.send("GET", f"/v1/articles{query}", role="bot").text
    assert "inside" in service.send("GET", "/v1/articles?visibility=internal", role="agent").text


def test_an_articles_change_is_found_by_the_next_question(service: Service) -> None:
    for days in ("seven", "nine"):
        body = {"title": "Unicorn delivery", "body": f"Unicorns are delivered within {days} days."}
        service.send("PUT", "/v1/articles/unicorns/en", body)
        asked = {"messages": [{"text": "When are unicorns delivered?"}]}
        (decision,) = service.send("POST", "/v1/triage", asked).json()["decisions"]
        assert days in decision["answers"][0]["passage"]


def test_own_templates_replace_shipped_ones_and_go_again(service: Service) -> None:
    shipped = TemplateList.model_validate_json(service.send("GET", "/v1/templates?limit=1&language=en").content)
    (first,) = shipped.items
    assert not first.own
    assert shipped.next is not None
    path = f"/v1/templates/{first.id}/en"
    put = service.send("PUT", path, {"title": "Mine", "body": "Hello from our own template."})
    assert put.status_code == 200, put.text
    assert TemplateOut.model_validate_json(put.content).own
    assert service.send("GET", path).json()["body"] == "Hello from our own template."
    listed = service.send("GET", "/v1/templates?own=true").json()["items"]
    assert [item["id"] for item in listed] == [first.id]
    assert service.send("DELETE", path).status_code == 204
    assert service.send("GET", path).json()["own"] is False
    assert service.send("DELETE", path).status_code == 404


@pytest.mark.parametrize("body", ["{% if %}", "{{ order.id | shout }}", "{% for %}", "{{ customer.shoe_size }}"])
def test_a_broken_template_is_refused_with_its_line(service: Service, body: str) -> None:
    response = service.send("PUT", "/v1/templates/order.status.mine/en", {"title": "x", "body": f"Hello,\n{body}"})
    assert response.status_code == 422
    assert ":2" in response.json()["error"]["field"]


def test_orders_are_stored_and_found(service: Service) -> None:
    put = service.send("PUT", "/v1/orders/HP-500", ORDER)
    assert OrderOut.model_validate_json(put.content).total == "59.90"
    assert service.send("POST", "/v1/orders", {"orders": [{**ORDER, "id": "HP-501"}]}).json() == {"stored": 1}
    for search in ("HP-500", "TR123456789", "anna@example.com", "+4930901820"):
        found = OrderList.model_validate_json(service.send("GET", "/v1/orders", params={"search": search}).content)
        assert "HP-500" in [order.id for order in found.items], search
    assert OrderOut.model_validate_json(service.send("GET", "/v1/orders/HP-500").content).items[0].price == "29.95"
    assert service.send("GET", "/v1/orders/HP-999999").status_code == 404
    assert service.send("PUT", "/v1/orders/HP-1", ORDER).json()["error"]["field"] == "id"
    bad = service.send("POST", "/v1/orders", {"orders": [ORDER, {**ORDER, "total": -1}]})
    assert bad.json()["error"]["field"] == "orders[1].total"


def test_models_are_listed_with_their_measures(service: Service) -> None:
    (model,) = ModelList.model_validate_json(service.send("GET", "/v1/models", role="scientist").content).items
    assert model.active
    assert model.labels


def ask(service: Service, question: str, **more: Any) -> BotAnswerOut:
    response = service.send("POST", "/v1/answers", {"question": question, **more}, role="bot")
    assert response.status_code == 200, response.text
    return BotAnswerOut.model_validate_json(response.content)


def test_a_chatbot_hands_over_with_all_that_a_person_needs(service: Service) -> None:
    said = [{"role": "customer", "text": "hi"}, {"role": "bot", "text": "Hello!"}]
    answer = ask(service, "I will call my lawyer about order HP-500!", conversation=said)
    assert answer.action == "hand_off"
    assert answer.sources == []
    assert answer.hand_off is not None
    assert answer.hand_off.escalate
    assert answer.hand_off.order == "HP-500"
    assert answer.hand_off.due is not None
    assert [turn.text for turn in answer.hand_off.conversation] == ["hi", "Hello!"]


def test_a_chatbot_never_hears_of_internal_articles(service: Service) -> None:
    secret = {"title": "Dragon policy", "body": "Dragons are refunded twice.", "visibility": "internal"}
    service.send("PUT", "/v1/articles/dragons/en", secret)
    assert "twice" not in json.dumps(ask(service, "How are dragons refunded?").model_dump(mode="json"))
