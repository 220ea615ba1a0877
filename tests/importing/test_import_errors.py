"""What is wrong in a cluster's files is named with file and place."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_cluster import NETS, PLAN, edited, files_of, of_kind, plan, pool

from sim.importing.scenario import import_files
from sim.scenario.errors import InputError


def refusal(paths: list[Path]) -> list[str]:
    """The messages of a refused import, without the folder."""
    with pytest.raises(InputError) as error:
        import_files(paths)
    return [str(one).replace(f"{paths[0].parent}/", "") for one in error.value.problems]


def _set(keys: str, value: Any) -> Callable[[Any], None]:
    """Sets a value in an object; a dot leads deeper."""

    def change(one: Any) -> None:
        *above, last = keys.split(".")
        for key in above:
            one = one[int(key)] if key.isdigit() else one[key]
        one[last] = value

    return change


@pytest.mark.parametrize(
    ("kind", "change", "place", "message"),
    [
        ("Pod", _set("spec.containers", "none"), ".spec.containers", "'none' where a list"),
        ("Pod", _set("spec", []), ".spec", "a list where a mapping"),
        ("Pod", _set("spec.hostNetwork", "yes"), ".spec.hostNetwork", "where true or false"),
        (
            "Pod",
            _set("spec.containers.0.resources.requests.cpu", "lots"),
            ".spec.containers[0].resources.requests.cpu",
            "'lots' is no Kubernetes quantity",
        ),
        ("Node", _set("status.allocatable.pods", "-1"), ".status.allocatable.pods", "'-1' is no"),
        ("Node", _set("metadata.labels", {"a": 1}), ".metadata.labels.a", "1 where a text"),
        ("Node", _set("spec.taints", [{"effect": "x"}]), ".spec.taints[0].key", "is missing"),
        ("ReplicaSet", _set("metadata.name", None), ".metadata.name", "is missing"),
    ],
)
def test_objects(
    tmp_path: Path, kind: str, change: Callable[[Any], None], place: str, message: str
) -> None:
    """A value of the wrong kind is named by item, object and path."""
    paths = files_of(PLAN, tmp_path)
    data = json.loads(paths[0].read_text())
    number, item = next((n, i) for n, i in enumerate(data["items"]) if i["kind"] == kind)
    change(item)
    paths[0].write_text(json.dumps(data))
    (line,) = refusal(paths)
    assert line.startswith(f"cluster.json: items[{number}] ({kind} ")
    assert f"){place}: " in line
    assert message in line


@pytest.mark.parametrize(
    ("file", "key", "change", "expected"),
    [
        (1, "Subnets", {"CidrBlock": "10.0.0.0/99"}, "SubnetId"),
        (1, "Subnets", {"AvailableIpAddressCount": "many"}, "SubnetId"),
        (1, "Subnets", {"Tags": [{"Value": "x"}]}, "SubnetId"),
        (2, "NetworkInterfaces", {"PrivateIpAddress": "10.0.0"}, "NetworkInterfaceId"),
        (2, "NetworkInterfaces", {"Ipv4Prefixes": [{"Ipv4Prefix": 5}]}, "NetworkInterfaceId"),
        (2, "NetworkInterfaces", {"SubnetId": None}, "NetworkInterfaceId"),
    ],
)
def test_answers_of_ec2(
    tmp_path: Path, file: int, key: str, change: dict[str, Any], expected: str
) -> None:
    """So is one in an answer of EC2, by its id."""
    paths = files_of(PLAN, tmp_path)
    data = json.loads(paths[file].read_text())
    data[key][1].update(change)
    paths[file].write_text(json.dumps(data))
    (line,) = refusal(paths)
    assert line.startswith(f"{paths[file].name}: {key}[1] (")
    assert data[key][1][expected] in line
    assert f").{next(iter(change))}" in line


def test_an_address_that_a_subnet_cannot_give(tmp_path: Path) -> None:
    """An interface with an address outside of its subnet is named."""
    paths = files_of(PLAN, tmp_path)
    edited(paths[2], lambda data: data["NetworkInterfaces"][-1].update(PrivateIpAddress="10.9.9.9"))
    (line,) = refusal(paths)
    assert "enis.json: NetworkInterfaces[" in line
    assert "10.9.9.9 is no address that 10.0.4.0/22 gives" in line


def test_broken_json_by_line(tmp_path: Path) -> None:
    """What is no JSON, cut off or not, is named by its line."""
    paths = files_of(PLAN, tmp_path)
    text = paths[1].read_text()
    paths[1].write_text(text.replace('"State": "available",', '"State": available,', 1))
    line = 1 + text[: text.index('"State": "available"')].count("\n")
    assert refusal(paths)[0].startswith(f"subnets.json:{line}:")
    paths[1].write_text(text[:-20])
    assert "subnets.json:" in refusal(paths)[0]


def test_a_file_that_gzip_cut_off(tmp_path: Path) -> None:
    """A packed file that ends too early is refused."""
    paths = files_of(PLAN, tmp_path)
    packed = tmp_path / "enis.json.gz"
    packed.write_bytes(gzip.compress(paths[2].read_bytes())[:-100])
    assert refusal([*paths[:2], packed])[0].startswith("enis.json.gz: cannot be read")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "odd.json: is empty"),
        ("{}", "odd.json: holds nothing; files of kubectl"),
        ('{"Reservations": [{"Instances": []}]}', "odd.json: holds Reservations; files of"),
        ('{"status": "success", "data": {"result": []}}', "odd.json: holds status, data; files"),
        ('[{"Name": "x"}]', "odd.json: [0]: is not known here"),
        ('{"kind": "List", "items": [{"metadata": {"name": "x"}}]}', "items[0]: has no kind"),
        ('{"kind": "Status", "message": "Forbidden", "metadata": {}}', "kubectl failed: Forbidden"),
    ],
)
def test_what_a_file_holds(tmp_path: Path, text: str, message: str) -> None:
    """A file that holds something else says what it holds, and what is wanted."""
    paths = files_of(PLAN, tmp_path)
    odd = tmp_path / "odd.json"
    odd.write_text(text)
    assert message in refusal([*paths, odd])[0]


def test_utf_16(tmp_path: Path) -> None:
    """What an old PowerShell writes is told by name, with what to do."""
    paths = files_of(PLAN, tmp_path)
    paths[1].write_text(paths[1].read_text(), encoding="utf-16")
    assert "subnets.json: is UTF-16, not JSON; write it as UTF-8" in refusal(paths)[0]


def test_the_last_page_is_missing(tmp_path: Path) -> None:
    """An answer that goes on in a page that is not there is refused, and not taken for whole."""
    paths = files_of(PLAN, tmp_path)
    edited(paths[2], lambda data: data.update(NextToken="eyJ"))
    (line,) = refusal(paths)
    assert line.startswith("enis.json: NextToken: another page follows")
    edited(paths[0], lambda data: data["metadata"].update({"continue": "abc"}))
    assert len(refusal(paths)) == 2


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Several problems are several lines, in the order of the files, and not without end."""
    paths = files_of(PLAN, tmp_path)

    def break_all(data: Any) -> None:
        for pod in of_kind(data, "Pod"):
            pod["spec"]["containers"] = 1

    edited(paths[0], break_all)
    edited(paths[1], lambda data: data["Subnets"][0].update(CidrBlock="x"))
    assert len(refusal(paths)) == 17  # 4 nodes' aws-node and 12 of shop/web, and the subnet
    more = [files_of(replace(PLAN, name="more"), tmp_path / "more")[0]]
    edited(more[0], break_all)
    edited(
        more[0],
        lambda data: [p["metadata"].update(name=f"x{n}") for n, p in enumerate(data["items"])],
    )
    assert "the rest is not read" in refusal([*paths, *more])[-1]


