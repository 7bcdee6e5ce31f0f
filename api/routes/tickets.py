"""Tickets: reading, changing, answering, and what people made of the suggestions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.auth import Caller
from api.languages import accepted_languages
from api.permissions import Permission
from api.rendering import json_response
from api.rendering_procedures import procedures_beside
from api.rendering_tickets import detail_body, feedback_body, message_body, note_body, ticket_body
from api.routes.common import State, allowed, body, gives, takes
from api.rule_checks import finding_body, store_reply
from api.schemas.base import aware
from api.schemas.feedback import FeedbackIn, FeedbackOut, LabelsIn
from api.schemas.replies import StoredReplyOut
from api.schemas.tickets import (
    NoteIn,
    NoteOut,
    ReplyIn,
    TicketDetailOut,
    TicketList,
    TicketOut,
    TicketPatch,
    TicketQuery,
)
from tickets.stored import FeedbackAction, Labels, TicketChange, TicketFilter
from tickets.verdicts import Rejection

router = APIRouter(tags=["tickets"])

TicketId = Annotated[str, Path(description="The ticket's id.", max_length=200)]


@router.get(
    "/v1/tickets",
    summary="List tickets",
    responses={200: {"model": TicketList}, **gives(401, 403, 422)},
)
async def list_tickets(
    state: State, _: Annotated[Caller, allowed(Permission.TICKETS_READ)], query: Annotated[TicketQuery, Query()]
) -> Response:
    """Return one page of tickets, newest first unless told otherwise."""
    page = await state.storage.run(state.services.tickets.tickets, _filter(query), query.cursor, query.limit)
    return json_response({"items": [ticket_body(ticket) for ticket in page.items], "next": page.next})


@router.get(
    "/v1/tickets/{ticket_id}",
    summary="Read a ticket with its messages, notes and history",
    responses={200: {"model": TicketDetailOut}, **gives(401, 403, 404, 422)},
)
async def read_ticket(
    request: Request, state: State, _: Annotated[Caller, allowed(Permission.TICKETS_READ)], ticket_id: TicketId
) -> Response:
    """Return a ticket with all that belongs to it, and the procedures for it in the reader's language."""
    detail = await state.storage.run(state.services.tickets.ticket, ticket_id)
    languages = accepted_languages(request.headers.get("accept-language"))
    beside = await state.storage.run(procedures_beside, state.services.procedures, detail, languages)
    return json_response({**detail_body(detail), "procedures": beside})


@router.patch(
    "/v1/tickets/{ticket_id}",
    summary="Change status, assignee, team, priority or labels",
    responses={200: {"model": TicketOut}, **gives(400, 401, 403, 404, 409, 413, 415, 422)},
    openapi_extra=takes(TicketPatch),
)
async def change_ticket(
    state: State,
    caller: Annotated[Caller, allowed(Permission.TICKETS_WRITE)],
    ticket_id: TicketId,
    patch: Annotated[TicketPatch, Depends(body(TicketPatch))],
) -> Response:
    """Change a ticket; with `version`, only if nobody changed it since."""
    change = TicketChange(
        status=patch.status,
        assignee=_taken_away(patch, "assignee"),
        team=_taken_away(patch, "team"),
        priority=patch.priority,
        labels=None if patch.labels is None else tuple(patch.labels),
        version=patch.version,
    )
    ticket = await state.storage.run(state.services.tickets.update_ticket, ticket_id, change, actor=caller.name)
    return json_response(ticket_body(ticket))


@router.post(
    "/v1/tickets/{ticket_id}/reply",
    status_code=201,
    summary="Answer the customer",
    responses={201: {"model": StoredReplyOut}, **gives(400, 401, 403, 404, 409, 413, 415, 422)},
    openapi_extra=takes(ReplyIn),
)
async def reply(
    state: State,
    caller: Annotated[Caller, allowed(Permission.REPLIES_WRITE)],
    ticket_id: TicketId,
    given: Annotated[ReplyIn, Depends(body(ReplyIn))],
) -> Response:
    """Store an answer that the marketplace's rules allow; a connector that is configured sends it."""
    message, findings = await state.storage.run(store_reply, state.services, ticket_id, given, caller.name)
    return json_response({**message_body(message), "findings": [finding_body(item) for item in findings]}, 201)


@router.post(
    "/v1/tickets/{ticket_id}/notes",
    status_code=201,
    summary="Write an internal note with @mentions",
    responses={201: {"model": NoteOut}, **gives(400, 401, 403, 404, 413, 415, 422)},
    openapi_extra=takes(NoteIn),
)
async def add_note(
    state: State,
    caller: Annotated[Caller, allowed(Permission.NOTES_WRITE)],
    ticket_id: TicketId,
    given: Annotated[NoteIn, Depends(body(NoteIn))],
) -> Response:
    """Store a note that the customer never sees."""
    note = await state.storage.run(state.services.tickets.note, ticket_id, given.text, actor=caller.name)
    return json_response(note_body(note), 201)


@router.post(
    "/v1/suggestions/{suggestion_id}/feedback",
    status_code=201,
    summary="Say what became of a suggestion",
    responses={201: {"model": FeedbackOut}, **gives(400, 401, 403, 404, 409, 413, 415, 422)},
    openapi_extra=takes(FeedbackIn),
)
async def give_feedback(
    state: State,
    caller: Annotated[Caller, allowed(Permission.FEEDBACK_WRITE)],
    suggestion_id: Annotated[str, Path(description="The suggestion's id.", max_length=200)],
    given: Annotated[FeedbackIn, Depends(body(FeedbackIn))],
) -> Response:
    """Store feedback beside the prediction, never over it."""
    feedback = await state.storage.run(
        state.services.tickets.feedback,
        suggestion_id,
        FeedbackAction(given.action),
        given.text,
        _labels(given.labels),
        actor=caller.name,
        rejection=Rejection(given.reason, given.comment),
    )
    return json_response(feedback_body(feedback), 201)


def _taken_away(patch: TicketPatch, field: str) -> str | None:
    """Return a field's new value; an explicit null takes it away, as an empty string does."""
    value: str | None = getattr(patch, field)
    return "" if value is None and field in patch.model_fields_set else value


def _labels(given: LabelsIn | None) -> Labels:
    if given is None:
        return Labels()
    also = None if given.also is None else tuple(given.also)
    return Labels(given.intent, also, given.language, given.sentiment, given.escalate)


def _filter(query: TicketQuery) -> TicketFilter:
    return TicketFilter(
        status=tuple(query.status) if query.status else None,
        assignee=query.assignee,
        team=query.team,
        priority=query.priority,
        intent=query.intent,
        language=query.language,
        escalate=query.escalate,
        customer=query.customer,
        order_id=query.order,
        channel=query.channel,
        brand=query.brand,
        label=query.label,
        text=query.text,
        triaged=query.triaged,
        created_after=aware(query.created_after) if query.created_after else None,
        created_before=aware(query.created_before) if query.created_before else None,
        order=query.sort,
    )
