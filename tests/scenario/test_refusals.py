"""Scenarios that are refused: what is said, where, and that all of it is said at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from small_scenario import SMALL, Refusal, Write

from sim.scenario.errors import InputError, Problem
from sim.scenario.load import Scenario

CASES = YAML(typ="safe").load((Path(__file__).parent / "refusals.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"].split(";")[0][:60])
def test_first_line(case: dict[str, Any], refusal: Refusal) -> None:
    """The first line names the place and the key, says what is wrong and what is right."""
    said = refusal(case["replace"], case["by"])
    assert said[0] == "s.yaml:" + case["says"].replace("FOLDER", str(Path.cwd()))


MANY = """\
duration: 90
warmup: 5m
cluster:
  subnets:
    - {name: a, cidr: 10.0.0.0/29}
    - {name: b, cidr: 10.0.1.0/24, zone: b!}
    - {name: b, cidr: 10.0.1.128/25}
  node_groups:
    - {name: batch, instance_type: m5.lage, nodes: {at: 5s}, subnets: [c]}
    - {name: odd, instance_type: m5.large, nodes: 2, max_pods: 2 +}
ipamd: {WARM_IP_TARGT: 2, WARM_ENI_TARGET: -1}
workload:
  - {kind: deploymet, name: web, replicas: 5, node_groups: [bach]}
  - {kind: poisson, name: p, arrivals_per_minute: x, lifetime: {expo: 5s}}
  - {name: q}
  - 5
  - {kind: trace, name: t, file: none.csv}
  - {kind: job, name: j, lifetme: 5s}
  - {kind: job, name: k, lifetime: 5s, node_group: 7}
