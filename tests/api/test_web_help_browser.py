"""The help centre as its readers use it: typing, the keyboard alone, a phone, dark, from right to left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect

from api.web.contact_words import contact_words
from api.web.help import words
from tests.api.browsing import Witness, running

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUESTIONS = {
    "en": "how do I send something back",
    "de": "wie schicke ich etwas zurück",
    "ar": "كيف أرسل المنتج إليكم لإرجاعه؟",
}
LEAST_CONTRAST = 4.5
# Every visible text whose colour stands out too little from the first ground behind it that is not see-through.
FAINT = """(least) => {
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const found = parts(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] > 0.99) return found;
    }
    return parts(getComputedStyle(document.documentElement).colorScheme.includes("dark") ? "0 0 0" : "255 255 255");
  };
  return Array.from(document.querySelectorAll("main *"))
    .filter((node) => node.checkVisibility() && !node.closest(".unseen"))
    .filter((node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim()))
    .map((node) => {
      const [one, two] = [light(parts(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
      return [(one + 0.05) / (two + 0.05), node.outerHTML.slice(0, 120)];
    })
    .filter(([contrast]) => contrast < least);
}"""
NAMELESS = """() => Array.from(document.querySelectorAll("input, textarea, button, a[href]"))
  .filter((e) => !e.closest("[aria-hidden=true]") && e.type !== "hidden")
  .filter((e) => !(e.labels?.length || e.getAttribute("aria-label") || e.textContent.trim()))
  .map((e) => e.outerHTML)"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("help") / "home"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with running("demo", home) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, locale="en-GB")
    page = context.new_page()
    witness = Witness(page, address)
    yield page
    context.close()
    assert witness.problems == []


@pytest.fixture
def shop(address: str, home: Path) -> Iterator[httpx.Client]:
    key = (home / "admin.key").read_text().strip()
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def search(page: Page, language: str) -> None:
    page.goto(f"/help/{language}")
    page.get_by_role("searchbox", name=words()[language].search).fill(QUESTIONS[language])
    page.locator(".help-found a").first.wait_for()


def focused(page: Page) -> str:
    """Name what has the focus by its id, else its text."""
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def tab_to(page: Page, wanted: str, *, most: int = 40) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page) == wanted:
            # Who cannot use a mouse must see where they are.
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{most} tabs do not lead to {wanted!r}, but to {focused(page)!r}")


def test_results_come_as_one_types_and_go_with_the_words(page: Page) -> None:
    page.goto("/help/en")
    box = page.get_by_role("searchbox")
    box.press_sequentially("return a lamp")
    page.locator(".help-found article").first.wait_for()
    expect(page.locator("#announcer")).to_have_text(
        f"Articles that answer this: {page.locator('#found article').count()}"
    )
    assert page.url.endswith("?q=return+a+lamp")
    expect(page.locator(".help-languages a[lang=de]")).to_have_attribute(
        "href", re.compile(r"/help/de\?q=return\+a\+lamp$")
    )
    page.reload()
    assert page.locator(".help-found article").count() > 0
    assert box.input_value() == "return a lamp"
    box.fill("")
    expect(page.locator("#found")).to_be_empty()
    expect(page.locator("#announcer")).to_be_empty()
    assert "q=" not in page.url


@pytest.mark.parametrize(("locale", "language"), [("de-AT", "de"), ("pt-BR", "pt"), ("ja-JP", "ja"), ("sv-SE", "en")])
def test_readers_come_to_articles_in_their_language(browser: Browser, address: str, locale: str, language: str) -> None:
    context = browser.new_context(base_url=address, locale=locale)
    page = context.new_page()
    page.goto("/help")
    assert page.url == f"{address}/help/{language}"
    page.locator(f".help-list a[lang={language}]").first.click()
    article = page.locator(".help-article")
    assert article.get_attribute("lang") == language
    assert page.locator(".notice").count() == 0
    english = page.locator(".help-list a[lang=en]")
    page.go_back()
    if language != "en" and english.count():
        english.first.click()
        expect(page.locator(".notice")).to_have_text(words()[language].elsewhere)
        assert article.get_attribute("lang") == "en"
    context.close()


def test_a_search_in_german_shows_german_articles(page: Page) -> None:
    search(page, "de")
    assert page.locator(".help-found article").first.get_attribute("lang") == "de"


@pytest.mark.parametrize(("pressed", "answer"), [("Yes", "thanks"), ("No", "sorry")])
def test_a_vote_is_given_with_the_keyboard_and_thanked_for(page: Page, pressed: str, answer: str) -> None:
    page.goto("/help/en/how-to-return")
    page.get_by_role("form", name="Did this help?").wait_for()
    tab_to(page, pressed)
    page.keyboard.press("Enter")
    thanks = page.get_by_role("status").filter(has_text=getattr(contact_words()["en"], answer))
    thanks.wait_for()
    assert focused(page) == "vote-said"
    assert page.locator("#vote").is_hidden()
    assert thanks.get_by_role("link").count() == (pressed == "No")


def test_a_vote_counts_where_the_script_fails(page: Page) -> None:
    page.goto("/help/en/how-to-return")
    # The script gets no answer; the form itself does the rest.
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('offline')); }")
    page.get_by_role("button", name="Yes", exact=True).click()
    page.wait_for_url("**?voted=yes")
    expect(page.locator("#vote-said")).to_contain_text(contact_words()["en"].thanks)


