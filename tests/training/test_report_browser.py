"""The training report in a browser: nothing is fetched, nothing overflows, rows can be sorted without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.api.browsing import Witness, chromium
from tests.training.reporting import LABELS, drawn, guess, judged, manifest
from training.report import Confusion, write_report

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ARABIC = "أين طلبي رقم 4711؟ لم يصل بعد"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("report")
    arabic = judged("development", [guess(ARABIC, LABELS[2], LABELS[0], 0.999, language="ar")])
    tests = [drawn("random", 200, 1), drawn("unseen_situations", 100, 2), arabic]
    write_report(folder, manifest(), tests, [Confusion(LABELS[0], LABELS[1], 3, 0.25)], notes=["note " * 40])
    return (folder / "report.html").as_uri()


def order_of(page: Page) -> list[str]:
    """Return the first test set's intents as they lie on the page, from the top."""
    rows = page.locator(".intents[open] tbody tr").evaluate_all(
        "rows => rows.map(row => [row.getBoundingClientRect().top, row.querySelector('code').textContent])"
    )
    return [name.replace("\u200b", "") for _, name in sorted(rows)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_and_fetches_nothing(browser: Browser, address: str, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    witness = Witness(page, address)
    page.goto(address)
    assert witness.problems == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(246, 245, 242)") == (scheme == "light")
    page.close()


def test_intents_can_be_sorted_without_scripts(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(address)
    worst_first = order_of(page)
    page.locator("input[name=sort-1][value=name]").check()
    assert order_of(page) == sorted(LABELS) != worst_first
    page.locator("input[name=sort-1][value=f1]").check()
    assert order_of(page) == worst_first
    page.close()


def test_arabic_runs_from_the_right(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    quote = page.locator("blockquote[lang=ar]").filter(has_text="4711")
    assert quote.evaluate("quote => getComputedStyle(quote).direction") == "rtl"
    page.close()
