"""A chatbot's customer whose level the shop knows: the store's level counts where the bot sends none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tickets.records import Customer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Service, StartService

KNOWN = (
    Customer(id="c9", level="VIP"),
    Customer(id="c1", email="anna@shop.example", level="club"),
    Customer(id="c2", email="vera@shop.example", phone="+49 30 901820", level="vip"),
    Customer(id="c3", phone="+49 30 901820", level="club"),
    Customer(id="c4", level="club"),
)


@pytest.fixture
def shop(start_service: StartService, tmp_path: Path) -> Service:
    home = tmp_path / "home"
    home.mkdir()
    (home / "bot_policy.yaml").write_text("people_only: {levels: [vip]}\n", encoding="utf-8")
    service = start_service(home=home)
    service.services.customers.put_many(KNOWN)
    return service


def why(shop: Service, customer: dict[str, Any] | None) -> str | None:
    body = {"question": "How do I wash the wool jumper?", "market": "DE", "customer": customer}
    answer = shop.send("POST", "/v1/answers", body, role="bot")
    assert answer.status_code == 200, answer.text
    hand_off: dict[str, Any] | None = answer.json()["hand_off"]
    return hand_off["why"] if hand_off else None


@pytest.mark.parametrize(
    "customer",
    [
        {"id": "c9"},
        {"id": "new", "email": "Vera@shop.example"},
        {"email": "vera@shop.example"},
        {"phone": "030 901820"},
        {"id": "c4", "level": "vip"},
        {"id": "c4", "email": "vera@shop.example"},
    ],
    ids=["number", "unknown number", "e-mail", "shared telephone", "as sent", "two records"],
)
def test_the_level_that_the_shop_knows_counts(shop: Service, customer: dict[str, Any]) -> None:
    assert why(shop, customer) == "level"


@pytest.mark.parametrize(
    "customer",
    [None, {}, {"name": "Vera"}, {"id": "c1"}, {"id": "unknown"}, {"id": "c9", "level": "club"}],
    ids=["nobody", "nothing known", "a name", "another level", "unknown", "as sent"],
)
def test_who_has_no_such_level_is_served_by_the_bot(shop: Service, customer: dict[str, Any] | None) -> None:
    assert why(shop, customer) != "level"
