"""From an event of the telephone system to a message of the call's ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from api.schemas.bots import CallEvent
from tickets.records import Channel, Customer, Message, TicketStatus
from tickets.tables import TicketRow
from tickets.texts import index_key, phone_key

if TYPE_CHECKING:
    from api.schemas.bots import CallIn
    from api.wiring import Services
    from tickets.records import Order
    from tickets.stored import TicketDetail

CONNECTOR = "phone"


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """Who calls, as far as the number tells."""

    customer: Customer | None
    orders: tuple[Order, ...] = ()


def find_caller(services: Services, call: CallIn) -> KnownCaller:
    """Find customer and orders by the customer's number; two customers of one number are nobody certain."""
    number = call.caller if call.direction == "in" else call.callee
    if not number:
        return KnownCaller(None)
    customers = services.customers.find(number, market=call.market)
    international = phone_key(number, call.market)
    orders = tuple(services.orders.find(international if international.startswith("+") else number))
    customer = customers[0] if len(customers) == 1 else None
    return KnownCaller(customer or Customer(phone=number), orders)


def ticket_of(services: Services, call: CallIn) -> str | None:
    """Return the open ticket that earlier events of the call became."""
    query = select(TicketRow.id).where(
        TicketRow.connector == (call.connector or CONNECTOR),
        TicketRow.thread_key == index_key(call.call_id),
        TicketRow.status != TicketStatus.CLOSED,
    )
    with services.database.session() as session:
        return session.scalar(query.order_by(TicketRow.id.desc()).limit(1))


def note_event(services: Services, ticket_id: str, call: CallIn, actor: str) -> TicketDetail:
    """Note an event without words on the call's ticket, once: telephone systems repeat what was not acknowledged."""
    said = f"Call {call.call_id} {call.event.value}" + (f" by {call.agent}" if call.agent else "")
    detail = services.tickets.ticket(ticket_id)
    if any(note.text == said for note in detail.notes):
        return detail
    services.tickets.note(ticket_id, said, actor=actor)
    return services.tickets.ticket(ticket_id)


def message_of(call: CallIn, known: KnownCaller) -> Message:
    """Return the event as a message: only a transcript has words, every event belongs to the call's thread."""
    only_order = known.orders[0].id if len(known.orders) == 1 else None
    return Message(
        text=call.transcript or "" if call.event is CallEvent.TRANSCRIPT else "",
        channel=Channel.PHONE,
        market=call.market,
        customer=known.customer,
        order_id=call.order.id if call.order else only_order,
        sent_at=call.at,
        external_id=f"{call.call_id}:{call.event.value}",
        connector=call.connector or CONNECTOR,
        thread=call.call_id,
    )
