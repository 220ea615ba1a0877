"""The /28s of a subnet from the records of its addresses, reckoned by hand."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
import pytest
from made_records import Made, scenario

from sim import Scenario, run
from sim.results.fragments import STATES, Block, Holder, blocks_at
from sim.results.result import Result
from sim.scenario.errors import InputError

SUBNET: dict[str, Any] = {"name": "a", "cidr": "10.0.0.0/25"}


def made(**changes: Any) -> Made:
    """Records of a /25: eight /28s, of which the first and the last are AWS's."""
    cluster = {
        "subnets": [SUBNET | changes],
        "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 1}],
        "record_addresses": True,
    }
    one = Made(scenario(cluster=cluster))
    one.node()
    return one


def states(result: Result, second: int) -> str:
    """The states of the /28s at a second: one letter each, as on the screen."""
    letters = dict(zip(STATES, ".,#EsoX@a", strict=True))
    found = result.fragmentation("a", [1000 * second])
    return "".join(letters[STATES[place]] for place in found.states[0].tolist())


def test_what_breaks_a_28() -> None:
    """Each use by itself, two addresses, all sixteen, a prefix, and what comes back."""
    one = made()
    one.address(0, 4, "other")  # in AWS's own /28
    one.address(1000, 16, "eni_primary", 0)
    one.address(1000, 40, "secondary_ip", 0)
    one.address(1000, 50, "other")
    one.address(2000, 41, "secondary_ip", 0)
    one.address(2000, 64, "prefix", 0, 16)
    for offset in range(80, 96):
        one.address(3000, offset, "secondary_ip", 0)
    one.address(4000, 64, "nobody", 0, 16)
    one.address(4000, 40, "nobody", 0)
    result = one.result()
    seen = [states(result, second) for second in range(5)]
    assert seen == ["a......a", "aEso...a", "aEXo#..a", "aEXo#@.a", "aEso.@.a"]
    found = result.fragmentation("a", [0, 2000])
    assert found.free[0].tolist() == [11, 16, 16, 16, 16, 16, 16, 15]
    assert found.free[1].tolist() == [11, 15, 14, 15, 0, 16, 16, 15]
    assert found.broken_free.tolist() == [26, 70]
    assert found.counts()["whole"].tolist() == [6, 2]


def test_one_instant_is_all_that_happened_in_it() -> None:
    """What is taken and given back within a ms leaves no trace."""
    one = made()
    one.address(1000, 20, "eni_primary", 0)
    one.address(1000, 20, "nobody", 0)
    assert states(one.result(), 1) == "a......a"


@pytest.mark.parametrize(
    ("reservations", "before", "after"),
    [
        ([{"cidr": "10.0.0.32/27"}], "a,..,,,a", "a,..,,,a"),
        ([{"cidr": "10.0.0.32/27", "at": "2s"}], "a......a", "a,..,,,a"),
        ([{"cidr": "10.0.0.40/29", "type": "explicit", "at": "2s"}], "a......a", "a.,....a"),
        ([{"cidr": "10.0.0.40/29", "at": "2s"}], "a......a", "a,,,,,,a"),  # half of a /28
    ],
)
def test_reservations(reservations: list[dict[str, Any]], before: str, after: str) -> None:
    """From its time on a reservation decides where prefixes come from."""
    result = made(reservations=reservations).result()
    assert [states(result, 1), states(result, 2)] == [before, after]


def test_who_it_is() -> None:
    """A /28's holders have their address, use and node, and since when."""
    one = made()
    one.address(0, 49, "other")
    one.address(1500, 64, "prefix", 0, 16)
    blocks = blocks_at(one.result(), "a", 2000)
    assert blocks[3] == Block(
        "10.0.0.48/28", "one_other", 15, (Holder("10.0.0.49", "other", "", 0),)
    )
    assert blocks[4] == Block(
        "10.0.0.64/28", "prefix", 0, (Holder("10.0.0.64", "prefix", "g-0", 1500),)
    )


def test_the_counts_as_a_frame() -> None:
    """A row an instant, a column a state."""
    frame = made().result().fragmentation("a", [0, 50_000]).to_pandas()
    assert frame["time_s"].tolist() == [0.0, 50.0]
    assert frame["whole"].tolist() == [6, 6]
    assert frame["free"].tolist() == [123, 123]


@pytest.mark.parametrize(
    ("subnet", "ms", "says"), [("b", 0, "no subnet 'b'"), ("a", 120_000, "before 2m")]
)
def test_refusals(subnet: str, ms: int, says: str) -> None:
    """A subnet that is not there, and an instant after the end."""
    with pytest.raises(InputError, match=says):
        blocks_at(made().result(), subnet, ms)


def test_scattered_addresses_leave_as_many_28s_as_chance_says() -> None:
    """Of fourteen /28s of a /24, 14 C(235, k) / C(251, k) are whole on average."""
    for others in (10, 30):
        cluster = {
            "subnets": [{"name": "a", "cidr": "10.0.0.0/24", "others": {"count": others}}],
            "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 0}],
            "record_addresses": True,
        }
        whole = []
        for seed in range(40):
            loaded = scenario(cluster=cluster, duration="1s", seed=seed)
            found = run(loaded).fragmentation("a", [0])
            whole.append(int(found.counts()["whole"][0]))
        expected = 14 * comb(235, others) / comb(251, others)
        assert abs(np.mean(whole) - expected) < 4 * np.std(whole) / len(whole) ** 0.5


def test_what_others_suffer() -> None:
    """Sums by tenant and action; what lies before the warm-up's end is left out."""
    one = Made(scenario(warm_up="10s"))
    one.theirs(9_000, "b", "CreateTags", 50, 50, 50)
    one.theirs(10_000, "b", "CreateTags", 10, 4, 1)
    one.theirs(11_000, "b", "CreateTags", 2, 0, 0)
    one.theirs(11_000, "c", "DescribeInstances", 8, 0, 0)
    account = one.summary()["account"]
    assert (account["requests"], account["throttled"], account["given_up"]) == (20, 4, 1)
    assert account["throttled_share"] == 0.2
    assert account["tenants"]["b"]["actions"] == {
        "CreateTags": {
            "requests": 12,
            "throttled": 4,
            "given_up": 1,
            "throttled_share": 4 / 12,
            "busiest_second": 10,
        }
    }
    assert account["tenants"]["c"]["throttled_share"] == 0.0


def test_the_map_survives_a_folder(tmp_path: Any) -> None:
    """A saved run gives the same map."""
    loaded = Scenario.from_dict(
        {
            "duration": "5m",
            "cluster": {
                "subnets": [SUBNET],
                "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 2}],
                "record_addresses": True,
            },
            "workload": [{"kind": "deployment", "name": "web", "replicas": 5}],
        }
    )
    result = run(loaded)
    result.save(tmp_path / "run")
    again = Result.load(tmp_path / "run").fragmentation()
    found = result.fragmentation()
    assert np.array_equal(found.states, again.states)
    assert len(np.unique(found.states)) > 2
