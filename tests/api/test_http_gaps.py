"""The report on gaps over HTTP and on the command line, on what the shipped bundle makes of real questions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

WRAPPING = (
    "Do you offer gift wrapping? It is a birthday present.",
    "Could you wrap the parcel as a gift for a birthday?",
    "Können Sie das bitte als Geschenk verpacken?",
    "Is gift wrapping possible for a present?",
)
TENTS = ("How do I dry the tent?", "my tent is wet, how should I dry it", "drying a wet tent, how?")
ARTICLE = {
    "id": "tent-care",
    "language": "en",
    "title": "How to dry your tent",
    "body": "## Drying a wet tent\n\nHow do I dry the tent? Dry a wet tent in the open air before you pack it.",
    "tags": ["product.usage"],
}


@pytest.fixture(scope="module", autouse=True)
def asked(service: Service) -> None:
    assert service.send("POST", "/v1/articles", ARTICLE).status_code == 201
    for number, text in enumerate((*WRAPPING, *TENTS)):
        mail = f"\nMail: someone{number}@example.com" if text in WRAPPING else ""
        body = {"text": text + mail, "customer": {"id": f"c{number}"}}
        assert service.send("POST", "/v1/messages", body).status_code == 201


def report(service: Service, **query: Any) -> dict[str, Any]:
    answer = service.send("GET", "/v1/articles/gaps", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_no_article_answers_is_grouped_across_languages(service: Service) -> None:
    found = report(service)
    (gap,) = [gap for gap in found["gaps"] if "wrap" in gap["title"].lower()]
    assert gap["size"] == 4
    assert gap["last_7_days"] == 4
    assert gap["previous_7_days"] == 0
    assert gap["languages"] == ["en", "de"]
    assert found["asked"] == 7
    assert found["share_read"] == 1.0
    assert "@" not in json.dumps(found)


def test_what_an_article_answers_is_none(service: Service) -> None:
    found = report(service)
    assert found["unanswered"] == 4
    assert not [gap for gap in found["gaps"] if "tent" in gap["title"].lower()]


def test_only_those_who_may_read_tickets_see_it(service: Service) -> None:
    assert service.send("GET", "/v1/articles/gaps", role="bot").status_code == 403
    assert service.send("GET", "/v1/articles/gaps", role=None).status_code == 401
    assert service.send("GET", "/v1/articles/gaps", role="agent").status_code == 200


def test_a_value_out_of_range_is_named(service: Service) -> None:
    answer = service.send("GET", "/v1/articles/gaps", params={"days": 3})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "days"


def test_a_second_caller_gets_the_report_that_was_made(service: Service) -> None:
    assert report(service)["made_at"] == report(service)["made_at"]
    assert report(service, min_size=5)["gaps"] == []


def test_the_command_line_says_the_same(start_service: StartService, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.cli.application import build

    started = start_service()
    for number, text in enumerate(WRAPPING):
        assert started.send("POST", "/v1/messages", {"text": text, "customer": {"id": f"c{number}"}}).status_code == 201
    monkeypatch.setenv("DESKHAND_HOME", str(started.settings.home))
    shown = CliRunner().invoke(build(), ["kb", "gaps"])
    assert shown.exit_code == 0, shown.output
    assert "4 questions in 30 days, 4 without an answer" in shown.output
    assert "4 tickets; 4 in the last 7 days, 0 in the 7 before" in shown.output
    assert "Do you offer gift wrapping? It is a birthday present." in shown.output
    whole = json.loads(CliRunner().invoke(build(), ["kb", "gaps", "--json"]).stdout)
    assert [gap["size"] for gap in whole["gaps"]] == [4]
