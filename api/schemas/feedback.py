"""What became of suggestions, and which labels people put right."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.schemas.base import Identifier, LanguageCode, Schema, Shown, refuse_blank, replace_nul
from tickets.stored import FeedbackAction
from tickets.verdicts import MAX_COMMENT

FEEDBACK_EXAMPLE: dict[str, Any] = {
    "id": "0193512c-ac31-7b5e-a2c9-1d7f5e8a9b20",
    "suggestion_id": "0193512c-7f61-7e0f-9b1a-2c4d6e8f0a11",
    "created_at": "2026-11-21T10:01:00Z",
    "actor": "mia",
    "action": "edited",
    "text": "Guten Tag Anna, …",
    "labels": {"intent": "delivery.delay", "also": None, "language": None, "sentiment": None, "escalate": None},
    "reason": None,
    "comment": None,
    "kept": 0.94,
    "diff": [{"at": 42, "old": "", "new": " today"}],
    "template": "delivery.delay.apology",
    "template_version": 2,
    "language": "de",
    "intent": "delivery.delay",
    "model": "default-5",
    "rank": 1,
}

RejectionReason = Literal["wrong_intent", "wrong_facts", "tone", "language", "too_long", "outdated", "other"]
Reply = Annotated[str, StringConstraints(max_length=100_000), AfterValidator(refuse_blank), AfterValidator(replace_nul)]


class LabelsOut(Shown):
    """What somebody says is true of a message; null says nothing."""

    intent: str | None
    also: list[str] | None
    language: str | None
    sentiment: str | None
    escalate: bool | None


class DiffOut(Shown):
    """One change of a suggested text."""

    at: int = Field(description="At which character (Unicode code point) of the suggested text.")
    old: str
    new: str


class FeedbackOut(Shown):
    """What a person did with a suggestion."""

    model_config = ConfigDict(json_schema_extra={"examples": [FEEDBACK_EXAMPLE]})

    id: str
    suggestion_id: str | None
    created_at: datetime
    actor: str
    action: FeedbackAction
    text: str | None = Field(description="What was sent.")
    labels: LabelsOut
    reason: RejectionReason | None
    comment: str | None
    kept: float | None = Field(description="The share of the suggested text that was sent, from 0 to 1.")
    diff: list[DiffOut] = Field(description="What was changed in an edited text.")
    template: str | None
    template_version: int | None
    language: str | None
    intent: str | None = Field(description="The intent that it was offered for.")
    model: str | None
    rank: int | None = Field(description="Where it stood, from 1.")


class LabelsIn(Schema):
    """What is true of the message; what is left out says nothing."""

    intent: Identifier | None = None
    also: Annotated[list[Identifier], Field(max_length=20)] | None = None
    language: LanguageCode | None = None
    sentiment: Literal["very_negative", "negative", "neutral", "positive", "very_positive"] | None = None
    escalate: bool | None = None


class FeedbackIn(Schema):
    """What a person did with a suggestion."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"action": "edited", "text": "Guten Tag Anna, …", "labels": {"intent": "delivery.delay"}}]
        }
    )

    action: Literal["accepted", "edited", "rejected"]
    text: Reply | None = Field(default=None, description="The text that was sent instead.")
    labels: LabelsIn | None = None
    reason: RejectionReason | None = Field(default=None, description="Why it was rejected; only with `rejected`.")
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT), AfterValidator(replace_nul)] | None = Field(
        default=None, description="What else there is to say of it, in one's own words."
    )
