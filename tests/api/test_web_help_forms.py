"""What readers send from the help centre: votes on articles, and messages that become tickets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from api.app import FORMS_PER_MINUTE
from api.web import help_search
from api.web.contact_words import contact_words
from api.web.help import words
from knowledge_base.records import Article
from knowledge_base.votes import VoteStore
from tickets.records import Channel

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

QUESTION = "How long may I take to return a lamp?"
LETTER = {"message": "The drawer of my cupboard squeaks.", "email": "ada@example.com", "name": "Ada", "order": "HP-7"}


@pytest.fixture
def shop(start_service: StartService) -> Service:
    service = start_service()
    body = f"{QUESTION} You may return a lamp within 30 days."
    public = {"id": "returns", "language": "en", "title": "Returning a lamp", "body": body}
    hidden = {"id": "secret", "language": "en", "title": "Lamp refunds", "body": body, "visibility": "internal"}
    for article in (public, hidden):
        assert service.send("POST", "/v1/articles", article).status_code == 201
    service.services.refresh()
    return service


def send(service: Service, path: str, form: dict[str, str], **headers: str) -> Any:
    return service.client.post(path, data=form, headers=headers, follow_redirects=False)


def tickets(service: Service) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.send("GET", "/v1/tickets").json()["items"]
    return found


def test_a_vote_is_stored_and_thanked_for(shop: Service) -> None:
    answer = send(shop, "/help/en/returns/vote", {"helped": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/help/en/returns?voted=yes")
    send(shop, "/help/de/returns/vote", {"helped": "no"})
    assert VoteStore(shop.services.database).counts("returns", "en") == (1, 1)
    assert contact_words()["en"].thanks in shop.client.get("/help/en/returns?voted=yes").text
    assert 'href="/contact/en"' in shop.client.get("/help/en/returns?voted=no").text


def test_the_market_is_kept_when_a_message_has_arrived(shop: Service) -> None:
    sent = send(shop, "/contact/ar?market=AE", {**LETTER, "seen": "1"})
    assert sent.status_code == 303
    assert sent.headers["location"].endswith("&market=AE")
    arrived = shop.client.get(sent.headers["location"]).text
    assert 'href="/help/ar?market=AE"' in arrived


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/help/en/returns/vote", {"helped": "perhaps"}, 422),
        ("/help/en/returns/vote", {}, 422),
        ("/help/en/secret/vote", {"helped": "yes"}, 404),
        ("/help/en/nothing/vote", {"helped": "yes"}, 404),
        ("/help/xx/returns/vote", {"helped": "yes"}, 404),
        ("/contact/xx", LETTER, 404),
    ],
)
def test_what_cannot_be_meant_is_refused(shop: Service, path: str, form: dict[str, str], status: int) -> None:
    assert send(shop, path, form).status_code == status
    assert VoteStore(shop.services.database).counts("returns", "en") == (0, 0)


def test_another_sites_form_is_refused(shop: Service) -> None:
    for path in ("/help/en/returns/vote", "/contact/en"):
        answer = send(shop, path, {**LETTER, "helped": "yes"}, **{"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
    assert tickets(shop) == []


def test_answers_come_before_a_message_is_sent(shop: Service) -> None:
    form = {**LETTER, "message": QUESTION}
    shown = send(shop, "/contact/en", form)
    assert shown.status_code == 200
    assert 'href="/help/en/returns"' in shown.text
    assert "Lamp refunds" not in shown.text
    assert contact_words()["en"].still in shown.text
    assert 'value="ada@example.com"' in shown.text
    assert tickets(shop) == []
    assert send(shop, "/contact/en", {**form, "seen": "1"}).status_code == 303
    assert len(tickets(shop)) == 1


def test_what_no_article_answers_is_stored_at_once(shop: Service) -> None:
    answer = send(shop, "/contact/en", LETTER)
    assert answer.status_code == 303, answer.text
    (ticket,) = tickets(shop)
    assert answer.headers["location"] == f"/contact/en?sent={ticket['id']}"
    assert ticket["channel"] == Channel.FORM
    assert (ticket["customer"]["name"], ticket["customer"]["email"]) == ("Ada", "ada@example.com")
    detail = shop.send("GET", f"/v1/tickets/{ticket['id']}").json()
    assert detail["messages"][0]["text"] == f"{LETTER['message']}\n\nOrder number: HP-7"
    page = shop.client.get(answer.headers["location"])
    assert contact_words()["en"].sent in page.text
    assert ticket["id"] in page.text


def test_a_new_article_is_found_by_the_next_search(shop: Service) -> None:
    assert "airship" not in shop.client.get("/help/en/find?q=airship+parking").text
    shop.send("PUT", "/v1/articles/airships/en", {"title": "Airship parking", "body": "Airship parking is free."})
    assert 'href="/help/en/airships"' in shop.client.get("/help/en/find?q=airship+parking").text


def found(page: str) -> list[str]:
    """Return the titles that a search shows."""
    return re.findall(r"<h3><a [^>]*>(.*?)</a></h3>", page)


def test_half_a_word_finds_the_titles_that_begin_so(shop: Service) -> None:
    for name, language, title in (
        ("codes", "en", "Vouchers and codes"),
        ("codes", "de", "Gutscheine einlösen"),
        ("codes-us", "en", "Vouchers in America"),
    ):
        market = {"market": "US"} if name == "codes-us" else {}
        article = {"title": title, "body": "Enter it at checkout.", **market}
        assert shop.send("PUT", f"/v1/articles/{name}/{language}", article).status_code == 200
    assert found(shop.client.get("/help/en/find?q=vouc").text)[:2] == ["Vouchers and codes", "Vouchers in America"]
    assert "Vouchers in America" not in shop.client.get("/help/en/find?q=vouc&market=DE").text
    assert found(shop.client.get("/help/de/find?q=guts").text)[0] == "Gutscheine einlösen"
    # Readers of another language find the English title of what is English only, as their list names it.
    assert found(shop.client.get("/help/de/find?q=lamp").text).count("Returning a lamp") == 1
    assert "Lamp refunds" not in shop.client.get("/help/en/find?q=lamp").text


def test_what_nobody_knows_is_said_to_be_unknown(shop: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of two articles one is found for anything; in a whole shop such words score far less.
    monkeypatch.setattr(help_search, "LEAST_SCORE", 0.5)
    page = shop.client.get("/help/en/find?q=qwertyuiop").text
    assert found(page) == []
    assert words()["en"].none in page


def test_a_result_is_shown_in_the_readers_language_where_its_article_is(shop: Service) -> None:
    article = {"title": "Lampen zurückgeben", "body": "Das geht.\n\n## Und zerbrochene?\n\nDie auch, ganz sicher."}
    assert shop.send("PUT", "/v1/articles/returns/de", article).status_code == 200
    page = shop.client.get("/help/de", params={"q": QUESTION}).text
    assert found(page) == ["Lampen zurückgeben"]


def test_all_articles_are_listed(shop: Service) -> None:
    articles = [Article(f"a{number}", "en", f"Title {number}", "Text.") for number in range(230)]
    shop.services.articles.apply(articles, source="many")
    page = shop.client.get("/help/en").text
    assert all(f'href="/help/en/a{number}"' in page for number in range(230))


def test_the_market_of_the_page_goes_with_everything_that_is_sent(shop: Service) -> None:
    body = {"title": "Lamps", "body": f"{QUESTION} Sixty days.", "market": "US"}
    assert shop.send("PUT", "/v1/articles/us-lamps/en", body).status_code == 200
    page = shop.client.get("/help/en/returns?market=de").text
    assert 'action="/help/en/returns/vote?market=DE"' in page
    vote = send(shop, "/help/en/returns/vote?market=DE", {"helped": "yes"})
    assert vote.headers["location"] == "/help/en/returns?voted=yes&market=DE"
    # What is for another country alone is neither shown, nor listed, nor voted on, nor offered before sending.
    assert shop.client.get("/help/en/us-lamps?market=DE").status_code == 404
    assert send(shop, "/help/en/us-lamps/vote?market=DE", {"helped": "yes"}).status_code == 404
    assert "us-lamps" not in shop.client.get("/help/en?market=DE").text
    assert "us-lamps" in shop.client.get("/help/en").text
    before = send(shop, "/contact/en?market=DE", {**LETTER, "message": QUESTION}).text
    assert 'href="/help/en/returns?market=DE"' in before
    assert "us-lamps" not in before
    home = shop.client.get("/contact?market=DE", headers={"accept-language": "fr"}, follow_redirects=False)
    assert home.headers["location"] == "/contact/fr?market=DE"
    assert send(shop, "/contact/en?market=DE", LETTER).status_code == 303
    assert [ticket["market"] for ticket in tickets(shop)] == ["DE"]


def test_a_form_sent_twice_is_one_ticket_and_a_changed_one_another(shop: Service) -> None:
    token = re.search(r'name="token" value="([^"]+)"', shop.client.get("/contact/en").text)
    assert token is not None
    form = {**LETTER, "token": token[1]}
    first = send(shop, "/contact/en", form).headers["location"]
    assert send(shop, "/contact/en", form).headers["location"] == first
    assert send(shop, "/contact/en", {**form, "message": "Something else squeaks."}).headers["location"] != first
    assert len(tickets(shop)) == 2


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_lost(shop: Service) -> None:
    answer = send(shop, "/contact/de", {"message": " ", "email": "ada", "name": "<b>Ada</b>"})
    assert answer.status_code == 422
    said = contact_words()["de"]
    assert said.need_email in answer.text
    assert said.need_message in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert "&lt;b&gt;Ada&lt;/b&gt;" in answer.text
    assert send(shop, "/contact/de", {**LETTER, "message": "x" * 10_001}).status_code == 422
    assert tickets(shop) == []


def test_what_nobody_can_see_is_no_message_and_no_part_of_an_address(shop: Service) -> None:
    said = contact_words()["en"]
    unseen = send(shop, "/contact/en", {**LETTER, "message": "\u200b \u2060", "seen": "1"})
    assert unseen.status_code == 422
    assert said.need_message in unseen.text
    odd = {**LETTER, "email": "a\u200bn\x00na@mail.example", "name": "An\u202ena", "seen": "1"}
    assert send(shop, "/contact/en", odd).status_code == 303
    (ticket,) = tickets(shop)
    detail = shop.send("GET", f"/v1/tickets/{ticket['id']}").text
    assert "anna@mail.example" in detail
    assert not any(letter in detail for letter in ("\u200b", "\u202e", "\ufffd"))


def test_a_program_that_fills_in_every_field_stores_nothing(shop: Service) -> None:
    answer = send(shop, "/contact/en", {**LETTER, "website": "https://spam.example"})
    assert answer.status_code == 303
    assert tickets(shop) == []


def test_too_much_from_one_address_is_put_off_politely(shop: Service) -> None:
    for _ in range(FORMS_PER_MINUTE):
        send(shop, "/help/en/nothing/vote", {"helped": "yes"})
    answer = send(shop, "/contact/en", LETTER)
    assert answer.status_code == 429
    assert contact_words()["en"].busy in answer.text
    assert tickets(shop) == []


def test_a_form_that_is_too_large_or_no_form_is_refused(shop: Service) -> None:
    assert send(shop, "/contact/en", {"message": "x" * 200_000}).status_code == 422
    answer = shop.client.post("/contact/en", content="ü=1".encode(), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


def test_every_language_of_the_help_centre_has_all_its_words() -> None:
    assert set(contact_words()) == set(words())
    for said in contact_words().values():
        assert all(getattr(said, name).strip() for name in said.__slots__)


@pytest.mark.parametrize("language", sorted(words()))
def test_the_form_speaks_every_language(service: Service, language: str) -> None:
    page = service.client.get(f"/contact/{language}").text
    assert contact_words()[language].message in page
    assert ('dir="rtl"' in page.partition("<body>")[0]) is (language == "ar")
