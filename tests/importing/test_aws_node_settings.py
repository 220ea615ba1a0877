"""Settings of ipamd from the environment of aws-node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_cluster import PLAN, WEB, edited, files_of, group_of, imported, of_kind, plan, pool

from sim.importing.scenario import Imported, import_files
from sim.importing.written.plan import Controller


def with_env(tmp_path: Path, *env: dict[str, Any], without: str = "", **more: Any) -> Imported:
    """An import where aws-node has these variables more, and one less."""
    paths = files_of(PLAN, tmp_path)

    def change(data: Any) -> None:
        for daemon_set in of_kind(data, "DaemonSet"):
            container = daemon_set["spec"]["template"]["spec"]["containers"][0]
            kept = [one for one in container["env"] if one["name"] != without]
            container["env"] = kept + list(env)
            container.update(more)

    edited(paths[0], change)
    return import_files(paths)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("WARM_IP_TARGET", "5", 5),
        ("MINIMUM_IP_TARGET", "10", 10),
        ("WARM_ENI_TARGET", "0", 0),
        ("ENABLE_PREFIX_DELEGATION", "true", True),
        ("ENABLE_PREFIX_DELEGATION", "T", True),
        ("IP_COOLDOWN_PERIOD", "45", 45),
        ("MAX_ENI", "2", 2),
    ],
)
def test_values(tmp_path: Path, name: str, text: str, value: Any) -> None:
    """Texts become what the daemon makes of them."""
    result = with_env(tmp_path, {"name": name, "value": text}, without=name)
    assert result.data["ipamd"][name] is value or result.data["ipamd"][name] == value


@pytest.mark.parametrize(
    ("name", "text", "value", "said"),
    [
        ("WARM_IP_TARGET", "two", 0, "'two', for which the daemon takes 0"),
        ("WARM_IP_TARGET", "-1", 0, "the daemon would treat it as not set"),
        ("ENABLE_PREFIX_DELEGATION", "yes", False, "'yes', for which the daemon takes False"),
        ("WARM_PREFIX_TARGET", "x", 0, "'x', for which the daemon takes 0"),
    ],
)
def test_values_that_the_daemon_does_not_take(
    tmp_path: Path, name: str, text: str, value: Any, said: str
) -> None:
    """What it cannot read has its default, and that is said."""
    result = with_env(tmp_path, {"name": name, "value": text}, without=name)
    assert result.data["ipamd"].get(name, value) == value
    assert any(said in one for one in result.notes.guessed)


def test_a_variable_that_is_not_there(tmp_path: Path) -> None:
    """Without WARM_PREFIX_TARGET the code's default holds, which is not the manifest's."""
    result = with_env(tmp_path, without="WARM_PREFIX_TARGET")
    assert result.data["ipamd"]["WARM_PREFIX_TARGET"] == 0
    assert "aws-node has no WARM_PREFIX_TARGET: its code then takes 0" in result.notes.guessed


def test_unknown_variables_are_comments(tmp_path: Path) -> None:
    """What nothing is known of stays in the file, where it changes nothing."""
    result = with_env(tmp_path, {"name": "MY_OWN_SWITCH", "value": "a\nb"}, {"name": "EMPTY_ONE"})
    assert "\n  # MY_OWN_SWITCH: a b\n  # EMPTY_ONE:\n" in result.text.replace("ONE: \n", "ONE:\n")
    assert any(
        "unknown variables" in one and "MY_OWN_SWITCH" in one for one in result.notes.left_out
    )


def test_values_from_elsewhere(tmp_path: Path) -> None:
    """A ConfigMap's value counts if the file has the ConfigMap; else its default, which is said."""
    reference = {"configMapKeyRef": {"name": "amazon-vpc-cni", "key": "warm"}}
    env = {"name": "WARM_IP_TARGET", "valueFrom": reference}
    result = with_env(tmp_path, env, without="WARM_IP_TARGET")
    assert "WARM_IP_TARGET" not in result.data["ipamd"]
    assert "# WARM_IP_TARGET: from configMapKeyRef amazon-vpc-cni/warm" in result.text
    left = [one for one in result.notes.left_out if "comes from configMapKeyRef" in one]
    assert len(left) == 1
    path = tmp_path / "config.json"
    path.write_text(
        '{"apiVersion": "v1", "kind": "ConfigMap", "data": {"warm": "7"}, '
        '"metadata": {"name": "amazon-vpc-cni", "namespace": "kube-system"}}'
    )
    paths = [tmp_path / f"{name}.json" for name in ("cluster", "subnets", "enis", "config")]
    assert import_files(paths).data["ipamd"]["WARM_IP_TARGET"] == 7


