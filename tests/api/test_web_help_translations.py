"""Translations with an id of their own (`translation_of`): read, listed, found and linked like those of one id."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from api.web.help import words
from knowledge_base.records import Article, Visibility
from knowledge_base.translations import Name, Title, TranslationStore
from knowledge_base.votes import VoteStore

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

SHIPPING = Article("shipping", "en", "Shipping times", "Parcels inside Europe travel two to four working days.")
VERSAND = Article(
    "versand", "de", "Versandzeiten", "Pakete sind zwei bis vier Werktage unterwegs.", translation_of="shipping"
)
ENVIO = Article(
    "envio", "es", "Plazos de envío", "Los paquetes tardan entre dos y cuatro días.", translation_of="shipping"
)
GIFTS = Article("gifts", "en", "Gift wrapping", "We wrap gifts for three euros.")


@pytest.fixture
def shop(start_service: StartService) -> Service:
    service = start_service()
    service.services.articles.apply([SHIPPING, VERSAND, ENVIO, GIFTS], source="kb")
    service.services.refresh()
    return service


def heading(service: Service, path: str) -> str:
    answer = service.client.get(path)
    assert answer.status_code == 200
    return "".join(re.findall(r"<h1>(.*?)</h1>", answer.text))


def results(service: Service, language: str, query: str) -> list[str]:
    page = service.client.get(f"/help/{language}/find", params={"q": query}).text
    return re.findall(r"<h3><a [^>]*>(.*?)</a></h3>", page)


@pytest.mark.parametrize("name", ["shipping", "versand", "envio"])
@pytest.mark.parametrize(
    ("language", "title"),
    [("de", VERSAND.title), ("en", SHIPPING.title), ("es", ENVIO.title), ("fr", SHIPPING.title)],
)
def test_any_of_the_ids_leads_to_the_readers_language(shop: Service, name: str, language: str, title: str) -> None:
    path = f"/help/{language}/{name}"
    if language == "fr" and name != "shipping":
        # Without a French text it is the English one, whichever link one came by.
        assert words()["fr"].elsewhere in shop.client.get(path).text
    assert heading(shop, path) == title


def test_a_language_lists_an_article_once(shop: Service) -> None:
    page = shop.client.get("/help/de").text
    assert VERSAND.title in page
    assert SHIPPING.title not in page
    assert GIFTS.title in page, "what there is in English only is still listed"
    assert SHIPPING.title in shop.client.get("/help/fr").text


def test_a_translation_for_another_market_hides_no_original(shop: Service) -> None:
    swiss = Article("versand", "de", VERSAND.title, VERSAND.body, market="CH", translation_of="shipping")
    shop.services.articles.apply([swiss], source="kb")
    assert SHIPPING.title in shop.client.get("/help/de?market=DE").text
    assert heading(shop, "/help/de/versand?market=DE") == SHIPPING.title
    assert heading(shop, "/help/de/shipping?market=CH") == VERSAND.title


def test_internal_translations_stay_hidden(shop: Service) -> None:
    secret = Article("intern", "fr", "Secret", "For us.", Visibility.INTERNAL, translation_of="shipping")
    shop.services.articles.apply([secret], source="kb")
    assert heading(shop, "/help/fr/shipping") == SHIPPING.title
    assert heading(shop, "/help/fr/intern") == SHIPPING.title


@pytest.mark.parametrize("query", ["shipping times", "Versandzeiten", "versandz"])
def test_a_search_shows_an_article_once_in_the_readers_language(shop: Service, query: str) -> None:
    found = results(shop, "de", query)
    assert SHIPPING.title not in found
    assert found.count(VERSAND.title) == 1


def test_a_title_that_is_translated_is_not_found_by_its_english_words_alone(shop: Service) -> None:
    assert SHIPPING.title not in results(shop, "de", "shipp")
    assert SHIPPING.title in results(shop, "fr", "shipp")


def test_an_expired_translation_gives_way_to_the_original(shop: Service) -> None:
    old = Article("versand", "de", VERSAND.title, VERSAND.body, valid_until=date(2020, 1, 1), translation_of="shipping")
    shop.services.articles.apply([old], source="kb")
    assert heading(shop, "/help/de/versand") == SHIPPING.title
    assert results(shop, "de", "shipping times")[0] == SHIPPING.title


def test_a_vote_goes_to_what_was_read(shop: Service) -> None:
    shop.client.post("/help/de/shipping/vote", data={"helped": "yes"}, follow_redirects=False)
    votes = VoteStore(shop.services.database)
    assert (votes.counts("versand", "de"), votes.counts("shipping", "en")) == ((1, 0), (0, 0))


def test_families_name_the_given_id_first_then_the_original(shop: Service) -> None:
    store = TranslationStore(shop.services.database)
    dutch = Article("envio", "nl", "Verzending", "Twee tot vier dagen.", translation_of="shipping")
    shop.services.articles.apply([dutch], source="kb")
    families = store.families(["envio", "gifts", "nothing"])
    assert families["envio"] == (
        Name("envio", "es"),
        Name("envio", "nl"),
        Name("shipping", "en"),
        Name("versand", "de"),
    )
    assert (families["gifts"], families["nothing"]) == ((Name("gifts", "en"),), ())
    shop.services.articles.delete("versand", "de", actor="ann")
    assert Name("versand", "de") not in store.families(["shipping"])["shipping"]
    assert store.originals(["envio", "shipping", "nothing"]) == {
        "envio": "shipping",
        "shipping": "shipping",
        "nothing": "nothing",
    }
    assert store.titles("es", Visibility.PUBLIC, limit=5) == [Title("envio", "shipping", ENVIO.title)]
