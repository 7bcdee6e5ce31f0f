"""What the service says of itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from api.schemas.base import Shown


class HealthOut(Shown):
    """The process lives."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok", "version": "0.1.0"}]})

    status: str
    version: str


class PartOut(Shown):
    """Whether a part can be used."""

    ok: bool
    detail: str
    hint: str | None


class ReadinessOut(Shown):
    """Whether every part can be used."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ready",
                    "parts": {"database": {"ok": True, "detail": "sqlite", "hint": None}},
                    "safe_mode": None,
                    "model": "default-1",
                }
            ]
        }
    )

    status: str
    parts: dict[str, PartOut]
    safe_mode: str | None = Field(description="Why SQLite runs without its write-ahead log; null where it does not.")
    model: str | None


class ModelOut(Shown):
    """A bundle that the service knows."""

    version: str
    name: str
    active: bool
    labels: list[str]
    languages: list[str]
    metrics: dict[str, Any]


class ModelList(Shown):
    """The bundles that the service knows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "version": "default-1",
                            "name": "default-1",
                            "active": True,
                            "labels": ["delivery.delay"],
                            "languages": ["de", "en"],
                            "metrics": {"intent_top1": 0.64},
                        }
                    ],
                    "next": None,
                }
            ]
        }
    )

    items: list[ModelOut]
    next: str | None


class LabelledOut(Shown):
    """One line of the export of labelled messages."""

    ticket_id: str
    message_id: str
    created_at: datetime
    text: str
    language: str
    intent: str | None
    model: str
    predicted: dict[str, Any]
    corrected: dict[str, Any]
    confirmed: bool
