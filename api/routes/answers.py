"""POST /v1/answers: what a chatbot should say; GET /v1/hours: when people are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answering import Asked, BotAnswer, TeamTime, ask, choose, message_of, take_up
from api.auth import Caller
from api.choices import with_choice
from api.earlier_turns import look_back
from api.follow_ups import FollowUp, surer
from api.hand_off import answer_body, team_body
from api.known_level import with_level
from api.permissions import Permission
from api.rendering import json_response
from api.routes.common import State, allowed, body, gives, takes
from api.schemas.bots import Action, BotAnswerOut, ChoiceKind, HoursOut, QuestionIn
from api.translations import Translations
from api.uses import quoted
from knowledge_base.records import Visibility
from tickets.errors import InvalidInputError
from triage.identity import proven
from triage.lookup import find_order

if TYPE_CHECKING:
    from api.wiring import Services
    from tickets.records import Decision, Message

router = APIRouter(tags=["answers"])

# More than one is said in a conversation: what was said before is skipped, and a chosen article may stand further down.
_PASSAGES = 6
_PASSAGES_OF_CHOICE = 20
# The one that the policy lets a machine send need not be the first.
_REPLIES = 8


@router.post(
    "/v1/answers",
    summary="Answer a customer's question, ask back once, or hand off",
    description=(
        "Answers at any hour unless the shop's policy forbids it (`bot_policy.yaml` in the home), from public articles "
        "only, from the policy's probability on, else from `DESKHAND_MIN_ANSWER_PROBABILITY`; where the policy says "
        "so, a buyer who is proven gets a reply filled in from the order (`reply`). A conversation never "
        "gets the same passage twice; a short question is read alone and behind the one before. A hand-off brings all "
        "that a person needs. Of the question nothing is stored: the bot sends "
        "`hand_off.message` to POST /v1/messages."
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
    services = state.services
    question = with_choice(question, services.bot.speech)
    _check_choice(question, services)
    asked, chosen = await state.compute.run(_answer, services, question, state.settings.min_answer_probability)
    state.metrics.count(asked.decision)
    return quoted(json_response(answer_body(asked, chosen, services.bot.policy.help_url)), state, chosen.answer)


@router.get(
    "/v1/hours",
    summary="Say of every team whether it is at work, and when it is back",
    description="For bots that show the hours: those of the routing file and of the shop, holidays included.",
    responses={200: {"model": HoursOut}, **gives(401, 403)},
)
async def hours(state: State, _: Annotated[Caller, allowed(Permission.ANSWERS_ASK)]) -> Response:
    """Look at every team's hours now."""
    rules, now = state.services.bot.router, datetime.now(UTC)
    teams = [TeamTime.of(team, rules.office_of(team), now) for team in rules.rules.teams]
    return json_response({"items": [team_body(team) for team in teams], "next": None})


def _answer(services: Services, question: QuestionIn, min_probability: float) -> tuple[Asked, BotAnswer]:
    message = with_level(services.customers, message_of(question, services.bot.speech), services.bot.policy.people_only)
    wanted = _PASSAGES if question.choice is None else _PASSAGES_OF_CHOICE
    follow_up = FollowUp.of(question, message, services.bot.speech)
    messages = [message] if follow_up is None else [message, follow_up.together, follow_up.earlier]
    decision, *more = services.pipeline.decide(
        messages, answers=wanted, suggestions=_REPLIES, visibility=Visibility.PUBLIC
    )
    now = datetime.now(UTC)
    asked = ask(services.bot, question, message, decision, now)
    translations = Translations.of(services, asked) if question.conversation else None
    if translations is not None:
        asked = replace(asked, translations=translations)
    if services.bot.policy.ever_replies:
        asked = replace(asked, buyer_proven=_is_buyer(services, message, decision))
    if follow_up is None:
        chosen = choose(services.bot, asked, min_probability)
    else:
        together, earlier = more
        both = ask(services.bot, question, follow_up.together, together, now)
        both = replace(both, translations=asked.translations)
        asked, chosen = surer(services.bot, asked, both, earlier, min_probability)
    if chosen.action is not Action.HAND_OFF or not question.conversation:
        return asked, chosen
    before = look_back(services.pipeline, services.orders, services.bot.speech, asked, chosen, _REPLIES)
    return take_up(services.bot, asked, chosen, before, now)


def _is_buyer(services: Services, message: Message, decision: Decision) -> bool:
    """Say whether the customer is for sure the buyer of the order that the question is about."""
    order = find_order(services.orders, message, decision.entities, proof=True).order
    return order is not None and proven(message.customer, order)


def _check_choice(question: QuestionIn, services: Services) -> None:
    """Refuse a chosen intent that no answer can have offered: a decision names labels of the bundle only.

    Raises:
        InvalidInputError: It is none of the bundle's.
    """
    choice, bundle = question.choice, services.bundle
    if choice is None or choice.kind is not ChoiceKind.INTENT or bundle is None or choice.value in bundle.labels:
        return
    raise InvalidInputError(
        f"choice.value: {choice.value[:100]!r} is no intent of the bundle in use",
        field="choice.value",
        hint="Send back a choice as it was offered.",
    )
