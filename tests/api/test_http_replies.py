"""Replies under the marketplaces' rules over HTTP: checked while typed, refused when sent, kept in the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.schemas.replies import ReplyCheckOut, StoredReplyOut

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService


def ticket_on(service: Service, **place: Any) -> str:
    answer = service.send("POST", "/v1/messages", {"text": "Hello, where is my order?", **place})
    assert answer.status_code == 201
    return str(answer.json()["ticket"]["id"])


def check(service: Service, **body: Any) -> Any:
    answer = service.send("POST", "/v1/replies/check", body, role="agent")
    assert answer.status_code == 200, answer.text
    ReplyCheckOut.model_validate_json(answer.content)
    return answer.json()


def test_a_finding_names_rule_words_offsets_and_mends(service: Service) -> None:
    text = "Hello 🎉. Write to help@shop.example. Bye."
    answer = check(service, text=text, marketplace="Amazon.de")
    assert (answer["profile"], answer["allowed"]) == ("amazon", False)
    emoji, address = answer["findings"]
    assert (emoji["rule"], emoji["severity"]) == ("A20", "warn")
    assert (address["rule"], address["severity"], address["text"]) == ("A5", "block", "help@shop.example")
    assert text[address["start"] : address["end"]] == "help@shop.example"
    for mend in address["mends"]:
        mended = text[: mend["start"]] + mend["text"] + text[mend["end"] :]
        assert [item["rule"] for item in check(service, text=mended, marketplace="amazon")["findings"]] == ["A20"]


def test_the_shops_own_channels_have_no_rules(service: Service) -> None:
    answer = check(service, text="Write to help@shop.example 🎉", channel="email")
    assert answer == {"profile": "own", "allowed": True, "findings": []}


def test_a_ticket_says_where_its_reply_goes_and_which_numbers_are_known(service: Service) -> None:
    number = "0301234567"
    service.send("POST", "/v1/orders", {"orders": [{"id": number, "state": "shipped", "placed_at": "2026-11-01"}]})
    text = f"The number {number} is on its way."
    assert not check(service, text=text, marketplace="amazon")["allowed"]
    assert check(service, text=text, marketplace="amazon", order=number)["allowed"]
    ticket = ticket_on(service, marketplace="amazon", channel="marketplace", order={"id": number})
    assert check(service, text=text, ticket=ticket) == {"profile": "amazon", "allowed": True, "findings": []}


def test_an_unknown_ticket_is_not_found(service: Service) -> None:
    answer = service.send("POST", "/v1/replies/check", {"text": "Hello", "ticket": "nope"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_a_reply_that_a_rule_forbids_is_refused_and_not_stored(service: Service) -> None:
    ticket = ticket_on(service, marketplace="ebay", channel="marketplace")
    body = {"text": "Mail tom at gmail dot com", "override": ["E6"]}
    answer = service.send("POST", f"/v1/tickets/{ticket}/reply", body, role="agent")
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("rule_broken", "text")
    assert "E6" in error["message"]
    assert "tom at gmail dot com" in error["message"]
    assert {finding["rule"] for finding in error["findings"]} == {"E6"}
    detail = service.send("GET", f"/v1/tickets/{ticket}").json()
    assert [message["direction"] for message in detail["messages"]] == ["in"]


def test_a_warning_is_told_and_a_confirmed_one_is_in_the_audit_trail(service: Service) -> None:
    ticket = ticket_on(service, marketplace="amazon", channel="marketplace")
    body = {"text": "Your parcel left today 🎉. Our office is closed at weekends.", "override": ["A20", "A99"]}
    answer = service.send("POST", f"/v1/tickets/{ticket}/reply", body, role="agent")
    assert answer.status_code == 201
    assert [finding.rule for finding in StoredReplyOut.model_validate_json(answer.content).findings] == ["A20", "A31"]
    (event,) = [
        entry
        for entry in service.send("GET", f"/v1/tickets/{ticket}").json()["audit"]
        if entry["action"] == "ticket.replied"
    ]
    assert (event["detail"]["warned"], event["detail"]["override"]) == ("A20 A31", "A20")


def test_a_shop_may_want_warnings_confirmed(start_service: StartService, tmp_path: Any) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "marketplace_rules.yaml").write_text(
        "confirm_warnings: true\n"
        "rules:\n"
        "  - {id: S1, severity: warn, channels: [email], explanation: We call them guests., phrases: [customer]}\n"
    )
    service = start_service()
    ticket = ticket_on(service, channel="email")
    path = f"/v1/tickets/{ticket}/reply"
    refused = service.send("POST", path, {"text": "Dear customer, it left."})
    assert (refused.status_code, refused.json()["error"]["hint"]) == (
        422,
        'Change the text, or send it with "override": ["S1"].',
    )
    assert service.send("POST", path, {"text": "Dear customer, it left.", "override": ["S1"]}).status_code == 201


@pytest.mark.parametrize("role", ["bot", None])
def test_who_may_not_read_tickets_may_not_ask(service: Service, role: str | None) -> None:
    answer = service.send("POST", "/v1/replies/check", {"text": "Hello"}, role=role)
    assert answer.status_code == (401 if role is None else 403)
