"""Procedures, and what is due for review."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.base import Body, Name, Schema, Shown, Title, refuse_nul

Intent = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40}){0,3}$")]
Kind = Literal["article", "procedure", "template"]

PROCEDURE_EXAMPLE: dict[str, Any] = {
    "id": "damaged-parcel",
    "language": "en",
    "title": "Damaged parcel",
    "intro": "For parcels that were damaged on their way.",
    "steps": [
        {"text": "Ask for photos of the box and of the label.", "markdown": "Ask for **photos** …", "section": None}
    ],
    "intents": ["item.damaged"],
    "articles": ["claims"],
    "public_articles": ["claims"],
    "brand": None,
    "owner": "Mia",
    "review_date": "2027-03-01",
    "version": 1,
    "updated_at": "2026-11-21T09:30:00Z",
    "source": "api",
}
CONTENT_EXAMPLE: dict[str, Any] = {
    "title": "Damaged parcel",
    "body": "1. Ask for **photos** of the box and of the label.\n2. Open a claim with the carrier.",
    "intents": ["item.damaged"],
    "articles": ["claims"],
    "brand": None,
    "owner": "Mia",
    "review_date": "2027-03-01",
}
DUE_EXAMPLE: dict[str, Any] = {
    "kind": "article",
    "id": "returns",
    "language": "en",
    "title": "Returns",
    "owner": "Mia",
    "review_date": "2026-11-01",
    "days_overdue": 20,
}
TOUCHED_EXAMPLE: dict[str, Any] = {
    "kind": "procedure",
    "id": "damaged-parcel",
    "languages": ["en", "de"],
    "title": "Damaged parcel",
    "owner": "Mia",
    "why": ["links to it", "is about item.damaged"],
}


class ProcedureContent(Schema):
    """What a procedure says; the points of its numbered lists are the steps."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONTENT_EXAMPLE]})

    title: Title
    body: Body = Field(description="Markdown with a numbered list.")
    intents: list[Intent] = Field(
        default_factory=list, max_length=50, description="Labels; `delivery` stands for all that begin with it."
    )
    articles: list[Name] = Field(default_factory=list, max_length=50, description="Ids of articles that it relies on.")
    brand: Name | None = None
    owner: Annotated[str, StringConstraints(max_length=200), AfterValidator(refuse_nul)] | None = None
    review_date: date | None = None


class StepOut(Shown):
    """One step."""

    text: str = Field(description="Plain lines; those of a list begin with a hyphen.")
    markdown: str
    section: str | None = Field(description="The heading that the step stands under.")


class ProcedureOut(Shown):
    """A procedure as it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROCEDURE_EXAMPLE]})

    id: str
    language: str
    title: str
    intro: str
    steps: list[StepOut]
    intents: list[str]
    articles: list[str]
    public_articles: list[str] = Field(description="Those of `articles` that the help centre shows.")
    brand: str | None
    owner: str | None
    review_date: date | None
    version: int
    updated_at: datetime
    source: str | None


class ProcedureList(Shown):
    """All procedures that a query asks for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [PROCEDURE_EXAMPLE], "next": None}]})

    items: list[ProcedureOut]
    next: str | None


class ProcedureQuery(BaseModel):
    """What a list of procedures is narrowed to."""

    model_config = ConfigDict(extra="forbid")

    language: str | None = Field(default=None, max_length=35)
    intent: str | None = Field(default=None, max_length=200, description="Only those for this intent.")


class ReviewQuery(BaseModel):
    """Until when to look."""

    model_config = ConfigDict(extra="forbid")

    before: date | None = Field(default=None, description="This day included; left out: today.")


class ReviewOut(Shown):
    """Something whose review date has come."""

    kind: Kind
    id: str
    language: str
    title: str
    owner: str | None
    review_date: date
    days_overdue: int = Field(description="Negative where the day is still to come.")


class ReviewList(Shown):
    """What is due, the longest overdue first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [DUE_EXAMPLE], "next": None}]})

    items: list[ReviewOut]
    next: str | None


class TouchedOut(Shown):
    """Something that may have to follow a changed article."""

    kind: Kind
    id: str
    languages: list[str]
    title: str
    owner: str | None
    why: list[str]


class TouchedList(Shown):
    """What a change of an article touches."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [TOUCHED_EXAMPLE], "next": None}]})

    items: list[TouchedOut]
    next: str | None
