"""The sample shop is whole: its articles, orders and tickets agree with each other and with what the house accepts."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from api.demo_shop import FOLDER, resolve_dates
from api.schemas.messages import IncomingMessage
from tickets.records import OrderState
from training.answers import read_questions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row: TypeAlias = "dict[str, JsonValue]"

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh")
EVERYDAY = {
    "order.status", "delivery.delay", "delivery.not_received", "return.request", "return.policy", "refund.status",
    "exchange.request", "product.size", "product.details", "payment.failed", "order.cancel", "item.damaged",
}  # fmt: skip
MOST_ASKED = {
    "track-your-order", "shipping-times", "parcel-not-arrived", "how-to-return", "return-policy", "refund-times",
    "exchange-an-item", "size-guide", "product-materials-and-care", "payment-problems", "cancel-or-change-order",
    "damaged-or-faulty-items",
}  # fmt: skip
EMAILS = re.compile(r"[A-Za-z0-9._+-]+@([A-Za-z0-9.-]+)")


def rows(name: str) -> list[Row]:
    """Read a file of JSON lines; a repeated key in an object is an error."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line, object_pairs_hook=_no_repeats) for line in text.splitlines()]


def _no_repeats(pairs: list[tuple[str, JsonValue]]) -> Row:
    assert len(dict(pairs)) == len(pairs), f"a repeated key in {pairs}"
    return dict(pairs)


def articles(language: str) -> Iterator[tuple[Path, Row, str]]:
    for path in sorted((FOLDER / "articles" / language).glob("*.md")):
        opening, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        assert opening == "", path
        yield path, yaml.safe_load(head), body


ORDERS = rows("orders.jsonl")
TICKETS = rows("tickets.jsonl")
BY_ID = {row["id"]: row for row in ORDERS}
FOLDERS = sorted(path.name for path in (FOLDER / "articles").iterdir())


# --- articles ---------------------------------------------------------------------------------------------------------


def test_english_articles_and_how_many_of_them_are_internal() -> None:
    visibility = Counter(head["visibility"] for _, head, _ in articles("en"))
    assert visibility == {"public": 110, "internal": 10}


@pytest.mark.parametrize("language", FOLDERS)
def test_most_asked_articles_exist_in_every_language_folder(language: str) -> None:
    assert language in LANGUAGES
    found = {path.stem for path, _, _ in articles(language)}
    assert found >= MOST_ASKED
    assert found <= {path.stem for path, _, _ in articles("en")}


def test_public_articles_name_questions_and_none_that_measures_the_search() -> None:
    measured = {one.text.casefold() for one in read_questions()}
    for path, head, _ in articles("en"):
        questions = head.get("questions", [])
        assert isinstance(questions, list)
        assert head["visibility"] == "internal" or len(questions) >= 4 * len(LANGUAGES), path
        negative = head.get("negative_questions", [])
        assert isinstance(negative, list)
        assert not measured.intersection(str(one).casefold() for one in (*questions, *negative)), path


@pytest.mark.parametrize("language", FOLDERS)
def test_front_matter_is_complete_and_passages_stand_under_headings(language: str) -> None:
    for path, head, body in articles(language):
        public = language == "en" and head["visibility"] == "public"
        named, may = ({"questions"} if public else set()), ({"negative_questions"} if language == "en" else set())
        assert set(head) - may == {"id", "title", "language", "visibility", "tags"} | named, path
        assert (head["id"], head["language"]) == (path.stem, language)
        assert head["visibility"] in {"public", "internal"}
        assert isinstance(head["title"], str)
        assert head["title"].strip(), path
        tags = head["tags"]
        assert isinstance(tags, list)
        assert tags, path
        assert all(isinstance(tag, str) and tag for tag in tags), path
        headings = re.findall(r"^## (.+)$", body, re.MULTILINE)
        assert 2 <= len(headings) == len(set(headings)) <= 8, path
        assert not re.search(r"^#(?!#)", body, re.MULTILINE), f"{path}: the title stands in the front matter"


def test_english_articles_are_neither_stubs_nor_essays() -> None:
    lengths = {path.stem: len(body.split()) for path, _, body in articles("en")}
    assert {name: words for name, words in lengths.items() if not 120 <= words <= 350} == {}


def test_articles_answer_every_everyday_intent() -> None:
    tags = {
        tag
        for path, head, _ in articles("en")
        if path.stem in MOST_ASKED and isinstance(head["tags"], list)
        for tag in head["tags"]
    }
    assert tags >= EVERYDAY


def test_articles_repeat_the_facts_of_the_shop() -> None:
    facts = yaml.safe_load((FOLDER / "shop.yaml").read_text(encoding="utf-8"))["facts"]
    texts = {path.stem: body for path, _, body in articles("en")}
    assert f"{facts['return_days']} days" in texts["return-policy"]
    assert f"within {facts['refund_days']} business days" in texts["refund-times"]
    assert f"within {facts['exchange_days']} days" in texts["exchange-an-item"]
    assert f"within {facts['damage_report_days']} days" in texts["damaged-or-faulty-items"]
    assert facts["return_fee"] in texts["return-policy"]
    assert facts["free_shipping_from"] in texts["delivery-options"]
    assert f"after {facts['loss_days']} working days" in texts["parcel-not-arrived"]
    assert f"valid for {facts['giftcard_years']} years" in texts["gift-cards"]


