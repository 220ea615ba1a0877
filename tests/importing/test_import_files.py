"""What an import makes of a cluster's files."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_cluster import (
    AWS_NODE,
    NETS,
    PLAN,
    WEB,
    edited,
    files_of,
    group_of,
    imported,
    of_kind,
    plan,
    pool,
    workload_of,
)

from sim import Scenario
from sim.importing.scenario import import_files
from sim.importing.written.plan import Controller, Net


def test_a_whole_cluster(tmp_path: Path) -> None:
    """Nodes, settings, pods and what others hold are as the files have them."""
    data = imported(PLAN, tmp_path).data
    assert data["origin"] == {
        "kind": "snapshot",
        "files": ["cluster.json", "enis.json", "subnets.json"],
        "churn": "unknown",
    }
    assert data["ipamd"]["WARM_IP_TARGET"] == 2
    assert data["cluster"]["name"] == "small"
    assert data["cluster"]["node_groups"] == [
        {
            "name": "general",
            "instance_type": "m5.large",
            "max_pods": 28,
            "reserved": {"cpu": "70m", "memory": "1161Mi"},  # 8192 MiB less what is for pods
            "subnets": ["private-a", data["cluster"]["subnets"][1]["name"]],
            "nodes": 4,
            "daemonsets": [{"name": "aws-node", "hostNetwork": True, "requests": {"cpu": "50m"}}],
        }
    ]
    assert data["workload"] == [
        {
            "kind": "deployment",
            "name": "shop.web",
            "replicas": 12,
            "requests": {"cpu": "100m", "memory": "128Mi"},
        }
    ]


def test_others_lie_where_they_are(tmp_path: Path) -> None:
    """With the interfaces, what is not of the cluster's nodes is held address by address."""
    first, second = imported(PLAN, tmp_path).data["cluster"]["subnets"]
    assert first == {
        "name": "private-a",
        "cidr": "10.0.0.0/22",
        "zone": "eu-west-1a",
        "tags": {"kubernetes.io/role/cni": "1"},
        "others": {
            "addresses": ["10.0.0.9", "10.0.0.20-10.0.0.22", "10.0.1.7", "10.0.2.0-10.0.2.15"]
        },
    }
    assert second["name"].startswith("subnet-"), "its tag Name is no name"
    assert second["others"] == {"addresses": ["10.0.4.40"]}


def test_others_are_a_count_without_interfaces(tmp_path: Path) -> None:
    """Without them, what is in use less what the nodes are reckoned to hold is a guess."""
    result = imported(plan(settings={}), tmp_path, "cluster", "subnets")
    first, second = result.data["cluster"]["subnets"]
    assert first["others"]["count"] == 5 + 16
    assert second["others"]["count"] == 1
    assert any("reckoned to hold" in sentence for sentence in result.notes.guessed)


def test_addresses_of_no_interface(tmp_path: Path) -> None:
    """Addresses in use of interfaces that are not in the files are counted, and said."""
    paths = files_of(PLAN, tmp_path)
    edited(paths[1], lambda data: data["Subnets"][0].update(AvailableIpAddressCount=500))
    result = import_files(paths)
    others = result.data["cluster"]["subnets"][0]["others"]
    held = sum("private-a: " in one and "no interface" in one for one in result.notes.guessed)
    assert others["count"] > 400
    assert held == 1


def test_the_scenario_is_valid_and_reads_back(tmp_path: Path) -> None:
    """The text is the scenario: `validate` reads it without a word."""
    result = imported(PLAN, tmp_path)
    path = tmp_path / "my.yaml"
    path.write_text(result.text, encoding="utf-8")
    loaded = Scenario.load(path)
    assert loaded.warnings == []
    assert loaded.resolved() == Scenario.from_dict(result.data).resolved()


def test_same_files_same_bytes(tmp_path: Path) -> None:
    """The order of the files, and gzip, change nothing but their names at the head."""
    paths = files_of(PLAN, tmp_path)
    text = import_files(paths).text
    assert import_files(reversed(paths)).text == text
    for path in paths:
        packed = path.with_name(path.name + ".gz")
        packed.write_bytes(gzip.compress(path.read_bytes()))
    packed_text = import_files([f"{path}.gz" for path in paths]).text
    assert (
        packed_text.replace(".json.gz", ".json").partition("\nname:")[2]
        == (text.partition("\nname:")[2])
    )


