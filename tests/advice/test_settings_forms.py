"""Settings as they are applied: every form is read back, and the steps come in a safe order."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from sim import InputError, Scenario
from sim.advice.change import Change, change_from_manifest, change_to
from sim.advice.environment import explicit
from sim.advice.notes import notes
from sim.advice.page import page
from sim.advice.source import change_of_scenario
from sim.advice.steps import FORMS, Step, steps, to_paste

SCHEMA = json.loads(
    (Path(__file__).parent / "data" / "vpc-cni-addon-v1.15.1.json").read_text(encoding="utf-8")
)
MODE = "ENABLE_PREFIX_DELEGATION"
SETTINGS: list[dict[str, Any]] = [
    {},
    {"WARM_ENI_TARGET": 2},
    {"WARM_IP_TARGET": 5},
    {"WARM_IP_TARGET": 2, "MINIMUM_IP_TARGET": 10, "IP_COOLDOWN_PERIOD": 10, "MAX_ENI": 3},
    {MODE: True},
    {MODE: True, "WARM_IP_TARGET": 16, "MINIMUM_IP_TARGET": 32},
    {"AWS_MANAGE_ENIS_NON_SCHEDULABLE": True, "DISABLE_LEAKED_ENI_CLEANUP": True},
]


def scenario(ipamd: dict[str, Any], group: dict[str, Any] | None = None, **top: Any) -> Scenario:
    """A scenario of one group, or of two if the first is given keys of its own."""
    cluster = {
        "subnets": [{"name": "pods-a", "cidr": "10.0.0.0/20", **top.pop("subnet", {})}],
        "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 3, **(group or {})}],
    }
    workload = [{"kind": "deployment", "name": "web", "replicas": 1}]
    data = {"name": "s", "duration": "1h", "cluster": cluster, "ipamd": ipamd, **top}
    return Scenario.from_dict({**data, "workload": workload})


def change(ipamd: dict[str, Any], **more: Any) -> Change:
    """From the manifest to these settings."""
    return change_from_manifest(scenario(ipamd, **more).model)


def titles(found: list[Step]) -> list[str]:
    """The first words of steps."""
    return [one.title.split()[0] for one in found]


def hcl(text: str) -> dict[str, Any]:
    """A Terraform block of assignments, objects and jsonencode, read by a small grammar."""
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*|[{}()=]', text)
    assert "".join(tokens) == re.sub(r"\s+", "", text), "nothing else stands there"
    read, rest = _block(tokens[3:])
    assert not rest
    return {"type": json.loads(tokens[1]), "name": json.loads(tokens[2]), **read}


def _block(tokens: list[str]) -> tuple[dict[str, Any], list[str]]:
    assert tokens[0] == "{"
    tokens, read = tokens[1:], {}
    while tokens[0] != "}":
        name, equals, value, *rest = tokens
        assert equals == "="
        if value == "jsonencode":
            assert rest[0] == "("
            read[name], rest = _block(rest[1:])
            assert rest.pop(0) == ")"
        elif value == "{":
            read[name], rest = _block([value, *rest])
        else:
            read[name] = json.loads(value)
        tokens = rest
    return read, tokens[1:]


@pytest.mark.parametrize("ipamd", SETTINGS)
def test_every_form_says_the_same(ipamd: dict[str, Any]) -> None:
    """kubectl, Helm, the add-on and Terraform set the same, and the schema takes it."""
    given = change(ipamd)
    wanted = explicit(given.variables)
    assert all(isinstance(value, str) for value in wanted.values())
    words = shlex.split(to_paste(given, "kubectl").text.replace("\\\n", " "))
    assert words[:6] == ["kubectl", "set", "env", "daemonset", "aws-node", "-n"]
    by_kubectl: dict[str, str | None] = {
        name: value for name, _, value in (word.partition("=") for word in words[7:])
    }
    for word in words[7:]:
        if word.endswith("-"):
            by_kubectl[word[:-1]] = by_kubectl.pop(word) or None
    assert by_kubectl == given.variables
    assert YAML(typ="safe", pure=True).load(to_paste(given, "helm").text) == {"env": wanted}
    addon = json.loads(to_paste(given, "eks-addon").text)
    assert addon == {"env": wanted}
    jsonschema.validate(addon, SCHEMA)
    terraform = hcl(to_paste(given, "terraform").text)
    assert (terraform["type"], terraform["addon_name"]) == ("aws_eks_addon", "vpc-cni")
    assert terraform["configuration_values"] == {"env": wanted}
    assert terraform["resolve_conflicts_on_update"] == "OVERWRITE"


def test_what_a_setting_had_before_is_undone() -> None:
    """A variable that goes back to its default is unset, or written with that default."""
    old = scenario({"IP_COOLDOWN_PERIOD": 5, "MAX_ENI": 2, "WARM_IP_TARGET": 3})
    after = {"IP_COOLDOWN_PERIOD": 30, "MAX_ENI": 0, "WARM_IP_TARGET": 0}
    found = change_to(old.model, after)
    assert found.variables == {
        MODE: "false",
        "WARM_ENI_TARGET": "1",
        "WARM_IP_TARGET": None,
        "MINIMUM_IP_TARGET": None,
        "MAX_ENI": None,
        "IP_COOLDOWN_PERIOD": None,
    }
    assert explicit(found.variables)["IP_COOLDOWN_PERIOD"] == "30"
    assert explicit(found.variables)["MAX_ENI"] == "0"


def test_a_schema_that_does_not_know_a_variable_is_spoken_of() -> None:
    """ENABLE_SUBNET_DISCOVERY came after the published schema, and the page says so."""
    given = change({"ENABLE_SUBNET_DISCOVERY": False})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(to_paste(given, "eks-addon").text), SCHEMA)
    assert any("needs an add-on from v1.18" in note for note in notes(given, "eks-addon"))
    assert not any("needs an add-on" in note for note in notes(given, "kubectl"))


@pytest.mark.parametrize("form", FORMS)
def test_only_variables(form: str) -> None:
    """Where only targets change there are no new nodes: room is looked for, set, checked."""
    assert titles(steps(change({"WARM_IP_TARGET": 5}), form)) == ["Set", "Check"]
    assert titles(steps(change({"WARM_ENI_TARGET": 2}), form)) == ["See", "Set", "Check"]


@pytest.mark.parametrize(("before", "after"), [(False, True), (True, False)])
@pytest.mark.parametrize("form", ["kubectl", "helm"])
def test_a_change_of_mode_holds_the_rollout_back(form: str, before: bool, after: bool) -> None:
    """Running nodes keep their mode: new ones come beside them, pods move, the old ones go."""
    old = scenario({MODE: before}, {"max_pods": "recommended"})
    found = steps(change_to(old.model, {MODE: after}), form)
    room = ["See"] if after else []
    assert titles(found) == [
        "Try", *room, "List", "Set", "Give", "Launch", "Cordon", "Remove", "Let", "Check"
    ]  # fmt: skip
    text = {title: one.blocks[-1].text for title, one in zip(titles(found), found, strict=True)}
    assert "OnDelete" in text["List"]
    assert "rollout status" not in text["Set"], "it ends with an error under OnDelete"
    assert "RollingUpdate" in text["Let"]
    assert "cordon" in text["Cordon"]
    assert "drain" in text["Cordon"]
    assert "delete-nodegroup" in text["Remove"]


@pytest.mark.parametrize("form", ["eks-addon", "terraform"])
def test_an_add_on_changes_over_closed_nodes_only(form: str) -> None:
    """Its schema cannot hold the rollout back, so that the old nodes are cordoned before it."""
    assert "updateStrategy" not in json.dumps(SCHEMA)
    subnet = {"reservations": [{"cidr": "10.0.8.0/21", "type": "prefix"}]}
    found = steps(change({MODE: True}, subnet=subnet), form)
    assert titles(found) == [
        "Try", "Reserve", "See", "Cordon", "Set", "Give", "Launch", "Move", "Remove", "Check"
    ]  # fmt: skip
    reserve = found[1]
    assert reserve.blocks[0].text == (
        "aws ec2 create-subnet-cidr-reservation --subnet-id SUBNET_ID_OF_PODS_A \\\n"
        "  --cidr 10.0.8.0/21 --reservation-type prefix"
    )
    assert "create-subnet-address-reservation" in reserve.why
    assert "does not exist" in reserve.why


def test_prefixes_need_whole_blocks() -> None:
    """Before prefixes come, reservations are looked at, and not how many addresses are free."""
    found = steps(change({MODE: True}), "kubectl")
    trial, room = found[:2]
    assert "Do not switch running nodes in place" in trial.why
    assert "without a daemon" in trial.why
    assert "docs/change.md" in trial.why
    assert "scenarios/learn/moving-to-prefixes.yaml" in trial.why
    assert f"change=[{{at: 20m, ipamd: {{{MODE}: true}}}}]" in trial.blocks[0].text
    assert "3 of them in all" in room.why
    assert "AvailableIpAddressCount says nothing of them" in room.why
    assert "get-subnet-cidr-reservations" in room.blocks[0].text
    assert "--reservation-type prefix" in room.blocks[0].text
    assert not any("AvailableIp" in block.text for one in found for block in one.blocks)


def test_less_room_on_nodes_with_more_slots_closes_them_first() -> None:
    """Nodes with slots for 29 pods are cordoned before they can only hold 18 addresses."""
    old = scenario({}, {"max_pods": "recommended"})
    found = change_to(old.model, {"MAX_ENI": 2})
    assert titles(steps(found, "kubectl")) == ["Give", "Cordon", "Set", "Replace", "Check"]
    assert (found.groups[0].max_pods_before, found.groups[0].max_pods) == (29, 20)


def test_max_pods_lines() -> None:
    """nodeadm, bootstrap.sh and Karpenter get the same number, and Karpenter only nitro types."""
    given = change({MODE: True})
    blocks = next(one for one in steps(given, "kubectl") if one.title.startswith("Give")).blocks
    nodeadm, bootstrap, node_class, node_pool = (one.text for one in blocks)
    yaml = YAML(typ="safe", pure=True)
    config = yaml.load(nodeadm)
    assert (config["apiVersion"], config["kind"]) == ("node.eks.aws/v1alpha1", "NodeConfig")
    assert config["spec"]["kubelet"]["config"] == {"maxPods": 110}
    words = shlex.split(bootstrap.replace("\\\n", " "))
    assert words[1:] == ["my-cluster", "--use-max-pods", "false", "--kubelet-extra-args",
                         "--max-pods=110"]  # fmt: skip
    assert yaml.load(node_class)["spec"] == {"kubelet": {"maxPods": 110}}
    (requirement,) = yaml.load(node_pool)["spec"]["template"]["spec"]["requirements"]
    assert requirement == {
        "key": "karpenter.k8s.aws/instance-hypervisor",
        "operator": "In",
        "values": ["nitro"],
    }


def test_one_number_of_max_pods_and_a_class_for_each_group() -> None:
    """A number from secondary IPs gives way to what prefixes give, as the warning has it."""
    data = scenario({MODE: True}, {"max_pods": 29}).source.data
    data["cluster"]["node_groups"].append(
        {"name": "web_1", "instance_type": "m5.xlarge", "nodes": 1, "max_pods": 58}
    )
    given = Scenario.from_dict(data)
    assert all("prefix mode would give 110" in str(one) for one in given.warnings)
    found = change_from_manifest(given.model)
    assert [(one.max_pods_before, one.max_pods) for one in found.groups] == [(29, 110), (58, 110)]
    text = page(found, "kubectl")
    assert "maxPods: 58" not in text
    assert "maxPods: 29" not in text
    assert "    name: g\n" in text
    assert "    name: web-1\n" in text


def test_what_a_change_asks_for_is_wanted() -> None:
    """From the settings before a scenario's `change:` to those after all of it, and said so."""
    asked = [{"at": "10m", "ipamd": {MODE: True}}, {"at": "30m", "ipamd": {"WARM_IP_TARGET": 4}}]
    found = change_of_scenario(scenario({"WARM_IP_TARGET": 2}, change=asked))
    assert found.differences == {MODE: ("false", "true"), "WARM_IP_TARGET": ("2", "4")}
    assert found.variables[MODE] == "true"
    assert "from the settings before its `change:`" in " ".join(page(found, "helm").split())


