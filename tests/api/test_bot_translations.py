"""A chatbot says nothing twice in another language either: a passage is known by its article and its place in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Service, StartService

ASKED = {"en": "How long does delivery to Spain take?", "de": "Wie lange dauert die Lieferung nach Spanien?"}
TEXTS = {"en": "Two to four business days after dispatch.", "de": "Zwei bis vier Werktage ab Versand."}


def put(service: Service, language: str, **more: Any) -> None:
    body = f"## {ASKED[language]}\n\n{TEXTS[language]}"
    article = {"id": "spain", "language": language, "title": ASKED[language], "questions": [ASKED[language]], **more}
    stored = service.send("POST", "/v1/articles", {"body": body, "visibility": "public", **article})
    assert stored.status_code in (200, 201), stored.text


@pytest.fixture
def shop(start_service: StartService, tmp_path: Path) -> Service:
    home = tmp_path / "home"
    home.mkdir()
    (home / "bot_policy.yaml").write_text("min_probability: 0.3\n", encoding="utf-8")
    return start_service(home=home)


def ask(shop: Service, language: str, *said: dict[str, Any]) -> dict[str, Any]:
    body = {"question": ASKED[language], "language": language, "conversation": list(said)}
    answer = shop.send("POST", "/v1/answers", body, role="bot")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def turn(answer: dict[str, Any], *names: str) -> dict[str, Any]:
    return {"role": "bot", **{name: answer[name] for name in ("text", *names)}}


@pytest.mark.parametrize("own_id", [False, True], ids=["one id", "an id of its own"])
@pytest.mark.parametrize("names", [("action", "sources"), ()], ids=["as it came", "its words"])
def test_the_same_passage_in_another_language_was_said(shop: Service, own_id: bool, names: tuple[str, ...]) -> None:
    put(shop, "en")
    put(shop, "de", **({"id": "spanien", "translation_of": "spain"} if own_id else {"original_language": "en"}))
    for first, second in (("en", "de"), ("de", "en")):
        given = ask(shop, first)
        assert given["sources"][0]["language"] == first
        again = ask(shop, second, turn(given, *names))
        assert (again["action"], again["hand_off"] and again["hand_off"]["why"]) == ("hand_off", "said_before")
        assert again["hand_off"]["draft"] is None or TEXTS[second] not in again["hand_off"]["draft"]


def test_a_whole_article_counts_in_every_language(shop: Service) -> None:
    put(shop, "en")
    put(shop, "de", id="spanien", translation_of="spain")
    said = {"role": "bot", "text": "Hm.", "sources": [{"article": "spain"}]}
    assert ask(shop, "de", said)["hand_off"]["why"] == "said_before"


def test_another_place_of_the_article_is_new(shop: Service) -> None:
    long = "Your parcel travels by road, by rail and by sea, whatever the weather is like on the way. " * 8
    put(shop, "en", body=f"## Packing\n\n{long}\n\n## {ASKED['en']}\n\n{TEXTS['en']} {long}")
    put(shop, "de", body=f"## Verpackung\n\n{long}\n\n## {ASKED['de']}\n\n{TEXTS['de']} {long}")
    other = shop.services.articles.passages("spain", "en")[0].text
    said = {"role": "bot", "text": "Hm.", "sources": [{"article": "spain", "passage": other}]}
    again = ask(shop, "de", said)
    assert again["action"] == "answer"
    assert TEXTS["de"] in again["text"]