def test_other_forms_of_the_same(tmp_path: Path) -> None:
    """Lists without their wrapping, of one kind, in pages and in one file are all the same."""
    cluster, subnets, enis = files_of(PLAN, tmp_path)
    text = import_files([cluster, subnets, enis]).text.partition("\ncluster:")[2]
    objects = json.loads(cluster.read_text())["items"]
    raw = tmp_path / "raw.json"
    pods = [
        {k: v for k, v in one.items() if k != "kind"} for one in objects if one["kind"] == "Pod"
    ]
    raw.write_text(
        json.dumps({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods})
        + "".join(json.dumps(one) for one in objects if one["kind"] != "Pod")
    )
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps(json.loads(subnets.read_text())["Subnets"]))
    each_alone = tmp_path / "each.json"  # as jq '.Subnets[]' prints them
    each_alone.write_text("\n".join(json.dumps(one) for one in json.loads(bare.read_text())))
    pages = tmp_path / "pages.json"
    each = json.loads(enis.read_text())["NetworkInterfaces"]
    first, last = {"NetworkInterfaces": each[:3], "NextToken": "x"}, {"NetworkInterfaces": each[3:]}
    pages.write_text("\ufeff" + json.dumps(first) + "\n" + json.dumps(last))
    for one in (bare, each_alone):
        assert import_files([raw, one, pages]).text.partition("\ncluster:")[2] == text


# -------------------------------------------------------------------- node groups


@pytest.mark.parametrize(
    ("made_by", "what"),
    [
        ("eks", "EKS managed node groups"),
        ("karpenter", "Karpenter NodePools"),
        ("eksctl", "eksctl node groups"),
        ("kops", "kOps instance groups"),
    ],
)
def test_who_made_the_nodes(tmp_path: Path, made_by: str, what: str) -> None:
    """Groups are known by the labels of what makes their nodes."""
    result = imported(plan(pools=(pool("workers", made_by),)), tmp_path)
    assert group_of(result, "workers")["nodes"] == 4
    assert f"1 from {what}" in result.notes.understood[0]


def test_types_of_a_pool_are_groups(tmp_path: Path) -> None:
    """A NodePool of two types, and nodes that lie unevenly, are several groups."""
    pools = (
        pool("spot", "karpenter"),
        pool("spot", "karpenter", instance_type="m6g.large", arch="arm64", max_pods=20),
        pool("odd", nodes={"private-a": 3, "private/b": 1}),
    )
    groups = imported(plan(pools=pools), tmp_path).data["cluster"]["node_groups"]
    assert [(one["name"], one["nodes"], one["max_pods"]) for one in groups] == [
        ("odd.eu-west-1a", 3, 28),
        ("odd.eu-west-1b", 1, 28),
        ("spot-m5.large", 4, 28),
        ("spot-m6g.large", 4, 20),
    ]


def test_nodes_that_are_left_out(tmp_path: Path) -> None:
    """Fargate and Windows nodes are left out by name, and their addresses are others'."""
    one = plan(
        pools=(
            pool("general"),
            pool("serverless", "fargate", nodes={"private-a": 1}, max_pods=1),
            pool("win", system="windows", nodes={"private/b": 1}),
        ),
        controllers=(
            AWS_NODE,
            WEB,
            Controller("lambda-like", "shop", pools=("serverless",)),
            Controller(
                "iis",
                "shop",
                pods=3,
                pools=("win",),
                node_selector={"kubernetes.io/os": "windows"},
            ),
        ),
    )
    result = imported(one, tmp_path)
    assert [g["name"] for g in result.data["cluster"]["node_groups"]] == ["general"]
    assert [w["name"] for w in result.data["workload"]] == ["shop.web"]
    left = "\n".join(result.notes.left_out)
    assert "Fargate nodes (each pod is a machine of its own, without aws-node): 1, fargate-" in left
    assert "Windows nodes (" in left
    assert "pods on Fargate: 1" in left
    assert "pods on nodes that are left out: 3" in left
    without = imported(PLAN, tmp_path / "without").data["cluster"]["subnets"]
    with_them = result.data["cluster"]["subnets"]
    for before, after in zip(without, with_them, strict=True):
        assert after["others"] != before["others"], "the left-out node's own address"


