"""What a marketplace may not carry: found wherever it is written, and nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.marketplaces import violations


@pytest.mark.parametrize(
    "text",
    ["help@shop.example", "Write to a.b+c@mail.co.uk, please", "name(at)mail.com", "name [at] mail.com", "x @ y.de"],
)
def test_email_addresses(text: str) -> None:
    assert "e-mail address" in violations(text)


@pytest.mark.parametrize(
    "text",
    ["https://a.b/c", "see HTTP://x", "www.shop.example", "go to shop.com now", "shop.de/returns", "at my-shop.co.uk."],
)
def test_links(text: str) -> None:
    assert "link" in violations(text)


@pytest.mark.parametrize(
    "text",
    [
        "+49 30 1234567",
        "call 0049 30 123456",
        "(555) 123-4567",
        "555-123-4567",
        "030 / 123 45 67",
        "0301234567",
        "+31 (0)20 123 4567",
        "Tel.: 06 12 34 56 78",
        "+8613800138000",
    ],
)
def test_phone_numbers(text: str) -> None:
    assert "phone number" in violations(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your order HP-100017 of 12 November 2026 comes to €1,284.50.",
        "Order 114-3941689-8772232 is on its way.",
        "The parcel left us on 12.11.2026, e.g. with DHL.",
        "It weighs 2.5 kg and measures 120 x 60 x 4 cm.",
        "You have 30 days.Thank you.",
        "2026年11月21日までに、10 000 円",
        "Size 38/40, EU 42, 5 to 10 business days, 1Z999AA10123456784",
        "Mr. Smith asked on 3 p.m.; see chapter 2.de",
    ],
)
def test_harmless_texts(text: str) -> None:
    assert violations(text) == ()


def test_known_numbers_are_no_phone_numbers() -> None:
    text = "Our number 030-12345-678 with 00340434161094042557"
    assert violations(text) == ("phone number",)
    assert violations(text, ("030-12345-678", "", "00340434161094042557")) == ()


def test_everything_is_named() -> None:
    assert violations("a@b.com or https://b.com or +49 30 1234567") == ("e-mail address", "link", "phone number")


@given(st.text(alphabet="ab01.@-+()[]/ :wht\n", max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert set(violations(text)) <= {"e-mail address", "link", "phone number"}


@pytest.mark.parametrize("piece", ["a", "0", "0 ", "a@", "a.", "+", "(0", "1-", "www", " @ ", "\n"])
def test_the_time_is_linear(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    violations(text)
    assert time.process_time() - started < 2