def test_a_change_of_one_group_stands_apart() -> None:
    """What a `change:` gives to one group of two is named, since a DaemonSet cannot do it."""
    data = scenario({}).source.data
    data["cluster"]["node_groups"].append({"name": "gpu", "instance_type": "g5.xlarge", "nodes": 1})
    data["change"] = [{"at": "9m", "ipamd": {"WARM_IP_TARGET": 3}, "node_groups": ["gpu"]}]
    found = change_of_scenario(Scenario.from_dict(data))
    assert found.apart == {"gpu": {"WARM_IP_TARGET": 3}}
    assert found.differences == {}


def test_an_imported_cluster_runs_what_its_file_says() -> None:
    """Its own settings hold now, not the shipped manifest's."""
    top = {"origin": {"kind": "snapshot"}}
    given = scenario({"WARM_IP_TARGET": 5}, **top)
    wanted = scenario({"WARM_IP_TARGET": 2}, **top)
    found = change_of_scenario(wanted, given=given)
    assert found.differences == {"WARM_IP_TARGET": ("5", "2")}
    assert "from the cluster's own settings" in page(found, "kubectl")
    assert "Nothing changes" in page(change_of_scenario(given), "kubectl")


def test_settings_of_one_group_are_not_dropped_in_silence() -> None:
    """What one group has of its own is named, with what one DaemonSet can and cannot do."""
    data = scenario({"WARM_IP_TARGET": 5}).source.data
    data["cluster"]["node_groups"].append(
        {"name": "gpu", "instance_type": "g5.xlarge", "nodes": 1, "ipamd": {"WARM_IP_TARGET": 1}}
    )
    said = list(notes(change_from_manifest(Scenario.from_dict(data).model), "kubectl"))
    assert any("WARM_IP_TARGET=1, which the scenario gives to gpu alone" in one for one in said)
    assert any("One DaemonSet has one environment" in one for one in said)
    data["cluster"]["node_groups"].pop(0)
    alone = change_from_manifest(Scenario.from_dict(data).model)
    assert alone.variables["WARM_IP_TARGET"] == "1"
    assert alone.apart == {}


