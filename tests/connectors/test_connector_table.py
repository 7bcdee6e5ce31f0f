from __future__ import annotations

import re
from pathlib import Path

import connectors
from connectors.table import CONNECTORS, GENERIC, connector
from tests.checkout import needs_checkout
from tests.connectors.samples import INBOUND, OUTBOUND

GUIDE = Path(__file__).parents[2] / "docs" / "connectors.md"


def test_every_connector_has_a_sample_of_each_half() -> None:
    assert set(INBOUND) == set(OUTBOUND) == set(CONNECTORS)


def test_names_are_those_that_settings_admit() -> None:
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name) for name in CONNECTORS)


def test_an_operators_own_system_speaks_the_generic_webhook() -> None:
    assert connector("mydesk") is GENERIC
    assert connector("generic") is GENERIC


@needs_checkout
def test_the_guide_names_every_file_that_it_sends_people_to() -> None:
    root = Path(connectors.__file__).parents[1]
    for path in re.findall(r"`((?:connectors|tests)/[a-z_/]+\.py)`", GUIDE.read_text(encoding="utf-8")):
        assert (root / path).is_file(), path
