"""POST /v1/answers: what a chatbot should say."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answering import answer_body, choose
from api.auth import Caller
from api.permissions import Permission
from api.rendering import json_response
from api.routes.common import State, allowed, body, gives, takes
from api.schemas.bots import BotAnswerOut, QuestionIn
from knowledge_base.records import Visibility
from tickets.records import Channel, Message

router = APIRouter(tags=["answers"])


@router.post(
    "/v1/answers",
    summary="Answer a customer's question, ask back once, or hand off",
    description=(
        "Answers at any hour, from public articles only, from the shop's threshold on "
        "(`DESKHAND_MIN_ANSWER_PROBABILITY`). A hand-off brings all that a person needs. Nothing is stored: "
        "the bot sends what it hands off to POST /v1/messages."
    ),
    responses={200: {"model": BotAnswerOut}, **gives(400, 401, 403, 413, 415, 422)},
    openapi_extra=takes(QuestionIn),
)
async def answer(
    state: State,
    _: Annotated[Caller, allowed(Permission.ANSWERS_ASK)],
    question: Annotated[QuestionIn, Depends(body(QuestionIn))],
) -> Response:
    """Decide on the question as on a message, then choose what to say."""
    pipeline = state.services.pipeline
    message = Message(
        text=question.question,
        channel=question.channel or Channel.CHAT,
        marketplace=question.marketplace.lower() if question.marketplace else None,
        brand=question.brand,
        market=question.market,
        language=question.language,
        customer=question.customer.record() if question.customer else None,
        order_id=question.order.id if question.order else None,
    )
    decisions = await state.compute.run(pipeline.decide, [message], visibility=Visibility.PUBLIC)
    state.metrics.count(decisions[0])
    chosen = choose(question, decisions[0], state.settings.min_answer_probability)
    return json_response(answer_body(question, decisions[0], chosen))
