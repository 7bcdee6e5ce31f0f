"""Which connectors there are. A name that is not in the table is an operator's own system: it speaks `generic`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from connectors.generic import GenericInbound, GenericOutbound

if TYPE_CHECKING:
    from connectors.protocols import Inbound, Outbound, ReadMessage, Receiver

MakeInbound: TypeAlias = "Callable[[str, ReadMessage], Inbound]"
MakeOutbound: TypeAlias = "Callable[[Receiver], Outbound]"


@dataclass(frozen=True, slots=True)
class Connector:
    """How to make the two halves of a connector."""

    inbound: MakeInbound
    outbound: MakeOutbound


GENERIC = Connector(GenericInbound, GenericOutbound)

# A new connector is one file and one line here: "zendesk": Connector(ZendeskInbound, ZendeskOutbound).
CONNECTORS: Mapping[str, Connector] = {"generic": GENERIC}


def connector(name: str) -> Connector:
    """Return the connector that an operator named."""
    return CONNECTORS.get(name, GENERIC)
