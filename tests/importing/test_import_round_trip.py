"""From a scenario to a cluster's files, and back to the same scenario."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import Scenario
from sim.importing.scenario import import_files
from sim.importing.written.files import write_files
from sim.importing.written.of_scenario import plan_of
from sim.scenario.models import ScenarioModel

TYPES = ("m5.large", "m5.xlarge", "c6g.2xlarge")
HOST = {"name": "aws-node", "hostNetwork": True, "requests": {"cpu": "50m"}}
AGENT = {"name": "agent", "requests": {"cpu": "20m", "memory": "64Mi"}}
_SCHEDULES = st.sampled_from(["*/5 * * * *", "@hourly", "0 3 * * 1-5"])
_NAMES = st.sampled_from(["api", "web.v2", "db", "x" * 50])


@st.composite
def subnets(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to three subnets, each with addresses that others hold."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        last = draw(st.lists(st.integers(4, 200), unique=True, max_size=12))
        ranges = [f"10.0.{4 * number}.{one}" for one in last]
        ranges += draw(st.sampled_from([[], [f"10.0.{4 * number}.208/28"]]))
        reserved = {"cidr": f"10.0.{4 * number}.224/28", "type": draw(st.sampled_from(KINDS))}
        found.append(
            {
                "name": f"net-{number}",
                "cidr": f"10.0.{4 * number}.0/22",
                "zone": f"eu-west-1{'abc'[number]}",
                "tags": draw(st.sampled_from([{}, {"kubernetes.io/role/cni": "1"}])),
                "others": {"addresses": ranges},
                "reservations": draw(st.sampled_from([[], [reserved]])),
            }
        )
    return found


KINDS = ["prefix", "explicit"]


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """A scenario that holds still, as a cluster's files can tell it."""
    nets = draw(subnets())
    groups = [
        {
            "name": f"group-{number}",
            "instance_type": draw(st.sampled_from(TYPES)),
            "subnets": [one["name"] for one in nets],
            "nodes": draw(st.integers(len(nets), 5)),
            "max_pods": draw(st.integers(12, 28)),
            "reserved": {"cpu": "80m", "memory": f"{draw(st.integers(300, 900))}Mi"},
            "daemonsets": draw(st.sampled_from([[HOST], [HOST, AGENT]])),
        }
        for number in range(draw(st.integers(1, 2)))
    ]
    names = [group["name"] for group in groups]
    workloads = []
    for name in draw(st.lists(_NAMES, unique=True, min_size=1, max_size=3)):
        one: dict[str, Any] = {"name": f"ns.{name}", "requests": draw(st.sampled_from(ASKED))}
        if len(names) > 1 and draw(st.booleans()):
            one["node_groups"] = [draw(st.sampled_from(names))]
        if draw(st.booleans()):
            one |= {"kind": "deployment", "replicas": draw(st.integers(1, 8))}
        else:
            one |= {"kind": "cronjob", "schedule": draw(_SCHEDULES), "lifetime": "45s"}
        workloads.append(one)
    return {
        "name": "made",
        "duration": "1h",
        "warm_up": "10m",
        "cluster": {"name": "made", "subnets": nets, "node_groups": groups},
        "ipamd": draw(
            st.sampled_from(
                [{}, {"WARM_IP_TARGET": 3}, {"ENABLE_PREFIX_DELEGATION": True}, {"MAX_ENI": 2}]
            )
        ),
        "workload": workloads,
    }


ASKED = [{}, {"cpu": "100m"}, {"cpu": "1500m", "memory": "3Gi"}, {"memory": "100Mi"}]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_round_trip(data: dict[str, Any]) -> None:
    """What goes into the files comes back: subnets, groups, settings, workloads, to the address."""
    model = Scenario.from_dict(data).model
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(plan_of(model), Path(folder))
        back = Scenario.from_dict(import_files(paths).data).model
    assert essence(back) == essence(model)


def essence(model: ScenarioModel) -> Mapping[str, Any]:
    """What a cluster's files can tell of a scenario, however it is written."""
    data = model.model_dump(mode="json", by_alias=True)
    cluster = data["cluster"]
    for one in model.cluster.subnets:
        held = {address for r in one.others.addresses for address in range(r.first, r.last + 1)}
        written = next(each for each in cluster["subnets"] if each["name"] == one.name)
        written["others"] = (one.others.count, held)
        written["tags"] = dict(one.tags)
    for group in cluster["node_groups"]:
        (step,) = group["nodes"]
        turn = group.pop("subnets")
        group["nodes"] = Counter(turn[number % len(turn)] for number in range(step["nodes"]))
        group["daemonsets"] = sorted(group["daemonsets"], key=lambda one: str(one["name"]))
    return {
        "subnets": sorted(cluster["subnets"], key=lambda one: str(one["name"])),
        "node_groups": sorted(cluster["node_groups"], key=lambda one: str(one["name"])),
        "ipamd": data["ipamd"],
        "workload": sorted(data["workload"], key=lambda one: str(one["name"])),
    }
