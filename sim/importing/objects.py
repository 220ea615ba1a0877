"""Kubernetes objects as kubectl prints them, taken into a snapshot one by one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from ipaddress import AddressValueError, IPv4Address
from sys import intern

from .requests import asked_by
from .selection import selection_of, taints_of
from .snapshot import CronJob, DaemonSet, EniConfig, Node, Owner, Pod, Snapshot, Variable
from .values import Value

MOST_RUN_TIMES = 50
"""Of one controller's ended pods, how many tell how long its pods run."""

_INSTANCE = re.compile(r"aws:///[^/]*/(i-[0-9a-f]+)")
_FARGATE = "eks.amazonaws.com/fargate-profile"
_BRANCH_ENI = "vpc.amazonaws.com/pod-eni"


def take(kind: str, one: Value, into: Snapshot) -> None:
    """Takes an object; one of a kind that nothing is made of is counted.

    Raises:
        InputError: something in it is not as Kubernetes has it.
    """
    if kind in _TAKERS:
        _TAKERS[kind](one, into)
    else:
        into.not_needed[kind] += 1


def label_of(kind: str, one: Value) -> str:
    """What an object is called in messages, such as ``Pod shop/cart-1``."""
    metadata = one.data.get("metadata") if isinstance(one.data, dict) else None
    names = metadata if isinstance(metadata, dict) else {}
    words = [str(names[key]) for key in ("namespace", "name") if names.get(key)]
    return f"{kind} {'/'.join(words)}" if words else kind


def _owner(kind: str, one: Value) -> Owner:
    metadata = one.at("metadata")
    return Owner(metadata.at("namespace").text(), kind, metadata.at("name").needed())


def _controller(one: Value) -> Owner | None:
    """The controller that an object belongs to, if any."""
    metadata = one.at("metadata")
    for reference in metadata.at("ownerReferences").items():
        if reference.at("controller").yes():
            kind, name = reference.at("kind").needed(), reference.at("name").needed()
            return Owner(metadata.at("namespace").text(), kind, name)
    return None


# ------------------------------------------------------------------- nodes, pods


def _node(one: Value, into: Snapshot) -> None:
    spec, status, metadata = one.at("spec"), one.at("status"), one.at("metadata")
    instance = _INSTANCE.match(spec.at("providerID").text())
    name, labels = metadata.at("name").needed(), metadata.at("labels").pairs()
    into.nodes[name] = Node(
        name=name,
        address=_internal_address(status),
        instance=instance[1] if instance else "",
        labels=labels,
        taints=taints_of(spec),
        cpu=_both(status, "cpu", 1000),
        memory=_both(status, "memory", 1),
        pods=status.at("allocatable", "pods").quantity(1),
        system=labels.get("kubernetes.io/os", status.at("nodeInfo", "operatingSystem").text()),
        cordoned=spec.at("unschedulable").yes(),
        file=one.file,
        place=one.place,
    )


def _both(status: Value, resource: str, unit: int) -> tuple[int, int]:
    """All of a machine's, and what is for pods."""
    whole, rest = (status.at(key, resource) for key in ("capacity", "allocatable"))
    return whole.quantity(unit), rest.quantity(unit)


def _internal_address(status: Value) -> str:
    for one in status.at("addresses").items():
        if one.at("type").text() == "InternalIP" and _is_ipv4(one.at("address").text()):
            return one.at("address").text()
    return ""


