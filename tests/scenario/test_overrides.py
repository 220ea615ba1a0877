"""Values set on top of a scenario: from the command line and from Python."""

from __future__ import annotations

from typing import Any

import pytest
from small_scenario import SMALL, Refusal, Write

from sim.scenario.errors import InputError
from sim.scenario.load import Scenario
from sim.scenario.reader import parse

SET = {
    "ipamd.WARM_IP_TARGET=5": ("ipamd", "WARM_IP_TARGET", 5),
    "ipamd.MINIMUM_IP_TARGET = 7": ("ipamd", "MINIMUM_IP_TARGET", 7),
    "aws.retry_attempts=9": ("aws", "retry_attempts", 9),
    "name=": None,
    "duration=90m": ("duration", 5_400_000),
    "cluster.node_groups.batch.nodes=20": ("cluster", "node_groups", 0, "nodes", 0, "nodes", 20),
    "cluster.node_groups[0].nodes=20": ("cluster", "node_groups", 0, "nodes", 0, "nodes", 20),
    "cluster.node_groups[batch].nodes=[{at: 0s, nodes: 4}]": (
        *("cluster", "node_groups", 0, "nodes", 0, "nodes"),
        4,
    ),
    "cluster.node_groups.0.ipamd.MAX_ENI=2": ("cluster", "node_groups", 0, "ipamd", "MAX_ENI", 2),
    "cluster.subnets.a.tags[kubernetes.io/role/cni]=1": (
        *("cluster", "subnets", 0, "tags", "kubernetes.io/role/cni"),
        "1",
    ),
    "workload.web.requests={cpu: 500m}": ("workload", 0, "requests", "cpu", 500),
}
VALID = {text: path for text, path in SET.items() if path}


def part(value: Any, path: tuple[Any, ...]) -> Any:
    """What stands at the path in a model."""
    for step in path:
        is_container = isinstance(value, list | dict)
        value = value[step] if is_container else getattr(value, step)
    return value


@pytest.mark.parametrize("text", VALID)
def test_set(text: str, write: Write) -> None:
    """A value is set by keys, and by index or name in lists; texts are read as YAML."""
    *path, expected = VALID[text]
    assert part(Scenario.load(write(), [text]).model, tuple(path)) == expected


REFUSED = {
    "ipamd.WARM_IP_TARGT=5": "ipamd.WARM_IP_TARGT: unknown key; did you mean WARM_IP_TARGET?",
    "ipamd.WARM_IP_TARGET=-1": "ipamd.WARM_IP_TARGET: -1 is negative; the daemon would treat it "
    "as not set: write 0 for that",
    "ipmd.MAX_ENI=1": "ipmd: unknown key; did you mean ipamd?",
    "cluster.node_groups.bach.nodes=5": "cluster.node_groups: has no item called bach; did you "
    "mean batch?",
    "cluster.node_groups[1].nodes=5": "cluster.node_groups: has no item called 1; known here: "
    "batch",
    "cluster.node_groups.batch.nodes=few": "cluster.node_groups[0].nodes: 'few' is neither a "
    "number nor a list of steps {at: ..., nodes: ...}",
    "duration.x=5": "duration: has no parts here; set duration as a whole",
    "seed": "is no KEY=VALUE; write it like ipamd.WARM_IP_TARGET=5",
    "=5": "is no KEY=VALUE; write it like ipamd.WARM_IP_TARGET=5",
    "a..b=5": "a..b is no path; write it like cluster.node_groups[0].nodes",
    "cluster.node_groups[0=5": "cluster.node_groups[0 is no path; write it like "
    "cluster.node_groups[0].nodes",
    "workload.web.replicas=[1": "not YAML: expected ',' or ']', but got '<stream end>' while "
    "parsing a flow sequence; close each [ and { with its ] or }, and put commas in between",
    "ipamd={MAX_ENI: 1, MAX_ENI: 2}": "MAX_ENI: is given twice, first at line 1, column 2; leave "
    "one out",
    "name=": "name: is empty; give it a value, or leave it out",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str, refusal: Refusal) -> None:
    """What cannot be set is refused by the argument that says so."""
    assert refusal("", "", text) == [f"--set {text}: {REFUSED[text]}"]


def test_both_places(refusal: Refusal) -> None:
    """Problems of the file come first, then those of the arguments, all at once."""
    said = refusal("duration: 2h", "duration: 2", "ipamd.MAX_ENI=x", "seed=-1", "nodes")
    assert [line.split(":")[0] for line in said] == [
        "s.yaml",
        "--set nodes",
        "--set seed=-1",
        "--set ipamd.MAX_ENI=x",
    ]


def test_an_argument_mends_the_file(write: Write) -> None:
    """A value that is set takes the place of a wrong one."""
    scenario = Scenario.load(write("nodes: 2", "nodes: -2"), ["cluster.node_groups.batch.nodes=3"])
    assert scenario.model.cluster.node_groups[0].nodes[0].nodes == 3


def test_seed(write: Write) -> None:
    """A seed that is given takes the place of the file's, and is checked like it."""
    assert Scenario.load(write(), seed=7).model.seed == 7
    with pytest.raises(InputError, match="--seed -1: seed: -1 is below 0"):
        Scenario.load(write(), seed=-1)


def test_with_values(write: Write) -> None:
    """A scenario with other values leaves the first as it was, and keeps what was set before."""
    first = Scenario.load(write(), ["ipamd.MAX_ENI=2"])
    second = first.with_values({"ipamd.WARM_IP_TARGET": 9, "workload.web.replicas": 3})
    assert first.model.ipamd.WARM_IP_TARGET == 2
    assert second.model.ipamd.WARM_IP_TARGET == 9
    assert second.model.ipamd.MAX_ENI == 2
    assert second.path == first.path
    with pytest.raises(InputError, match=r"ipamd\.MAX_EN=3: ipamd\.MAX_EN: unknown key"):
        first.with_values({"ipamd.MAX_EN": 3})


def test_from_dict_keeps_its_own_copy() -> None:
    """A mapping that is changed after a scenario was made of it does not change the scenario."""
    data = parse(SMALL).data
    scenario = Scenario.from_dict(data)
    data["ipamd"]["WARM_IP_TARGET"] = 50
    assert scenario.with_values({"seed": 2}).model.ipamd.WARM_IP_TARGET == 2
    assert scenario.path is None


def test_names(write: Write) -> None:
    """A scenario without a name has that of its file, and a mapping the plain one."""
    assert Scenario.load(write("name: small\n", "\n")).name == "s"
    data = parse(SMALL.replace("name: small\n", "")).data
    assert Scenario.from_dict(data).name == "scenario"
