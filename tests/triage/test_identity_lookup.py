"""Whose order it is: what proves it, what contradicts it, and that nobody is shown another's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from tickets.records import Customer, Entity, Message, Order, OrderState
from tickets.texts import phone_key
from triage.identity import Identity, compare
from triage.lookup import Lookup, find_order

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
    assert find_order(Shelf(), message(Customer(email="jutta@example.org")), NAMED, proof=proof).order is ORDER


@pytest.mark.parametrize("proof", [True, False])
def test_somebody_else_never_does(proof: bool) -> None:
    someone = Customer(email="thief@example.org")
    assert find_order(Shelf(), message(someone, "HP-100001"), NAMED, proof=proof).order is None


def test_an_unknown_sender_only_without_proof() -> None:
    assert find_order(Shelf(), message(), NAMED, proof=False).order is ORDER
    assert find_order(Shelf(), message(), NAMED, proof=True).order is None
    assert find_order(Shelf(), message(order_id="HP-100001"), (), proof=True).order is None


def test_the_given_number_comes_first_then_orders_then_tracking() -> None:
    shelf = Shelf(orders=())
    entities = (Entity("tracking", "T", 0, 1), Entity("order", "O", 2, 3), Entity("email", "a@b.cc", 4, 9))
    assert find_order(shelf, message(order_id="G"), entities, proof=False).order is None
    assert shelf.asked == ["G", "O", "T"]


def test_a_tracking_number_leads_to_the_order() -> None:
    assert (
        find_order(Shelf(), message(), (Entity("tracking", "1Z999AA10123456784", 0, 18),), proof=False).order is ORDER
    )


def test_lookups_are_bounded() -> None:
    shelf = Shelf(orders=())
    find_order(shelf, message(), tuple(Entity("order", str(number), 0, 1) for number in range(100)), proof=False)
    assert len(shelf.asked) == 5


CODE = Entity("code", "HP-100001", 0, 9)
BUYER, STRANGER = Customer(email="jutta@example.org"), Customer(email="thief@example.org")


@pytest.mark.parametrize("kind", ["code", "sku", "invoice"])
def test_a_number_of_unsure_kind_is_an_order_where_the_shop_has_it(kind: str) -> None:
    found = find_order(Shelf(), message(), (Entity(kind, "HP-100001", 0, 9),), proof=False)
    assert found == Lookup(ORDER, frozenset({"HP-100001"}))
    assert found.corrected([Entity(kind, "HP-100001", 0, 9)]) == (Entity("order", "HP-100001", 0, 9),)


@pytest.mark.parametrize(
    ("customer", "proof", "order", "corrected"),
    [
        (BUYER, True, ORDER, True),
        (BUYER, False, ORDER, True),
        (None, True, None, False),
        (STRANGER, True, None, False),
        (STRANGER, False, None, True),
    ],
)
def test_a_stranger_cannot_try_numbers_out(
    customer: Customer | None, proof: bool, order: Order | None, corrected: bool
) -> None:
    found = find_order(Shelf(), message(customer), (CODE,), proof=proof)
    assert (found.order, found.corrected([CODE]) != (CODE,)) == (order, corrected)


def test_a_tracking_number_that_looks_like_a_code_stays_one() -> None:
    code = Entity("code", "1Z999AA10123456784", 0, 18)
    assert find_order(Shelf(), message(), (code,), proof=False) == Lookup()
    given = find_order(Shelf(), message(order_id=code.value), (code,), proof=False)
    assert given == Lookup(ORDER)


def test_further_numbers_of_unsure_kind_are_told_too_within_the_bound() -> None:
    shelf = Shelf((ORDER, *(Order(id=f"GS-{number}", state=OrderState.SHIPPED) for number in range(9))))
    codes = tuple(Entity("code", f"GS-{number}", number, number + 1) for number in range(9))
    found = find_order(shelf, message(), (*NAMED, Entity("tracking", "T", 9, 10), *codes), proof=False)
    assert found == Lookup(ORDER, frozenset({"GS-0", "GS-1", "GS-2"}))
    assert shelf.asked == ["HP-100001", "GS-0", "GS-1", "GS-2"]


def test_only_numbers_of_unsure_kind_are_corrected() -> None:
    amount = Entity("amount", "HP-100001", 0, 9)
    assert Lookup(ORDER, frozenset({"HP-100001"})).corrected([amount]) == (amount,)


def test_an_address_given_as_number_is_not_looked_up() -> None:
    shelf = Shelf()
    assert find_order(shelf, message(order_id="jutta@example.org"), (), proof=False).order is None
    assert shelf.asked == []


@dataclass
class Register:
    """Orders that a whole store would find: by number, tracking number, address and telephone number."""

    orders: tuple[Order, ...]
    asked: list[str] = field(default_factory=list)

    def find(self, value: str) -> list[Order]:
        self.asked.append(value)
        return [
            order
            for order in self.orders
            if value in (order.id, order.tracking)
            or value.casefold() == (order.email or "").casefold()
            or value == phone_key(order.phone or "", order.market)
        ]


OTHERS = replace(ORDER, id="HP-100002", customer_id="c10", customer_name="Peter Meyer", email="peter@example.org")
OTHERS = replace(OTHERS, phone="+49 171 5550149", tracking="1Z999AA10123456785")
DONE = replace(ORDER, id="HP-100003", state=OrderState.DELIVERED, tracking=None)


@pytest.mark.parametrize("proof", [True, False])
@pytest.mark.parametrize(
    ("customer", "by"),
    [
        (Customer(email="jutta@example.org"), "e-mail address"),
        (Customer(email="JUTTA@Example.ORG"), "e-mail address"),
        (Customer(phone="+49 171 5550148"), "telephone number"),
        (Customer(phone="0049 171 555-01-48"), "telephone number"),
        (Customer(phone="0171 5550148"), "telephone number"),
        (Customer(email="new@example.org", phone="0171/5550148"), "telephone number"),
    ],
)
def test_a_message_without_a_number_is_about_the_senders_one_order(customer: Customer, by: str, *, proof: bool) -> None:
    asking = Message(text="…", customer=customer, market="DE")
    assert find_order(Register((ORDER, OTHERS)), asking, (), proof=proof) == Lookup(ORDER, found_by=by)


@pytest.mark.parametrize(
    "customer",
    [
        None,
        Customer(),
        Customer(id="c9"),
        Customer(name="Jutta Wendland"),
        Customer(email="jutta"),
        Customer(email="jutta@example.or"),
        Customer(phone="5550148"),
        Customer(phone="0171 5550148"),
        Customer(email="peter.meyer@example.org", name="Jutta Wendland"),
    ],
)
def test_nobody_else_is_told_of_it(customer: Customer | None) -> None:
    # Without a market a national number belongs to nobody certain.
    assert find_order(Register((ORDER, OTHERS)), message(customer), (), proof=False).order is None


def test_of_several_orders_only_the_one_under_way_is_meant() -> None:
    buyer = Customer(email="jutta@example.org")
    assert find_order(Register((ORDER, DONE)), message(buyer), (), proof=False).order is ORDER
    second = replace(ORDER, id="HP-100004")
    assert find_order(Register((ORDER, second, DONE)), message(buyer), (), proof=False).order is None
    returned = replace(DONE, id="HP-100005", state=OrderState.RETURNED)
    assert find_order(Register((DONE, returned)), message(buyer), (), proof=False).order is None


def test_an_address_in_the_text_leads_to_nothing() -> None:
    written = (Entity("email", "jutta@example.org", 0, 17), Entity("phone", "+491715550148", 18, 31))
    register = Register((ORDER,))
    assert find_order(register, message(Customer(email="thief@example.org")), written, proof=False).order is None
    assert register.asked == ["thief@example.org"]


def test_a_number_that_is_not_theirs_is_not_replaced_by_their_own_order() -> None:
    asked = message(Customer(email="jutta@example.org"), order_id="HP-100002")
    assert find_order(Register((ORDER, OTHERS)), asked, (), proof=False) == Lookup()


@pytest.mark.parametrize("proof", [True, False])
@pytest.mark.parametrize(
    "entity", [Entity("tracking", "1Z999AA10123456785", 0, 18), Entity("order", "HP-100002", 0, 9)]
)
def test_other_peoples_numbers_show_nothing(entity: Entity, *, proof: bool) -> None:
    buyer = Customer(email="jutta@example.org", phone="+49 171 5550148")
    assert find_order(Register((ORDER, OTHERS)), message(buyer), (entity,), proof=proof).order is None


def test_an_address_that_two_customers_share_proves_nothing_of_the_other() -> None:
    shared = replace(OTHERS, email=None, phone=ORDER.phone, customer_id="c10")
    found = find_order(Register((shared,)), message(Customer(id="c9", phone="+49 171 5550148")), (), proof=True)
    assert found.order is shared  # one equal number is proof, as `compare` says
    stranger = Customer(id="c9", email="jutta@example.org", phone="+49 171 5550999")
    assert find_order(Register((shared,)), message(stranger), (), proof=True).order is None
