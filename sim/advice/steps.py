"""The safe order of the parts of a change, each with its commands and the reason for its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sim.ipamd.settings import IPS_PER_PREFIX

from . import forms
from .change import ROLE_TAG, Change
from .environment import as_text, explicit
from .nodes import bootstrap, by_max_pods, ec2_node_classes, node_config, node_pool_requirement

FORMS = ("kubectl", "helm", "eks-addon", "terraform")
"""What settings are applied with."""

HELD_BACK = ("kubectl", "helm")
"""With these a rollout can be held back: the add-on's schema has no updateStrategy."""

ROLLOUT = "kubectl rollout status daemonset aws-node -n kube-system"
GET = "kubectl get daemonset aws-node -n kube-system"
LIST = "kubectl get nodes -o name > old-nodes.txt"
CORDON = "xargs -n1 kubectl cordon < old-nodes.txt"
DRAIN = "xargs -n1 kubectl drain --ignore-daemonsets --delete-emptydir-data < old-nodes.txt"
PREFIXES_HELD = (
    "aws ec2 describe-network-interfaces \\\n"
    "  --filters Name=attachment.instance-id,Values=INSTANCE_ID \\\n"
    "  --query 'NetworkInterfaces[].Ipv4Prefixes'"
)


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
    that let it hold less come after the nodes with more slots are closed to new pods. A change of
    mode has steps of its own.
    """
    if change.changes_mode:
        return mode_steps(change, form)
    found = [*_reserve(change), *_tag(change), *_room(change)]
    overflows = any(one.overflows for one in change.groups)
    if change.needs_new_nodes and overflows:
        found += [_launch_template(change), _close(change), _set(change, form), _new()]
    elif change.needs_new_nodes:
        found += [_set(change, form), _launch_template(change), _close(change), _new()]
    else:
        found.append(_set(change, form))
    return [*found, _check(change, form)]


def mode_steps(change: Change, form: str) -> list[Step]:
    """The same from secondary IPs to prefixes or back: new nodes beside the old ones.

    As the user guide of EKS has it (new node groups, a CIDR reservation, cordon and drain), and so
    that no node that takes pods changes over: the rollout is held back where the form can do that,
    and else the old nodes are closed before it.
    """
    room = _blocks if change.after.ENABLE_PREFIX_DELEGATION else _room
    found = [_try(change), *_reserve(change), *_tag(change), *room(change)]
    new = [_launch_template(change), _launch(change)]
    if form in HELD_BACK:
        found += [_hold(form), _set_held(change, form), *new, _move(), _remove(change)]
        return [*found, _release(form), _check(change, form)]
    found += [_close(change), _set(change, form), *new, _move(closed=True), _remove(change)]
    return [*found, _check(change, form)]


def _try(change: Change) -> Step:
    old, new = change.before.model_dump(), change.after.model_dump()
    wanted = ", ".join(f"{k}: {as_text(v)}" for k, v in new.items() if v != old[k])
    mode = as_text(change.before.ENABLE_PREFIX_DELEGATION)
    lines = (
        f"ipamd-sim run SCENARIO.yaml --set ipamd.ENABLE_PREFIX_DELEGATION={mode} \\\n"
        f"  --set 'change=[{{at: 20m, ipamd: {{{wanted}}}}}]'\n"
        "ipamd-sim new moving-to-prefixes -o moving-to-prefixes.yaml\n"
        "ipamd-sim run moving-to-prefixes.yaml"
    )
    return Step(
        "Try it in a run, not on the cluster",
        "Do not switch running nodes in place: a daemon that starts in the other mode counts none "
        "of the addresses it held, and to prefixes it needs a whole free /28 at once. A fragmented "
        "subnet has none, and nodes may be left without a daemon, or with one that serves no new "
        "pod, while pods keep coming (docs/change.md). The first command shows that on your "
        "scenario; the preset scenarios/learn/moving-to-prefixes.yaml has old and new nodes side "
        "by side, as the steps here do.",
        (Block("", "sh", lines),),
    )


def _blocks(change: Change) -> Iterator[Step]:
    """Whole /28s for the new nodes; of what a node holds, ENIs' own addresses are less than 16."""
    groups = [one for one in change.groups if one.nodes and one.holds_prefixes]
    total = sum(one.nodes * (one.held // IPS_PER_PREFIX) for one in groups)
    lines = "aws ec2 get-subnet-cidr-reservations --subnet-id SUBNET_ID"
    if not any(one.type == "prefix" for one in change.reservations):
        lines += (
            "\naws ec2 create-subnet-cidr-reservation --subnet-id SUBNET_ID \\\n"
            "  --cidr CIDR --reservation-type prefix"
        )
    yield Step(
        "See that the subnets have whole free /28s",
        f"As many new nodes hold {total:,} of them in all before any pod comes, beside what the "
        "old nodes hold until they are gone. AvailableIpAddressCount says nothing of them: it "
        "counts addresses, and where those in use lie scattered no /28 is whole. What is sure is a "
        "reservation of the type prefix over a range that is free or that old nodes leave, or new "
        "subnets. `ipamd-sim fragments` of a saved run with record_addresses shows which /28s are "
        "whole.",
        (Block("", "sh", lines),),
    )


def _hold(form: str) -> Step:
    command = (
        forms.helm_strategy("OnDelete")
        if form == "helm"
        else forms.kubectl_strategy({"type": "OnDelete", "rollingUpdate": None})
    )
    strategy = "-o jsonpath='{.spec.updateStrategy.type}{\"\\n\"}'"
    return Step(
        "List the nodes that run now, and hold the rollout back",
        "With OnDelete a new environment restarts nothing: these nodes keep their mode, and only "
        "nodes that join later start in the new one. The last command must say OnDelete before "
        "you go on.",
        (Block("", "sh", f"{LIST}\n{command}\n{GET} {strategy}"),),
    )


def _set_held(change: Change, form: str) -> Step:
    why = (
        f"{_together(change, held=True)} No pod of aws-node restarts; one that is deleted or "
        "evicted on an old node would come back in the new mode."
    )
    return Step("Set the variables", why, _form(change, form))


def _launch(change: Change) -> Step:
    pods = "kubectl get pods -A -o wide --field-selector spec.nodeName=NEW_NODE"
    lines = f"{pods}\n{PREFIXES_HELD}" if change.after.ENABLE_PREFIX_DELEGATION else pods
    return Step(
        "Launch new nodes",
        "As new node groups, or new NodePools of Karpenter. One at first: go on when its aws-node "
        "is ready and a pod on it got an address.",
        (Block("", "sh", lines),),
    )


def _move(*, closed: bool = False) -> Step:
    why = "The old nodes' pods start anew on the new nodes, as far as PodDisruptionBudgets allow."
    if not closed:
        why = f"All old nodes are closed first, so that none takes the pods of another. {why}"
    lines = DRAIN if closed else f"{CORDON}\n{DRAIN}"
    return Step(
        "Move the pods" if closed else "Cordon and drain the old nodes",
        why,
        (Block("", "sh", lines),),
    )


def _remove(change: Change) -> Step:
    cluster = change.cluster or forms.CLUSTER
    lines = (
        f"aws eks delete-nodegroup --cluster-name {cluster} --nodegroup-name OLD_NODE_GROUP\n"
        "xargs -n1 kubectl delete --ignore-not-found < old-nodes.txt # those of Karpenter"
    )
    return Step(
        "Remove the old nodes",
        "Only that gives all addresses back that they hold.",
        (Block("", "sh", lines),),
    )


def _release(form: str) -> Step:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}}
    command = (
        forms.helm_strategy("RollingUpdate") if form == "helm" else forms.kubectl_strategy(rolling)
    )
    return Step(
        "Let rollouts run again",
        "All nodes have the new environment by now: this restarts nothing.",
        (Block("", "sh", f"{command}\n{ROLLOUT}"),),
    )


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
    why = (
        f"{_together(change)} The new environment restarts aws-node on each node, at most 10 % of "
        "them at a time (maxUnavailable of the shipped manifest). Running pods keep their "
        "addresses; pods that start on a node meanwhile wait for its aws-node."
    )
    return Step("Set the variables", why, (*_form(change, form), Block("", "sh", ROLLOUT)))


