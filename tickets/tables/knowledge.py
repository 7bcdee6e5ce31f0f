"""The knowledge base: articles, what they were before, and their passages."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tickets.tables.base import Base


class ArticleRow(Base):
    """An article in one language, as it stands now."""

    __tablename__ = "articles"
    __table_args__ = (UniqueConstraint("article_id", "language"), Index(None, "source"))

    pk: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[str]
    language: Mapped[str]
    title: Mapped[str]
    body_markdown: Mapped[str]
    visibility: Mapped[str]
    tags: Mapped[list[Any]] = mapped_column(JSON)
    brand: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    market: Mapped[str | None]
    translation_of: Mapped[str | None]
    original_language: Mapped[str | None]
    owner: Mapped[str | None]
    review_date: Mapped[date | None]
    source_url: Mapped[str | None]
    source_updated_at: Mapped[datetime | None]
    questions: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    negative_questions: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    source: Mapped[str | None]
    digest: Mapped[str]
    version: Mapped[int]
    updated_at: Mapped[datetime]
    deleted: Mapped[bool] = mapped_column(default=False)


class ArticleVersionRow(Base):
    """What an article said in one of its versions. Append-only."""

    __tablename__ = "article_versions"

    article_pk: Mapped[int] = mapped_column(ForeignKey("articles.pk"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body_markdown: Mapped[str]
    visibility: Mapped[str]
    tags: Mapped[list[Any]] = mapped_column(JSON)
    brand: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    market: Mapped[str | None]
    translation_of: Mapped[str | None]
    original_language: Mapped[str | None]
    owner: Mapped[str | None]
    review_date: Mapped[date | None]
    source_url: Mapped[str | None]
    source_updated_at: Mapped[datetime | None]
    questions: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    negative_questions: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    source: Mapped[str | None]
    digest: Mapped[str]
    deleted: Mapped[bool] = mapped_column(default=False)
    actor: Mapped[str | None]
    created_at: Mapped[datetime]


class PassageRow(Base):
    """A piece of an article under one heading; `heading_path` leads to it from the title."""

    __tablename__ = "passages"
    __table_args__ = (UniqueConstraint("article_pk", "position"),)

    pk: Mapped[int] = mapped_column(primary_key=True)
    article_pk: Mapped[int] = mapped_column(ForeignKey("articles.pk", ondelete="CASCADE"))
    position: Mapped[int]
    heading_path: Mapped[list[Any]] = mapped_column(JSON)
    text: Mapped[str]


class ProcedureRow(Base):
    """Steps for the shop's own people in one language, as they stand now; `steps` are texts in order."""

    __tablename__ = "procedures"
    __table_args__ = (UniqueConstraint("procedure_id", "language"), Index(None, "source"))

    pk: Mapped[int] = mapped_column(primary_key=True)
    procedure_id: Mapped[str]
    language: Mapped[str]
    title: Mapped[str]
    intro: Mapped[str]
    steps: Mapped[list[Any]] = mapped_column(JSON)
    intents: Mapped[list[Any]] = mapped_column(JSON)
    articles: Mapped[list[Any]] = mapped_column(JSON)
    brand: Mapped[str | None]
    owner: Mapped[str | None]
    review_date: Mapped[date | None]
    source: Mapped[str | None]
    digest: Mapped[str]
    version: Mapped[int]
    updated_at: Mapped[datetime]
    deleted: Mapped[bool] = mapped_column(default=False)


class ProcedureVersionRow(Base):
    """What a procedure said in one of its versions, whole. Append-only."""

    __tablename__ = "procedure_versions"

    procedure_pk: Mapped[int] = mapped_column(ForeignKey("procedures.pk"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]]
    deleted: Mapped[bool] = mapped_column(default=False)
    actor: Mapped[str | None]
    created_at: Mapped[datetime]


class HelpVoteRow(Base):
    """Whether an article of the help centre helped a reader, in the version that they read; nothing of the reader."""

    __tablename__ = "help_votes"
    __table_args__ = (Index(None, "created_at"), Index(None, "article_id", "language"))

    id: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str]
    language: Mapped[str]
    version: Mapped[int]
    helped: Mapped[bool]
    created_at: Mapped[datetime]


class ArticleUseRow(Base):
    """How often an article was quoted by a chatbot or read in the help centre on one day (UTC); nothing of who."""

    __tablename__ = "article_uses"
    __table_args__ = (Index(None, "day"),)

    article_id: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    uses: Mapped[int]
