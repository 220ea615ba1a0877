"""What settings cost, by given prices."""

from __future__ import annotations

from typing import Any

import pytest
from test_candidates import scenario

from sim.scenario.prices import Prices
from sim.study.money import Money, money


@pytest.mark.parametrize(
    ("prices", "amounts"),
    [
        ({}, None),
        ({"currency": "EUR"}, None),
        ({"address_per_hour": 0.5}, Money("USD", 365.0, None, None)),
        ({"address_per_month": 2.0, "currency": "EUR"}, Money("EUR", 2.0, None, None)),
        ({"nat_gateway_per_hour": 0.1}, Money("USD", None, 73.0, None)),
        ({"node_per_hour": {"t3.small": 1.0}}, Money("USD", None, None, 2 * 730.0)),
        ({"node_per_hour": {"m5.large": 1.0}}, None),
    ],
)
def test_amounts_a_month(prices: dict[str, Any], amounts: Money | None) -> None:
    """What has a price has an amount a month, and nothing else has."""
    assert money(scenario().model, Prices.model_validate(prices)) == amounts
    assert money(scenario().model, None) is None


def test_nodes_count_as_long_as_they_are_there() -> None:
    """Nodes that come later cost for the rest of the run only."""
    steps = [{"at": "0s", "nodes": 2}, {"at": "5m", "nodes": 6}]
    model = scenario(nodes=steps).model
    found = money(model, Prices.model_validate({"node_per_hour": {"t3.small": 1.0}}))
    assert found is not None
    assert found.nodes == pytest.approx(4 * 730)


def test_addresses_for_a_nat_gateway() -> None:
    """A NAT gateway's price pays for so many addresses, if both have one."""
    assert Money("USD", 3.65, 36.5, None).addresses_for_a_nat_gateway == pytest.approx(10)
    assert Money("USD", None, 36.5, None).addresses_for_a_nat_gateway is None
    assert Money("USD", 0.0, 36.5, None).addresses_for_a_nat_gateway is None
    assert Money("USD", 3.65, None, None).of_addresses(10) == pytest.approx(36.5)