def _together(change: Change, *, held: bool = False) -> str:
    said = "All in one go: one rollout, and no node ever has half of it."
    if held:
        said = "All in one go: no node ever has half of it."
    if change.after.WARM_IP_TARGET and change.after.MINIMUM_IP_TARGET:
        said += " MINIMUM_IP_TARGET by itself would be a ceiling."
    return said


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
        classes = ec2_node_classes(pods, [one.name for one in groups])
        yield Block(f"{names}: Karpenter, the EC2NodeClass of each", "yaml", classes)
    if change.after.ENABLE_PREFIX_DELEGATION:
        title = "Karpenter NodePool: only types that hold prefixes"
        yield Block(title, "yaml", node_pool_requirement())


def _close(change: Change) -> Step:
    why = "No new pod comes to nodes that will be replaced."
    if change.changes_mode:
        why += (
            " The add-on's update cannot be held back and restarts aws-node on these nodes too: "
            "closed before it, they need no address any more. Pods that run keep theirs; pods that "
            "start wait for the new nodes."
        )
    elif any(one.overflows for one in change.groups):
        why += (
            " Here this has to come first: with the new settings they would have slots for more "
            "pods than they can hold addresses, and such pods never start."
        )
    return Step("Cordon the nodes that run now", why, (Block("", "sh", f"{LIST}\n{CORDON}"),))


def _new() -> Step:
    why = "Scale up new node groups (or let Karpenter launch them), then drain the old ones."
    return Step("Replace the nodes", why, (Block("", "sh", DRAIN),))


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
        yield PREFIXES_HELD
    subnets = dict.fromkeys(one.subnet for one in change.reservations)
    yield from (
        f"aws ec2 get-subnet-cidr-reservations --subnet-id SUBNET_ID_OF_{_id(name)}"
        for name in subnets
    )
