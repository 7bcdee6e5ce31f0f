from __future__ import annotations

from pathlib import Path

import pytest

from api.web.pages import POLICY
from tests.api.conftest import StartService

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/nowhere", "/help/en/nowhere", "/help/xx", "/static/1/nowhere.js"])
def test_a_browser_gets_a_page_where_nothing_lies(start_service: StartService, path: str) -> None:
    answer = start_service().client.get(path, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"] == POLICY
    assert "Nothing here" in answer.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_a_program_gets_json_where_nothing_lies(start_service: StartService, accept: str) -> None:
    for path in ("/nowhere", "/help/en/nowhere"):
        answer = start_service().client.get(path, headers={"accept": accept})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_the_api_speaks_json_even_to_a_browser(start_service: StartService) -> None:
    service = start_service()
    for path in ("/v1/nowhere", "/v1/tickets/nowhere"):
        answer = service.send("GET", path, headers=BROWSER)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_an_address_that_looks_like_markup_is_shown_as_text(start_service: StartService) -> None:
    answer = start_service().client.get("/<script>alert(1)</script>", headers=BROWSER)
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_the_public_help_centre_offers_no_rooms_of_the_shop(start_service: StartService) -> None:
    client = start_service().client
    for path in ("/help/en", "/help/en/nowhere"):
        text = client.get(path, headers=BROWSER).text
        for address in ('"/"', '"/inbox"', '"/signin"', '"/docs"'):
            assert f"href={address}" not in text, f"{path} links to {address}"


def test_customers_read_the_name_of_the_shop(start_service: StartService, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/shop.yaml").write_text("name: Lamp & Co\n", encoding="utf-8")
    client = start_service().client
    for path in ("/help/en?market=DE", "/contact/ar?market=DE"):
        text = client.get(path, headers=BROWSER).text
        assert "<span>Lamp &amp; Co</span>" in text
        assert '<a class="brand brand-shop" href="/help?market=DE" aria-label="Lamp &amp; Co">' in text
        assert "Deskhand" not in text
    assert 'aria-label="Deskhand"' in client.get("/signin", headers=BROWSER).text
