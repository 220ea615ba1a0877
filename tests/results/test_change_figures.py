"""What is said of changes of aws-node: phases, downtimes, and whether a change was safe."""

from __future__ import annotations

from typing import Any

import pytest
from made_records import Made, scenario

from sim import Scenario, run
from sim.results.blocks import cut_at
from sim.results.summary import Tally

END_MS = 100_000
AT_S, SETTLED_S = 40, 50


def made(**changes: Any) -> Made:
    """Two nodes that a change at 40 s restarts: until 47 s, and from 48 s until 50 s."""
    made = Made(scenario(change=[{"at": f"{AT_S}s"}], **changes))
    for node, (begin, end) in enumerate(((40_000, 47_000), (48_000, 50_000))):
        made.node(started_ms=0, ready_ms=1_000)
        made.a_pass(begin, end, "restart", node)
    return made


def found(made: Made) -> dict[str, Any]:
    """The figures of the only change."""
    (one,) = made.result(END_MS).summary["changes"]
    return dict(one)


def test_a_rollout_lasts_until_its_last_node_is_ready_again() -> None:
    """From 40 to 50 s, over two nodes, which were down for 7 s and 2 s."""
    one = found(made())
    assert (one["at_s"], one["settled_at_s"]) == (AT_S, SETTLED_S)
    assert (one["nodes"], one["replaced_nodes"], one["down_nodes"]) == (2, 2, 0)
    assert (one["down_s"]["mean"], one["down_s"]["max"]) == (4.5, 7.0)
    assert [one[phase]["duration_s"] for phase in ("before", "during", "after")] == [40, 10, 50]


def test_what_happens_counts_where_it_begins() -> None:
    """Pods by their first ADD, requests by when they were made, addresses by the time."""
    of = made()
    of.served(39_999)
    of.served(40_000, 12_000)
    of.served(60_000)
    for ms, code in ((39_999, "OK"), (40_000, "RequestLimitExceeded"), (50_000, "OK")):
        of.call(ms, "CreateTags", code)
    of.space(0, 0, 10, 241)
    of.space(45_000, 0, 30, 221)
    of.space(50_000, 0, 20, 231)
    of.pool(0, 0, 0, assigned=4)
    one = found(of)
    phases = [one[phase] for phase in ("before", "during", "after")]
    assert [(phase["pods"], phase["waited"]) for phase in phases] == [(1, 0), (1, 1), (1, 0)]
    assert phases[1]["ip_wait_s"]["max"] == 12
    assert [(phase["requests"], phase["throttled"]) for phase in phases] == [(1, 0), (1, 1), (1, 0)]
    assert phases[1]["requests_per_min"] == 6
    assert [phase["held"] for phase in phases] == [10, 20, 20]
    assert [phase["held_peak"] for phase in phases] == [10, 30, 20]
    assert [phase["waste"] for phase in phases] == [6, 16, 16]


@pytest.mark.parametrize(
    ("waits_s", "verdict"),
    [((0, 0), "safe"), ((0, 5), "waits"), ((5, 5), "safe"), ((0, None), "unsafe")],
)
def test_the_verdict(waits_s: tuple[int, int | None], verdict: str) -> None:
    """Safe: no worse than before; else pods wait, or one never gets an address."""
    of = made()
    for asked, wait in zip((10_000, 45_000), waits_s, strict=True):
        if wait is None:
            of.waiting(asked)
        else:
            of.served(asked, 1000 * wait)
    assert found(of)["verdict"] == verdict


def test_a_rollout_without_an_end_is_unsafe() -> None:
    """A node without a daemon to the end: not settled, and nothing is after it."""
    of = made()
    of.node(started_ms=0, ready_ms=1_000)
    of.a_pass(50_000, -1, "restart", node=2)
    one = found(of)
    assert (one["settled_at_s"], one["verdict"]) == (None, "unsafe")
    assert (one["down_nodes"], one["down_s"]["max"]) == (1, 50)
    assert one["after"]["duration_s"] == 0


def test_a_node_is_back_once_it_is_ready_whatever_becomes_of_it() -> None:
    """One that started just before the change is ready at 45 s; that it ends later is no delay."""
    of = made()
    of.node(started_ms=39_000, ready_ms=45_000, terminated_ms=80_000)
    assert found(of)["settled_at_s"] == SETTLED_S


def test_a_change_for_no_node_is_settled_at_once() -> None:
    """Where no node has aws-node nothing is waited for, and nothing is unsafe."""
    one = found(Made(scenario(change=[{"at": f"{AT_S}s"}])))
    assert (one["nodes"], one["settled_at_s"], one["verdict"]) == (0, AT_S, "safe")


def test_a_rollout_that_ends_with_the_run_is_not_settled() -> None:
    """What happens at the very end lies outside of what counts."""
    of = made()
    of.node(started_ms=0, ready_ms=1_000)
    of.a_pass(50_000, END_MS, "restart", node=2)
    assert found(of)["settled_at_s"] is None


def test_branch_enis_that_come_with_a_change() -> None:
    """Where a change switches ENABLE_POD_ENI on, branch ENIs have figures and are in `assigned`."""
    change = {"at": f"{AT_S}s", "ipamd": {"ENABLE_POD_ENI": True}}
    of = Made(scenario(change=[change]))
    of.node(started_ms=0, ready_ms=1_000)
    summary = of.result(END_MS).summary
    assert summary["branch_enis"]["held"] == {"mean": 0, "peak": 0, "end": 0}


BUSY = {
    "duration": "12m",
    "warm_up": "1m",
    "cluster": {
        "subnets": [{"name": "a", "cidr": "10.0.0.0/24"}],
        "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 3}],
    },
    "workload": [
        {"kind": "poisson", "name": "w", "arrivals_per_minute": 20, "lifetime": "1m"},
    ],
    "change": [
        {"at": "3m", "ipamd": {"WARM_IP_TARGET": 2}, "maxUnavailable": 2},
        {"at": "6m", "ipamd": {"ENABLE_PREFIX_DELEGATION": True}},
    ],
}


def test_figures_do_not_depend_on_blocks() -> None:
    """However a run is cut, among others within its rollouts, the same comes out."""
    result = run(Scenario.from_dict(BUSY))
    whole = result.summary["changes"]
    assert [one["settled_at_s"] is not None for one in whole] == [True, True]
    settled = [int(one["settled_at_s"] * 1000) for one in whole]
    for instants in (range(7_000, result.end_ms, 7_000), (180_000, 181_000), settled):
        tally = Tally(result.scenario, result.names, result.end_ms)
        for block in cut_at(result.tables, [*instants, result.end_ms]):
            tally.add(block)
        assert tally.summary()["changes"] == whole


def test_phases_add_up_to_the_run() -> None:
    """Pods, requests and IP-hours of all phases are those of the run."""
    summary = run(Scenario.from_dict(BUSY)).summary
    first, second = summary["changes"]
    phases = [first["before"], first["during"], second["before"], second["during"], second["after"]]
    assert sum(phase["requests"] for phase in phases) == summary["ec2"]["total"]
    waste = sum(phase["waste_ip_hours"] for phase in phases)
    assert waste == pytest.approx(summary["addresses"]["cluster"]["waste_ip_hours"])
    asked = summary["pods"]["ip_wait_s"]["count"]
    assert sum(phase["pods"] for phase in phases) == asked


def test_without_changes_nothing_is_said() -> None:
    """The key is there only if the scenario has changes."""
    assert "changes" not in Made(scenario()).result(END_MS).summary
