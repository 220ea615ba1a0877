"""Where no setting keeps the limits: why, what would help, and what is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tiny_scenario import TINY, TYPE

from sim.results.headline import HEADLINES, Figures
from sim.results.needed import Needed
from sim.scenario.errors import InputError
from sim.scenario.expect import Expect
from sim.scenario.load import Scenario
from sim.scenario.variants import CURRENT
from sim.study.halving import COARSE
from sim.study.limits import Limits, limits
from sim.study.no_choice import Kept, Shortage, kept_limits, shortage
from sim.study.recommend import recommend
from sim.study.recommendation import Recommendation
from sim.study.reliefs import FOUR_TIMES, MOST_RELIEFS, TWICE, larger_subnets

CROWDED: dict[str, Any] = TINY | {
    "cluster": {
        "subnets": [{"name": "small", "cidr": "10.0.0.0/27"}],
        "node_groups": [
            {
                "name": "g",
                "instance_type": "tiny.three",
                "limits": TYPE | {"max_enis": 3, "ipv4_per_eni": 6, "vcpus": 4},
                "nodes": 3,
            }
        ],
    },
    "workload": [
        {
            "kind": "deployment",
            "name": "web",
            "replicas": 20,
            "termination_time": "2s",
            "updates": [{"at": "150s", "maxSurge": "50%"}],
        }
    ],
}
"""A rolling update that asks for 30 addresses of 27."""


@pytest.fixture(scope="module")
def reported() -> list[tuple[int, int, int]]:
    """What was said of the progress of the search below."""
    return []


@pytest.fixture(scope="module")
def crowded(reported: list[tuple[int, int, int]]) -> Recommendation:
    """The answer where the subnet is too small, whatever is set."""

    def note(*numbers: int) -> None:
        reported.append(numbers)  # type: ignore[arg-type]

    return recommend(Scenario.from_dict(CROWDED), replications=2, progress=note)


def test_a_subnet_that_is_too_small_is_the_reason(crowded: Recommendation) -> None:
    """The addresses that are lacking under every setting are counted, and the subnet is named."""
    assert crowded.choice is None
    assert crowded.without is not None
    found = crowded.without.shortage
    assert found is not None
    assert found.subnet == "small"
    assert 0 < found.addresses <= 30 + 10 - 27


def test_the_search_gives_up(crowded: Recommendation) -> None:
    """Few settings are tried where none can do, and the others are not."""
    assert crowded.without is not None
    assert crowded.without.gave_up
    assert crowded.effort.tried < COARSE < crowded.effort.candidates


def test_a_larger_subnet_suffices(crowded: Recommendation) -> None:
    """Of the few changes that are tried the larger subnet does; four times is then not tried."""
    assert crowded.without is not None
    by_name = {one.name: one for one in crowded.without.reliefs}
    assert by_name[TWICE].suffices
    assert FOUR_TIMES not in by_name
    assert by_name["half the churn"].refused
    assert {"rolling updates without surge", "IP_COOLDOWN_PERIOD=10"} < set(by_name)
    assert len(by_name) <= MOST_RELIEFS
    most = 2 * 2 * MOST_RELIEFS + 2 * 4
    assert crowded.effort.runs - crowded.effort.search <= most


def test_the_closest_keeps_other_limits(crowded: Recommendation) -> None:
    """With the limits that are printed the closest setting keeps all of them in the same runs."""
    assert crowded.without is not None
    kept = crowded.without.kept
    assert kept.values
    assert not kept.never
    written = dict(one.removeprefix("expect.").split("=", 1) for one in kept.values)
    wider = Expect.model_validate(crowded.limits.expect.model_dump() | written)
    runs = [one.figures for one in crowded.comparison.setting(crowded.closest[0]).runs]
    assert crowded.limits.failing(runs)
    assert not Limits(wider, ()).failing(runs)


def test_the_closest_has_lines(crowded: Recommendation) -> None:
    """Its lines and its change are in the answer, beside none of a choice."""
    data = json.loads(json.dumps(crowded.to_dict(), allow_nan=False))
    assert data["choice"] is data["lines"] is data["change"] is None
    assert crowded.closest[0] != CURRENT
    assert all(one in data["no_choice"]["lines"]["kubectl"] for one in crowded.closest[0].split())
    assert data["no_choice"]["change"]


def test_progress_never_goes_back(
    crowded: Recommendation, reported: list[tuple[int, int, int]]
) -> None:
    """The runs that are done rise, how many there may be at most only falls, down to all."""
    done, most = [one[0] for one in reported], [one[1] for one in reported]
    assert done == sorted(done)
    assert most == sorted(most, reverse=True)
    assert done[-1] == crowded.effort.runs <= most[-1]


NEEDED = [Needed(1.0, 9, -3, "a"), Needed(1.0, 7, -1, "b"), None]


def test_the_least_shortage_counts() -> None:
    """Waiting pods pile up under a bad setting: what is lacking is what the best one lacks."""
    model = Scenario.from_dict(TINY).model
    assert shortage(model, NEEDED) == Shortage(1, "b")
    assert shortage(model, [*NEEDED, Needed(1.0, 6, 0, "a")]) is None
    assert shortage(model, [None]) is None


def test_no_shortage_where_addresses_are_of_other_subnets() -> None:
    """With tags ipamd may take another subnet's addresses, so that nothing is concluded."""
    tagged = {"name": "a", "cidr": "10.0.0.0/25", "tags": {"kubernetes.io/role/cni": "1"}}
    cluster = TINY["cluster"] | {"subnets": [tagged]}
    assert shortage(Scenario.from_dict(TINY | {"cluster": cluster}).model, NEEDED) is None


