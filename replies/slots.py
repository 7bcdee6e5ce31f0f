"""The values that templates may speak of: plain text, dates and amounts, without markup or control characters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from replies.filters import LOCALE_SLOT, locale_of
from replies.marketplaces import violations
from replies.names import first_name
from tickets.records import Answer, Channel, Customer, Order, OrderState, Shop

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_VALUE_CHARACTERS = 300
MAX_CODE_CHARACTERS = 100
MAX_LINK_CHARACTERS = 2_000
MAX_PASSAGE_CHARACTERS = 1_500
MIN_ANSWER_SCORE = 0.2
"""A passage that is likelier wrong than this is not quoted to a customer."""

MAX_ITEMS = 50
PUBLIC = "public"

_ORDER_FIELDS = (
    "id state placed_at total currency items item_names carrier tracking tracking_url shipped_at expected_at "
    "delivered_at return_by refund_amount refunded_at"
)

SLOTS: Mapping[str, frozenset[str] | None] = {
    "customer": frozenset({"name", "first_name", "level"}),
    "order": frozenset(_ORDER_FIELDS.split()),
    "shop": None,  # the name and any fact of shop.yaml
    "answer": frozenset({"title", "passage"}),
    "message": frozenset({"order"}),
    "mood": frozenset(),
    "escalate": frozenset(),
    "channel": frozenset(),
    "marketplace": frozenset(),
}
"""Every variable of a template; None where any name may follow the dot."""

DATES = frozenset({"placed_at", "shipped_at", "expected_at", "delivered_at", "return_by", "refunded_at"})
AMOUNTS = frozenset({"total", "refund_amount"})
LISTS = frozenset({"item_names"})

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

    @property
    def in_marketplace(self) -> bool:
        """Whether a marketplace reads the reply and its rules hold."""
        return self.channel is Channel.MARKETPLACE or bool(self.marketplace)


def plain(value: str | None, limit: int = MAX_VALUE_CHARACTERS) -> str | None:
    """Return a value as one line of visible text, at most `limit` characters long; None where nothing is left."""
    if not value:
        return None
    if value.isprintable():
        # No control, format or unassigned characters: the usual case, and far the fastest way to know.
        return " ".join(value[: limit * 2].split())[:limit].rstrip() or None
    kept = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter
        for letter in value[: limit * 2]
        if unicodedata.category(letter) not in {"Cf", "Cs", "Co", "Cn"}
    )
    return " ".join(kept.split())[:limit].rstrip() or None


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
    return _known({"order": _code(situation.named_order, language)})


def _customer(customer: Customer | None, language: str) -> Slots:
    if customer is None:
        return {}
    name = plain(customer.name)
    return _known({"name": name, "first_name": first_name(name, language), "level": plain(customer.level)})


def _code(value: str | None, language: str) -> str | None:
    """Keep an order or tracking number in its order of reading: after Arabic letters its groups would change places."""
    text = plain(value)
    if text is None or len(text) > MAX_CODE_CHARACTERS:
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
    }
    values.update({name: getattr(order, name) for name in DATES | AMOUNTS})
    if situation.today is not None:
        _withhold_past(values, order.state, situation.today)
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


def _answer(situation: Situation, language: str) -> Slots:
    for answer in situation.answers:
        # What only the shop's people may read is never quoted to a customer.
        if answer.visibility != PUBLIC:
            continue
        if answer.language == language and answer.score >= MIN_ANSWER_SCORE:
            return _known({"title": plain(answer.title), "passage": passage_text(answer.passage)})
    return {}