def test_env_from(tmp_path: Path) -> None:
    """A whole ConfigMap as environment is named, since what it sets is not known."""
    result = with_env(tmp_path, envFrom=[{"configMapRef": {"name": "cni-env"}}])
    assert any("configMapRef cni-env, which is not in" in one for one in result.notes.left_out)


def test_an_aws_node_for_some_groups(tmp_path: Path) -> None:
    """Where node groups have an aws-node of their own, they have its settings."""
    own = Controller(
        "aws-node-batch",
        "kube-system",
        "DaemonSet",
        host_network=True,
        node_selector={"team": "batch"},
        tolerations=("*",),
    )
    pools = (pool("general"), pool("batch", labels={"team": "batch"}))
    one = plan(pools=pools, controllers=(*PLAN.controllers[:1], own, WEB))
    paths = files_of(one, tmp_path)

    def change(data: Any) -> None:
        other = of_kind(data, "DaemonSet")[1]["spec"]["template"]["spec"]["containers"][0]
        other |= {"name": "aws-node", "env": [{"name": "WARM_IP_TARGET", "value": "9"}]}

    edited(paths[0], change)
    result = import_files(paths)
    assert result.data["ipamd"]["WARM_IP_TARGET"] == 2
    assert group_of(result, "batch")["ipamd"] == {"WARM_IP_TARGET": 9, "WARM_PREFIX_TARGET": 0}
    assert "ipamd" not in group_of(result, "general")


@pytest.mark.parametrize(
    ("tag", "version", "said"),
    [
        ("v1.23.1-eksbuild.1", None, False),
        ("v1.18.6", "1.18.6", False),
        ("v1.2.3", None, True),
        ("latest", None, True),
    ],
)
def test_versions(tmp_path: Path, tag: str, version: str | None, said: bool) -> None:
    """The image's tag gives cni_version; one of which nothing is known is named."""
    result = with_env(tmp_path, image=f"host:5000/eks/amazon-k8s-cni:{tag}")
    assert result.data.get("cni_version") == version
    assert any("of which nothing is known" in one for one in result.notes.guessed) is said


@pytest.mark.parametrize("on", [True, False])
def test_branch_enis(tmp_path: Path, on: bool) -> None:
    """Under ENABLE_POD_ENI pods with branch ENIs have them, and these ENIs are not others'."""
    one = plan(settings={"ENABLE_POD_ENI": str(on).lower()})
    cluster, subnets, enis = files_of(one, tmp_path)

    def ask(data: Any) -> None:
        for pod in of_kind(data, "Pod"):
            if pod["metadata"]["namespace"] == "shop":
                limits = {"vpc.amazonaws.com/pod-eni": "1"}
                pod["spec"]["containers"][0]["resources"]["limits"] = limits

    def branch(data: Any) -> None:
        trunk = data["NetworkInterfaces"][0]
        more = trunk | {"NetworkInterfaceId": "eni-b", "Attachment": None, "PrivateIpAddresses": []}
        more["PrivateIpAddress"] = "10.0.3.200"
        name = trunk["NetworkInterfaceId"]
        more["TagSet"] = [{"Key": "vpcresources.k8s.aws/trunk-eni-id", "Value": name}]
        data["NetworkInterfaces"].append(more)

    edited(cluster, ask)
    edited(enis, branch)
    result = import_files([cluster, subnets, enis])
    assert result.data["workload"][0].get("security_groups", False) is on
    others = [one["others"]["addresses"] for one in result.data["cluster"]["subnets"]]
    assert ("10.0.3.200" in others[0]) is not on
    assert any("ENABLE_POD_ENI is off" in said for said in result.notes.guessed) is not on


def test_custom_networking(tmp_path: Path) -> None:
    """ENIConfigs come with the subnets of pods; without them custom networking is left out."""
    settings = {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"}
    result = imported(plan(settings=settings), tmp_path)
    assert "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG" not in result.data["ipamd"]
    assert any("the files have no ENIConfig" in one for one in result.notes.left_out)
    subnet = result.data["cluster"]["subnets"][1]["name"]
    path = tmp_path / "configs.json"
    path.write_text(
        f'{{"kind": "List", "items": [{{"kind": "ENIConfig", "metadata": {{"name": "eu-west-1b"}}, '
        f'"spec": {{"subnet": "{subnet}"}}}}]}}'
    )
    paths = [tmp_path / f"{name}.json" for name in ("cluster", "subnets", "enis", "configs")]
    data = import_files(paths).data
    assert data["ipamd"]["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] is True
    assert data["cluster"]["eni_configs"] == [
        {"name": "eu-west-1b", "zone": "eu-west-1b", "subnet": subnet}
    ]