def test_larger_subnets_hold_what_others_hold() -> None:
    """Twice the size each, none over another; listed addresses and reservations move along."""
    subnets = [
        {"name": "a", "cidr": "10.0.0.0/27"},
        {
            "name": "b",
            "cidr": "10.0.0.32/27",
            "others": {"addresses": ["10.0.0.40-10.0.0.43"]},
            "reservations": [{"cidr": "10.0.0.48/28"}],
        },
    ]
    cluster = TINY["cluster"] | {"subnets": subnets}
    made = larger_subnets(Scenario.from_dict(TINY | {"cluster": cluster}), 2).model.cluster.subnets
    assert [str(one.cidr) for one in made] == ["10.0.0.0/26", "10.0.0.64/26"]
    assert [str(one) for one in made[1].others.addresses] == ["10.0.0.72-10.0.0.75"]
    assert str(made[1].reservations[0].cidr) == "10.0.0.80/28"


def test_a_subnet_is_a_16_at_most() -> None:
    """Beyond that a larger one is refused."""
    cluster = TINY["cluster"] | {"subnets": [{"name": "a", "cidr": "10.0.0.0/16"}]}
    with pytest.raises(InputError, match="a VPC subnet is a /16 at most"):
        larger_subnets(Scenario.from_dict(TINY | {"cluster": cluster}), 2)


def run(at_least: tuple[str, ...] = (), **values: float | None) -> Figures:
    """A run with these figures, 20 free addresses, and nothing else."""
    usual: dict[str, float | None] = dict.fromkeys(HEADLINES, 0.0)
    return Figures(usual | {"subnet_free_min": 20.0} | values, at_least)


@pytest.mark.parametrize(
    ("runs", "kept"),
    [
        ([run(pod_ip_wait_p99=42.4), run()], Kept(("expect.pod_ip_wait_p99=<= 45s",))),
        ([run(throttled_share=0.031)], Kept(("expect.throttled_share=<= 3.3%",))),
        (
            [run(unserved_pods=3.0)],
            Kept(("expect.allow_unserved=3", "expect.unserved_pods=<= 3")),
        ),
        ([run(("pod_ip_wait_p99",), pod_ip_wait_p99=60.0)], Kept((), ("pod_ip_wait_p99",))),
        ([run(subnet_free_min=7.0)], Kept(("expect.subnet_free_min=>= 6.6",))),
        ([run()], Kept(())),
    ],
)
def test_limits_that_are_kept(runs: list[Figures], kept: Kept) -> None:
    """A little wider than the worst run, to two digits; none where waits never ended."""
    given = limits(Expect.model_validate({"subnet_free_min": ">= 10"}))
    assert kept_limits(given, runs) == kept
