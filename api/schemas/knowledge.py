"""Articles and reply templates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.schemas.base import Name, Schema, Shown, refuse_blank, refuse_nul
from api.schemas.tickets import PageQuery
from knowledge_base.records import Visibility
from tickets.records import Channel

ArticleKey = Annotated[str, StringConstraints(pattern=r"^\w[\w.:-]{0,127}$"), AfterValidator(refuse_nul)]
TemplateKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+){1,4}$", max_length=128)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]
Title = Annotated[
    str, StringConstraints(min_length=1, max_length=300), AfterValidator(refuse_nul), AfterValidator(refuse_blank)
]
Body = Annotated[str, StringConstraints(max_length=200_000), AfterValidator(refuse_nul), AfterValidator(refuse_blank)]
Liquid = Annotated[str, StringConstraints(max_length=50_000), AfterValidator(refuse_nul), AfterValidator(refuse_blank)]

ARTICLE_EXAMPLE: dict[str, Any] = {
    "id": "shipping-times",
    "language": "en",
    "title": "Shipping times",
    "body": "## Europe\n\nWithin the EU, parcels travel two to four business days.",
    "visibility": "public",
    "tags": ["delivery"],
    "brand": None,
    "valid_from": None,
    "valid_until": None,
}
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
}


class ArticleContent(Schema):
    """What an article says; Markdown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{name: value for name, value in ARTICLE_EXAMPLE.items() if name not in ("id", "language")}]
        }
    )

    title: Title
    body: Body = Field(description="Markdown.")
    visibility: Visibility = Visibility.PUBLIC
    tags: list[Name] = Field(default_factory=list, max_length=50)
    brand: Name | None = None
    valid_from: date | None = Field(default=None, description="First day, included.")
    valid_until: date | None = Field(default=None, description="Last day, included.")


class ArticleIn(ArticleContent):
    """A new article."""

    model_config = ConfigDict(json_schema_extra={"examples": [ARTICLE_EXAMPLE]})

    id: ArticleKey
    language: Language


class ArticleOut(Shown):
    """An article as it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**ARTICLE_EXAMPLE, "version": 1, "updated_at": "2026-11-21T09:30:00Z", "source": "api"}]
        }
    )

    id: str
    language: str
    title: str
    body: str
    visibility: Visibility
    tags: list[str]
    brand: str | None
    valid_from: date | None
    valid_until: date | None
    version: int
    updated_at: datetime
    source: str | None


class ArticleList(Shown):
    """One page of articles."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [{**ARTICLE_EXAMPLE, "version": 1, "updated_at": "2026-11-21T09:30:00Z", "source": "api"}],
                    "next": None,
                }
            ]
        }
    )

    items: list[ArticleOut]
    next: str | None


class ArticleQuery(PageQuery):
    """What a list of articles is narrowed to."""

    language: str | None = Field(default=None, max_length=35)
    visibility: Visibility | None = None
    brand: str | None = Field(default=None, max_length=200)
    source: str | None = Field(default=None, max_length=1_000)


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
    state: Literal["active", "draft"] = "active"


class TemplateOut(Shown):
    """A template that can be offered, or a draft of the shop's."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**TEMPLATE_EXAMPLE, "state": "active", "own": False}]})

    id: str
    language: str
    brand: str | None
    title: str
    intent: str
    channels: list[Channel]
    when: str | None
    version: int
    body: str
    state: str
    own: bool = Field(description="Whether it is the shop's own; the others ship with Deskhand.")


class TemplateList(Shown):
    """One page of templates."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [{**TEMPLATE_EXAMPLE, "state": "active", "own": False}], "next": None}]
        }
    )

    items: list[TemplateOut]
    next: str | None


class TemplateQuery(PageQuery):
    """What a list of templates is narrowed to."""

    language: str | None = Field(default=None, max_length=35)
    intent: str | None = Field(default=None, max_length=200)
    own: bool | None = Field(default=None, description="Only the shop's own, or only those that ship.")
