"""Verdicts over HTTP: stored with reason and changes, exported, counted, and soon the order of suggestions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.schemas.feedback import FeedbackOut
from api.schemas.templates import TemplateOut
from tickets.acceptance import rules

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

TEXT = "Where is my order? I would like to know when it arrives."


def stored(service: Service, number: object) -> dict[str, Any]:
    body = {"text": TEXT, "external_id": f"f{number}", "connector": "feedback"}
    found: dict[str, Any] = service.send("POST", "/v1/messages", body).json()
    return found


def judge(service: Service, suggestion: dict[str, Any], **body: Any) -> Any:
    return service.send("POST", f"/v1/suggestions/{suggestion['id']}/feedback", body)


def test_a_suggestion_says_for_which_intent_it_is_offered(service: Service) -> None:
    found = stored(service, "intent")["decision"]
    assert found["suggestions"][0]["intent"] == found["intent"] == "order.status"


def test_a_rejection_says_why_in_the_ticket_and_in_the_export(service: Service) -> None:
    found = stored(service, "reason")
    offer = found["decision"]["suggestions"][0]
    answer = judge(service, offer, action="rejected", reason="too_long", comment="Nobody reads that.")
    assert answer.status_code == 201
    told = FeedbackOut.model_validate_json(answer.content)
    assert (told.reason, told.comment, told.template, told.rank) == (
        "too_long",
        "Nobody reads that.",
        offer["template"],
        1,
    )
    ticket = service.send("GET", f"/v1/tickets/{found['ticket']['id']}").json()
    assert ticket["feedback"] == [answer.json()]
    lines = service.send("GET", "/v1/feedback", role="scientist").text.splitlines()
    mine = [json.loads(line) for line in lines if offer["id"] in line]
    assert [line["reason"] for line in mine] == ["too_long"]
    assert mine[0]["suggested"] == offer["text"]
    assert mine[0]["model"] == found["decision"]["model"]


def test_an_edited_text_comes_back_with_its_changes(service: Service) -> None:
    offer = stored(service, "edited")["decision"]["suggestions"][0]
    told = judge(service, offer, action="edited", text=offer["text"].replace("order", "purchase", 1)).json()
    assert told["diff"] == [{"at": offer["text"].index("order"), "old": "order", "new": "purchase"}]
    assert 0.9 < told["kept"] < 1.0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "rejected", "reason": "ugly"}, "reason"),
        ({"action": "accepted", "reason": "tone"}, "reason"),
        ({"action": "rejected", "comment": "x" * 2001}, "comment"),
        ({"action": "rejected", "why": "tone"}, "why"),
    ],
)
def test_what_cannot_be_said_is_refused(service: Service, body: dict[str, Any], field: str) -> None:
    offer = stored(service, "refused")["decision"]["suggestions"][0]
    answer = judge(service, offer, **body)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field


def test_the_export_is_for_those_who_may_read_labels(service: Service) -> None:
    assert service.send("GET", "/v1/feedback", role="warehouse").status_code == 403
    assert service.send("GET", "/v1/feedback", role=None).status_code == 401


def test_what_people_take_comes_first_in_every_process_and_a_template_tells_its_use(
    start_service: StartService,
) -> None:
    service = start_service()
    own = {"title": "Another way", "body": "Which order is it? We look for it at once."}
    assert service.send("PUT", "/v1/templates/order.status.second/en", own).status_code == 200
    first, second, *_ = stored(service, 0)["decision"]["suggestions"]
    for number in range(1, rules().min_events + 1):
        offers = stored(service, number)["decision"]["suggestions"]
        taken = next(offer for offer in offers if offer["template"] == second["template"])
        assert judge(service, taken, action="accepted").status_code == 201
        service.services.refresh()
    now = stored(service, "last")["decision"]["suggestions"]
    assert now[0]["template"] == second["template"]
    times = rules().min_events
    assert f"accepted {times} of {times} times for this intent" in now[0]["why"]
    read = service.send("GET", f"/v1/templates/{second['template']}/en")
    use = TemplateOut.model_validate_json(read.content).use
    assert use is not None
    assert (use.accepted, use.passed_over, use.edited, use.rejected) == (times, 0, 0, 0)
    assert use.offered == times + 2
    passed = service.send("GET", f"/v1/templates/{first['template']}/en").json()["use"]
    assert passed["passed_over"] > 0
    listed = service.send("GET", "/v1/templates?language=en&limit=1").json()["items"][0]
    assert listed.get("use") is None
