"""Prices in a scenario: what is refused, with its place and a remedy."""

from __future__ import annotations

import pytest
from small_scenario import Refusal, Write

from sim.scenario.load import Scenario


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        ("{address_per_hours: 1}", "prices.address_per_hours: unknown key; did you mean"),
        ("{address_per_hour: 1, address_per_month: 9}", "give address_per_hour or address_per_mo"),
        ("{address_per_hour: -1}", "prices.address_per_hour: "),
        ("{currency: US dollars}", "prices.currency: write it like USD"),
        ("{node_per_hour: {m5.large: cheap}}", 'prices.node_per_hour["m5.large"]: '),
    ],
)
def test_refused(refusal: Refusal, prices: str, said: str) -> None:
    """What is no price is refused at its line."""
    (line,) = refusal("duration: 2h", f"duration: 2h\nprices: {prices}")
    assert line.startswith("s.yaml:3:")
    assert said in line


def test_prices_are_optional_and_change_no_run(write: Write) -> None:
    """A scenario with prices is the same one with something to ask more."""
    plain = Scenario.load(write())
    priced = Scenario.load(write("duration: 2h", "duration: 2h\nprices: {address_per_hour: 0.1}"))
    assert plain.model.prices is None
    assert priced.model.model_copy(update={"prices": None}) == plain.model
