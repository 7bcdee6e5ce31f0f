"""From articles to rows of the database and back; the names of both are the same, but for the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge_base.records import Article, Visibility

if TYPE_CHECKING:
    from typing import Any

    from tickets.tables import ArticleRow, ArticleVersionRow

_PLAIN = (
    "title",
    "brand",
    "valid_from",
    "valid_until",
    "market",
    "translation_of",
    "original_language",
    "owner",
    "review_date",
    "source_url",
    "source_updated_at",
)
_CONVERTED = ("body_markdown", "visibility", "tags", "questions", "negative_questions")


def fill(row: ArticleRow, article: Article) -> None:
    """Write into a row all that an article says."""
    for name in _PLAIN:
        setattr(row, name, getattr(article, name))
    row.body_markdown = article.body
    row.visibility = article.visibility.value
    row.tags = list(article.tags)
    row.questions = list(article.questions) or None
    row.negative_questions = list(article.negative_questions) or None


def said(row: ArticleRow) -> dict[str, Any]:
    """Give the columns of a row that its versions keep too."""
    return {name: getattr(row, name) for name in (*_PLAIN, *_CONVERTED)}


def article_of(article_id: str, language: str, row: ArticleRow | ArticleVersionRow) -> Article:
    """Make the article of a row, or of one of its versions."""
    return Article(
        id=article_id,
        language=language,
        body=row.body_markdown,
        visibility=Visibility(row.visibility),
        tags=tuple(row.tags),
        questions=tuple(row.questions or ()),
        negative_questions=tuple(row.negative_questions or ()),
        **{name: getattr(row, name) for name in _PLAIN},
    )
