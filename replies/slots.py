"""The values that templates may speak of: plain text, dates and amounts, without markup or control characters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import TYPE_CHECKING

from replies.filters import LOCALE_SLOT, locale_of
from replies.marketplaces import violations
from replies.names import first_name, shown_name
from tickets.records import Agent, Answer, Channel, Customer, Order, OrderState, Shipment, Shop

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_VALUE_CHARACTERS = 300
MAX_CODE_CHARACTERS = 100
MAX_TYPED_CHARACTERS = 40
"""No order number that a customer types is longer."""

MAX_LINK_CHARACTERS = 2_000
MAX_PASSAGE_CHARACTERS = 1_500
MIN_ANSWER_SCORE = 0.2
"""A passage that is likelier wrong than this is not quoted to a customer."""

MAX_ITEMS = 50
PUBLIC = "public"

_ORDER_FIELDS = (
    "id state placed_at total currency items item_names carrier tracking tracking_url shipped_at expected_at "
    "delivered_at return_by refund_amount refunded_at cancelled_at return_requested_at returned_at return_tracking "
    "shipments parcels parcels_delivered"
)

SLOTS: Mapping[str, frozenset[str] | None] = {
    "customer": frozenset({"name", "first_name", "level"}),
    "order": frozenset(_ORDER_FIELDS.split()),
    "shop": None,  # the name and any fact of shop.yaml
    "agent": frozenset({"name", "first_name", "signature"}),
    "answer": frozenset({"title", "passage"}),
    "message": frozenset({"order"}),
    "due": frozenset({"weekday", "date", "time", "city"}),  # in notices only: by when an answer is promised
    "mood": frozenset(),
    "escalate": frozenset(),
    "channel": frozenset(),
    "marketplace": frozenset(),
}
"""Every variable of a template; None where any name may follow the dot."""

DATES = frozenset(
    {
        *("placed_at", "shipped_at", "expected_at", "delivered_at", "return_by", "refunded_at"),
        *("cancelled_at", "return_requested_at", "returned_at"),
    }
)
AMOUNTS = frozenset({"total", "refund_amount"})
LISTS = frozenset({"item_names"})

_MOST_FOREIGN_LETTERS = 4
_LONGEST_PREFIX = 3
_RIGHT_TO_LEFT = frozenset({"ar"})
_LEFT_TO_RIGHT_MARK = "\u200e"
_FACT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")

Slots = dict[str, object]


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a reply is written, apart from its language.

    `named_order` is the number that the customer wrote; `order` is what was found by it and may be spoken of.
    """

    customer: Customer | None = None
    order: Order | None = None
    shop: Shop = field(default_factory=Shop)
    answers: tuple[Answer, ...] = ()
    named_order: str | None = None
    mood: str = "neutral"
    escalate: bool = False
    channel: Channel | None = None
    marketplace: str | None = None
    today: date | None = None
    agent: Agent | None = None

    @property
    def in_marketplace(self) -> bool:
        """Whether a marketplace reads the reply and its rules hold."""
        return self.channel is Channel.MARKETPLACE or bool(self.marketplace)


def plain(value: str | None, limit: int = MAX_VALUE_CHARACTERS) -> str | None:
    """Return a value as one line of visible text, at most `limit` characters long; None where nothing is left."""
    if not value:
        return None
    if "<" in value or "{" in value or "}" in value or "&" in value:
        value = _CODE.sub(" ", unescape(value[: limit * 4]))
    if value.isprintable():
        # No control, format or unassigned characters: the usual case, and far the fastest way to know.
        return " ".join(value[: limit * 2].split())[:limit].rstrip() or None
    kept = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter
        for letter in value[: limit * 2]
        if unicodedata.category(letter) not in {"Cf", "Cs", "Co", "Cn"}
    )
    return " ".join(kept.split())[:limit].rstrip() or None


