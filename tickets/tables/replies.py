"""The shop's own reply templates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tickets.tables.base import Base


class TemplateRow(Base):
    """The newest text of a template in one language for one brand; `brand` is empty where it serves all of them.

    `approved_version` is the version that is offered, which may be an older one than `version`; None where none is.
    """

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("template_id", "language", "brand"),)

    pk: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[str]
    language: Mapped[str]
    brand: Mapped[str] = mapped_column(default="")
    version: Mapped[int]
    intent: Mapped[str]
    title: Mapped[str]
    channels: Mapped[list[Any]] = mapped_column(JSON)
    when: Mapped[str | None]
    body: Mapped[str]
    state: Mapped[str]
    source: Mapped[str | None]
    updated_at: Mapped[datetime]
    review_date: Mapped[date | None]
    owner: Mapped[str | None]
    approved_version: Mapped[int | None]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]


class TemplateVersionRow(Base):
    """What a template said in one of its versions. Append-only."""

    __tablename__ = "template_versions"

    template_pk: Mapped[int] = mapped_column(ForeignKey("templates.pk"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    intent: Mapped[str]
    title: Mapped[str]
    channels: Mapped[list[Any]] = mapped_column(JSON)
    when: Mapped[str | None]
    body: Mapped[str]
    state: Mapped[str]
    source: Mapped[str | None]
    actor: Mapped[str | None]
    created_at: Mapped[datetime]
    review_date: Mapped[date | None]
    owner: Mapped[str | None]