def test_unknown_instance_type_by_limits(tmp_path: Path) -> None:
    """A type that the table lacks takes the limits that are given, and its machine's resources."""
    paths = files_of(plan(pools=(pool("new", instance_type="m99.large"),)), tmp_path)
    group = group_of(import_files(paths, {"m99.large": (3, 10)}), "new")
    assert group["limits"] == {
        "max_enis": 3,
        "ipv4_per_eni": 10,
        "vcpus": 2,
        "memory": "7714Mi",
    }
    assert group["reserved"] == {"cpu": "70m", "memory": "683Mi"}


# ------------------------------------------------------------------------ subnets


def test_only_the_clusters_subnets(tmp_path: Path) -> None:
    """Subnets of IPv6 alone, and those without nodes or tag, are left out by name."""
    nets = (
        *NETS,
        Net("six", "", "eu-west-1a"),
        Net("elsewhere", "10.0.8.0/24", "eu-west-1a"),
        Net("tagged", "10.0.9.0/24", "eu-west-1a", {"kubernetes.io/role/cni": "1"}),
    )
    result = imported(plan(nets=nets), tmp_path)
    names = [one["name"] for one in result.data["cluster"]["subnets"]]
    assert names[:2] == ["private-a", "tagged"]
    assert len(names) == 3
    left = "\n".join(result.notes.left_out)
    assert "subnets without IPv4 addresses: subnet-" in left
    assert (
        "subnets without a node of the cluster and without the tag kubernetes.io/role/cni: 1"
        in left
    )


def test_reservations(tmp_path: Path) -> None:
    """CIDR reservations come with their subnets; those of IPv6 are not looked at."""
    nets = (replace(NETS[0], reservations=(("10.0.3.0/24", "prefix"),)), NETS[1])
    paths = files_of(plan(nets=nets), tmp_path)
    edited(
        paths[3], lambda data: data.update(SubnetIpv6CidrReservations=[{"Cidr": "2001:db8::/80"}])
    )
    first = import_files(paths).data["cluster"]["subnets"][0]
    assert first["reservations"] == [{"cidr": "10.0.3.0/24", "type": "prefix"}]


def test_prefixes_of_the_nodes_are_not_others(tmp_path: Path) -> None:
    """In prefix mode the nodes' /28s are theirs, to the address."""
    settings = {"ENABLE_PREFIX_DELEGATION": "true"}
    result = imported(plan(settings=settings), tmp_path)
    assert result.data["ipamd"]["ENABLE_PREFIX_DELEGATION"] is True
    plain = imported(PLAN, tmp_path / "plain").data["cluster"]["subnets"]
    assert result.data["cluster"]["subnets"] == plain


# ---------------------------------------------------------------------- workloads


def test_controllers_and_what_they_own(tmp_path: Path) -> None:
    """ReplicaSets lead to Deployments, Jobs to CronJobs; ended pods only tell run times."""
    one = plan(
        controllers=(
            AWS_NODE,
            Controller("api", "shop", pods=3),
            Controller("db", "data", "StatefulSet", pods=2, memory="1Gi"),
            Controller(
                "report", "data", "CronJob", 2, schedule="*/5 * * * *", lifetime_s=90, finished=2
            ),
            Controller("unseen", "data", "CronJob", 0, schedule="@daily", lifetime_s=60),
            Controller("import", "data", "Job", 2, lifetime_s=600, finished=1),
            Controller("proxy", "shop", pods=2, host_network=True),
            Controller("shell", "shop", "Pod"),
        ),
    )
    result = imported(one, tmp_path)
    kinds = [(w["name"], w["kind"], w.get("replicas")) for w in result.data["workload"]]
    assert kinds == [
        ("data.db", "deployment", 2),
        ("data.import", "deployment", 2),
        ("data.report", "cronjob", None),
        ("shop.api", "deployment", 3),
        ("shop.shell", "deployment", 1),
    ]
    report = workload_of(result, "data.report")
    assert (report["schedule"], report["lifetime"]) == ("*/5 * * * *", "1m30s")
    assert (report["completions"], report["parallelism"]) == (2, 2)
    left = "\n".join(result.notes.left_out)
    assert "pods of Deployment shop/proxy (they use their nodes' addresses): 2" in left
    assert "CronJob data/unseen: none of its pods has ended" in left
    assert "pods that had ended: 3" in left
    guessed = "\n".join(result.notes.guessed)
    assert "2 pods of the kind Job: kept" in guessed