def test_answers_are_shown_before_a_message_is_sent_by_keyboard_alone(page: Page, shop: httpx.Client) -> None:
    page.goto("/contact/en")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for wanted, typed in (("message", QUESTIONS["en"]), ("email", "kay@board.example"), ("name", "Kay"), ("order", "")):
        tab_to(page, wanted)
        page.keyboard.type(typed)
    tab_to(page, contact_words()["en"].send)
    page.keyboard.press("Enter")
    page.locator("#before").wait_for()
    assert focused(page) == "before"
    assert page.get_by_role("region", name=contact_words()["en"].before).get_by_role("link").count() >= 2
    assert mine(shop) == []
    tab_to(page, contact_words()["en"].still)
    page.keyboard.press("Enter")
    page.wait_for_url("**sent=*")
    (ticket,) = mine(shop)
    expect(page.get_by_role("status").filter(has_text=ticket["id"])).to_contain_text(contact_words()["en"].sent)


def mine(shop: httpx.Client) -> list[dict[str, Any]]:
    items = shop.get("/v1/tickets", params={"limit": 5}).raise_for_status().json()["items"]
    return [one for one in items if (one["customer"] or {}).get("email") == "kay@board.example"]


def test_what_is_missing_gets_the_focus_and_is_tied_to_its_field(page: Page) -> None:
    context = page.context
    page.close()
    # A refusal (422) is what is asked for here, so nobody counts it as a problem.
    page = context.new_page()
    page.goto("/contact/en")
    page.get_by_role("button", name=contact_words()["en"].send).click()
    page.locator("[aria-invalid]").first.wait_for()
    assert focused(page) == "message"
    email = page.get_by_label(contact_words()["en"].email)
    described = page.locator(f"#{email.get_attribute('aria-describedby')}")
    expect(described).to_have_text(contact_words()["en"].need_email)


def test_the_market_of_the_first_link_stays_with_the_reader(page: Page, shop: httpx.Client) -> None:
    for market in ("DE", "US"):
        body = {"title": f"Zeppelin rides {market}", "body": "Zeppelin rides are free.", "market": market}
        shop.put(f"/v1/articles/zeppelins-{market.lower()}/en", json=body).raise_for_status()
    page.goto("/help?market=de")
    assert page.get_by_role("link", name="Zeppelin rides").all_inner_texts() == ["Zeppelin rides DE"]
    page.get_by_role("searchbox").fill("zeppelin rides")
    found = page.locator(".help-found a").filter(has_text="Zeppelin rides")
    expect(found).to_have_text(["Zeppelin rides DE"])
    found.click()
    page.get_by_role("link", name=words()["en"].back).click()
    assert page.url.endswith("/help/en?market=DE")
    page.get_by_role("searchbox").fill("zeppelin rides")
    page.keyboard.press("Enter")
    expect(found).to_have_text(["Zeppelin rides DE"])
    page.goto("/help/en?market=Germany")
    assert page.get_by_role("link", name="Zeppelin rides").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_can_be_read_and_named_on_a_phone(
    browser: Browser, address: str, language: str, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme, base_url=address)
    page = context.new_page()
    search(page, language)
    check(page, language)
    page.locator(".help-found a").first.click()
    page.locator(".help-article h1").wait_for()
    check(page, language)
    page.goto(f"/contact/{language}")
    page.locator("#message").fill(QUESTIONS[language])
    page.locator("#email").fill("kim@phone.example")
    page.locator("#contact button").click()
    page.locator("#before").wait_for()
    check(page, language)
    context.close()


# The first sign of every line of an article, as it is broken on this screen.
LINE_STARTS = """() => {
  const found = [];
  for (const block of document.querySelectorAll(".help-article :is(h1, h2, h3, p, li)")) {
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    let line = null;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (let at = 0; at < node.length; at += 1) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const box = range.getBoundingClientRect();
        if (!box.width) continue;
        if (line === null || box.top > line + box.height / 2) found.push(node.data[at]);
        line = line === null ? box.top : Math.max(line, box.top);
      }
    }
  }
  return found;
}"""
CLOSING = "、。，．：；？！）」』】》"
NEVER_FIRST = {"ja": f"ーァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ々{CLOSING}", "zh": CLOSING}


@pytest.mark.parametrize("language", ["ja", "zh"])
@pytest.mark.parametrize("width", [320, 360, 390, 430])
def test_lines_of_japanese_and_chinese_begin_where_they_may(
    browser: Browser, address: str, language: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, base_url=address)
    page = context.new_page()
    for article in ("shipping-times", "how-to-return", "return-policy"):
        page.goto(f"/help/{language}/{article}")
        starts = page.evaluate(LINE_STARTS)
        assert len(starts) > 20
        assert [sign for sign in starts if sign in NEVER_FIRST[language]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def check(page: Page, language: str) -> None:
    """Look at what holds for every page: its width, direction, contrast, names, and one heading of the first level."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("getComputedStyle(document.body).direction") == ("rtl" if language == "ar" else "ltr")
    assert page.evaluate(FAINT, LEAST_CONTRAST) == []
    assert page.evaluate(NAMELESS) == []
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("main").count() == 1
    assert page.locator(f"html[lang={language}]").count() == 1
