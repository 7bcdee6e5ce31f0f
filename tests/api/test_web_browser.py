from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.api.browsing import Witness, running

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser") / "home"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with running("demo", home) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], base_url=address)
    page = context.new_page()
    witness = Witness(page, address)
    yield page
    context.close()
    assert witness.problems == []


# The text of the marked message without the little labels behind its entities.
WITHOUT_LABELS = """
  Array.from(document.querySelector("[data-words]").childNodes,
             (node) => node.querySelector?.("bdi")?.textContent ?? node.textContent).join("")
"""


def module_of(page: Page, name: str) -> str:
    """Open the first page and return the address of one of its modules."""
    page.goto("/")
    source = page.locator("script[src$='paste.js']").get_attribute("src") or ""
    return re.sub(r"paste\.js$", name, source)


def paste(page: Page, text: str) -> None:
    page.goto("/")
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Read it").click()
    page.locator("[data-words]").wait_for()


def stored(address: str, home: Path, ticket: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {(home / 'admin.key').read_text().strip()}"}
    return dict(httpx.get(f"{address}/v1/tickets/{ticket}", headers=headers).raise_for_status().json())


def test_a_pasted_message_is_decided_shown_and_stored(page: Page, address: str, home: Path) -> None:
    text = "Hello 😕😕, my order HP-100087 is late. I was promised Monday. Please refund £219.00 to me@example.org"
    paste(page, text)
    assert page.locator(".fact-language").inner_text().splitlines()[1] == "English"
    assert page.locator(".intent").count() == 5
    assert page.locator(".suggestion").count() >= 1
    marked = page.locator(".entity-order bdi")
    assert marked.first.inner_text() == "HP-100087"
    assert page.locator(".entity-email bdi").inner_text() == "me@example.org"
    ticket = page.locator("[data-stored]").get_attribute("data-stored")
    assert ticket is not None
    detail = stored(address, home, ticket)
    assert detail["messages"][0]["text"] == text
    assert detail["messages"][0]["decision"]["language"]["code"] == "en"
    page.get_by_role("link", name="Open the ticket").click()
    page.locator("#reply").wait_for()
    assert ticket in page.url


@pytest.mark.parametrize("language", ["English", "Deutsch", "العربية", "日本語", "中文", "Türkçe"])
def test_an_example_is_one_click(page: Page, language: str) -> None:
    page.goto("/")
    page.get_by_role("button", name=language, exact=True).click()
    page.locator("[data-words]").wait_for()
    pasted = page.get_by_label("Message").input_value()
    shown = " ".join(page.evaluate(WITHOUT_LABELS).split())
    assert len(shown) > 30
    assert " ".join(pasted.split()).startswith(shown)


def test_copying_puts_the_whole_reply_into_the_clipboard(page: Page) -> None:
    paste(page, "Wo ist meine Bestellung HP-100087? Ich warte seit zwei Wochen.")
    reply = page.locator(".suggestion-text").first.inner_text()
    button = page.locator("[data-copy]").first
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").split() == reply.split()
    assert page.locator("#announcer").inner_text() == "Copied to the clipboard"


def test_arabic_runs_from_right_to_left(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="العربية", exact=True).click()
    words = page.locator("[data-words]")
    words.wait_for()
    assert (words.get_attribute("lang"), words.get_attribute("dir")) == ("ar", "rtl")
    assert words.evaluate("e => getComputedStyle(e).direction") == "rtl"
    reply = page.locator(".suggestion-text[lang=ar]").first
    assert reply.evaluate("e => getComputedStyle(e).direction") == "rtl"
    page.goto("/help/ar")
    assert page.evaluate("document.documentElement.dir") == "rtl"


def test_markup_in_a_message_stays_text(page: Page) -> None:
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    paste(page, f"{evil} where is my order </textarea>")
    assert page.locator("[data-words] img, [data-words] script").count() == 0
    assert "owned" not in page.title()


def test_an_empty_message_is_refused_in_words(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Message").fill("  \n ")
    page.get_by_role("button", name="Read it").click()
    assert "nothing to read" in page.locator("#results").inner_text()
    assert page.evaluate("document.activeElement.id") == "message"


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.get_by_label("Message").focus()
    page.keyboard.type("My parcel says delivered but it is not here")
    page.keyboard.press("Control+Enter")
    page.locator("[data-words]").wait_for()
    assert page.locator("#announcer").inner_text().startswith("Decided: English")


def test_the_inbox_finds_answers_and_notes(page: Page) -> None:
    paste(page, "Hello, where is my parcel HP-100087, xylophone customer")
    page.goto("/inbox")
    page.locator(".ticket-row").first.wait_for()
    page.get_by_label("Search tickets").fill("xylophone")
    expect(page.locator(".ticket-row")).to_have_count(1)
    page.locator(".ticket-row").click()
    page.locator("#reply").wait_for()
    page.get_by_role("button", name="Use as reply").first.click()
    box = page.get_by_label("Reply", exact=True)
    assert len(box.input_value()) > 40
    box.fill(box.input_value() + "\n\nWith best wishes from the tests")
    page.get_by_role("button", name="Save reply").click()
    page.locator(".said-out").wait_for()
    expect(page.locator(".toast")).to_contain_text("Nothing is sent until a connector")
    assert "best wishes from the tests" in page.locator(".said-out").inner_text()
    page.get_by_label("Add a note").fill("@ann please look at <b>this</b>")
    page.get_by_role("button", name="Save note").click()
    page.locator(".note").wait_for()
    assert "@ann please look at <b>this</b>" in page.locator(".note").inner_text()


def test_what_colleagues_agreed_to_do_stands_beside_the_ticket(page: Page) -> None:
    paste(page, "The tracking says delivered, but my parcel HP-100087 is not here, nobody has seen it.")
    page.get_by_role("link", name="Open the ticket").click()
    card = page.locator("[data-procedure=parcel-marked-delivered]")
    card.wait_for()
    assert card.locator("ol.steps li").count() >= 8
    assert card.get_by_role("link", name="parcel-not-arrived").count() == 1


def test_a_person_may_know_better(page: Page, address: str, home: Path) -> None:
    paste(page, "quick question about the thing")
    wrong = page.get_by_role("button", name="Not right?")
    if wrong.count():
        wrong.click()
    choice = page.locator("button.intent").nth(1)
    name = choice.get_attribute("data-intent")
    choice.click()
    page.get_by_text("Corrected by a person").wait_for()
    ticket = page.locator("[data-stored]").get_attribute("data-stored")
    assert ticket is not None
    assert stored(address, home, ticket)["feedback"][0]["labels"]["intent"] == name


def test_the_help_centre_searches_as_one_types_and_works_without_scripts(
    page: Page, browser: Browser, address: str
) -> None:
    page.goto("/help/en")
    page.get_by_label("Search the help centre", exact=True).first.fill("how do I send something back")
    page.locator(".help-found a").first.click()
    page.locator(".help-article h1").wait_for()
    context = browser.new_context(java_script_enabled=False, base_url=address, locale="de-DE")
    plain = context.new_page()
    plain.goto("/help?q=Rückgabe")
    assert "/help/de" in plain.url
    assert plain.locator(".help-found a").count() >= 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/inbox", "/help/en", "/help/ar", "/signin"])
def test_pages_fit_a_phone(browser: Browser, address: str, path: str, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 780}, color_scheme=scheme, base_url=address)
    page = context.new_page()
    page.goto(path)
    if path == "/":
        page.get_by_role("button", name="Deutsch", exact=True).click()
        page.locator("[data-words]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_every_control_has_a_name(page: Page) -> None:
    for path in ("/", "/inbox", "/help/en", "/signin"):
        page.goto(path)
        nameless = page.evaluate(
            """Array.from(document.querySelectorAll('input, select, textarea, button, a[href]'))
               .filter(e => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))
               .map(e => e.outerHTML)"""
        )
        assert nameless == []


def test_offsets_are_code_points(page: Page) -> None:
    module = module_of(page, "marking.js")
    pieces = page.evaluate(
        """async ([module]) => {
             const { pieces } = await import(module);
             return pieces("😀a👍🏽bc", [
               { kind: "x", value: "b", start: 4, end: 5 }, { kind: "y", value: "?", start: 4, end: 9 },
               { kind: "z", value: "a", start: 1, end: 2 }, { kind: "w", value: "", start: 3, end: 3 },
             ]).map((piece) => [piece.text, piece.entity?.kind ?? null]);
           }""",
        [module],
    )
    assert pieces == [["😀", None], ["a", "z"], ["👍🏽", None], ["b", "x"], ["c", None]]


@pytest.mark.parametrize(
    ("label", "score", "probability", "shown"),
    [
        ("very_negative", -0.04, 0.27, "Unsure, leaning negative"),
        ("negative", -0.28, 0.44, "Unsure, leaning negative"),
        ("positive", 0.2, 0.49, "Unsure, leaning positive"),
        ("negative", 0.001, 0.3, "Unsure"),
        ("very_negative", -0.04, 0.6, "Unsure, leaning negative"),
        ("very_positive", -0.5, 0.6, "Unsure, leaning negative"),
        ("negative", -0.46, 0.7, "Negative"),
        ("very_negative", -0.8, 0.9, "Very negative"),
        ("neutral", 0.0, 0.97, "Neutral"),
    ],
)
def test_a_mood_claims_no_more_than_its_numbers(
    page: Page, label: str, score: float, probability: float, shown: str
) -> None:
    script = """async ([module, mood]) => (await import(module)).moodOf(mood).name"""
    mood = {"label": label, "score": score, "probability": probability}
    assert page.evaluate(script, [module_of(page, "mood.js"), mood]) == shown


def test_a_passage_becomes_lists_and_tables_and_its_markup_stays_text(page: Page) -> None:
    passage = (
        "Late?\nWrite <b>us</b>\n\n- one\n- <img src=x>\n\n2. two\n3. three\n"
        "State | Meaning | \n已签收 | x | y\n\na | b"
    )
    html = page.evaluate(
        """async ([module, passage]) =>
             (await import(module)).passageParts(passage).map((part) => part.outerHTML)""",
        [module_of(page, "passages.js"), passage],
    )
    assert html == [
        "<p>Late?\nWrite &lt;b&gt;us&lt;/b&gt;</p>",
        "<ul><li>one</li><li>&lt;img src=x&gt;</li></ul>",
        '<ol start="2"><li>two</li><li>three</li></ol>',
        '<table><thead><tr><th scope="col">State</th><th scope="col">Meaning</th><th scope="col"></th></tr></thead>'
        "<tbody><tr><td>已签收</td><td>x</td><td>y</td></tr></tbody></table>",
        "<p>a | b</p>",
    ]


def test_an_internal_passage_is_marked_and_no_probability_is_claimed(page: Page) -> None:
    answers = [
        {"article": "a", "title": "A", "passage": "x", "score": 0.69, "language": "en", "visibility": visibility}
        for visibility in ("internal", "public")
    ]
    answers.append({"article": "a", "title": "A", "passage": "x", "score": 0.69, "language": "en"})
    texts = page.evaluate(
        """async ([module, answers]) => {
             const card = (await import(module)).answersCard({ answers });
             return Array.from(card.querySelectorAll(".passage-head"), (head) => head.textContent);
           }""",
        [module_of(page, "decision.js"), answers],
    )
    assert texts == [
        "AEnglish · fit 69\u202f%internal – not for customers",
        "AEnglish · fit 69\u202f%",
        "AEnglish · fit 69\u202f%",
    ]


def test_counts_are_in_the_right_number(page: Page) -> None:
    script = """async ([module]) => { const { counted } = await import(module);
                  return [counted(1, "ticket"), counted(2, "ticket"), counted(1, "ticket", true)]; }"""
    assert page.evaluate(script, [module_of(page, "dom.js")]) == ["1 ticket", "2 tickets", "1+ tickets"]


def test_what_was_read_without_a_clear_intent_is_called_unsure(page: Page, address: str, home: Path) -> None:
    headers = {"Authorization": f"Bearer {(home / 'admin.key').read_text().strip()}"}
    picture = {"text": "", "attachments": [{"name": "a.jpg", "type": "image/jpeg", "size": 1000}]}
    ticket = httpx.post(f"{address}/v1/messages", json=picture, headers=headers).raise_for_status().json()["ticket"]
    assert (ticket["labels"], ticket["triaged"], ticket["intent"]) == (["attachment", "untriaged"], True, None)
    page.goto(f"/inbox/{ticket['id']}")
    expect(page.locator(".ticket-head .tag")).to_have_text(["Attachment", "Not sure"])
    expect(page.locator(f"a[data-id='{ticket['id']}'] .tag").first).to_have_text("Not sure")


def test_who_signs_out_of_the_demo_stays_out(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/inbox")
    page.locator("#tickets li").first.wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signin")
    page.goto("/inbox")
    expect(page.locator("#count")).to_contain_text("sign in with a key")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    context.close()


def test_without_a_session_the_inbox_leads_to_signing_in(browser: Browser, home: Path) -> None:
    with running("serve", home.parent / "house") as found:
        context = browser.new_context(base_url=found)
        page = context.new_page()
        page.goto("/inbox")
        page.locator("#count").get_by_role("link", name="sign in with a key").click()
        page.locator("#signin").wait_for()
        context.close()
