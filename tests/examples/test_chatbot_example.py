"""The chatbot of `examples/`, as its readers start it, against a service in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.schemas.bots import QuestionIn
from tests.api.test_http_server import admin_key, call, free_port, running
from tests.checkout import ROOT, needs_checkout

pytestmark = needs_checkout

BOT = ROOT / "examples" / "chatbot" / "chatbot.py"
ARTICLES = {
    "shipping-times": (
        "Shipping times",
        ["delivery.options", "shipping"],
        "## How long does delivery to Spain take?\n\nDelivery to Spain takes two to four business days after dispatch.",
    ),
    "washing": (
        "Washing wool",
        ["product.usage"],
        "## How do I wash the wool jumper?\n\nWash the wool jumper by hand in cold water and dry it flat.",
    ),
}


def closed_now() -> str:
    """Return a shop whose people work on one day of the week only, which is neither today nor tomorrow."""
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
    return f'name: Shop\ntime_zone: Europe/Amsterdam\noffice_hours: {{days: [{day}], open: "09:00", close: "18:00"}}\n'


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    home = tmp_path_factory.mktemp("shop")
    (home / "shop.yaml").write_text(closed_now(), encoding="utf-8")
    (home / "bot_policy.yaml").write_text("min_probability: 0.3\npeople_only: {levels: [vip]}\n", encoding="utf-8")
    with running(home) as (port, _):
        for name, (title, tags, body) in ARTICLES.items():
            article = {"id": name, "language": "en", "title": title, "body": body, "tags": tags, "visibility": "public"}
            status, answer = call(port, "POST", "/v1/articles", article, admin_key(home))
            assert status == 201, answer
        yield port, home


def talk(shop: tuple[int, Path], *lines: str, more: tuple[str, ...] = ()) -> list[str]:
    port, home = shop
    command = [sys.executable, str(BOT), "--url", f"http://127.0.0.1:{port}", "--key-file", str(home / "admin.key")]
    done = subprocess.run(
        [*command, *more], input="\n".join(lines), capture_output=True, text=True, timeout=120, check=False, cwd=home
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def ticket(shop: tuple[int, Path], line: str) -> dict[str, Any]:
    port, home = shop
    number = line.split("ticket ", 1)[1].split(" ", 1)[0]
    status, body = call(port, "GET", f"/v1/tickets/{number}", key=admin_key(home))
    assert status == 200, body
    found: dict[str, Any] = json.loads(body)
    return found


def test_it_greets_with_the_hours_and_answers_with_the_source(shop: tuple[int, Path]) -> None:
    said = talk(shop, "How long does delivery to Spain take?")
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%A")
    assert f"our people are back on {day}" in said[0]
    assert "09:00 (Europe/Amsterdam)" in said[0]
    assert "two to four business days" in " ".join(said[1:])
    assert said[-1] == "  [Shipping times] /help/en/shipping-times"


def test_it_hands_over_with_all_that_was_said_and_adds_what_comes_later(shop: tuple[int, Path]) -> None:
    question = "How long does delivery to Spain take?"
    said = talk(shop, question, question, "My number is HP-100017")
    handed = next(line for line in said if line.startswith("  (ticket "))
    assert "said_before" in handed, "it does not say the same twice"
    assert "Our team is back on" in " ".join(said)
    assert said[-1].startswith("  (added to ticket ")
    stored = json.dumps(ticket(shop, handed))
    assert "Bot: " in stored
    assert "two to four business days" in stored
    assert "HP-100017" in stored


class PatientDesk:
    """A desk that takes what the service takes, and always has an answer."""

    def __init__(self) -> None:
        self.last: QuestionIn | None = None

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        self.last = QuestionIn.model_validate(question, strict=False)
        return {"action": "answer", "text": f"About {question['question'][:9]}", "sources": [], "choices": []}


def test_a_conversation_may_be_as_long_as_it_likes() -> None:
    spec = importlib.util.spec_from_file_location("chatbot_example", BOT)
    assert spec is not None
    assert spec.loader is not None
    chatbot = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = chatbot
    try:
        spec.loader.exec_module(chatbot)
    finally:
        del sys.modules[spec.name]
    desk = PatientDesk()
    conversation = chatbot.Conversation(desk)
    for number in range(60):
        assert conversation.say(f"Question {number:02}" + "!" * 20_000) == ["About Question "]
    assert len(conversation.turns) == 120
    assert desk.last is not None
    sent = [turn.text[:11] for turn in desk.last.conversation]
    assert (len(sent), sent[0], sent[-2]) == (100, "Question 09", "Question 58"), "the last ones, in their order"


def test_who_the_shop_wants_served_by_people_gets_a_person(shop: tuple[int, Path]) -> None:
    said = talk(shop, "How long does delivery to Spain take?", more=("--level", "VIP"))
    assert any(line.startswith("  (ticket ") and line.endswith(": level)") for line in said)


def test_a_service_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("x", encoding="utf-8")
    for more, problem in (
        (["--url", f"http://127.0.0.1:{free_port()}", "--key-file", str(key)], "is `deskhand serve` up?"),
        (["--key-file", str(tmp_path / "none")], "--key-file"),
    ):
        done = subprocess.run(
            [sys.executable, str(BOT), *more], input="", capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 1
        assert problem in done.stderr
        assert "Traceback" not in done.stderr


def test_a_wrong_key_is_told_with_its_remedy(shop: tuple[int, Path], tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("wrong", encoding="utf-8")
    command = [sys.executable, str(BOT), "--url", f"http://127.0.0.1:{shop[0]}", "--key-file", str(key)]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("/v1/hours: ")
