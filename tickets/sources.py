"""Protocols of what the ticket store asks others for, or is asked for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tickets.records import Order


class OrderSource(Protocol):
    """Where orders are looked up; `tickets.orders.OrderStore` is one."""

    def find(self, value: str) -> Sequence[Order]:
        """Return the orders with this order number, tracking number, e-mail address or telephone number.

        Letters and digits alone count in numbers, case does not count in addresses, a telephone number is given in
        international form. The newest come first.
        """
        ...
