from __future__ import annotations

import threading

import pytest

from tickets.database import Database
from tickets.settings import count_up, read_setting, value_of, write_setting


@pytest.mark.parametrize("value", [None, 1, "Grüße 😡", [1, {"a": None}], {"x": 1.5}, False])
def test_a_setting_comes_back(database: Database, value: object) -> None:
    with database.write() as session:
        write_setting(session, "shop", "old")
        write_setting(session, "shop", value)
    with database.session() as session:
        assert read_setting(session, "shop") == value
        assert read_setting(session, "none", "default") == "default"
    assert database.value(value_of("shop")) == value
    assert database.value(value_of("none")) is None


def test_a_value_is_never_an_old_one(database: Database, url: str) -> None:
    query = value_of("shop")
    other = Database.open(url)
    for told in range(12):  # drivers prepare what is asked often
        with other.write() as session:
            write_setting(session, "shop", told)
        assert database.value(query) == told
    other.close()


def test_a_counter_never_gives_a_number_twice(database: Database) -> None:
    with database.write() as session:
        assert count_up(session, "generation") == 1
    numbers: list[int] = []

    def work() -> None:
        for _ in range(5):
            with database.write() as session:
                numbers.append(count_up(session, "generation"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(2, 22))
