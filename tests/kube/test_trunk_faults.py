"""The VPC resource controller where EC2 fails it; instants are reckoned by hand.

Written from aws/amazon-vpc-resource-controller-k8s, pkg/provider/branch/trunk/trunk.go and
pkg/aws/ec2/api/helper.go.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import worlds
from worlds import NO_LATENCY, PLENTY, deployment, job, pods, rows

from sim.aws.ec2 import BRANCH, TRUNK

ON = PLENTY | {"ENABLE_POD_ENI": True, "DISABLE_LEAKED_ENI_CLEANUP": True}
LATENCY = NO_LATENCY["latency"] | dict.fromkeys(
    ("CreateNetworkInterfacePermission", "AssociateTrunkInterface", "DisassociateTrunkInterface"),
    "0s",
)


def play(action: str, *workload: Any, to: str = "25s", **fault: Any) -> Any:
    """A world in which an action fails from 1.5 s on, when the trunk is asked for."""
    fails = {"actions": [action], "from": "1500ms", "to": to, "code": "Broken", "http_status": 400}
    aws = NO_LATENCY | {
        "latency": LATENCY,
        "faults": [fails | fault],
        "resource_controller": {"retry": "20s", "branch_cooldown": "30s"},
    }
    return worlds.play(*workload, ipamd=ON, aws=aws, duration="5m")


def asked(world: Any, name: str) -> list[tuple[int, str]]:
    """(ms, code) of all requests of this action after the node was ready."""
    names = world.recorder.names
    return [
        (row["request_ms"], names.codes[row["code"]])
        for row in rows(world.recorder.ec2_calls)
        if names.actions[row["action"]] == name and row["request_ms"] > worlds.READY_MS
    ]


def enis(world: Any, kind: str) -> list[int]:
    """The ENIs of a kind in EC2."""
    return [one.id for one in world.ec2.interfaces.values() if one.kind == kind]


def test_a_trunk_whose_attachment_was_not_heard_of_is_found() -> None:
    """It cannot be deleted, being attached: 12 s of tries, and 20 s; then it is found."""
    world = play("AttachNetworkInterface", deployment(3, security_groups=True), answer_lost=True)
    (trunk,) = enis(world, TRUNK)
    assert [one.kind for one in world.nodes[0].instance.interfaces].count(TRUNK) == 1
    assert world.nodes[0].store.has_trunk
    assert all(34_000 < pod.bound_ms < 34_800 for pod in pods(world, "web"))
    assert len(asked(world, "CreateNetworkInterface")) == 1 + 3
    assert not world.ec2.interfaces[trunk].delete_on_termination  # nobody asks for it any more


def test_a_trunk_that_cannot_be_had_whole_goes_again() -> None:
    """It is detached and deleted; two tries fail, at 1.5 s and 21.5 s, the third does not."""
    world = play("ModifyNetworkInterfaceAttribute", deployment(3, security_groups=True))
    assert [ms for ms, _ in asked(world, "DetachNetworkInterface")] == [1_500, 21_500]
    assert len(enis(world, TRUNK)) == 1
    assert world.ec2.interfaces[enis(world, TRUNK)[0]].delete_on_termination
    assert {pod.bound_ms for pod in pods(world, "web")} == {41_510}


def test_a_branch_eni_that_is_gone_counts_as_deleted() -> None:
    """The first try's answer is lost, the others find nothing: it is off the queue all the same."""
    world = play(
        "DeleteNetworkInterface", job(security_groups=True), to="61600ms", answer_lost=True
    )
    codes = [code for _, code in asked(world, "DeleteNetworkInterface")]
    assert codes == ["Broken"] + ["InvalidNetworkInterfaceID.NotFound"] * 4
    last = rows(world.recorder.branch_enis)[-1]
    assert (last["assigned"], last["unassigned"]) == (0, 0)


def test_a_branch_eni_that_cannot_be_deleted_is_forgotten() -> None:
    """Three times five tries from 61.5 s on; it stays in EC2, and its place is free."""
    steps = [
        {"at": "2s", "replicas": 9},
        {"at": "10s", "replicas": 8},
        {"at": "20s", "replicas": 9},
    ]
    guarded = deployment(steps, security_groups=True)
    world = play("DeleteNetworkInterface", guarded, to="5m")
    tries = asked(world, "DeleteNetworkInterface")
    assert len(tries) == 3 * 5
    waits = [later - ms for (ms, _), (later, _) in pairwise(tries[:5])]
    for wait, least in zip(waits, (100, 300, 900, 2_700), strict=True):
        assert least <= wait <= 1.1 * least
    last = rows(world.recorder.branch_enis)[-1]
    assert (last["assigned"], last["unassigned"]) == (9, 1)
    assert len(enis(world, BRANCH)) == 10
