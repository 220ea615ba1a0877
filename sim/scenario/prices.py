"""What a user writes under ``prices``: what things cost; no price is built in, since prices age."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from .base import Strict

Price = Annotated[float, Field(ge=0, le=1_000_000)]

_CURRENCY = re.compile(r"\S{1,8}")


class Prices(Strict):
    """Prices of your own account; each is optional, and what has none is left out of reports."""

    currency: str = Field(
        "USD",
        description="Shown beside amounts of money, such as USD or EUR; nothing is converted.",
    )
    address_per_hour: Price | None = Field(
        None,
        description="Of one address that a subnet cannot give to others, for an hour. A VPC's own "
        "cost nothing by themselves: write what they are worth to you, such as your part of an "
        "IPAM's price.",
    )
    address_per_month: Price | None = Field(
        None, description="The same for a month of 730 hours; give one of the two."
    )
    nat_gateway_per_hour: Price | None = Field(
        None,
        description="Of a (private) NAT gateway, the usual way out of a range without addresses.",
    )
    node_per_hour: dict[str, Price] = Field(
        default_factory=dict, description="Of a node, by its instance type: {m5.large: 0.096}."
    )

    @field_validator("currency")
    @classmethod
    def _short(cls, value: str) -> str:
        if not _CURRENCY.fullmatch(value):
            raise ValueError("write it like USD: 1 to 8 characters without a space")
        return value

    @model_validator(mode="after")
    def _one_price_of_an_address(self) -> Self:
        if self.address_per_hour is not None and self.address_per_month is not None:
            raise ValueError("give address_per_hour or address_per_month, not both")
        return self