"""


def test_all_at_once(write: Write) -> None:
    """What one mistake would hide is found all the same, and no mistake is made of its effects."""
    path = write()
    path.write_text(MANY)
    with pytest.raises(InputError) as refused:
        Scenario.load(path)
    assert [(problem.line, problem.path) for problem in refused.value.problems] == [
        (1, "duration"),
        (2, "warmup"),
        (5, "cluster.subnets[0].cidr"),
        (6, "cluster.subnets[1].zone"),
        (7, "cluster.subnets[2].name"),
        (7, "cluster.subnets[2].cidr"),
        (9, "cluster.node_groups[0].instance_type"),
        (9, "cluster.node_groups[0].nodes"),
        (9, "cluster.node_groups[0].subnets[0]"),
        (10, "cluster.node_groups[1].max_pods"),
        (11, "ipamd.WARM_IP_TARGT"),
        (11, "ipamd.WARM_ENI_TARGET"),
        (13, "workload[0].kind"),
        (13, "workload[0].node_groups[0]"),
        (14, "workload[1].arrivals_per_minute"),
        (14, "workload[1].lifetime.expo"),
        (15, "workload[2].kind"),
        (16, "workload[3]"),
        (17, "workload[4].file"),
        (18, "workload[5].lifetme"),
        (19, "workload[6].node_group"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ("cidr: 10.0.0.0/24", "cidr: ten, others: {count: 20}", ["cidr"]),
        ("cidr: 10.0.0.0/24", "cidr: ten, others: {count: -1}", ["cidr", "others.count"]),
        ("cidr: 10.0.0.0/24", "cidr: ten, reservations: [{cidr: 10.0.0.0/28}]", ["cidr"]),
        (
            "cidr: 10.0.0.0/24",
            "cidr: ten, reservations: [{cidr: 10.0.0.0/28}, {cidr: 10.0.0.0/28}]",
            ["cidr", "reservations[1].cidr"],
        ),
        ("cidr: 10.0.0.0/24", "reservations: [{cidr: 10.0.0.0/28}]", ["cidr"]),
        ("cidr: 10.0.0.0/24", "cidr: 10.0.0.0/24, others: {count: 252}", ["others.count"]),
    ],
)
def test_nothing_is_held_against_a_wrong_cidr(
    old: str, new: str, paths: list[str], refusal: Refusal
) -> None:
    """Whether others and reservations fit into a subnet is said only if its CIDR is right."""
    said = refusal(old, new)
    assert [line.split(": ")[1] for line in said] == [
        f"cluster.subnets[0].{path}" for path in paths
    ]


FIVE = "constant, uniform, exponential, lognormal, empirical"


@pytest.mark.parametrize(
    ("lifetime", "said"),
    [
        (
            "{normal: {mean: 5s, sd: 1s}}",
            [f".normal: there is no such distribution; give one of {FIVE}"],
        ),
        ("{}", [f": give exactly one of {FIVE}"]),
        (
            "{lognormal: {p50: 5s, p90: 9s}}",
            [
                ".lognormal.p99: is missing",
                ".lognormal.p90: unknown key; known here: p50, p99",
            ],
        ),
        ("{exponential: {maen: 5s}}", [".exponential.maen: unknown key; did you mean mean?"]),
    ],
)
def test_wrong_distributions(lifetime: str, said: list[str], refusal: Refusal) -> None:
    """One mistake in a distribution is told once, with the names that there are."""
    old = "kind: deployment\n    name: web\n    replicas: 10"
    lines = refusal(old, f"kind: job\n    name: j\n    lifetime: {lifetime}")
    assert [line.split("workload[0].lifetime")[1] for line in lines] == said


def test_too_many_problems(write: Write) -> None:
    """Of very many problems the first hundred are said, and how many more there are."""
    path = write()
    path.write_text(SMALL + "".join(f"key{number}: 1\n" for number in range(150)))
    with pytest.raises(InputError) as refused:
        Scenario.load(path)
    assert len(refused.value.problems) == 101
    assert str(refused.value.problems[-1]) == "s.yaml: and 50 more problems"


def test_aliases_are_placed_where_they_are_used(refusal: Refusal) -> None:
    """A value that an alias stands for has the place of the alias, and the anchor its own."""
    said = refusal("cidr: 10.0.0.0/24}", "cidr: &c 10.0.0.0/29}\n    - {name: b, cidr: *c}")
    assert [line.split(": ")[:2] for line in said] == [
        ["s.yaml:5:17", "cluster.subnets[0].cidr"],
        ["s.yaml:6:17", "cluster.subnets[1].cidr"],
    ]


def test_duplicate_keys_do_not_hide_the_rest(refusal: Refusal) -> None:
    """A key given twice is one problem, with both places, among the others."""
    said = refusal("nodes: 2", "nodes: 2\n      nodes: -1")
    assert said == [
        "s.yaml:10:7: cluster.node_groups[0].nodes: is given twice, first at line 9, column 7; "
        "leave one out",
        "s.yaml:10:7: cluster.node_groups[0].nodes: -1 is below 0",
    ]


def test_a_list_is_no_scenario(write: Write) -> None:
    """A file of some other YAML is refused as a whole."""
    path = write()
    path.write_text("- a\n- b\n")
    with pytest.raises(InputError) as refused:
        Scenario.load(path)
    assert str(refused.value) == (
        "s.yaml:1:1: a list stands where a mapping of keys to values belongs"
    )


def test_bad_rows_of_a_trace(write: Write) -> None:
    """What is wrong in a trace is said by the trace's own file and line."""
    old = "kind: deployment\n    name: web\n    replicas: 10"
    path = write(old, "kind: trace\n    name: t\n    file: t.csv\n    window: {to: 1h}")
    Path("t.csv").write_text("start,end,cpu,memory\n5,1,1,1\nx,2,1,1\n")
    with pytest.raises(InputError) as refused:
        Scenario.load(path)
    assert [(problem.file, problem.line) for problem in refused.value.problems] == [
        ("t.csv", 2),
        ("t.csv", 3),
    ]


def test_a_trace_gives_the_duration(write: Write) -> None:
    """Without a duration a run ends with its last trace, and a trace that ends at 0 is refused."""
    old = "kind: deployment\n    name: web\n    replicas: 10"
    path = write(old, "kind: trace\n    name: t\n    file: t.csv")
    path.write_text(path.read_text().replace("duration: 2h\n", ""))
    Path("t.csv").write_text("start,end,cpu,memory\n5,90,1,1\n")
    assert Scenario.load(path).duration_ms == 90_000
    Path("t.csv").write_text("start,end,cpu,memory\n0,0,1,1\n")
    with pytest.raises(InputError, match="duration: is missing; the traces end at 0s"):
        Scenario.load(path)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("is bad"), "is bad"),
        (Problem("is bad", "f.yaml", remedy="mend it"), "f.yaml: is bad; mend it"),
        (Problem("is bad", "f.yaml", 3, path="a.b"), "f.yaml:3: a.b: is bad"),
        (Problem("is bad", "f.yaml", 3, 7, "a"), "f.yaml:3:7: a: is bad"),
        (Problem("a\nb\x1b[31m", "f\n.yaml"), "f\\n.yaml: a\\nb\\x1b[31m"),
        (Problem("x" * 1000), "x" * 497 + "..."),
    ],
)
def test_a_problem_is_one_line(problem: Problem, text: str) -> None:
    """A problem's text leaves out what is not known, and is one printable line."""
    assert str(problem) == text
