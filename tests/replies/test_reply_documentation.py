"""The page about templates names all that there is, and shows what works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from replies.engine import FILTERS, TAG_NAMES
from replies.matter import FIELDS
from replies.samples import full_situation
from replies.slots import SLOTS, slots
from replies.templates import parse_template
from tests.checkout import IS_WHOLE
from tickets.records import Channel, OrderState

if not IS_WHOLE:
    pytest.skip("reads files of the checkout that are not installed", allow_module_level=True)

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
CODE = " ".join(re.findall(r"`([^`\n]+)`", PAGE))


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_every_filter_is_documented(name: str) -> None:
    assert re.search(rf"\b{name}\b", CODE)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_documented(name: str) -> None:
    assert f"| `{name}` |" in PAGE


@pytest.mark.parametrize(
    "name", [f"{root}.{field}" if field else root for root, fields in SLOTS.items() for field in sorted(fields or [""])]
)
def test_every_variable_is_documented(name: str) -> None:
    assert re.search(rf"(?<![\w.]){re.escape(name)}\b", CODE)


@pytest.mark.parametrize("name", sorted(name for name in TAG_NAMES if not name.startswith("end")))
def test_every_tag_is_documented(name: str) -> None:
    assert name in CODE.split()


@pytest.mark.parametrize("name", [*Channel, *OrderState])
def test_every_channel_and_state_is_documented(name: str) -> None:
    assert str(name) in CODE.split()


def test_the_example_works() -> None:
    (example,) = re.findall(r"```liquid\n(.*?)```", PAGE, re.DOTALL)
    template = parse_template(example, "page")
    filled = template.render(slots(full_situation("en", OrderState.SHIPPED), "en"))
    assert filled == "Hello Anna,\n\nGood news: your order HP-100017 is on its way. It left us on 12 November 2026."
