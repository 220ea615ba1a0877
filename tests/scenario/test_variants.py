"""Variants: how they are written, what they change, and what is said of wrong ones."""

from __future__ import annotations

from typing import Any

import pytest
from small_scenario import Refusal, Write

from sim.scenario.errors import InputError
from sim.scenario.load import Scenario
from sim.scenario.variants import (
    parse_variant,
    parse_variants,
    path_of,
    variant_scenario,
)

WRITE_IT = 'write it like "lean: WARM_IP_TARGET=5 MINIMUM_IP_TARGET=10"'

PARSED: dict[str, tuple[str, dict[str, Any]]] = {
    "lean: WARM_IP_TARGET=5": ("lean", {"ipamd.WARM_IP_TARGET": 5}),
    " a-1 :WARM_ENI_TARGET=0   MAX_ENI=2 ": (
        "a-1",
        {"ipamd.WARM_ENI_TARGET": 0, "ipamd.MAX_ENI": 2},
    ),
    "pd: ENABLE_PREFIX_DELEGATION=true": ("pd", {"ipamd.ENABLE_PREFIX_DELEGATION": True}),
    "six: ENABLE_IPv6=false": ("six", {"ipamd.ENABLE_IPv6": False}),
    "big: cluster.node_groups.batch.nodes=9": ("big", {"cluster.node_groups.batch.nodes": 9}),
    "own: cluster.node_groups[0].ipamd.MAX_ENI='2'": (
        "own",
        {"cluster.node_groups[0].ipamd.MAX_ENI": "2"},
    ),
    "x: aws.time=a:b=c": ("x", {"aws.time": "a:b=c"}),
    "empty: aws.x=": ("empty", {"aws.x": None}),
}


@pytest.mark.parametrize("text", PARSED)
def test_parsed(text: str) -> None:
    """Names and KEY=VALUE pairs; a variable of aws-node stands for its path, values are YAML."""
    assert parse_variant(text) == PARSED[text]


UNREADABLE = {
    "": f"has no name; {WRITE_IT}",
    "WARM_IP_TARGET=5": f"has no name; {WRITE_IT}",
    "WARM_IP_TARGET=5 x: y": f"has no name; {WRITE_IT}",
    "lean:": f"changes nothing; {WRITE_IT}",
    "lean: WARM_IP_TARGET": f"WARM_IP_TARGET is no KEY=VALUE; {WRITE_IT}",
    "lean: =5": f"=5 is no KEY=VALUE; {WRITE_IT}",
    "lean: MAX_ENI=1 ipamd.MAX_ENI=2": "ipamd.MAX_ENI is given twice; leave one out",
    "lean: MAX_ENI=[1": "not YAML: expected ',' or ']', but got '<stream end>' while parsing a "
    "flow sequence; close each [ and { with its ] or }, and put commas in between",
    "current: MAX_ENI=1": "current is the scenario as it stands; choose another name",
    "optimum: MAX_ENI=1": "optimum is what no setting can attain; choose another name",
    "very lean: MAX_ENI=1": "'very lean' is no name of up to 40 letters, digits, '-', '_' and '.'; "
    "choose another name",
    ": MAX_ENI=1": "'' is no name of up to 40 letters, digits, '-', '_' and '.'; choose another "
    "name",
}


@pytest.mark.parametrize("text", UNREADABLE)
def test_unreadable(text: str) -> None:
    """What cannot be read as a variant is refused in one line that names the argument."""
    with pytest.raises(InputError) as refused:
        parse_variant(text)
    assert str(refused.value) == f"--variant {text}: {UNREADABLE[text]}"


def test_all_unreadable_ones_at_once() -> None:
    """Every wrong variant is named, and so is a name that is given twice."""
    with pytest.raises(InputError) as refused:
        parse_variants(["a: MAX_ENI=1", "b", "a: MAX_ENI=2", "c: MAX_ENI"])
    assert [problem.message for problem in refused.value.problems] == [
        "has no name",
        "there is a variant a already",
        "MAX_ENI is no KEY=VALUE",
    ]


def test_order_is_kept() -> None:
    """Variants come in the order in which they are given."""
    assert list(parse_variants(["b: MAX_ENI=1", "a: MAX_ENI=2"])) == ["b", "a"]


@pytest.mark.parametrize("key", ["WARM_IP_TARGET", "ipamd.WARM_IP_TARGET"])
def test_path_of_a_setting(key: str) -> None:
    """The bare name of a variable and its path are the same key."""
    assert path_of(key) == "ipamd.WARM_IP_TARGET"


GROUPS = """nodes: 2
      ipamd: {WARM_IP_TARGET: 7, MAX_ENI: 2}
    - name: other
      instance_type: m5.large
      nodes: 1"""


def settings(scenario: Scenario, name: str) -> list[Any]:
    """One setting of each node group."""
    return [getattr(one, name) for _, one in scenario.model.group_settings()]


def test_a_setting_holds_for_every_node_group(write: Write) -> None:
    """A variant's setting replaces what single groups have of it, and nothing else of theirs."""
    scenario = Scenario.load(write("nodes: 2", GROUPS))
    assert settings(scenario, "WARM_IP_TARGET") == [7, 2]
    lean = variant_scenario(scenario, "lean", {"WARM_IP_TARGET": 3})
    assert settings(lean, "WARM_IP_TARGET") == [3, 3]
    assert settings(lean, "MAX_ENI") == [2, 0]
    assert settings(scenario, "WARM_IP_TARGET") == [7, 2]