def _is_ipv4(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def _pod(one: Value, into: Snapshot) -> None:
    metadata, spec, status = one.at("metadata"), one.at("spec"), one.at("status")
    own = _owner("Pod", one)
    owner, labels = _controller(one) or own, metadata.at("labels").pairs()
    if status.at("phase").text() in ("Succeeded", "Failed"):
        into.ended += 1
        _count_run_time(owner, status, into)
        return
    if metadata.at("deletionTimestamp").text():
        into.going += 1
        return
    pod = Pod(
        owner=into.one_of(owner),
        template=intern(labels.get("pod-template-hash", "")),
        asked=asked_by(spec),
        selection=into.number_of(selection_of(spec).without_names),
        node=intern(spec.at("nodeName").text()),
        host_network=spec.at("hostNetwork").yes(),
        fargate=_FARGATE in labels,
        security_groups=_asks_for_branch_eni(spec),
        spread=_has_rules_on_others(spec),
    )
    into.pods[pod] += 1


def _has_rules_on_others(spec: Value) -> bool:
    affinity = spec.at("affinity")
    parts = (affinity.at("podAffinity"), affinity.at("podAntiAffinity"))
    return any(part.is_there for part in (*parts, spec.at("topologySpreadConstraints")))


def _asks_for_branch_eni(spec: Value) -> bool:
    containers = spec.at("containers").items()
    return any(one.at("resources", "limits", _BRANCH_ENI).is_there for one in containers)


def _count_run_time(owner: Owner, status: Value, into: Snapshot) -> None:
    """Notes how long the containers of a pod that succeeded ran."""
    times = into.run_times_s.setdefault(owner, [])
    if (
        owner.kind != "Job"
        or status.at("phase").text() != "Succeeded"
        or len(times) >= MOST_RUN_TIMES
    ):
        return
    ended = [one.at("state", "terminated") for one in status.at("containerStatuses").items()]
    begun, finished = (
        [_moment(one.at(key)) for one in ended if one.at(key).is_there]
        for key in ("startedAt", "finishedAt")
    )
    if begun and finished:
        times.append(max(round((max(finished) - min(begun)).total_seconds()), 1))


def _moment(value: Value) -> datetime:
    try:
        return datetime.fromisoformat(value.needed())
    except ValueError:
        message = f"{value.data!r} is no time such as 2026-03-02T09:30:00Z"
        raise value.error(message) from None


# ------------------------------------------------------------------- controllers


def _owned(kind: str) -> Callable[[Value, Snapshot], None]:
    """Takes what an object of a kind belongs to."""

    def of(one: Value, into: Snapshot) -> None:
        above = _controller(one)
        if above is not None:
            into.owners[_owner(kind, one)] = above

    return of


def _daemon_set(one: Value, into: Snapshot) -> None:
    owner, spec = _owner("DaemonSet", one), one.at("spec", "template", "spec")
    agents = (box for box in spec.at("containers").items() if box.at("name").text() == "aws-node")
    agent = next(agents, None)
    into.daemon_sets[owner] = DaemonSet(
        owner=owner,
        asked=asked_by(spec),
        selection=selection_of(spec),
        host_network=spec.at("hostNetwork").yes(),
        settings=None if agent is None else tuple(_variables(agent)),
        image="" if agent is None else agent.at("image").text(),
        place=f"{one.file}: {one.place}",
    )


def _variables(container: Value) -> list[Variable]:
    """The environment of a container; a later variable of a name replaces an earlier one."""
    found = {}
    for source in container.at("envFrom").items():
        for kind in ("configMapRef", "secretRef"):
            if name := source.at(kind, "name").text():
                found[f"envFrom {name}"] = Variable(f"envFrom {name}", "", f"{kind}/{name}")
    for one in container.at("env").items():
        name = one.at("name").needed()
        found[name] = Variable(name, one.at("value").text(), _source(one.at("valueFrom")))
    return list(found.values())


def _source(value_from: Value) -> str:
    """Where a variable's value comes from: ``configMapKeyRef/NAME/KEY`` and the like."""
    for kind in value_from.names():
        reference = value_from.at(kind)
        words = [reference.at(key).text() for key in ("name", "key", "fieldPath", "resource")]
        return "/".join([kind, *filter(None, words)])
    return ""


def _cron_job(one: Value, into: Snapshot) -> None:
    owner, spec = _owner("CronJob", one), one.at("spec")
    job = spec.at("jobTemplate", "spec")
    of_pod = job.at("template", "spec")
    deadline = job.at("activeDeadlineSeconds")
    into.cron_jobs[owner] = CronJob(
        owner=owner,
        schedule=spec.at("schedule").needed(),
        policy=spec.at("concurrencyPolicy").text() or "Allow",
        time_zone=spec.at("timeZone").text(),
        suspended=spec.at("suspend").yes(),
        completions=job.at("completions").whole() or job.at("parallelism").whole() or 1,
        parallelism=job.at("parallelism").whole() or 1,
        deadline_s=deadline.whole() if deadline.is_there else None,
        asked=asked_by(of_pod),
        selection=into.number_of(selection_of(of_pod)),
    )


def _eni_config(one: Value, into: Snapshot) -> None:
    name = one.at("metadata", "name").needed()
    into.eni_configs[name] = EniConfig(name, one.at("spec", "subnet").needed())


def _config_map(one: Value, into: Snapshot) -> None:
    owner = _owner("ConfigMap", one)
    if owner.namespace == "kube-system":
        into.config_maps[owner.namespace, owner.name] = one.at("data").pairs()


_TAKERS: dict[str, Callable[[Value, Snapshot], None]] = {
    "Node": _node,
    "Pod": _pod,
    "DaemonSet": _daemon_set,
    "ReplicaSet": _owned("ReplicaSet"),
    "Job": _owned("Job"),
    "CronJob": _cron_job,
    "ENIConfig": _eni_config,
    "ConfigMap": _config_map,
}
