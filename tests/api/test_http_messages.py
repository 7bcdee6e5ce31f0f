from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from api.schemas.tickets import CallOut, IngestedOut, TicketDetailOut

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService
    from tickets.records import Decision, Message


def stored(response: Any) -> IngestedOut:
    assert response.status_code == 201, response.text
    return IngestedOut.model_validate_json(response.content)


SECRET = "a secret of the test desk"  # as in conftest


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Deskhand-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def test_a_message_becomes_a_decided_ticket(service: Service) -> None:
    response = service.send("POST", "/v1/messages", {"text": "Guten Tag, wo ist meine Bestellung?", "channel": "email"})
    found = stored(response)
    assert found.decision is not None
    assert found.decision.language.code == "de"
    assert found.ticket.triaged
    assert response.headers["location"] == f"/v1/tickets/{found.ticket.id}"
    detail = TicketDetailOut.model_validate_json(service.send("GET", response.headers["location"]).content)
    assert detail.messages[0].text == "Guten Tag, wo ist meine Bestellung?"
    assert detail.messages[0].decision == found.decision


def test_a_repeat_gives_the_first_answer_and_another_body_a_conflict(service: Service) -> None:
    body = {"text": "Where is my order?", "external_id": "e-1", "connector": "form"}
    first = stored(service.send("POST", "/v1/messages", body))
    again = service.send("POST", "/v1/messages", body)
    assert stored(again).ticket.id == first.ticket.id
    assert stored(again).decision == first.decision
    assert again.headers["idempotent-replayed"] == "true"
    conflict = service.send("POST", "/v1/messages", {**body, "text": "Something else"})
    assert conflict.status_code == 409
    assert conflict.json()["error"]["field"] == "external_id"
    elsewhere = {**body, "connector": "other"}
    assert stored(service.send("POST", "/v1/messages", elsewhere)).ticket.id != first.ticket.id


def test_an_idempotency_key_does_the_same(service: Service) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = stored(service.send("POST", "/v1/messages", {"text": "Where is it?"}, headers=key))
    assert (
        stored(service.send("POST", "/v1/messages", {"text": "Where is it?"}, headers=key)).ticket.id == first.ticket.id
    )
    other = service.send("POST", "/v1/messages", {"text": "Where?"}, headers=key)
    assert other.json()["error"]["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("key", "said"),
    [("", "is empty"), ("x" * 256, "has 256 characters"), ("a\tb", "holds characters that are not printable ASCII")],
)
def test_an_unusable_idempotency_key_is_refused(service: Service, key: str, said: str) -> None:
    response = service.send("POST", "/v1/messages", {"text": "a"}, headers={"Idempotency-Key": key})
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "Idempotency-Key"
    assert f"The header Idempotency-Key {said}" in response.json()["error"]["message"]


def test_a_message_that_nobody_can_read_is_stored_with_an_attachment_only(service: Service) -> None:
    blank = {"text": "\u200b\ufeff"}
    assert service.send("POST", "/v1/messages", blank).status_code == 422
    assert service.send("POST", "/v1/triage", {"messages": [blank]}).status_code == 422
    kept = stored(service.send("POST", "/v1/messages", {**blank, "attachments": [{"name": "a.jpg"}]}))
    assert kept.decision is None or kept.decision.intent is None


def test_the_raw_body_is_kept_byte_by_byte(service: Service) -> None:
    body = b'{ "text":"caf\\u00e9 \\u0000!",\n"external_id": "raw-1" }'
    found = stored(service.send("POST", "/v1/messages", body))
    detail = service.services.tickets.ticket(found.ticket.id)
    assert service.services.tickets.raw(detail.messages[0].id) == body
    assert detail.messages[0].message.text == "café \ufffd!"


