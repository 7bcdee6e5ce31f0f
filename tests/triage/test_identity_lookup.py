"""Whose order it is: what proves it, what contradicts it, and that nobody is shown another's."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tickets.records import Customer, Entity, Message, Order, OrderState
from triage.identity import Identity, compare
from triage.lookup import find_order

ORDER = Order(
    id="HP-100001",
    state=OrderState.SHIPPED,
    customer_id="c9",
    customer_name="Jutta Wendland",
    email="jutta@example.org",
    phone="+49 171 5550148",
    tracking="1Z999AA10123456784",
)


@dataclass
class Shelf:
    """Orders by number and by tracking number; keeps what was asked."""

    orders: tuple[Order, ...] = (ORDER,)
    asked: list[str] = field(default_factory=list)

    def find(self, value: str) -> list[Order]:
        self.asked.append(value)
        return [order for order in self.orders if value in (order.id, order.tracking)]


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        (None, Identity.UNKNOWN),
        (Customer(), Identity.UNKNOWN),
        (Customer(level="vip"), Identity.UNKNOWN),
        (Customer(id="c9"), Identity.MATCHES),
        (Customer(id="c8"), Identity.CONTRADICTS),
        (Customer(email=" JUTTA@example.org"), Identity.MATCHES),
        (Customer(email="other@example.org"), Identity.CONTRADICTS),
        (Customer(phone="0171 555 01 48"), Identity.MATCHES),
        (Customer(phone="0171 555 01 49"), Identity.CONTRADICTS),
        (Customer(phone="12345"), Identity.UNKNOWN),
        (Customer(id="c8", email="jutta@example.org"), Identity.MATCHES),
        (Customer(email="jutta@example.org", name="Somebody Else"), Identity.MATCHES),
        (Customer(email="other@example.org", name="Jutta Wendland"), Identity.CONTRADICTS),
        (Customer(name="J. WENDLAND"), Identity.MATCHES),
        (Customer(name="Peter Meyer"), Identity.CONTRADICTS),
    ],
)
def test_identity(customer: Customer | None, expected: Identity) -> None:
    assert compare(customer, ORDER) is expected


def test_names_in_characters() -> None:
    order = Order(id="1", state=OrderState.SHIPPED, customer_name="陈立")
    assert compare(Customer(name="陈立"), order) is Identity.MATCHES
    assert compare(Customer(name="吴倩"), order) is Identity.CONTRADICTS


def message(customer: Customer | None = None, order_id: str | None = None) -> Message:
    return Message(text="…", customer=customer, order_id=order_id)


NAMED = (Entity("order", "HP-100001", 0, 9),)


@pytest.mark.parametrize("proof", [True, False])
def test_the_buyer_gets_the_order(proof: bool) -> None:
    assert find_order(Shelf(), message(Customer(email="jutta@example.org")), NAMED, proof=proof) is ORDER


@pytest.mark.parametrize("proof", [True, False])
def test_somebody_else_never_does(proof: bool) -> None:
    someone = Customer(email="thief@example.org")
    assert find_order(Shelf(), message(someone, "HP-100001"), NAMED, proof=proof) is None


def test_an_unknown_sender_only_without_proof() -> None:
    assert find_order(Shelf(), message(), NAMED, proof=False) is ORDER
    assert find_order(Shelf(), message(), NAMED, proof=True) is None
    assert find_order(Shelf(), message(order_id="HP-100001"), (), proof=True) is None


def test_the_given_number_comes_first_then_orders_then_tracking() -> None:
    shelf = Shelf(orders=())
    entities = (Entity("tracking", "T", 0, 1), Entity("order", "O", 2, 3), Entity("email", "a@b.cc", 4, 9))
    assert find_order(shelf, message(order_id="G"), entities, proof=False) is None
    assert shelf.asked == ["G", "O", "T"]


def test_a_tracking_number_leads_to_the_order() -> None:
    assert find_order(Shelf(), message(), (Entity("tracking", "1Z999AA10123456784", 0, 18),), proof=False) is ORDER


def test_lookups_are_bounded() -> None:
    shelf = Shelf(orders=())
    find_order(shelf, message(), tuple(Entity("order", str(number), 0, 1) for number in range(100)), proof=False)
    assert len(shelf.asked) == 5


def test_an_address_given_as_number_is_not_looked_up() -> None:
    shelf = Shelf()
    assert find_order(shelf, message(order_id="jutta@example.org"), (), proof=False) is None
    assert shelf.asked == []
