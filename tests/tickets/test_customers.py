from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tickets.customers import CustomerStore
from tickets.records import Customer

if TYPE_CHECKING:
    from tickets.database import Database

ADA = Customer("c9", "Ada Lovelace", "Ada@Example.com", "+49 171 1234567", "vip", "de")


@pytest.fixture
def customers(database: Database) -> CustomerStore:
    found = CustomerStore(database)
    found.put_many([ADA])
    return found


@pytest.mark.parametrize("value", ["c9", "ada@example.COM", " ada@example.com ", "+491711234567", "0049 171 / 1234567"])
def test_a_customer_is_found_by_any_of_their_names(customers: CustomerStore, value: str) -> None:
    assert customers.find(value) == [ADA]


def test_a_national_number_is_found_with_its_market(customers: CustomerStore) -> None:
    assert customers.find("0171 1234567", market="DE") == [ADA]
    assert customers.find("0171 1234567", market="de") == [ADA]
    assert customers.find("0171 1234567", market="FR") == []


@pytest.mark.parametrize("value", ["", " ", "nobody", "a@b", "\x00", "\ud800", "x" * 10_000, "+" * 5000])
def test_nobody_is_found_by_anything_else(customers: CustomerStore, value: str) -> None:
    customers.put_many([Customer(name="Nameless")])
    assert customers.find(value) == []


def test_news_are_kept_and_silence_forgets_nothing(customers: CustomerStore) -> None:
    customers.put_many([Customer("c9", level="gold")])
    assert customers.get("c9") == replace(ADA, level="gold")
    assert customers.get("c10") is None


def test_two_people_may_share_a_telephone(customers: CustomerStore) -> None:
    other = Customer("c10", "Charles", phone="+49 171 1234567")
    customers.put_many([other])
    assert customers.find("+491711234567") == [other, ADA]


def test_nothing_known_is_nobody(customers: CustomerStore) -> None:
    customers.put_many([Customer(), Customer(name="")])
    assert customers.find("") == []


def test_the_same_record_changes_nothing(customers: CustomerStore) -> None:
    customers.put_many([ADA, ADA])
    assert customers.find("c9") == [ADA]
