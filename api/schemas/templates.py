"""Reply templates as callers send and read them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, field_validator

from api.schemas.base import Name, Schema, Shown, Title, refuse_blank, refuse_nul
from api.schemas.tickets import PageQuery
from tickets.records import Channel

Liquid = Annotated[str, StringConstraints(max_length=50_000), AfterValidator(refuse_nul), AfterValidator(refuse_blank)]

TEMPLATE_EXAMPLE: dict[str, Any] = {
    "id": "delivery.delay.apology",
    "language": "en",
    "brand": None,
    "title": "Late parcel",
    "intent": "delivery.delay",
    "channels": [],
    "when": 'order.state == "late"',
    "version": 1,
    "body": "Hello,\n\nwe are sorry that order {{ order.id }} is late.",
    "owner": None,
    "review_date": None,
}
SHOWN_EXAMPLE: dict[str, Any] = {
    **TEMPLATE_EXAMPLE,
    "state": "approved",
    "own": True,
    "approved_version": 1,
    "approved_by": "mia",
    "approved_at": "2026-11-21T09:30:00Z",
}
VERSION_EXAMPLE: dict[str, Any] = {
    **{name: TEMPLATE_EXAMPLE[name] for name in ("version", "title", "intent", "channels", "when", "body")},
    "owner": None,
    "review_date": None,
    "state": "approved",
    "stored_by": "mia",
    "stored_at": "2026-11-21T09:30:00Z",
    "approved_by": "mia",
    "approved_at": "2026-11-21T09:30:00Z",
}


class TemplateContent(Schema):
    """What a template says; Liquid."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{name: TEMPLATE_EXAMPLE[name] for name in ("title", "body", "channels", "when")}]
        }
    )

    title: Title
    body: Liquid = Field(description="Liquid; docs/templates.md lists variables and filters.")
    channels: list[Channel] = Field(default_factory=list, max_length=10, description="Empty: all.")
    when: Annotated[str, StringConstraints(max_length=1_000), AfterValidator(refuse_nul)] | None = Field(
        default=None, description="A Liquid condition; left out: always."
    )
    version: int = Field(default=1, ge=1, le=2**31 - 1)
    brand: Name | None = None
    state: Literal["approved", "draft"] | None = Field(
        default=None,
        description="Left out: approved where the key may approve, else a draft. A draft is not offered; the version "
        "that was approved before it still is.",
    )
    owner: Name | None = Field(default=None, description="Who keeps it right.")
    review_date: date | None = Field(default=None, description="When to look at it again.")

    @field_validator("state", mode="before")
    @classmethod
    def _earlier_name(cls, value: object) -> object:
        return "approved" if value == "active" else value


class ApprovalIn(Schema):
    """Which version to offer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 2, "brand": None}]})

    version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Left out: the newest.")
    brand: Name | None = Field(default=None, description="Left out: the template for all brands.")


class UseOut(Shown):
    """How a template fared in its language, over all intents."""

    offered: int = Field(description="How often it was suggested.")
    accepted: int
    edited: int
    rejected: int
    passed_over: int = Field(description="How often one below it was taken.")


class TemplateOut(Shown):
    """A template that can be offered, or a draft of the shop's."""

    model_config = ConfigDict(json_schema_extra={"examples": [SHOWN_EXAMPLE]})

    id: str
    language: str
    brand: str | None
    title: str
    intent: str
    channels: list[Channel]
    when: str | None
    version: int
    body: str
    state: str = Field(description="Of this text: `approved` or `draft`.")
    owner: str | None
    review_date: date | None
    own: bool = Field(description="Whether it is the shop's own; the others ship with Deskhand.")
    approved_version: int | None = Field(description="The version that is offered; an older one beside a draft.")
    approved_by: str | None
    approved_at: datetime | None
    use: UseOut | None = Field(default=None, description="Told where one template is read.")


class TemplateList(Shown):
    """One page of templates."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [SHOWN_EXAMPLE], "next": None}]})

    items: list[TemplateOut]
    next: str | None


class TemplateVersionOut(Shown):
    """What a template said in one version."""

    model_config = ConfigDict(json_schema_extra={"examples": [VERSION_EXAMPLE]})

    version: int
    title: str
    intent: str
    channels: list[Channel]
    when: str | None
    body: str
    owner: str | None
    review_date: date | None
    state: str = Field(description="The state that it was stored in.")
    stored_by: str | None
    stored_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class TemplateHistory(Shown):
    """Every version of a template, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [VERSION_EXAMPLE], "next": None}]})

    items: list[TemplateVersionOut]
    next: str | None


class TemplateQuery(PageQuery):
    """What a list of templates is narrowed to."""

    language: str | None = Field(default=None, max_length=35)
    intent: str | None = Field(default=None, max_length=200)
    own: bool | None = Field(default=None, description="Only the shop's own, or only those that ship.")
    state: Literal["approved", "draft"] | None = Field(default=None, description="Only texts of that state.")
