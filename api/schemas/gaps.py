"""The report on gaps of the knowledge base."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import Shown

GAPS_EXAMPLE: dict[str, Any] = {
    "made_at": "2026-11-21T09:30:00Z",
    "days": 30,
    "unused_days": 90,
    "min_probability": 0.6,
    "asked": 812,
    "unanswered": 120,
    "share_read": 1.0,
    "gaps": [
        {
            "title": "Gift wrapping present",
            "language": "en",
            "languages": ["en", "de"],
            "intents": ["product.details"],
            "size": 14,
            "last_7_days": 9,
            "previous_7_days": 2,
            "best_score": 0.21,
            "examples": ["Do you offer gift wrapping for order [order]?"],
            "internal_articles": ["internal-gift-service"],
        }
    ],
    "unused": [
        {"article": "fax-orders", "language": "en", "title": "Orders by fax", "updated_at": "2025-03-01T08:00:00Z"}
    ],
    "uses_since": "2026-08-01",
    "rejected": [{"article": "tent-care", "language": "de", "rejected": 4, "verdicts": 6, "unhelpful_votes": 1}],
}


class GapsQuery(BaseModel):
    """How far the report looks."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=30, ge=14, le=365, description="How far back questions are read.")
    unused_days: int = Field(default=90, ge=1, le=365, description="Of no use for so long: nobody needs it.")
    min_size: int = Field(default=3, ge=2, le=1_000, description="Least number of tickets in a group.")
    limit: int = Field(default=20, ge=1, le=100, description="How many groups.")


class GapOut(Shown):
    """Questions that found no answer and say the same; personal data in `examples` is masked."""

    title: str = Field(
        description="Proposed for an article: the words that tell the group from others, else its intent's name."
    )
    language: str
    languages: list[str]
    intents: list[str]
    size: int = Field(description="Tickets; estimated where `share_read` is under 1.")
    last_7_days: int
    previous_7_days: int
    best_score: float = Field(description="Of the best public passage that any of them found.")
    examples: list[str]
    internal_articles: list[str] = Field(
        description="Internal articles that answer some of them: agents have an answer, customers have none."
    )


class UnusedOut(Shown):
    """An article that within `unused_days` no decision found, no chatbot quoted and nobody read or voted on."""

    article: str
    language: str
    title: str
    updated_at: datetime


class RejectedOut(Shown):
    """An article whose answers are turned down: by agents in replies that quote it, by readers of the help centre."""

    article: str
    language: str
    rejected: int
    verdicts: int
    unhelpful_votes: int


class GapsOut(Shown):
    """What to write, what to remove, what to look at again."""

    model_config = ConfigDict(json_schema_extra={"examples": [GAPS_EXAMPLE]})

    made_at: datetime
    days: int
    unused_days: int
    min_probability: float = Field(description="The score from which on a passage counts as an answer.")
    asked: int
    unanswered: int
    share_read: float = Field(description="Part of the decisions that was read, evenly chosen; 1 is all of them.")
    gaps: list[GapOut]
    unused: list[UnusedOut]
    uses_since: date | None = Field(
        description="First day on which a chatbot's answer or a page of the help centre was counted; null before any."
    )
    rejected: list[RejectedOut]
