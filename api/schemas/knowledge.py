"""Articles."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.schemas.base import Body, Market, Name, Schema, Shown, Title, refuse_blank, refuse_nul
from api.schemas.tickets import PageQuery
from knowledge_base.records import Visibility

ArticleKey = Annotated[str, StringConstraints(pattern=r"^\w[\w.:-]{0,127}$"), AfterValidator(refuse_nul)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]
WebAddress = Annotated[
    str,
    StringConstraints(pattern=r"""^(?i:https?)://[^\s<>"'\\`]+$""", max_length=2_000),
    AfterValidator(refuse_nul),
]

Question = Annotated[str, StringConstraints(max_length=300), AfterValidator(refuse_nul), AfterValidator(refuse_blank)]

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
    "market": None,
    "translation_of": None,
    "original_language": None,
    "source_url": None,
    "owner": None,
    "review_date": None,
    "questions": ["how long until my parcel arrives?"],
    "negative_questions": ["can you deliver on a Sunday?"],
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
    market: Market | None = Field(default=None, description="The country that it is for, as DE; left out: all.")
    translation_of: ArticleKey | None = Field(
        default=None, description="The original's id, where this translation has an id of its own."
    )
    original_language: Language | None = Field(
        default=None, description="The original's language, where both have one id."
    )
    source_url: WebAddress | None = Field(default=None, description="The page that it came from.")
    owner: Name | None = Field(default=None, description="Who keeps it right.")
    review_date: date | None = Field(default=None, description="When to look at it again.")
    questions: list[Question] = Field(
        default_factory=list,
        max_length=200,
        description="How customers ask what it answers, in any language; not shown.",
    )
    negative_questions: list[Question] = Field(
        default_factory=list,
        max_length=200,
        description="Questions that sound as if it answered them, and that no page answers; not shown.",
    )


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
    market: str | None
    translation_of: str | None
    original_language: str | None
    source_url: str | None
    owner: str | None
    review_date: date | None
    questions: list[str]
    negative_questions: list[str]
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
    market: Market | None = Field(default=None, description="Articles that are for this country only.")
    translation_of: str | None = Field(default=None, max_length=128, description="Translations of this article.")
    source: str | None = Field(default=None, max_length=1_000)
