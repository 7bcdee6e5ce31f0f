"""What is due for review, and what a changed article touches, over articles, procedures and templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge_base import reviews
from knowledge_base.reviews import Candidate, Due, Touched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from api.rendering import JsonObject
    from api.wiring import Services


def due(services: Services, day: date) -> list[Due]:
    """List what is to be looked at until a day, the longest overdue first; shipped templates are not the shop's."""
    own = [
        Due("template", template.id, template.language, template.title, template.owner, template.review_date)
        for template in services.templates.records()
        if template.review_date is not None and template.review_date <= day
    ]
    return reviews.in_order([*reviews.due(services.database, day), *own])


def touched(services: Services, article_id: str) -> list[Touched]:
    """List what a change of an article touches.

    Raises:
        NotFoundError: There never was such an article.
    """
    services.replies.refresh()
    labels = {template.intent for template in services.replies.templates}
    if services.bundle is not None:
        labels.update(services.bundle.labels)
    changed = reviews.changed_article(services.database, article_id, labels)
    return reviews.touched(changed, _candidates(services))


def _candidates(services: Services) -> Iterator[Candidate]:
    yield from reviews.candidates(services.database)
    for template in services.replies.templates:
        words = f"{template.title}\n{template.body}"
        named = (template.id, template.language, template.title, template.owner)
        yield Candidate("template", *named, words, (template.intent,))


def due_body(entry: Due, today: date) -> JsonObject:
    """Return something due as JSON."""
    return {
        "kind": entry.kind,
        "id": entry.id,
        "language": entry.language,
        "title": entry.title,
        "owner": entry.owner,
        "review_date": entry.review_date,
        "days_overdue": (today - entry.review_date).days,
    }


def touched_body(entry: Touched) -> JsonObject:
    """Return something touched as JSON."""
    return {
        "kind": entry.kind,
        "id": entry.id,
        "languages": entry.languages,
        "title": entry.title,
        "owner": entry.owner,
        "why": entry.why,
    }
