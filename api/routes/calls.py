"""POST /v1/calls: what the telephone system tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.auth import Caller
from api.calls import find_caller, message_of, note_event, ticket_of
from api.intake import Delivery, take_in
from api.permissions import Permission
from api.rendering import decision_body, json_response, visible_part
from api.rendering_tickets import customer_body, ticket_body
from api.routes.common import State, allowed, body, gives, takes, visible_to
from api.routes.orders import order_body
from api.schemas.bots import CallEvent, CallIn
from api.schemas.tickets import CallOut

if TYPE_CHECKING:
    from api.wiring import Services
    from tickets.stored import TicketDetail

router = APIRouter(tags=["calls"])


@router.post(
    "/v1/calls",
    status_code=201,
    summary="Take an event of a telephone call",
    description="Finds customer and orders by number; all events of a call become one ticket.",
    responses={201: {"model": CallOut}, **gives(400, 401, 403, 409, 413, 415, 422)},
    openapi_extra=takes(CallIn),
)
async def take_call(
    request: Request,
    state: State,
    caller: Annotated[Caller, allowed(Permission.CALLS_WRITE)],
    call: Annotated[CallIn, Depends(body(CallIn))],
) -> Response:
    """Store the event as a message of the call's ticket."""
    known = await state.storage.run(find_caller, state.services, call)
    noted = await state.storage.run(_note, state.services, call, caller.name)
    if noted is not None:
        ticket, decision = noted.ticket, noted.messages[-1].decision
    else:
        delivery = Delivery(message_of(call, known), await request.body(), caller.name, visibility=visible_to(caller))
        ingested = await take_in(state, delivery)
        ticket, decision = ingested.ticket, ingested.decision
    shown = {
        "ticket": ticket_body(ticket),
        "decision": decision_body(visible_part(decision, visible_to(caller))) if decision else None,
        "customer": customer_body(known.customer),
        "orders": [order.id for order in known.orders],
        "order_cards": [order_body(order) for order in known.orders] if caller.may(Permission.ORDERS_READ) else [],
    }
    return json_response(shown, 201, {"location": f"/v1/tickets/{ticket.id}"})


def _note(services: Services, call: CallIn, actor: str) -> TicketDetail | None:
    """Note an event without words on the ticket that the call has already."""
    if call.event in (CallEvent.RINGING, CallEvent.TRANSCRIPT):
        return None
    ticket_id = ticket_of(services, call)
    return None if ticket_id is None else note_event(services, ticket_id, call, actor)
