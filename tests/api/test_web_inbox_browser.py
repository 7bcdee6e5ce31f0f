"""The agent's page: verdicts by one key, what a reply needs, what the customer was told without a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.api.browsing import Witness, running

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Api = Callable[..., dict[str, Any]]
WORDS = "Can I return the lamp that I bought last week?"
SIGNED_IN = "sessionStorage.setItem('deskhand-key', '{key}')"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("agents") / "home"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with running("serve", home) as found:
        yield found


@pytest.fixture(scope="module")
def api(address: str, home: Path) -> Iterator[Api]:
    headers = {"Authorization": f"Bearer {(home / 'admin.key').read_text().strip()}"}
    with httpx.Client(base_url=address, headers=headers) as client:

        def ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
            return dict(client.request(method, path, json=body).raise_for_status().json())

        yield ask


@pytest.fixture
def page(browser: Browser, address: str, home: Path) -> Iterator[Page]:
    context = browser.new_context(base_url=address)
    context.add_init_script(SIGNED_IN.format(key=(home / "admin.key").read_text().strip()))
    page = context.new_page()
    witness = Witness(page, address)
    yield page
    context.close()
    assert witness.problems == []


@pytest.fixture
def ticket(page: Page, api: Api) -> str:
    """Store a message with several replies that fit, and open its ticket."""
    found = api("POST", "/v1/messages", {"text": WORDS})
    assert len(found["decision"]["suggestions"]) >= 2
    number = str(found["ticket"]["id"])
    page.goto(f"/inbox/{number}")
    page.locator("#reply").wait_for()
    return number


def verdicts(api: Api, ticket: str) -> list[tuple[str, str | None, str | None]]:
    told = api("GET", f"/v1/tickets/{ticket}")["feedback"]
    return [(entry["action"], entry["reason"], entry["comment"]) for entry in told]


def module_address(page: Page, name: str) -> str:
    """Return the address of a module of the opened inbox."""
    source = page.locator("script[src$='inbox.js']").get_attribute("src") or ""
    assert source.endswith("inbox.js")
    return source.removesuffix("inbox.js") + name


def test_one_key_says_why_a_reply_was_rejected(page: Page, api: Api, ticket: str) -> None:
    page.get_by_role("button", name="Reject").first.click()
    page.keyboard.press("3")
    expect(page.locator(".suggestion").nth(0).locator(".suggestion-actions")).to_have_text("Rejected: tone")
    assert page.evaluate("document.activeElement.textContent") == "Use as reply"
    page.get_by_role("button", name="Reject").first.click()
    page.keyboard.press("7")
    page.keyboard.type("3 days, not 30")
    page.keyboard.press("Enter")
    expect(page.locator(".suggestion").nth(1).locator(".suggestion-actions")).to_have_text("Rejected: other")
    assert verdicts(api, ticket) == [("rejected", "tone", None), ("rejected", "other", "3 days, not 30")]
    page.reload()
    expect(page.locator(".suggestion").nth(0).locator(".suggestion-actions")).to_contain_text("Rejected: tone")


def test_a_rejection_can_be_taken_back_before_it_is_sent(page: Page, api: Api, ticket: str) -> None:
    reject = page.get_by_role("button", name="Reject").first
    reject.click()
    page.keyboard.press("Escape")
    assert page.locator(".rejecting").count() == 0
    expect(reject).to_be_focused()
    assert verdicts(api, ticket) == []


@pytest.mark.parametrize(("written", "expected"), [("", "accepted"), ("\nHave a nice day", "edited")])
def test_a_reply_from_a_suggestion_is_its_verdict(
    page: Page, api: Api, ticket: str, written: str, expected: str
) -> None:
    page.get_by_role("button", name="Use as reply").first.click()
    expect(page.locator("#reply-started")).to_contain_text("Started from")
    box = page.get_by_label("Reply", exact=True)
    box.fill(box.input_value() + written)
    box.press("Control+Enter")
    page.locator(".said-out").wait_for()
    assert verdicts(api, ticket) == [(expected, None, None)]
    expect(page.locator(".suggestion-actions").first).to_contain_text(expected.capitalize())
    expect(page.locator(".suggestion").nth(1).locator("[data-withdrawn]")).to_contain_text("Withdrawn: answered")
    assert page.get_by_role("button", name="Use as reply").count() == 0
    assert page.get_by_label("Reply", exact=True).input_value() == ""


def test_who_empties_the_box_starts_anew(page: Page, api: Api, ticket: str) -> None:
    page.get_by_role("button", name="Use as reply").first.click()
    box = page.get_by_label("Reply", exact=True)
    box.fill("")
    box.fill("Certainly, please send it back.")
    page.get_by_role("button", name="Save reply").click()
    page.locator(".said-out").wait_for()
    assert verdicts(api, ticket) == []


def test_what_a_colleague_answered_meanwhile_is_not_answered_again(page: Page, api: Api, ticket: str) -> None:
    api("POST", f"/v1/tickets/{ticket}/reply", {"text": "You can, within 30 days."})
    page.get_by_role("button", name="Use as reply").first.click()
    expect(page.locator(".toast")).to_contain_text("A colleague answered meanwhile")
    expect(page.locator("[data-withdrawn]").first).to_be_visible()
    assert page.get_by_label("Reply", exact=True).input_value() == ""


def test_a_note_leaves_the_reply_that_is_being_written(page: Page, api: Api, ticket: str) -> None:
    page.get_by_role("button", name="Use as reply").first.click()
    begun = page.get_by_label("Reply", exact=True).input_value()
    page.get_by_label("Add a note").fill("asked the warehouse")
    page.get_by_role("button", name="Save note").click()
    page.locator(".note").wait_for()
    assert page.get_by_label("Reply", exact=True).input_value() == begun
    page.get_by_role("button", name="Save reply").click()
    page.locator(".said-out").wait_for()
    assert verdicts(api, ticket) == [("accepted", None, None)]


def test_what_a_reply_needs_stands_with_the_question_for_it(page: Page) -> None:
    page.goto("/inbox")
    said = page.evaluate(
        """async ([module]) => {
             const { suggestionsCard } = await import(module);
             const reply = (id, template, missing) =>
               ({ id, template, missing, language: "en", score: 0.5, text: id, why: [], intent: "order.status" });
             const used = [];
             const card = suggestionsCard(
               { suggestions: [reply("1", "order.status.general", ["order number"]),
                               reply("2", "order.status.ask", ["order number"]), reply("3", "order.status.done", [])] },
               { use: (suggestion) => used.push(suggestion.id) });
             card.querySelector("[data-ask]").click();
             const needs = (item) => item.querySelector(".needs")?.textContent ?? null;
             return [...card.querySelectorAll(".suggestion")].map(needs).concat(used);
           }""",
        [module_address(page, "decision.js")],
    )
    assert said == [
        "needs order numberAsk for it",
        "needs order numberThis reply asks the customer for it.",
        None,
        "2",
    ]


def test_what_was_told_automatically_is_no_answer(page: Page) -> None:
    page.goto("/inbox")
    shown = page.evaluate(
        """async ([module]) => {
             const { historyCard } = await import(module);
             const message = (direction, at, text) =>
               ({ direction, text, created_at: at, sent_at: null, author: "mia", decision: null });
             const notice = { stage: "received", language: "ar", subject: "وصلتنا رسالتكم", text: "<b>x</b>",
                              created_at: "2026-11-21T09:00:00Z", due: "2026-11-23T17:00:00Z" };
             const asked = message("in", "2026-11-21T09:00:00Z", "Where?");
             const card = historyCard({ notices: [notice],
               messages: [asked, message("out", "2026-11-21T10:00:00Z", "Here.")] }, true);
             const kinds = [...card.querySelectorAll("li")].map((item) => item.className);
             const mine = card.querySelector("[data-notice=received]");
             return { kinds, tag: mine.querySelector(".tag").textContent, markup: mine.querySelectorAll("b").length,
                      direction: mine.querySelector(".words").dir, text: mine.querySelector(".words").textContent,
                      alone: historyCard({ notices: [], messages: [asked] }, true) };
           }""",
        [module_address(page, "history.js")],
    )
    assert shown == {
        "kinds": ["said said-in", "said said-auto", "said said-out"],
        "tag": "Automatic, not an answer",
        "markup": 0,
        "direction": "rtl",
        "text": "<b>x</b>",
        "alone": None,
    }


def test_a_reply_that_breaks_a_rule_is_not_saved_and_mended_by_a_click(
    browser: Browser, api: Api, address: str, home: Path
) -> None:
    found = api("POST", "/v1/messages", {"text": WORDS, "marketplace": "amazon", "channel": "marketplace"})
    context = browser.new_context(base_url=address)
    context.add_init_script(SIGNED_IN.format(key=(home / "admin.key").read_text().strip()))
    page = context.new_page()
    page.goto(f"/inbox/{found['ticket']['id']}")
    box = page.get_by_label("Reply", exact=True)
    box.fill("Yes, you can send it back. Please call us on +1 415 555 0132.")
    page.locator(".finding-block").first.wait_for()
    box.press("Control+Enter")
    problem = page.locator("#reply .notice-bad")
    expect(problem).to_contain_text("Not saved: change what is marked")
    page.get_by_role("button", name="Take the sentence out").first.click()
    expect(page.locator(".finding")).to_have_count(0)
    assert problem.count() == 0
    assert box.input_value().strip() == "Yes, you can send it back."
    page.get_by_role("button", name="Save reply").click()
    page.locator(".said-out").wait_for()
    context.close()


def test_what_was_written_outlives_a_colleague_who_was_faster(
    browser: Browser, api: Api, address: str, home: Path
) -> None:
    number = api("POST", "/v1/messages", {"text": WORDS})["ticket"]["id"]
    context = browser.new_context(base_url=address)
    context.add_init_script(SIGNED_IN.format(key=(home / "admin.key").read_text().strip()))
    page = context.new_page()
    page.goto(f"/inbox/{number}")
    page.get_by_role("button", name="Use as reply").first.click()
    box = page.get_by_label("Reply", exact=True)
    written = f"{box.input_value()} Take your time."
    box.fill(written)
    page.wait_for_load_state("networkidle")
    api("POST", f"/v1/tickets/{number}/reply", {"text": "You can, within 30 days."})
    box.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("the customer was answered meanwhile")
    expect(page.locator(".said-out")).to_have_count(1)
    expect(page.get_by_label("Reply", exact=True)).to_have_value(written)
    page.get_by_role("button", name="Save reply").click()
    expect(page.locator(".said-out")).to_have_count(2)
    assert verdicts(api, number) == [], "by then they are the agent's own words"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("text", [WORDS, "أين طلبي HP-100017؟ لم يصل بعد."], ids=["en", "ar"])
def test_on_a_phone_the_reply_box_is_one_touch_away(
    browser: Browser, api: Api, address: str, home: Path, text: str, scheme: Any
) -> None:
    number = api("POST", "/v1/messages", {"text": text})["ticket"]["id"]
    phone = {"width": 390, "height": 844}
    context = browser.new_context(viewport=phone, color_scheme=scheme, base_url=address, has_touch=True)  # type: ignore[arg-type]
    context.add_init_script(SIGNED_IN.format(key=(home / "admin.key").read_text().strip()))
    page = context.new_page()
    page.goto(f"/inbox/{number}")
    box, reach = page.get_by_label("Reply", exact=True), page.locator("[data-reach]")
    expect(box).not_to_be_in_viewport()
    expect(reach).to_be_in_viewport(ratio=1)
    page.mouse.wheel(0, 600)
    expect(reach).to_be_in_viewport(ratio=1)
    reach.tap()
    expect(box).to_be_in_viewport(ratio=1)
    expect(box).to_be_focused()
    expect(reach).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= phone["width"]
    context.close()


def test_on_a_large_screen_nothing_floats(page: Page, ticket: str) -> None:
    expect(page.locator("[data-reach]")).to_be_hidden()


def test_signing_out_forgets_the_key_of_the_tab(browser: Browser, address: str, home: Path) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/signin")
    leave = page.get_by_role("button", name="Sign out")
    expect(leave).to_be_hidden()
    page.get_by_label("Key").fill((home / "admin.key").read_text().strip())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/inbox")
    leave.click()
    page.wait_for_url("**/signin")
    assert page.evaluate("sessionStorage.length") == 0
    page.goto("/inbox")
    expect(page.locator("#count")).to_contain_text("sign in with a key")
    context.close()