def test_slots_without_addresses_are_said() -> None:
    """A number of max pods that the new mode cannot serve is named with one that it can."""
    old = scenario({MODE: True}, {"max_pods": 110})
    said = " ".join(notes(change_to(old.model, {MODE: False}), "kubectl"))
    assert "can hold addresses for 27 pods: launch them with 29" in said


def test_a_variant() -> None:
    """From what a scenario says to one of its variants; an unknown one is refused."""
    one = scenario({"WARM_IP_TARGET": 5}, variants={"lean": {"WARM_IP_TARGET": 1}})
    found = change_of_scenario(one, "lean")
    assert found.is_before_known
    assert found.differences == {"WARM_IP_TARGET": ("5", "1")}
    with pytest.raises(InputError, match="there is no variant leam; did you mean lean"):
        change_of_scenario(one, "leam")


def test_a_change_survives_json() -> None:
    """What is saved is what is read."""
    given = change({MODE: True}, subnet={"reservations": [{"cidr": "10.0.8.0/21"}]})
    assert Change.from_dict(json.loads(json.dumps(given.to_dict()))) == given


@pytest.mark.parametrize("form", FORMS)
def test_prose_fits_and_what_is_pasted_keeps_its_lines(form: str) -> None:
    """Sentences are at most 80 wide; each line of a block stands as it is, indented."""
    given = change({MODE: True, "WARM_IP_TARGET": 5, "MINIMUM_IP_TARGET": 20})
    text = page(given, form)
    pasted = [line for one in steps(given, form) for b in one.blocks for line in b.text.split("\n")]
    lines = text.split("\n")
    assert all(f"     {line}".rstrip() in lines for line in pasted)
    assert all(len(line) <= 80 for line in lines if not line.startswith("     "))