# Tags, and what would be Liquid in a template: a value is never run, and should not look as if it could.
_CODE = re.compile(r"</?[A-Za-z!][^<>]{0,500}>|\{\{|\}\}|\{%|%\}")
# What order and tracking numbers are made of; letters on both sides of a dot are an address.
_NUMBER = re.compile(r"[\w #/.:+*()-]+")
_ADDRESS = re.compile(r"[^\W\d_]{2,}\.[^\W\d_]{2,}|://|www\.")

_MARKUP = (
    (re.compile(r"!?\[([^\[\]\n]{0,200})\]\([^()\s]{0,500}\)"), r"\1"),  # links and images
    (re.compile(r"</?[A-Za-z][^<>\n]{0,200}>"), ""),
    (re.compile(r"^[ \t]{0,8}(?:#{1,6}|>)[ \t]{1,8}", re.MULTILINE), ""),
    (re.compile(r"\*\*|__|``?`?"), ""),
)


def passage_text(passage: str) -> str | None:
    """Return a passage of the knowledge base as plain text with its line breaks, cut at a sentence where it is long."""
    text = passage[: MAX_PASSAGE_CHARACTERS * 2]
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    lines = [plain(line, len(text)) or "" for line in text.splitlines()]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if len(text) > MAX_PASSAGE_CHARACTERS:
        head = text[:MAX_PASSAGE_CHARACTERS]
        end = max(head.rfind(mark) for mark in (". ", "。", "! ", "? ", ".\n", "؟ "))
        text = head[: end + 1] if end > 0 else head.rsplit(" ", 1)[0] + " …"
    return text or None


def slots(situation: Situation, language: str) -> Slots:
    """Return the values that a template in `language` may use; what is not known has no entry.

    Args:
        situation: What is known.
        language: ISO 639-1 code of the reply: it decides on names, the passage and the locale.

    """
    order = situation.order
    values: Slots = {
        "customer": _customer(situation.customer, language),
        "order": _order(order, situation, language),
        "shop": _shop(situation),
        "agent": _agent(situation.agent, language),
        "answer": _answer(situation, language),
        "message": _message(situation, language),
        "mood": situation.mood,
        "escalate": situation.escalate,
        "channel": situation.channel.value if situation.channel else None,
        "marketplace": plain(situation.marketplace),
        LOCALE_SLOT: locale_of(language, order.market if order else None),
    }
    return {name: value for name, value in values.items() if value not in (None, {}, [])}


def _known(values: Mapping[str, object]) -> Slots:
    return {name: value for name, value in values.items() if value not in (None, [], "")}


def _message(situation: Situation, language: str) -> Slots:
    """Give what the customer wrote that a reply may repeat: the order number, as long as no order was found by it."""
    if situation.order is not None:
        return {}
    number = situation.named_order
    return _known({"order": _code(number, language) if _is_typed_number(number) else None})


def _is_typed_number(value: str | None) -> bool:
    """Say whether what somebody typed for an order number is none but that.

    Anybody may type anything there, and notices repeat it in mail that no person has read.
    """
    text = plain(value) or ""
    first, *more = text.split() or [""]
    foreign = sum(letter.isalpha() and not letter.isascii() for letter in text)
    return (
        len(text) <= MAX_TYPED_CHARACTERS
        and foreign <= _MOST_FOREIGN_LETTERS
        and (_has_digit(first) or (bool(more) and len(first) <= _LONGEST_PREFIX))
        and all(_has_digit(part) for part in more)
    )


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def _customer(customer: Customer | None, language: str) -> Slots:
    if customer is None:
        return {}
    name = plain(customer.name)
    return _known({"name": shown_name(name), "first_name": first_name(name, language), "level": plain(customer.level)})


def _agent(agent: Agent | None, language: str) -> Slots:
    if agent is None:
        return {}
    name = plain(agent.name)
    signature = "\n".join(line for line in (plain(part) for part in (agent.signature or "").splitlines()) if line)
    return _known({"name": name, "first_name": first_name(name, language), "signature": signature})


