"""Articles over HTTP: what they are narrowed to, and that nothing of them is lost between reading and writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.schemas.knowledge import ArticleContent, ArticleList, ArticleOut
from knowledge_base.records import Article

if TYPE_CHECKING:
    from tests.api.conftest import Service

WHOLE: dict[str, Any] = {
    "title": "Gebühren für Marmeladengläser",
    "body": "Marmeladengläser kosten in Deutschland sieben Euro Pfand.",
    "visibility": "public",
    "tags": ["pfand"],
    "brand": "Pine",
    "valid_from": "2020-01-01",
    "valid_until": "2099-12-31",
    "market": "DE",
    "translation_of": "jam-jars",
    "original_language": "en",
    "source_url": "https://help.shop.example/pfand",
    "owner": "mia",
    "review_date": "2030-05-01",
    "questions": ["Was kostet ein Glas?", "kavanoz depozitosu ne kadar?"],
    "negative_questions": ["Kauft ihr leere Gläser an?", "cam kavanoz bulaşık makinesine girer mi?"],
}


def test_the_test_names_every_field() -> None:
    assert WHOLE.keys() == ArticleContent.model_fields.keys()


def test_what_was_read_can_be_written_back(service: Service) -> None:
    made = service.send("PUT", "/v1/articles/pfand/de", WHOLE)
    assert made.status_code == 200, made.text
    read = service.send("GET", "/v1/articles/pfand/de").json()
    assert {name: read[name] for name in WHOLE} == WHOLE
    again = service.send("PUT", "/v1/articles/pfand/de", {name: read[name] for name in WHOLE})
    assert ArticleOut.model_validate_json(again.content).version == 1
    added = service.send("POST", "/v1/articles", {**WHOLE, "id": "pfand-zwei", "language": "de"})
    assert {name: added.json()[name] for name in WHOLE} == WHOLE


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"market": "gb"}, {"market": "GB"}),
        # As in a file that is imported, an article that names itself is an original.
        (
            {"translation_of": "toasters", "original_language": "en"},
            {"translation_of": None, "original_language": None},
        ),
        ({"original_language": "de"}, {"translation_of": None, "original_language": "de"}),
        ({"translation_of": "Toaster-1"}, {"translation_of": "Toaster-1", "original_language": None}),
    ],
)
def test_what_an_article_says_of_itself(service: Service, given: dict[str, str], stored: dict[str, str | None]) -> None:
    answer = service.send("PUT", "/v1/articles/toasters/en", {"title": "Toasters", "body": "Warm.", **given})
    assert answer.status_code == 200, answer.text
    assert {name: answer.json()[name] for name in stored} == stored


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("market", "Germany"),
        ("market", "D1"),
        ("translation_of", "no id"),
        ("original_language", "English"),
        ("source_url", "javascript:alert(1)"),
        ("source_url", "https://shop.example/<script>"),
        ("negative_questions", "Kauft ihr leere Gläser an?"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(service: Service, name: str, value: str) -> None:
    answer = service.send("PUT", "/v1/articles/refused/en", {"title": "T", "body": "B", name: value})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, name)


@pytest.mark.parametrize("name", ["questions", "negative_questions"])
def test_questions_have_limits(service: Service, name: str) -> None:
    for value, field in ((["x" * 301], f"{name}[0]"), (["  "], f"{name}[0]"), (["x"] * 201, name)):
        answer = service.send("PUT", "/v1/articles/refused/en", {"title": "T", "body": "B", name: value})
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


@pytest.mark.parametrize(("method", "path"), [("PUT", "/v1/articles/refused/en"), ("POST", "/v1/articles")])
def test_a_question_is_known_or_negative_and_not_both(service: Service, method: str, path: str) -> None:
    named = {"id": "refused", "language": "en"} if method == "POST" else {}
    both = {"questions": ["Red | blue?", "Green?"], "negative_questions": ["Yellow?", "red |  BLUE?"]}
    answer = service.send(method, path, {"title": "T", "body": "B", **named, **both})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == "negative_questions"
    assert error["message"] == "negative_questions holds 'red |  BLUE?', which is in questions too"
    assert error["hint"] == "Take it out of one of the two."
    assert service.send("GET", "/v1/articles/refused/en").status_code == 404


def test_a_list_is_narrowed_to_a_market_and_to_translations(service: Service) -> None:
    for article, market, original in (("kiosk", "US", None), ("kiosk-de", "AT", "kiosk"), ("kiosk-fr", None, "kiosk")):
        body = {"title": article, "body": "Text.", "market": market, "translation_of": original}
        service.send("PUT", f"/v1/articles/{article}/en", body)
    for query, wanted in (("market=at", ["kiosk-de"]), ("translation_of=kiosk", ["kiosk-de", "kiosk-fr"])):
        listed = ArticleList.model_validate_json(service.send("GET", f"/v1/articles?{query}").content)
        assert sorted(article.id for article in listed.items if article.id.startswith("kiosk")) == wanted
    assert service.send("GET", "/v1/articles?market=Austria").status_code == 422


def test_a_message_of_one_market_finds_no_article_of_another(service: Service) -> None:
    for market, price in (("US", "nine"), ("DE", "seven")):
        body = {"title": "Unicycle deposit", "body": f"The unicycle deposit is {price} coins.", "market": market}
        sure = {**body, "questions": ["How much is the unicycle deposit?"]}
        service.send("PUT", f"/v1/articles/unicycles-{market.lower()}/en", sure)
    for market, wanted in (("DE", {"unicycles-de"}), ("us", {"unicycles-us"}), ("JP", set[str]())):
        asked = {"text": "How much is the unicycle deposit?", "market": market}
        decision = service.send("POST", "/v1/triage", {"messages": [asked]}).json()["decisions"][0]
        assert {one["article"] for one in decision["answers"] if "unicycle" in one["article"]} == wanted
        question = {"question": asked["text"], "market": market}
        said = service.send("POST", "/v1/answers", question, role="bot").json()
        named = [one["article"] for one in said["sources"]]
        named += [one["article"] for one in (said["hand_off"] or {"tried": []})["tried"]]
        named += [one["value"] for one in said["choices"]]
        assert {one for one in named if "unicycle" in one} == wanted


@pytest.mark.parametrize(("method", "path"), [("PUT", "/v1/articles/secrets/en"), ("POST", "/v1/articles")])
def test_comments_are_not_kept_and_end(service: Service, method: str, path: str) -> None:
    named = {"id": "secrets-two", "language": "en"} if method == "POST" else {}
    text = {"title": "Zeppelins", "body": "Zeppelins: 30 days. <!-- 60 if they insist -->\n\n`<!-- shown -->`", **named}
    made = service.send(method, path, text)
    assert made.json()["body"] == "Zeppelins: 30 days. \n\n`<!-- shown -->`"
    refused = service.send(
        method, path, {**text, "id": "x", "body": "One\n\n<!-- two"} if named else {**text, "body": "One\n\n<!-- two"}
    )
    error = refused.json()["error"]
    assert (refused.status_code, error["field"]) == (422, "body")
    assert error["message"] == "body opens a comment by `<!--` in its line 3 and never closes it"


@pytest.mark.parametrize(("named", "code"), [("pt-BR", "pt"), ("zh-CN", "zh"), ("de-at", "de")])
def test_a_language_is_stored_as_the_code_that_the_search_compares(service: Service, named: str, code: str) -> None:
    text = {"title": "Monocycles", "body": "Monocycles roll.", "original_language": "en-GB"}
    put = service.send("PUT", f"/v1/articles/mono/{named}", text).json()
    assert (put["language"], put["original_language"]) == (code, "en")
    assert service.send("GET", f"/v1/articles/mono/{named}").json() == put
    added = service.send("POST", "/v1/articles", {**text, "id": f"mono-{code}", "language": named})
    assert added.json()["language"] == code
    assert added.headers["location"] == f"/v1/articles/mono-{code}/{code}"
    assert service.send("POST", "/v1/articles", {**text, "id": "mono", "language": named}).status_code == 409
    assert service.send("DELETE", f"/v1/articles/mono/{named}").status_code == 204
    assert service.send("GET", f"/v1/articles/mono/{code}").status_code == 404


def test_what_is_no_language_is_refused(service: Service) -> None:
    text = {"title": "T", "body": "B"}
    for answer in (
        service.send("PUT", "/v1/articles/refused/eng", text),
        service.send("POST", "/v1/articles", {**text, "id": "refused", "language": "eng"}),
    ):
        error = answer.json()["error"]
        assert (answer.status_code, error["field"]) == (422, "language")
        assert error["message"] == "language 'eng' is no two-letter code (ISO 639-1)"
        assert error["hint"] == "Send one such as en, de or zh; pt-BR counts as pt."
    answer = service.send("PUT", "/v1/articles/refused/en", {**text, "original_language": "xx"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "original_language")


def test_an_article_that_was_stored_under_its_region_can_be_read_replaced_and_removed(service: Service) -> None:
    store = service.services.articles
    for article in ("region", "gone"):
        store.put(Article(article, "pt-BR", "Antigo", "Texto antigo."), actor="test")
    assert service.send("GET", "/v1/articles/region/pt-BR").json()["body"] == "Texto antigo."
    service.send("PUT", "/v1/articles/region/pt-BR", {"title": "Novo", "body": "Texto novo."})
    assert service.send("GET", "/v1/articles/region/pt-BR").json()["body"] == "Texto novo."
    assert store.languages("region") == ("pt",)
    assert service.send("DELETE", "/v1/articles/gone/pt-BR").status_code == 204
    assert store.languages("gone") == ()


def test_days_in_the_wrong_order_are_refused(service: Service) -> None:
    days = {"valid_from": "2026-02-01", "valid_until": "2026-01-01"}
    answer = service.send("PUT", "/v1/articles/refused/en", {"title": "T", "body": "B", **days})
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (422, "valid_until")
    assert error["message"] == "valid_until 2026-01-01 lies before valid_from 2026-02-01"


@pytest.mark.parametrize("body", ["# Only a heading", "![](x.png)", "***", "<!-- to be written -->"])
def test_what_holds_no_text_is_refused(service: Service, body: str) -> None:
    named = {"title": "Empty", "body": body}
    for answer in (
        service.send("PUT", "/v1/articles/empty/en", named),
        service.send("POST", "/v1/articles", {**named, "id": "empty", "language": "en"}),
    ):
        error = answer.json()["error"]
        assert (answer.status_code, error["field"]) == (422, "body")
        assert error["message"] == f"body {body!r} holds no text that could answer a question"
        assert error["hint"] == "Write some beside headings, pictures, rules and comments, or DELETE the article."
    assert service.send("GET", "/v1/articles/empty/en").status_code == 404


@pytest.mark.parametrize("name", ["возврат", "返品", "zażalenie", "größe", "١٢", "a.b:c"])
def test_an_id_in_any_script_is_stored_and_found_at_its_location(service: Service, name: str) -> None:
    made = service.send("POST", "/v1/articles", {**WHOLE, "id": name, "language": "de"})
    assert made.status_code == 201, made.text
    assert made.headers["location"].isascii()
    assert service.send("GET", made.headers["location"]).json()["id"] == name


def test_a_table_that_would_take_seconds_to_show_is_refused(service: Service) -> None:
    row = "|" + "x|" * 99
    table = "\n".join([row, "|" + "-|" * 99, *[row] * 250])
    refused = service.send("PUT", "/v1/articles/table/en", {**WHOLE, "translation_of": None, "body": table})
    assert refused.status_code == 422
    problem = refused.json()["error"]
    assert problem["field"] == "body"
    assert "cut them into several articles" in problem["message"]
    fits = "\n".join([row, "|" + "-|" * 99, *[row] * 90])
    assert service.send("PUT", "/v1/articles/table/en", {**WHOLE, "body": fits}).status_code == 200
