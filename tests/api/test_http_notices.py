"""Receipts over HTTP: switched on by a file in the home, queued for the connector, never counted as an answer."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, update

from api.notices import Sweep
from api.schemas.tickets import TicketDetailOut
from api.settings import Settings, WebhookUrl
from api.wiring import check_start
from tickets.errors import InvalidInputError
from tickets.tables import OutboxRow, TicketRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import Service, StartService

MAIL = {
    "text": "Guten Tag, wo bleibt mein Paket? Die Bestellung HP-100017 sollte längst da sein. Anna Berg",
    "channel": "email",
    "connector": "mydesk",
    "customer": {"name": "Anna Berg", "email": "anna@mail.example"},
}
# Nobody listens there: what is queued stays queued.
URLS = {"mydesk": WebhookUrl(url="http://127.0.0.1:9/hooks", secret="at least 16 characters", allow_private=True)}  # type: ignore[arg-type]


@pytest.fixture
def notifying(start_service: StartService, tmp_path: Path) -> Service:
    home = tmp_path / "home"
    home.mkdir()
    (home / "notices.yaml").write_text("send: true\nmost_a_day: {thread: 2, recipient: 9}\n", encoding="utf-8")
    return start_service(webhook_urls=URLS)


def told(service: Service, body: dict[str, Any]) -> list[dict[str, Any]]:
    stored = service.send("POST", "/v1/messages", body)
    assert stored.status_code == 201, stored.text
    answer = service.send("GET", f"/v1/tickets/{stored.json()['ticket']['id']}")
    TicketDetailOut.model_validate_json(answer.content)
    found: list[dict[str, Any]] = answer.json()["notices"]
    return found


def test_a_customer_is_told_that_the_message_arrived_and_by_when_it_is_answered(notifying: Service) -> None:
    stored = notifying.send("POST", "/v1/messages", MAIL).json()["ticket"]
    ticket = notifying.send("GET", f"/v1/tickets/{stored['id']}").json()
    (notice,) = ticket["notices"]
    assert (notice["stage"], notice["language"], notice["subject"]) == (
        "received",
        "de",
        "Ihre Nachricht ist angekommen",
    )
    assert notice["text"].startswith("Guten Tag Anna,")
    assert "zur Bestellung HP-100017" in notice["text"]
    assert "spätestens am" in notice["text"]
    due = datetime.fromisoformat(ticket["ticket"]["due"]["company"])
    assert due <= datetime.fromisoformat(notice["due"]) < due + timedelta(hours=1)
    assert ticket["ticket"]["first_replied_at"] is None
    assert ticket["ticket"]["status"] == "new"
    assert [message["direction"] for message in ticket["messages"]] == ["in"]
    with notifying.services.database.session() as session:
        payload = session.scalars(select(OutboxRow.payload).where(OutboxRow.topic == "notice")).one()
    assert payload["notice"] == notice["id"]
    assert "Guten" not in str(payload), "the queue holds identifiers only"


@pytest.mark.parametrize(
    "changed",
    [
        {"marketplace": "amazon"},
        {"channel": "marketplace"},
        {"channel": "chat"},
        {"headers": {"Auto-Submitted": "auto-replied"}},
        {"subject": "Abwesenheitsnotiz: Ihre Nachricht ist angekommen"},
        {"customer": {"email": "no-reply@mail.example"}},
        {"connector": "another"},
        {"text": "Vielen Dank für die schnelle Hilfe, alles bestens!"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_who_should_get_none_gets_none(notifying: Service, changed: dict[str, Any]) -> None:
    assert told(notifying, {**MAIL, **changed}) == []


def test_nobody_is_told_anything_by_default(start_service: StartService) -> None:
    assert told(start_service(webhook_urls=URLS), MAIL) == []


def test_of_the_headers_only_those_are_kept_that_tell_a_program(notifying: Service) -> None:
    headers = {"Precedence": "normal", "Received": "from 10.0.0.1", "X-Originating-IP": "10.0.0.2"}
    stored = notifying.send("POST", "/v1/messages", {**MAIL, "headers": headers}).json()
    (message,) = notifying.services.tickets.ticket(stored["ticket"]["id"]).messages
    assert message.message.headers == {"precedence": "normal"}
    refused = notifying.send("POST", "/v1/messages", {**MAIL, "headers": {"precedence": 1}})
    assert refused.status_code == 422


def sweep(service: Service, by: Sweep | None = None) -> int:
    by = by or Sweep(service.client.app_state["deskhand"])
    sent: int = by._send_all()
    return sent


@contextmanager
def messages_read(service: Service) -> Iterator[list[str]]:
    """Note the queries that read messages."""
    found: list[str] = []

    def note(_: object, __: object, statement: str, *more: object) -> None:
        if "messages.text" in statement:
            found.append(statement)

    engine = service.services.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "changed",
    [{"headers": {"Auto-Submitted": "auto-replied"}}, {"customer": {"id": "c1"}, "thread": "limited"}],
    ids=["policy", "limit"],
)
def test_a_late_ticket_that_gets_no_notice_is_not_read_again_until_it_changes(
    start_service: StartService, tmp_path: Path, changed: dict[str, Any]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "notices.yaml").write_text("send: true\nmost_a_day: {thread: 1}\n", encoding="utf-8")
    service = start_service(webhook_urls=URLS)
    ticket_id = service.send("POST", "/v1/messages", {**MAIL, **changed}).json()["ticket"]["id"]
    late = datetime.now(UTC) - timedelta(minutes=20)
    with service.services.database.write() as session:
        session.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(due_company=late))
    sweeper = Sweep(service.client.app_state["deskhand"])
    for expected in (1, 0, 0):
        with messages_read(service) as read:
            assert sweep(service, sweeper) == 0
        assert len(read) == expected
    assert service.send("PATCH", f"/v1/tickets/{ticket_id}", {"labels": ["seen"]}).status_code == 200
    with messages_read(service) as read:
        assert sweep(service, sweeper) == 0
    assert len(read) == 1


def test_a_late_ticket_is_told_of_once_with_a_new_time(notifying: Service) -> None:
    ticket_id = notifying.send("POST", "/v1/messages", MAIL).json()["ticket"]["id"]
    late = datetime.now(UTC) - timedelta(minutes=20)
    with notifying.services.database.write() as session:
        session.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(due_company=late))
    assert sweep(notifying) == 1
    assert sweep(notifying) == 0
    ticket = notifying.send("GET", f"/v1/tickets/{ticket_id}").json()
    received, delayed = ticket["notices"]
    assert (received["stage"], delayed["stage"]) == ("received", "delayed")
    assert datetime.fromisoformat(delayed["due"]) > datetime.now(UTC)
    assert datetime.fromisoformat(ticket["ticket"]["due"]["company"]) < datetime.now(UTC), "the clock is not moved"


def test_without_a_promise_none_is_made(start_service: StartService, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "notices.yaml").write_text("send: true\n", encoding="utf-8")
    routing = "teams: [orders]\ndefault_team: orders\n"
    (home / "routing.yaml").write_text(routing, encoding="utf-8")
    (notice,) = told(start_service(webhook_urls=URLS), MAIL)
    assert notice["due"] is None
    assert "so bald wie möglich" in notice["text"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("notices.yaml", "sent: true\n", "unknown key 'sent'"),
        ("notices/notice.received.liquid", "hello", "does not start with a line"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / "home" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=message):
        check_start(Settings(home=tmp_path / "home"))
