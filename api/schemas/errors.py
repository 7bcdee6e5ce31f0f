"""The shape of every error."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.schemas.base import Shown


class ErrorDetail(Shown):
    """What is wrong, where, and what to do about it."""

    code: str = Field(description="One of the codes in docs/http.md; programs branch on it.")
    message: str = Field(description="For people.")
    field: str | None = Field(description="The field, header, setting or file that is wrong, as messages[3].text.")
    hint: str | None = Field(description="What to do about it.")
    findings: list[dict[str, Any]] | None = Field(
        default=None, description="With `rule_broken` only: what the rules say of a reply, as /v1/replies/check has it."
    )


class ErrorOut(Shown):
    """The envelope of every error."""

    error: ErrorDetail