def test_a_text_of_two_megabytes_is_stored_whole_and_read_in_part(service: Service) -> None:
    text = "Where is my parcel? " * 100_000
    found = stored(service.send("POST", "/v1/messages", {"text": text}))
    assert found.decision is not None
    assert found.decision.truncated
    assert len(found.decision.text) <= 50_000
    assert service.services.tickets.ticket(found.ticket.id).messages[0].message.text == text


def test_a_text_over_ten_megabytes_is_refused(service: Service) -> None:
    response = service.send("POST", "/v1/messages", {"text": "ä" * (5 * 1024 * 1024 + 1)})
    assert response.status_code == 413
    assert response.json()["error"]["field"] == "text"


def test_an_attachment_without_text_is_a_ticket_without_intent(service: Service) -> None:
    found = stored(service.send("POST", "/v1/messages", {"attachments": [{"name": "box.jpg", "data": "aGVsbG8="}]}))
    assert found.decision is not None
    assert found.decision.intent is None
    assert found.ticket.triaged
    assert service.send("POST", "/v1/messages", {"text": "  "}).status_code == 422


def test_one_thread_is_one_ticket(service: Service) -> None:
    first = stored(service.send("POST", "/v1/messages", {"text": "Where is it?", "thread": "t-9", "connector": "mail"}))
    second = stored(service.send("POST", "/v1/messages", {"text": "Hello?", "thread": "t-9", "connector": "mail"}))
    assert first.ticket.id == second.ticket.id


class _Failing:
    """A pipeline whose models fail as long as `broken`, and on one poisoned word for ever."""

    def __init__(self, pipeline: Any) -> None:
        self.parts = pipeline.parts
        self._pipeline = pipeline
        self.broken = True

    def decide(self, messages: list[Message], **wanted: Any) -> list[Decision]:
        if self.broken or any("poison" in message.text for message in messages):
            raise RuntimeError("the customer wrote: secret words")
        found: list[Decision] = self._pipeline.decide(messages, **wanted)
        return found


def wait_for(check: Any, within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while not check():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_message_is_stored_when_the_models_fail_and_decided_later(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.app.PAUSE_S", 0.05)
    service = start_service()
    pipeline = _Failing(service.services.current_pipeline)
    service.services.current_pipeline = pipeline  # type: ignore[assignment]
    found = stored(service.send("POST", "/v1/messages", {"text": "Where is my order?"}))
    assert found.decision is None
    assert not found.ticket.triaged
    poisoned = stored(service.send("POST", "/v1/messages", {"text": "poison"}))
    wait_for(lambda: "deskhand_untriaged 2.0" in service.client.get("/metrics").text)
    pipeline.broken = False
    wait_for(lambda: service.send("GET", f"/v1/tickets/{found.ticket.id}").json()["ticket"]["triaged"])
    detail = service.send("GET", f"/v1/tickets/{found.ticket.id}").json()
    assert detail["messages"][0]["decision"]["intent"]
    assert not service.send("GET", f"/v1/tickets/{poisoned.ticket.id}").json()["ticket"]["triaged"]


def test_what_waited_is_decided_at_the_next_start(start_service: StartService) -> None:
    first = start_service()
    first.services.current_pipeline = None
    found = stored(first.send("POST", "/v1/messages", {"text": "Where is my order?"}))
    assert found.decision is None
    first.client.__exit__(None, None, None)
    second = start_service()
    wait_for(lambda: second.send("GET", f"/v1/tickets/{found.ticket.id}").json()["ticket"]["triaged"])
    second.client.__exit__(None, None, None)


def test_one_poisoned_message_does_not_take_its_neighbours_down(start_service: StartService) -> None:
    from concurrent.futures import ThreadPoolExecutor

    service = start_service()
    pipeline = _Failing(service.services.current_pipeline)
    pipeline.broken = False
    service.services.current_pipeline = pipeline  # type: ignore[assignment]
    texts = ["poison" if n == 7 else f"Where is order {n}?" for n in range(20)]
    key = service.headers()
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda text: stored(service.client.post("/v1/messages", json={"text": text}, headers=key)), texts)
        )
    assert [answer.decision is None for answer in answers] == [text == "poison" for text in texts]