def test_what_is_missing_altogether(tmp_path: Path) -> None:
    """Without nodes, subnets or pods the message says what to add."""
    cluster, subnets, _ = files_of(PLAN, tmp_path)
    assert "add aws ec2 describe-subnets" in refusal([cluster])[0]
    assert "add kubectl get nodes" in refusal([subnets])[0]
    edited(cluster, lambda data: data.update(items=of_kind(data, "Node")))
    assert "export the pods too" in refusal([cluster, subnets])[0]


def test_nodes_in_no_subnet(tmp_path: Path) -> None:
    """A node whose subnet is not in the files is named with its address."""
    cluster, subnets, _ = files_of(PLAN, tmp_path)
    edited(subnets, lambda data: data["Subnets"].pop())
    lines = refusal([cluster, subnets])
    assert len(lines) == 2
    assert all("is in none of the subnets of zone eu-west-1b" in line for line in lines)
    assert lines[0].startswith("cluster.json: items[")


def test_two_vpcs_of_the_same_addresses(tmp_path: Path) -> None:
    """Where two VPCs fit, the interfaces decide; without them nobody guesses."""
    paths = files_of(PLAN, tmp_path)

    def twice(data: Any) -> None:
        for one in list(data["Subnets"]):
            twin = {"SubnetId": one["SubnetId"] + "f", "VpcId": "vpc-0"}
            data["Subnets"].insert(0, one | twin)

    before = import_files(paths).data["cluster"]["subnets"]
    edited(paths[1], twice)
    assert "fit subnets of vpc-0 and vpc-" in refusal(paths[:2])[0]
    assert import_files(paths).data["cluster"]["subnets"] == before


def test_unknown_instance_types(tmp_path: Path) -> None:
    """A type that the table lacks is refused, with how to give its limits."""
    paths = files_of(plan(pools=(pool("new", instance_type="m99.large"),)), tmp_path)
    (line,) = refusal(paths)
    assert "cluster.json: items[0] (Node ip-10-0-" in line
    assert "--limits m99.large=ENISxADDRESSES" in line


def test_a_reservation_of_no_type(tmp_path: Path) -> None:
    """A CIDR reservation is prefix or explicit."""
    nets = (*NETS[:1], replace(NETS[1], reservations=(("10.0.5.0/24", "other"),)))
    (line,) = refusal(files_of(plan(nets=nets), tmp_path))
    assert "reservations.json: SubnetIpv4CidrReservations[0] (Reservation scr-" in line