def test_owners_that_the_files_lack(tmp_path: Path) -> None:
    """Without ReplicaSets and Jobs, names tell the controllers, which is said."""
    one = plan(
        controllers=(
            AWS_NODE,
            Controller("api", "shop", pods=3),
            Controller("report", "data", "CronJob", 2, schedule="@hourly", lifetime_s=90),
        )
    )
    paths = files_of(one, tmp_path)

    def without_owners(data: Any) -> None:
        kept = ("Node", "Pod", "DaemonSet")
        data["items"] = [item for item in data["items"] if item["kind"] in kept]
        for pod in of_kind(data, "Pod"):
            name = pod["metadata"].get("generateName", "")
            pod["metadata"]["labels"]["pod-template-hash"] = name.rstrip("-").rpartition("-")[2]

    edited(paths[0], without_owners)
    result = import_files(paths)
    assert [one["name"] for one in result.data["workload"]] == ["data.report", "shop.api"]
    guessed = "\n".join(result.notes.guessed)
    assert "Deployment shop/api: by the names" in guessed
    assert "CronJob data/report: by the names" in guessed


def test_where_workloads_and_daemon_sets_go(tmp_path: Path) -> None:
    """Selectors, affinity and taints decide on groups, of workloads and of DaemonSets."""
    pools = (
        pool("general"),
        pool("gpu", labels={"gpu": "yes"}, taints=(("gpu", "true", "NoSchedule"),)),
    )
    controllers = (
        AWS_NODE,
        WEB,
        Controller("train", "ml", node_selector={"gpu": "yes"}, tolerations=("gpu",)),
        Controller("both", "ml", groups=("gpu", "general"), tolerations=("gpu",)),
        Controller("driver", "ml", "DaemonSet", node_selector={"gpu": "yes"}, tolerations=("*",)),
    )
    result = imported(plan(pools=pools, controllers=controllers), tmp_path)
    assert workload_of(result, "shop.web")["node_groups"] == ["general"]
    assert workload_of(result, "ml.train")["node_groups"] == ["gpu"]
    assert "node_groups" not in workload_of(result, "ml.both")
    names = {
        name: [one["name"] for one in group_of(result, name)["daemonsets"]]
        for name in ("general", "gpu")
    }
    assert names == {"general": ["aws-node"], "gpu": ["aws-node", "driver"]}


def test_daemon_sets_by_their_pods(tmp_path: Path) -> None:
    """Where a DaemonSet is not in the files, its pods tell, and that is said."""
    paths = files_of(PLAN, tmp_path)

    def only_pods(data: Any) -> None:
        data["items"] = [one for one in data["items"] if one["kind"] != "DaemonSet"]

    edited(paths[0], only_pods)
    result = import_files(paths)
    assert [one["name"] for one in group_of(result, "general")["daemonsets"]] == ["aws-node"]
    guessed = "\n".join(result.notes.guessed)
    assert "DaemonSet kube-system/aws-node: by its pods" in guessed
    assert "settings of ipamd: no DaemonSet aws-node" in guessed


def test_pods_that_go_and_pods_that_wait(tmp_path: Path) -> None:
    """Pods that are being deleted do not count; pods without a node do."""
    paths = files_of(PLAN, tmp_path)

    def changed(data: Any) -> None:
        going, waiting = of_kind(data, "Pod")[-2:]
        going["metadata"]["deletionTimestamp"] = "2026-03-02T09:30:00Z"
        del waiting["spec"]["nodeName"]
        waiting["status"] = {"phase": "Pending"}

    edited(paths[0], changed)
    result = import_files(paths)
    assert workload_of(result, "shop.web")["replicas"] == 11
    assert "pods that were being deleted: 1" in result.notes.left_out
    assert "1 pod had no node yet: taken as the others" in result.notes.guessed


def test_nothing_is_invented_silently(tmp_path: Path) -> None:
    """All that was understood, guessed and left out stands at the head of the scenario too."""
    result = imported(PLAN, tmp_path)
    head = " ".join(
        line.removeprefix("#").strip().removeprefix("- ")
        for line in result.text.split("\nname:")[0].splitlines()
    )
    for _, sentences in result.notes.sections():
        for sentence in sentences:
            assert sentence in head