# --- tickets ----------------------------------------------------------------------------------------------------------


def test_ten_tickets_in_each_language() -> None:
    ids = [str(row["external_id"]) for row in TICKETS]
    assert len(ids) == len(set(ids)) == 120
    assert Counter(name.split("-")[1] for name in ids) == dict.fromkeys(LANGUAGES, 10)
    assert len({str(row["text"]) for row in TICKETS}) == 120


@pytest.mark.parametrize("row", TICKETS, ids=lambda row: str(row["external_id"]))
def test_ticket_is_a_body_of_the_messages_route(row: Row) -> None:
    now = datetime(2030, 6, 15, 12, tzinfo=UTC)
    message = IncomingMessage.model_validate_json(json.dumps(resolve_dates(row, now))).record()
    assert message.connector == "demo"
    assert message.sent_at is not None
    assert now - timedelta(days=3) < message.sent_at < now


def test_tickets_name_orders_of_their_own_customer() -> None:
    states = Counter()  # type: Counter[JsonValue]
    for row in TICKETS:
        text = f"{row.get('subject', '')} {row['text']}"
        named = [number for number in BY_ID if str(number) in text]
        assert set(re.findall(r"HP-[0-9]+", text)) <= set(map(str, BY_ID))
        order, customer = row.get("order"), row["customer"]
        if isinstance(order, dict):
            named.append(order["id"])
        assert isinstance(customer, dict)
        for number in named:
            known = BY_ID[number]
            assert (customer["id"], customer["name"]) == (known["customer_id"], known["customer_name"])
            assert row["market"] == known["market"]
            assert row.get("marketplace") == known.get("marketplace")
        states.update({BY_ID[number]["state"] for number in named})
    assert set(states) == set(OrderState)
    assert sum(states.values()) >= 100


def test_no_address_belongs_to_anybody() -> None:
    for name in ("orders.jsonl", "tickets.jsonl"):
        domains = set(EMAILS.findall((FOLDER / name).read_text(encoding="utf-8")))
        assert domains <= {"example.com", "example.net", "example.org"}, name


def test_tickets_come_through_many_channels() -> None:
    channels = Counter(row["channel"] for row in TICKETS)
    assert set(channels) == {"email", "chat", "marketplace", "social", "form", "phone"}
    assert all(("marketplace" in row) == (row["channel"] == "marketplace") for row in TICKETS)
    html = [row for row in TICKETS if row.get("html")]
    assert len(html) >= 10
    assert all("</" in str(row["text"]) for row in html)
    assert sum("\n> " in str(row["text"]) or "<blockquote" in str(row["text"]) for row in TICKETS) >= 6


# --- the package ------------------------------------------------------------------------------------------------------


def test_days_hours_and_minutes_count_from_now() -> None:
    now = datetime(2030, 3, 1, 8, 30, tzinfo=UTC)
    row: Row = {"placed_at": "-12d", "return_by": "+2d", "shipped_at": "0d", "sent_at": "-3h", "called_at": "-40m"}
    assert resolve_dates(row, now) == {
        "placed_at": "2030-02-17",
        "return_by": "2030-03-03",
        "shipped_at": "2030-03-01",
        "sent_at": "2030-03-01T05:30:00+00:00",
        "called_at": "2030-03-01T07:50:00+00:00",
    }


def test_a_plain_day_counts_from_its_first_minute() -> None:
    assert resolve_dates({"sent_at": "-1h", "placed_at": "0d"}, date(2030, 3, 1)) == {
        "sent_at": "2030-02-28T23:00:00+00:00",
        "placed_at": "2030-03-01",
    }


def test_other_fields_and_iso_dates_stay() -> None:
    row: Row = {"text": "-12d", "placed_at": "2027-03-01", "refunded_at": None, "items": [{"sold_at": "-1d"}]}
    assert resolve_dates(row, date(2030, 3, 1)) == row


@given(st.dictionaries(st.sampled_from(["text", "sent_at", "return_by", "id"]), st.text(max_size=12)))
def test_whatever_is_no_offset_is_left_alone(row: dict[str, str]) -> None:
    resolved = resolve_dates(row, date(2030, 3, 1))
    assert resolved.keys() == row.keys()
    for name, value in row.items():
        offset = name in {"sent_at", "return_by"} and re.fullmatch(r"[+-]?[0-9]{1,5}[dhm]", value)
        assert (resolved[name] == value) == (not offset)


def test_every_file_of_the_readme_is_there() -> None:
    for name in ("README.md", "shop.yaml", "orders.jsonl", "tickets.jsonl", "articles/en"):
        assert (FOLDER / name).exists(), name


def test_the_package_imports_nothing_of_the_house() -> None:
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported = {(node.module or "").split(".")[0]}
            else:
                continue
            assert imported <= sys.stdlib_module_names, path
