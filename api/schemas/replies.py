"""Replies under the marketplaces' rules: what is checked, what is found, what can be done about it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.base import Identifier, LanguageCode, Name, Schema, Shown
from api.schemas.feedback import Reply
from api.schemas.tickets import MESSAGE_EXAMPLE, MessageOut
from replies.rules.book import Severity, Standing
from tickets.records import Channel

FINDING_EXAMPLE: dict[str, Any] = {
    "rule": "A5",
    "severity": "block",
    "start": 14,
    "end": 31,
    "text": "help@shop.example",
    "explanation": "Amazon allows no e-mail address and no telephone number in messages, masked ones included.",
    "source": "https://tmark.pro/en/communication-guidelines-for-amazon-seller/",
    "standing": "third_party",
    "mends": [
        {
            "label": "Say it as the rule allows",
            "start": 7,
            "end": 32,
            "text": "Please simply reply to this message; we will help you here.",
        }
    ],
}


class MendOut(Shown):
    """An edit that mends a reply: `text` takes the place of the range from `start` to `end`."""

    label: str
    start: int
    end: int
    text: str


class FindingOut(Shown):
    """What a rule objects to; offsets are Unicode code points of the reply."""

    rule: str = Field(description="The rule's id; docs/marketplaces.md lists them.")
    severity: Severity
    start: int
    end: int
    text: str = Field(description="What stands there.")
    explanation: str
    source: str
    standing: Standing = Field(description="How well the rule is known: official, third_party, memory, shop.")
    mends: list[MendOut]


class ReplyCheckIn(Schema):
    """A reply that nobody has sent yet, and where it would go."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Hello, write to help@shop.example.", "marketplace": "amazon"}]}
    )

    text: Reply
    ticket: Identifier | None = Field(
        default=None, description="A ticket's number: marketplace, channel, market and order are then taken from it."
    )
    marketplace: Name | None = None
    channel: Channel | None = Field(default=None, strict=False)
    market: Annotated[str, StringConstraints(max_length=10)] | None = None
    language: LanguageCode | None = Field(default=None, description="The reply's language, where it is known.")
    order: Identifier | None = Field(default=None, description="Its numbers and products are then no findings.")


class ReplyCheckOut(Shown):
    """What the rules say of a reply."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"profile": "amazon", "allowed": False, "findings": [FINDING_EXAMPLE]}]}
    )

    profile: str = Field(description="Whose rules were asked; `own` for the shop's own channels.")
    allowed: bool = Field(description="False where a finding blocks the reply.")
    findings: list[FindingOut]


class StoredReplyOut(MessageOut):
    """A stored answer, and what the rules warn of in it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**MESSAGE_EXAMPLE, "findings": []}]})

    findings: list[FindingOut]
