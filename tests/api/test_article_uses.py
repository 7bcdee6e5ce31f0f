"""What a chatbot quotes and what readers of the help centre open is counted, and never in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knowledge_base.uses import UseStore
from tickets.errors import UnavailableError

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

QUESTION = "How long does delivery to Spain take?"
PAGE = "/help/en/shipping"


@pytest.fixture
def shop(start_service: StartService) -> Service:
    service = start_service()
    body = f"## {QUESTION}\n\nDelivery to Spain takes two to four business days after dispatch."
    article = {"id": "shipping", "language": "en", "title": "Shipping times", "body": body}
    assert service.send("POST", "/v1/articles", {**article, "visibility": "public"}).status_code == 201
    return service


def uses(service: Service) -> int:
    return UseStore(service.services.database).count("shipping", "en")


def answer(service: Service, question: str = QUESTION) -> str:
    said = service.send("POST", "/v1/answers", {"question": question}, role="bot")
    assert said.status_code == 200, said.text
    return str(said.json()["action"])


def test_an_answer_that_quotes_an_article_is_a_use_of_it(shop: Service) -> None:
    assert (answer(shop), uses(shop)) == ("answer", 1)
    assert (answer(shop), uses(shop)) == ("answer", 2)
    assert answer(shop, "I want to talk to a person about my broken lamp at once") != "answer"
    assert uses(shop) == 2


def test_a_page_that_is_read_is_a_use_in_the_language_that_was_shown(shop: Service) -> None:
    assert shop.client.get(PAGE).status_code == 200
    assert shop.client.get("/help/de/shipping").status_code == 200, "shown in English, there is no other"
    assert uses(shop) == 2
    assert shop.client.get("/help/en/nothing").status_code == 404
    assert UseStore(shop.services.database).count("nothing", "en") == 0


@pytest.mark.parametrize(
    ("path", "agent"),
    [
        (f"{PAGE}?voted=yes", "Mozilla/5.0"),
        (PAGE, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
        (PAGE, "Mozilla/5.0 (compatible; Baiduspider/2.0)"),
        ("/help/en", "Mozilla/5.0"),
        ("/help/en/find?q=Spain", "Mozilla/5.0"),
    ],
)
def test_what_is_shown_again_or_to_a_search_engine_or_in_a_list_is_none(shop: Service, path: str, agent: str) -> None:
    assert shop.client.get(path, headers={"User-Agent": agent}).status_code == 200
    assert uses(shop) == 0


def test_neither_the_page_nor_the_answer_fails_by_a_count_that_cannot_be_written(
    shop: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: UseStore, article_id: str, language: str) -> None:
        raise UnavailableError(f"the disk is full: {article_id} {language}")

    monkeypatch.setattr(UseStore, "add", full)
    shop.client.headers["User-Agent"] = "Mozilla/5.0"
    assert shop.client.get(PAGE).status_code == 200
    assert answer(shop) == "answer"
    printed = capsys.readouterr()
    assert (printed.out + printed.err).count("use of an article not counted") == 2
