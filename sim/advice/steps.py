"""The safe order of the parts of a change, each with its commands and the reason for its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import forms
from .change import ROLE_TAG, Change
from .environment import explicit
from .nodes import bootstrap, by_max_pods, ec2_node_class, node_config, node_pool_requirement

FORMS = ("kubectl", "helm", "eks-addon", "terraform")
"""What settings are applied with."""

ROLLOUT = "kubectl rollout status daemonset aws-node -n kube-system"


class Block(NamedTuple):
    """Text to paste: into a shell (language sh), a file, or another's configuration."""

    title: str
    language: str
    text: str


class Step(NamedTuple):
    """One step.

    Attributes:
        title: what to do.
        why: what it does, and why here.
        blocks: what to paste.
    """

    title: str
    why: str
    blocks: tuple[Block, ...] = ()


def steps(change: Change, form: str) -> list[Step]:
    """What to do, in this order.

    Variables that let a node hold more come before the nodes that have slots for more pods; those
    that let it hold less come after the nodes with more slots are closed to new pods.
    """
    found = [*_reserve(change), *_tag(change), *_room(change)]
    overflows = any(one.overflows for one in change.groups)
    if change.needs_new_nodes and overflows:
        found += [_launch_template(change), _close(change), _set(change, form), _new(change)]
    elif change.needs_new_nodes:
        found += [_set(change, form), _launch_template(change), _close(change), _new(change)]
    else:
        found.append(_set(change, form))
    return [*found, _check(change, form)]


def _reserve(change: Change) -> Iterator[Step]:
    if not change.reservations:
        return
    lines = [
        f"aws ec2 create-subnet-cidr-reservation --subnet-id SUBNET_ID_OF_{_id(one.subnet)} \\\n"
        f"  --cidr {one.cidr} --reservation-type {one.type}"
        for one in change.reservations
    ]
    yield Step(
        "Reserve the ranges",
        "A reservation moves nothing: addresses in use stay, and only once they are released are "
        "they no longer handed out one by one. So reserve before nodes ask for /28s. The command "
        "is create-subnet-cidr-reservation; create-subnet-address-reservation, which some "
        "tutorials give, does not exist.",
        (Block("", "sh", "\n".join(lines)),),
    )


def _id(name: str) -> str:
    return "".join(one if one.isalnum() else "_" for one in name).upper()


def _tag(change: Change) -> Iterator[Step]:
    wanted = {name: tag for name, tag in (change.tagged or {}).items() if tag == "1"}
    if not wanted or not change.after.ENABLE_SUBNET_DISCOVERY:
        return
    ids = " ".join(f"SUBNET_ID_OF_{_id(name)}" for name in wanted)
    line = f"aws ec2 create-tags --resources {ids} --tags Key={ROLE_TAG},Value=1"
    yield Step(
        "Tag the subnets that ENIs may also lie in",
        "With subnet discovery the daemon looks for the tag each time it makes an ENI.",
        (Block("", "sh", forms.continued(line)),),
    )


def _room(change: Change) -> Iterator[Step]:
    more = [one for one in change.groups if one.held > one.held_before and one.nodes]
    if not more:
        return
    total = sum(one.nodes * (one.held - one.held_before) for one in more)
    each = ", ".join(f"{one.name} {one.held_before} to {one.held} a node" for one in more)
    line = (
        "aws ec2 describe-subnets --subnet-ids SUBNET_IDS "
        "--query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output text"
    )
    yield Step(
        "See that the subnets have room",
        f"Nodes without pods will hold more addresses ({each}): {total:,} more in all.",
        (Block("", "sh", forms.continued(line)),),
    )


def _set(change: Change, form: str) -> Step:
    together = "All in one go: one rollout, and no node ever has half of it."
    if change.after.WARM_IP_TARGET and change.after.MINIMUM_IP_TARGET:
        together += " MINIMUM_IP_TARGET by itself would be a ceiling."
    why = (
        f"{together} The new environment restarts aws-node on each node, at most 10 % of them at a "
        "time (maxUnavailable of the shipped manifest). Running pods keep their addresses; pods "
        "that start on a node meanwhile wait for its aws-node."
    )
    return Step("Set the variables", why, (*_form(change, form), Block("", "sh", ROLLOUT)))


def _form(change: Change, form: str) -> tuple[Block, ...]:
    variables, cluster = change.variables, change.cluster or forms.CLUSTER
    if form == "kubectl":
        return (Block("", "sh", forms.continued(forms.kubectl(variables))),)
    if form == "helm":
        values = Block(forms.VALUES_FILE, "yaml", forms.helm_values(variables))
        return (values, Block("", "sh", forms.helm_upgrade()))
    if form == "eks-addon":
        return (Block("", "sh", forms.update_addon(variables, cluster)),)
    return (
        Block("vpc-cni.tf", "hcl", forms.terraform(variables, cluster)),
        Block("", "sh", "terraform plan\nterraform apply"),
    )


