"""What a chatbot may not say on a marketplace: the rules that hold for replies hold for passages too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from api.schemas.bots import Action
from replies.rules import RuleCheck
from replies.rules.book import RuleBook
from tests.api.test_http_answering import DEFAULT, EU, chosen, decision

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("passage", "marketplace", "expected"),
    [
        ("Use the code SPRING10 for 10 % off your next order.", "amazon", Action.HAND_OFF),
        ("Use the code SPRING10 for 10 % off your next order.", None, Action.ANSWER),
        ("Our team is there Monday to Friday from 9 to 5.", "Amazon.de", Action.HAND_OFF),
        ("Our team is there Monday to Friday from 9 to 5.", "aliexpress", Action.ANSWER),
        ("Our team is there Monday to Friday from 9 to 5.", None, Action.ANSWER),
        ("Two to four days.", "amazon", Action.ANSWER),
    ],
)
def test_the_marketplaces_rules_hold_for_passages(passage: str, marketplace: str | None, expected: Action) -> None:
    assert chosen(decision(replace(EU, passage=passage)), marketplace=marketplace).action is expected


def test_a_shops_own_rules_hold_for_passages(tmp_path: Path) -> None:
    own = tmp_path / "marketplace_rules.yaml"
    rule = "{id: S1, severity: block, explanation: No days., phrases: [four days]}"
    own.write_text(f"rules:\n  - {rule}\n", encoding="utf-8")
    strict = replace(DEFAULT, check=RuleCheck(RuleBook.load(own)))
    assert chosen(decision(EU), bot=strict, marketplace="otto").action is Action.HAND_OFF
