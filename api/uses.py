"""Counts what chatbots quote and readers of the help centre open, behind the response: it neither waits nor fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask

from api.state import state_of
from knowledge_base.uses import UseStore
from tickets.errors import DeskhandError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from api.state import AppState
    from knowledge_base.records import Article
    from tickets.records import Answer

logger = structlog.get_logger("deskhand.uses")

# Search engines read every page: that is no use. Those that hide what they are cannot be told.
_ROBOT = re.compile(r"bot\b|bot/|crawl|spider|slurp|preview", re.IGNORECASE)


def quoted(response: Response, state: AppState, answer: Answer | None) -> Response:
    """Return a chatbot's response, behind which the passage that it quotes is counted as a use of its article."""
    if answer is not None:
        response.background = BackgroundTask(_count, state, answer.article, answer.language)
    return response


def viewed(response: Response, request: Request, article: Article, *, again: bool) -> Response:
    """Return an article's page, behind which the view is counted; not where it is shown `again` after a vote."""
    if not again and not _ROBOT.search(request.headers.get("user-agent", "")):
        response.background = BackgroundTask(_count, state_of(request), article.id, article.language)
    return response


async def _count(state: AppState, article_id: str, language: str) -> None:
    try:
        await state.storage.run(UseStore(state.services.database).add, article_id, language)
    except (DeskhandError, SQLAlchemyError) as error:
        logger.warning("use of an article not counted", article=article_id, language=language, error=str(error))
