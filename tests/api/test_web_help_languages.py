"""The help centre in any language: from the right where it is written so, and a search that goes along."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from babel import Locale
from babel.localedata import locale_identifiers

from api.web.pages import RIGHT_TO_LEFT, direction
from knowledge_base.records import Article

if TYPE_CHECKING:
    from tests.api.conftest import Service


@pytest.mark.parametrize("language", [name for name in locale_identifiers() if len(name) == 2])
def test_every_language_is_set_as_it_is_written(language: str) -> None:
    assert direction(language) == Locale(language).text_direction


@pytest.mark.parametrize(("language", "wanted"), [("fa-IR", "rtl"), ("HE", "rtl"), ("de-AT", "ltr"), ("und", "ltr")])
def test_a_region_changes_no_direction(language: str, wanted: str) -> None:
    assert direction(language) == wanted


def test_languages_are_named_once() -> None:
    assert {"ar", "fa", "he", "ur"} <= RIGHT_TO_LEFT


@pytest.mark.parametrize(("language", "wanted"), [("fa", "rtl"), ("he", "rtl"), ("ur", "rtl"), ("sv", "ltr")])
def test_an_article_is_set_in_its_own_direction(service: Service, language: str, wanted: str) -> None:
    service.services.articles.apply([Article(f"only-{language}", language, "Title", "Text.")], source=language)
    page = service.client.get(f"/help/en/only-{language}").text
    assert f'lang="{language}" dir="{wanted}"' in page
    assert '<html lang="en" dir="ltr"' in page
    assert '<html lang="ar" dir="rtl"' in service.client.get("/help/ar").text


def links(page: str) -> dict[str, str]:
    """Return where each language of the choice leads."""
    choice = page.partition('<nav class="help-languages"')[2].partition("</nav>")[0]
    return {language: address for address, language in re.findall(r'<a href="([^"]*)" lang="(\w+)"', choice)}


def test_a_search_goes_along_into_another_language(service: Service) -> None:
    page = service.client.get("/help/en", params={"q": "size & fit?"}).text
    assert links(page)["de"] == "/help/de?q=size%20%26%20fit%3F"
    page = service.client.get("/help/en", params={"q": "lamp", "market": "DE"}).text
    assert links(page)["fr"] in ("/help/fr?market=DE&amp;q=lamp", "/help/fr?market=DE&q=lamp")
    assert links(service.client.get("/help/en").text)["de"] == "/help/de"
    assert 'value="lamp"' in service.client.get("/help/fr?market=DE&q=lamp").text
