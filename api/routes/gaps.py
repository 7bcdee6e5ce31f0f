"""What the knowledge base lacks, and what it could do without."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth import Caller
from api.gaps import gaps_body
from api.permissions import Permission
from api.rendering import json_response
from api.routes.common import State, allowed, gives
from api.schemas.gaps import GapsOut, GapsQuery
from knowledge_base.gaps import GapOptions

router = APIRouter(tags=["articles"])

# Fewer than the command reads: somebody waits for the answer, and decisions are made meanwhile.
MAX_DECISIONS = 20_000
MAX_QUESTIONS = 2_000


@router.get(
    "/v1/articles/gaps",
    summary="Report what customers ask and no article answers",
    description=(
        "Questions whose best passage scored under `DESKHAND_MIN_ANSWER_PROBABILITY`, grouped by meaning; articles "
        "that nobody was shown; articles whose answers are turned down. Made at most once in ten minutes."
    ),
    responses={200: {"model": GapsOut}, **gives(401, 403, 422)},
)
async def report_gaps(
    state: State, _: Annotated[Caller, allowed(Permission.TICKETS_READ)], query: Annotated[GapsQuery, Query()]
) -> Response:
    """Return the report; the first caller waits while it is made."""
    options = GapOptions(
        min_probability=state.settings.min_answer_probability,
        days=query.days,
        unused_days=query.unused_days,
        min_size=query.min_size,
        limit=query.limit,
        max_decisions=MAX_DECISIONS,
        max_questions=MAX_QUESTIONS,
    )
    return json_response(gaps_body(await state.gaps.report(options)))