def to_paste(change: Change, form: str) -> Block:
    """What the form itself is: a command, values, or a block."""
    if form == "eks-addon":
        values = forms.configuration_values(change.variables)
        return Block("configurationValues", "json", values)
    return _form(change, form)[0]


def _launch_template(change: Change) -> Step:
    return Step(
        "Give new nodes their max pods",
        "The kubelet reads max pods when it starts: this changes nothing for nodes that run. Use "
        "the form that your nodes boot with. A managed node group without an AMI of its own "
        "reckons max pods itself, and holds it to 110, or 250 over 30 vCPUs.",
        tuple(_max_pods_blocks(change)),
    )


def _max_pods_blocks(change: Change) -> Iterator[Block]:
    cluster = change.cluster or forms.CLUSTER
    for pods, groups in by_max_pods(change.groups).items():
        names = ", ".join(f"{one.name} ({one.type})" for one in groups)
        yield Block(f"{names}: nodeadm, Amazon Linux 2023", "yaml", node_config(pods))
        yield Block(f"{names}: bootstrap.sh, Amazon Linux 2", "sh", bootstrap(pods, cluster))
        yield Block(f"{names}: Karpenter", "yaml", ec2_node_class(pods, groups[0].name))
    if change.after.ENABLE_PREFIX_DELEGATION:
        title = "Karpenter NodePool: only types that hold prefixes"
        yield Block(title, "yaml", node_pool_requirement())


def _close(change: Change) -> Step:
    why = "No new pod comes to nodes that will be replaced."
    if any(one.overflows for one in change.groups):
        why += (
            " Here this has to come first: with the new settings they would have slots for more "
            "pods than they can hold addresses, and such pods never start."
        )
    lines = (
        "kubectl get nodes -o name > old-nodes.txt\n"
        "xargs -n1 kubectl cordon < old-nodes.txt"
    )  # fmt: skip
    return Step("Cordon the nodes that run now", why, (Block("", "sh", lines),))


def _new(change: Change) -> Step:
    why = "Scale up new node groups (or let Karpenter launch them), then drain the old ones."
    if change.changes_mode:
        why += (
            " A change of mode on running nodes works, but they keep what they hold of the other "
            "mode and report uneven capacity; AWS advises new node groups."
        )
    line = "xargs -n1 kubectl drain --ignore-daemonsets --delete-emptydir-data < old-nodes.txt"
    return Step("Replace the nodes", why, (Block("", "sh", line),))


def _check(change: Change, form: str) -> Step:
    set_here = [name for name, value in change.variables.items() if value is not None]
    unset = [name for name, value in change.variables.items() if value is None]
    why = f"Each variable with its new value: {_values(change, form)}."
    if unset and form == "kubectl":
        why += f" {' and '.join(unset)} must not be there."
    names = "|".join([*set_here, *unset])
    describe = f"kubectl describe daemonset aws-node -n kube-system | grep -E '{names}'"
    lines = "\n".join([describe, *_more_checks(change, form)])
    return Step("Check", why, (Block("", "sh", lines),))


def _values(change: Change, form: str) -> str:
    given = change.variables if form == "kubectl" else explicit(change.variables)
    return ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)


def _more_checks(change: Change, form: str) -> Iterator[str]:
    cluster = change.cluster or forms.CLUSTER
    if form in ("eks-addon", "terraform"):
        yield (
            f"aws eks describe-addon --cluster-name {cluster} --addon-name vpc-cni \\\n"
            "  --query 'addon.[status,configurationValues,health.issues]'"
        )
    if change.needs_new_nodes:
        columns = "NAME:.metadata.name,PODS:.status.allocatable.pods"
        yield f"kubectl get nodes -o custom-columns={columns}"
    if change.after.ENABLE_PREFIX_DELEGATION:
        yield (
            "aws ec2 describe-network-interfaces \\\n"
            "  --filters Name=attachment.instance-id,Values=INSTANCE_ID \\\n"
            "  --query 'NetworkInterfaces[].Ipv4Prefixes'"
        )
    subnets = dict.fromkeys(one.subnet for one in change.reservations)
    yield from (
        f"aws ec2 get-subnet-cidr-reservations --subnet-id SUBNET_ID_OF_{_id(name)}"
        for name in subnets
    )
