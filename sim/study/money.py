"""What settings cost, by the prices in the scenario; a month has 730 hours."""

from __future__ import annotations

from typing import NamedTuple

from sim.scenario.models import ScenarioModel
from sim.scenario.prices import Prices

HOURS_A_MONTH = 730
_HOUR_MS = 3_600_000


class Money(NamedTuple):
    """Amounts a month, each None where a price is not given.

    Attributes:
        currency: of all of them.
        address: of one address.
        nat_gateway: of one NAT gateway.
        nodes: of the nodes, which no setting changes.
    """

    currency: str
    address: float | None
    nat_gateway: float | None
    nodes: float | None

    def of_addresses(self, count: float) -> float | None:
        """What so many addresses cost a month."""
        return None if self.address is None else count * self.address

    @property
    def addresses_for_a_nat_gateway(self) -> float | None:
        """How many addresses cost as much as a NAT gateway."""
        if not self.address or self.nat_gateway is None:
            return None
        return self.nat_gateway / self.address


def money(model: ScenarioModel, prices: Prices | None) -> Money | None:
    """The monthly amounts of a scenario; None if it gives no price."""
    if prices is None:
        return None
    address = prices.address_per_month
    if prices.address_per_hour is not None:
        address = prices.address_per_hour * HOURS_A_MONTH
    nat = prices.nat_gateway_per_hour
    amounts = address, None if nat is None else nat * HOURS_A_MONTH, _nodes(model, prices)
    return None if amounts == (None, None, None) else Money(prices.currency, *amounts)


def _nodes(model: ScenarioModel, prices: Prices) -> float | None:
    """What the nodes cost a month, as many as there are on average over the whole run."""
    groups = model.cluster.node_groups
    if any(group.instance_type not in prices.node_per_hour for group in groups):
        return None
    duration = model.duration or 1
    total = 0.0
    for group in groups:
        steps = [(step.at, step.nodes) for step in group.nodes if step.at < duration]
        ends = [at for at, _ in steps[1:]] + [duration]
        node_ms = sum((end - at) * nodes for (at, nodes), end in zip(steps, ends, strict=True))
        total += node_ms / duration * prices.node_per_hour[group.instance_type]
    return total * HOURS_A_MONTH
