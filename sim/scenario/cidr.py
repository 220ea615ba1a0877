"""Blocks of IPv4 addresses, as a user writes them."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from .errors import shown

NOT_ITS_START = "not_its_start"
"""The type of the error of a CIDR with an address inside of it; its context has the network."""


def network_of(value: Any) -> ipaddress.IPv4Network | None:
    """The network that a value writes, if any, with whichever of its addresses."""
    text = str(value) if isinstance(value, str | ipaddress.IPv4Network) else ""
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None


def _network(value: Any) -> ipaddress.IPv4Network:
    network = network_of(value)
    if network is None:
        raise ValueError(f"{shown(value)} is no IPv4 network: write it like 10.0.0.0/24")
    if str(network.network_address) != str(value).split("/")[0]:
        message = f"{value} does not start at its first address"
        raise PydanticCustomError(
            NOT_ITS_START, "{message}", {"message": message, "network": network}
        )
    return network


Cidr = Annotated[
    ipaddress.IPv4Network,
    BeforeValidator(_network),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"title": "CIDR", "type": "string", "examples": ["10.0.0.0/24"]}),
]