def test_a_group_that_is_named_keeps_what_it_is_given(write: Write) -> None:
    """A value for one group holds there, in whichever order a variant gives both."""
    scenario = Scenario.load(write("nodes: 2", GROUPS))
    own = {"cluster.node_groups.other.ipamd.WARM_IP_TARGET": 9}
    every = {"WARM_IP_TARGET": 3}
    for values in (own | every, every | own):
        assert settings(variant_scenario(scenario, "v", values), "WARM_IP_TARGET") == [3, 9]


VARIANTS = "ipamd:\n  WARM_IP_TARGET: 2\nvariants:\n  lean: {MAX_ENI: 1}\n  big:\n    {}"
AT = "s.yaml:15:5: variants.big"

WRONG_IN_FILE = {
    "WARM_IP_TARGETS: 5": f"{AT}.WARM_IP_TARGETS: unknown key; did you mean WARM_IP_TARGET?",
    "ipamd.WARM_IP_TARGETS: 5": f'{AT}["ipamd.WARM_IP_TARGETS"]: unknown key; did you mean '
    "WARM_IP_TARGET?",
    "WARM_IP_TARGET: -1": f"{AT}.WARM_IP_TARGET: -1 is negative; the daemon would treat it as not "
    "set: write 0 for that",
    "MAX_ENI:": f"{AT}.MAX_ENI: is empty; give it a value, or leave it out",
    "DISABLE_METRICS: 1": f"{AT}.DISABLE_METRICS: does not touch the address pool, and is not "
    "modelled; leave it out",
    "cluster.node_groups.bach.nodes: 5": f'{AT}["cluster.node_groups.bach.nodes"]: has no item '
    "called bach; did you mean batch?",
    "cluster.node_groups: 5": f'{AT}["cluster.node_groups"]: 5 stands where a list belongs',
    "seed: 5": f"{AT}.seed: has to be the same for all variants; leave it out, or change it for "
    "all with --set",
    "a..b: 5": f'{AT}["a..b"]: a..b is no path; write it like cluster.node_groups[0].nodes',
}


@pytest.mark.parametrize("line", WRONG_IN_FILE)
def test_wrong_in_a_file(line: str, refusal: Refusal) -> None:
    """What is wrong in a file's variant is said where it stands when the file is read."""
    written = VARIANTS.replace("{}", line)
    said = refusal("ipamd:\n  WARM_IP_TARGET: 2", written)
    assert said == [WRONG_IN_FILE[line]]


def test_a_bad_setting_is_said_once(refusal: Refusal) -> None:
    """A value that goes to all groups is one mistake, not one a group."""
    variants = "\nvariants: {lean: {WARM_IP_TARGET: x}}"
    said = refusal("replicas: 10", f"replicas: 10{variants}", *["cluster.node_groups.batch.ipamd="
                   "{WARM_IP_TARGET: 1}"])  # fmt: skip
    assert said == ["s.yaml:16:19: variants.lean.WARM_IP_TARGET: 'x' is no whole number"]


NAMES_IN_FILE = {
    "current: {MAX_ENI: 1}": "s.yaml:16:12: variants.current: current is the scenario as it "
    "stands; choose another name",
    "a b: {MAX_ENI: 1}": "s.yaml:16:12: variants[\"a b\"]: 'a b' is no name of up to 40 letters, "
    "digits, '-', '_' and '.'; choose another name",
    "a: {}": "s.yaml:16:12: variants.a: changes nothing; give it values, such as "
    "{WARM_IP_TARGET: 5}",
    "a: 5": "s.yaml:16:12: variants.a: 5 stands where a mapping of keys to values belongs",
    "a: {MAX_ENI: 1}, a: {MAX_ENI: 2}": "s.yaml:16:29: variants.a: is given twice, first at line "
    "16, column 12; leave one out",
}


@pytest.mark.parametrize("written", NAMES_IN_FILE)
def test_names_in_a_file(written: str, refusal: Refusal) -> None:
    """Names that cannot be, and variants that are none, are refused when the file is read."""
    said = refusal("replicas: 10", f"replicas: 10\nvariants: {{{written}}}")
    assert said == [NAMES_IN_FILE[written]]


def test_what_only_goes_wrong_with_a_variant(refusal: Refusal) -> None:
    """A part of the scenario that does not fit a variant is named with the variant."""
    web = "replicas: 10\n    node_groups: [batch]"
    variants = "\nvariants: {lean: {cluster.node_groups.batch.name: other}}"
    (said,) = refusal("replicas: 10", web + variants)
    assert said.startswith("s.yaml:16:19: workload[0].node_groups[0]: with variant lean, ")


def test_an_argument_is_named(write: Write) -> None:
    """What is wrong in a variant from elsewhere is said of it, not of the file."""
    with pytest.raises(InputError) as refused:
        variant_scenario(Scenario.load(write()), "lean", {"WARM_IP_TARGETS": 1}, "variant lean")
    expected = "variant lean: ipamd.WARM_IP_TARGETS: unknown key; did you mean WARM_IP_TARGET?"
    assert str(refused.value) == expected


def test_variants_do_not_have_variants(write: Write) -> None:
    """A variant of a scenario with variants is one run, and changes its digest no further."""
    variants = "replicas: 10\nvariants: {lean: {WARM_IP_TARGET: 4}}"
    plain, scenario = Scenario.load(write()), Scenario.load(write("replicas: 10", variants))
    lean = variant_scenario(scenario, "lean", scenario.model.variants["lean"])
    assert lean.resolved() == plain.with_values({"ipamd.WARM_IP_TARGET": 4}).resolved()