def test_a_signed_webhook_is_stored_once(service: Service) -> None:
    body = json.dumps({"text": "Where is my order?", "channel": "marketplace"}).encode()
    first = stored(service.send("POST", "/v1/webhooks/testdesk", body, role=None, headers=signed(body)))
    again = stored(service.send("POST", "/v1/webhooks/testdesk", body, role=None, headers=signed(body)))
    assert first.ticket.id == again.ticket.id
    assert first.ticket.connector == "testdesk"


@pytest.mark.parametrize(
    ("connector", "headers", "status"),
    [
        ("testdesk", {}, 401),
        ("testdesk", {"X-Deskhand-Signature": "sha256=00"}, 401),
        ("testdesk", signed(b'{"text": "a"}', "another secret, as long"), 401),
        ("testdesk", signed(b'{"text": "b"}'), 401),
        ("nodesk", signed(b'{"text": "a"}'), 404),
    ],
)
def test_an_unsigned_webhook_is_refused(service: Service, connector: str, headers: dict[str, str], status: int) -> None:
    response = service.send("POST", f"/v1/webhooks/{connector}", b'{"text": "a"}', role=None, headers=headers)
    assert response.status_code == status
    assert response.json()["error"]["hint"]


def test_a_signed_body_that_is_broken_is_refused_as_such(service: Service) -> None:
    response = service.send("POST", "/v1/webhooks/testdesk", b"{", role=None, headers=signed(b"{"))
    assert response.status_code == 400


def test_a_call_becomes_one_ticket(service: Service) -> None:
    service.services.orders.put_many([_order("HP-77", "+4930901820")])
    ringing = service.send("POST", "/v1/calls", {"call_id": "c1", "event": "ringing", "caller": "+49 30 901820"})
    assert ringing.status_code == 201, ringing.text
    assert ringing.json()["orders"] == ["HP-77"]
    assert ringing.json()["ticket"]["order_id"] == "HP-77"
    ticket = ringing.json()["ticket"]["id"]
    said = {"call_id": "c1", "event": "transcript", "caller": "+49 30 901820", "transcript": "Where is my order?"}
    spoken = service.send("POST", "/v1/calls", said).json()
    assert spoken["ticket"]["id"] == ticket
    assert spoken["decision"]["intent"] is not None
    for _ in range(2):
        ended = service.send("POST", "/v1/calls", {"call_id": "c1", "event": "ended", "agent": "mia"}).json()
    assert ended["ticket"]["id"] == ticket
    assert ended["ticket"]["intent"] == spoken["ticket"]["intent"]
    notes = service.send("GET", f"/v1/tickets/{ticket}").json()["notes"]
    assert [note["text"] for note in notes] == ["Call c1 ended by mia"]


def test_a_call_shows_the_order_card_to_those_who_may_read_orders(service: Service) -> None:
    service.services.orders.put_many([_order("HP-78", "+4930901821")])
    for number, market in (("+49 30 901821", None), ("030 901821", "DE"), ("0049 30 901821", None)):
        call = {"call_id": f"card {number}", "event": "ringing", "caller": number, "market": market}
        shown = CallOut.model_validate_json(service.send("POST", "/v1/calls", call, role="agent").content)
        assert [card.id for card in shown.order_cards] == shown.orders == ["HP-78"]
        assert shown.order_cards[0].state == "shipped"
    bot = service.send("POST", "/v1/calls", {**call, "call_id": "bot"}, role="bot").json()
    assert (bot["orders"], bot["order_cards"]) == (["HP-78"], [])
    other = service.send("POST", "/v1/calls", {**call, "call_id": "other", "caller": "+49 30 901822"}).json()
    assert (other["orders"], other["order_cards"]) == ([], [])


def _order(number: str, phone: str) -> Any:
    from tickets.records import Order, OrderState

    return Order(id=number, state=OrderState.SHIPPED, phone=phone)
