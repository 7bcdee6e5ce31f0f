"""POST /v1/answers and GET /v1/hours over HTTP, with the shipped bundle and files of the operator's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.schemas.bots import BotAnswerOut, HoursOut
from api.settings import Settings
from api.wiring import check_start
from tickets.errors import InvalidInputError

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

SPAIN = "Delivery to Spain takes two to four business days after dispatch."
QUESTION = "How long does delivery to Spain take?"
FRIDAY = "2026-12-25T10:00:00Z"
MONDAY = "2026-12-28T10:00:00Z"
FILES = {
    "shop.yaml": "time_zone: Europe/Berlin\noffice_hours: {country: DE}\n",
    "bot_policy.yaml": (
        "min_probability: 0.3\n"
        "rules:\n  - {name: delivery waits, when: {hours: closed, intent: [delivery]}, answer: false}\n"
    ),
    "bot_phrases.yaml": "phrases: {en: {hand_off: Hold on.}}\n",
}


@pytest.fixture
def shop(start_service: StartService, tmp_path: Path) -> Service:
    home = tmp_path / "home"
    home.mkdir()
    for name, text in FILES.items():
        (home / name).write_text(text, encoding="utf-8")
    service = start_service(home=home)
    article: dict[str, Any] = {
        "title": "Shipping times",
        "body": f"## How long does delivery to Spain take?\n\n{SPAIN}",
    }
    article |= {"visibility": "public", "tags": ["delivery.options"]}
    stored = service.send("POST", "/v1/articles", {"id": "shipping", "language": "en", **article})
    assert stored.status_code == 201, stored.text
    return service


def ask(service: Service, role: str = "bot", **body: Any) -> dict[str, Any]:
    answer = service.send("POST", "/v1/answers", {"question": QUESTION, **body}, role=role)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    BotAnswerOut.model_validate_json(answer.text)
    return found


def test_a_conversation_from_answer_to_ticket(shop: Service) -> None:
    first = ask(shop, sent_at=MONDAY, conversation_id="c1")
    assert first["action"] == "answer"
    assert SPAIN in first["text"]
    assert first["sources"][0]["link"] == "/help/en/shipping"
    assert shop.client.get(first["sources"][0]["link"]).status_code == 200
    turns = [
        {"role": "customer", "text": QUESTION},
        {"role": "bot", "text": first["text"], "action": "answer", "sources": first["sources"]},
    ]
    second = ask(shop, sent_at=MONDAY, conversation_id="c1", conversation=turns)
    assert (second["action"], second["hand_off"]["why"]) == ("hand_off", "said_before")
    stored = shop.send("POST", "/v1/messages", second["hand_off"]["message"], role="bot")
    assert stored.status_code == 201, stored.text
    assert stored.json()["decision"]["text"] == QUESTION, "the conversation is kept and not read as the text"


def test_the_policy_the_holiday_and_the_words_are_the_shops(shop: Service) -> None:
    said = ask(shop, sent_at=FRIDAY)
    assert (said["action"], said["hand_off"]["why"]) == ("hand_off", "rule")
    assert said["hand_off"]["rule"] == "delivery waits"
    assert said["hand_off"]["team"]["opens_at"] == "2026-12-28T08:00:00Z"
    assert said["text"] == "Hold on. Our team is back on Monday, 28 December 2026, 9:00\u202fam (Berlin)."
    assert ask(shop, sent_at=FRIDAY, marketplace="amazon")["text"] == "Hold on."


def test_a_choice_is_one_that_was_offered(shop: Service) -> None:
    chosen = ask(shop, sent_at=MONDAY, choice={"kind": "article", "value": "shipping"})
    assert chosen["sources"][0]["article"] == "shipping"
    wrong = shop.send(
        "POST", "/v1/answers", {"question": "x", "choice": {"kind": "intent", "value": "delivery.never"}}, role="bot"
    )
    assert wrong.status_code == 422
    assert wrong.json()["error"]["field"] == "choice.value"


def test_every_team_says_its_hours(shop: Service) -> None:
    answer = shop.send("GET", "/v1/hours", role="bot")
    assert answer.status_code == 200
    HoursOut.model_validate_json(answer.text)
    teams = answer.json()["items"]
    assert {team["name"] for team in teams} >= {"orders", "finance", "trust"}
    for team in teams:
        assert team["time_zone"] == "Europe/Berlin"
        assert (team["opens_at"] is None) is team["is_open"]
        assert (team["closes_at"] is None) is not team["is_open"]
    assert shop.send("GET", "/v1/hours", role=None).status_code == 401


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("bot_policy.yaml", "pilot: {share: 2}", r"bot_policy\.yaml:1: pilot\.share"),
        ("bot_phrases.yaml", "phrases: {de: {bye: x}}", r"bot_phrases\.yaml:1: .*unknown key 'bye'"),
    ],
)
def test_a_wrong_file_is_told_before_the_service_starts(tmp_path: Path, name: str, text: str, problem: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=problem):
        check_start(Settings(home=tmp_path))


def test_an_intent_that_the_bundle_does_not_have_is_refused_at_the_start(
    start_service: StartService, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "bot_policy.yaml").write_text("people_only: {intents: [refnud]}", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"people_only\.intents: no intent of the bundle is 'refnud'"):
        start_service(home=home)
