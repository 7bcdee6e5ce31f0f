"""Marketplaces by family and branch, as messages and rules write them."""

from __future__ import annotations

import pytest

from tickets.marketplace_names import checked_marketplace, is_marketplace, marketplace_branch, marketplace_family


@pytest.mark.parametrize(
    ("name", "family", "branch"),
    [
        ("amazon", "amazon", ""),
        ("Amazon.de", "amazon", "de"),
        ("AMAZON_US", "amazon", "us"),
        ("amazon-fr", "amazon", "fr"),
        (" amazon de ", "amazon", "de"),
        ("amazon.co.uk", "amazon", "uk"),
        ("amazon_gb", "amazon", "uk"),
        ("amazon.com", "amazon", "us"),
        ("amazon.com.au", "amazon", "au"),
        ("Amazon Seller Central", "amazon", ""),
        ("check24", "check24", ""),
        (None, "", ""),
        ("", "", ""),
    ],
)
def test_family_and_branch(name: str | None, family: str, branch: str) -> None:
    assert (marketplace_family(name), marketplace_branch(name)) == (family, branch)


@pytest.mark.parametrize(
    ("given", "wanted", "fits"),
    [
        ("amazon", "amazon", True),
        ("amazon.de", "amazon", True),
        ("amazon", "amazon.de", True),
        ("Amazon_DE", "amazon.de", True),
        ("amazon.fr", "amazon.de", False),
        ("ebay.de", "amazon.de", False),
        (None, "amazon.de", False),
        ("", "amazon", False),
    ],
)
def test_a_message_is_of_the_marketplace_that_a_rule_names(given: str | None, wanted: str, fits: bool) -> None:
    assert is_marketplace(given, wanted) is fits


@pytest.mark.parametrize("name", ["", " ", ".de", "_"])
def test_a_name_that_could_never_fit_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"names no marketplace; write amazon for all its branches"):
        checked_marketplace(name)
    assert checked_marketplace("Amazon.de") == "Amazon.de"
