"""Orders: what the shop knows, so that replies can be filled in."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.auth import Caller
from api.permissions import Permission
from api.rendering import JsonObject, json_response
from api.routes.common import State, allowed, body, gives, takes
from api.schemas.orders import OrderIn, OrderList, OrderOut, OrdersIn, StoredOut
from tickets.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from tickets.records import Order

router = APIRouter(tags=["orders"])

OrderId = Annotated[str, Path(description="The order number.", max_length=200)]


@router.get(
    "/v1/orders",
    summary="Find orders by number, tracking number, e-mail address or telephone number",
    responses={200: {"model": OrderList}, **gives(401, 403, 422)},
)
async def find_orders(
    state: State,
    _: Annotated[Caller, allowed(Permission.ORDERS_READ)],
    search: Annotated[str, Query(min_length=1, max_length=200, description="Number, tracking, e-mail or telephone.")],
) -> Response:
    """Return what fits exactly; there is no list of all orders."""
    found = await state.storage.run(state.services.orders.find, search)
    return json_response({"items": [order_body(order) for order in found], "next": None})


@router.get(
    "/v1/orders/{order_id}",
    summary="Read an order",
    responses={200: {"model": OrderOut}, **gives(401, 403, 404, 422)},
)
async def read_order(
    state: State, _: Annotated[Caller, allowed(Permission.ORDERS_READ)], order_id: OrderId
) -> Response:
    """Return an order by its number."""
    order = await state.storage.run(state.services.orders.get, order_id)
    if order is None:
        raise NotFoundError(
            f"There is no order {order_id[:64]}", field="order_id", hint="GET /v1/orders?search= finds it."
        )
    return json_response(order_body(order))


@router.put(
    "/v1/orders/{order_id}",
    summary="Store an order",
    responses={200: {"model": OrderOut}, **gives(400, 401, 403, 413, 415, 422)},
    openapi_extra=takes(OrderIn),
)
async def put_order(
    state: State,
    _: Annotated[Caller, allowed(Permission.ORDERS_WRITE)],
    order_id: OrderId,
    given: Annotated[OrderIn, Depends(body(OrderIn))],
) -> Response:
    """Store an order, over the one of the same number."""
    if given.id != order_id:
        raise InvalidInputError(
            f"id {given.id[:60]!r} is not the one of the address",
            field="id",
            hint="Send the same number in both places.",
        )
    await state.storage.run(state.services.orders.put_many, [given.record()])
    order = await state.storage.run(state.services.orders.get, order_id)
    return json_response(order_body(order or given.record()))


@router.post(
    "/v1/orders",
    summary="Store up to 1,000 orders",
    responses={200: {"model": StoredOut}, **gives(400, 401, 403, 413, 415, 422)},
    openapi_extra=takes(OrdersIn),
)
async def import_orders(
    state: State,
    _: Annotated[Caller, allowed(Permission.ORDERS_WRITE)],
    given: Annotated[OrdersIn, Depends(body(OrdersIn))],
) -> Response:
    """Store all orders of the body, or none where one of them is wrong."""
    await state.storage.run(state.services.orders.put_many, [order.record() for order in given.orders])
    return json_response({"stored": len(given.orders)})


def order_body(order: Order) -> JsonObject:
    """Return an order; money as decimal strings."""
    shown = {field.name: getattr(order, field.name) for field in dataclasses.fields(order)}
    items = [{"name": i.name, "sku": i.sku, "quantity": i.quantity, "price": i.price} for i in order.items]
    return {**shown, "items": items, "shipments": [dataclasses.asdict(parcel) for parcel in order.shipments]}