def _code(value: str | None, language: str) -> str | None:
    """Keep an order or tracking number in its order of reading: after Arabic letters its groups would change places."""
    text = None if value and _CODE.search(value[:MAX_VALUE_CHARACTERS]) else plain(value)
    if text is None or len(text) > MAX_CODE_CHARACTERS or not _NUMBER.fullmatch(text) or _ADDRESS.search(text):
        return None
    return _LEFT_TO_RIGHT_MARK + text if language in _RIGHT_TO_LEFT else text


def _order(order: Order | None, situation: Situation, language: str) -> Slots:
    if order is None:
        return {}
    names = [plain(item.name) for item in order.items[:MAX_ITEMS]]
    values: Slots = {
        "id": _code(order.id, language),
        "state": order.state.value,
        "currency": plain(order.currency),
        "items": [
            {"name": name, "quantity": item.quantity} for name, item in zip(names, order.items, strict=False) if name
        ],
        "item_names": [name for name in names if name],
        "carrier": plain(order.carrier),
        "tracking": _code(order.tracking, language),
        "tracking_url": _allowed(plain(order.tracking_url, MAX_LINK_CHARACTERS), situation),
        "return_tracking": _code(order.return_tracking, language),
    }
    values.update({name: getattr(order, name) for name in DATES | AMOUNTS})
    if situation.today is not None:
        _withhold_past(values, order.state, situation.today)
    return _known({**values, **_parcels(order, situation, language)})


def _parcels(order: Order, situation: Situation, language: str) -> Slots:
    """Give the parcels one by one where there are several: of a single one the order's own fields tell."""
    if len(order.shipments) < 2:
        return {}
    parcels = [_parcel(parcel, order.state, situation, language) for parcel in order.shipments[:MAX_ITEMS]]
    return {
        "shipments": parcels,
        "parcels": len(order.shipments),
        "parcels_delivered": sum(parcel.delivered_at is not None for parcel in order.shipments),
    }


def _parcel(parcel: Shipment, state: OrderState, situation: Situation, language: str) -> Slots:
    values: Slots = {
        "carrier": plain(parcel.carrier),
        "tracking": _code(parcel.tracking, language),
        "tracking_url": _allowed(plain(parcel.tracking_url, MAX_LINK_CHARACTERS), situation),
        "shipped_at": parcel.shipped_at,
        "expected_at": parcel.expected_at,
        "delivered_at": parcel.delivered_at,
        "return_by": None,
    }
    if situation.today is not None:
        _withhold_past(values, state, situation.today)
    return _known(values)


def _withhold_past(values: Slots, state: OrderState, today: date) -> None:
    """Take out dates that a reply would promise although they are over."""
    return_by, expected_at = values["return_by"], values["expected_at"]
    if isinstance(return_by, date) and return_by < today:
        values["return_by"] = None
    if isinstance(expected_at, date) and expected_at < today and state is not OrderState.LATE:
        values["expected_at"] = None


def _shop(situation: Situation) -> Slots:
    facts: Slots = {
        name: _allowed(plain(str(value), MAX_LINK_CHARACTERS), situation)
        for name, value in situation.shop.facts.items()
        if _FACT_NAME.fullmatch(name)
    }
    return _known({**facts, "name": plain(situation.shop.name)})


def _allowed(value: str | None, situation: Situation) -> str | None:
    """Withhold an address, a number or a link where a marketplace forbids it, so that `{% if %}` can do without."""
    return None if value and situation.in_marketplace and violations(value) else value


def quoted(answers: tuple[Answer, ...], language: str) -> Answer | None:
    """Return the passage that a reply in a language may quote: the best one that is public and likely enough."""
    for answer in answers:
        # What only the shop's people may read is never quoted to a customer.
        if answer.visibility == PUBLIC and answer.language == language and answer.score >= MIN_ANSWER_SCORE:
            return answer
    return None


def _answer(situation: Situation, language: str) -> Slots:
    answer = quoted(situation.answers, language)
    if answer is None:
        return {}
    return _known({"title": plain(answer.title), "passage": passage_text(answer.passage)})
