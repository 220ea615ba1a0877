"""EC2 calls as the ``aws ec2`` commands they amount to.

Ids stand for the real ones: ``eni-7`` is the same interface wherever it is named, ``i-NODE`` the
node's instance. What is not recorded stands in capitals: ``ADDRESS``, ``SUBNET``, ``TAGS``.
Source of the options: AWS CLI command reference, ec2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.ipamd.settings import Settings

from .calls import ASSIGN, ATTACH, CREATE, DELETE, DESCRIBE, DETACH, MODIFY, UNASSIGN, Call
from .daemon import Daemon
from .story import seconds

LINE = 66
"""Characters of a line of a command, if it can be parted so."""

TAG = "Key=node.k8s.amazonaws.com/instance_id,Value="


def commands(daemon: Daemon, calls: Sequence[Call]) -> list[str]:
    """A command for each call, and before it when it was made and what came of it, as a comment."""
    lines = []
    for call in calls:
        lines.append(f"# {seconds(call.begin_ms)}: {call.outcome()}")
        lines.extend(_wrapped(f"aws ec2 {command(daemon, call)}"))
    return lines


def _wrapped(text: str) -> list[str]:
    """A command on lines that a shell puts together again, parted before options."""
    lines = [""]
    for part in text.split(" --"):
        option = f"--{part}" if lines[0] else part
        if lines[0] and len(lines[-1]) + len(option) + 3 > LINE:
            lines[-1] += " \\"
            lines.append(f"    {option}")
        else:
            lines[-1] = (
                f"{lines[-1]} {option}".lstrip() if len(lines) == 1 else f"{lines[-1]} {option}"
            )
    return lines


def command(daemon: Daemon, call: Call) -> str:
    """One call, without ``aws ec2``."""
    make = _COMMANDS.get(call.action)
    return make(daemon, call) if make else f"{_kebab(call.action)}"


def _count(call: Call, settings: Settings) -> str:
    if settings.prefix_delegation:
        return f"--ipv4-prefix-count {call.asked}"
    return f"--secondary-private-ip-address-count {call.asked}"


def _eni(call: Call) -> str:
    return f"eni-{call.eni}" if call.eni >= 0 else "eni-NEW"


def _instance(daemon: Daemon) -> str:
    return f"i-{daemon.name}"


def _assign(daemon: Daemon, call: Call) -> str:
    count = _count(call, daemon.settings)
    return f"assign-private-ip-addresses --network-interface-id {_eni(call)} {count}"


def _unassign(daemon: Daemon, call: Call) -> str:
    option, what = "--private-ip-addresses", "ADDRESS"
    if daemon.settings.prefix_delegation:
        option, what = "--ipv4-prefixes", "PREFIX/28"
    given = (
        " ".join([what] * call.asked) if call.asked <= 3 else f"{what} ... ({call.asked} of them)"
    )
    return f"unassign-private-ip-addresses --network-interface-id {_eni(call)} {option} {given}"


def _create(daemon: Daemon, call: Call) -> str:
    count = _count(call, daemon.settings)
    return (
        f"create-network-interface --subnet-id SUBNET --description aws-K8S-{_instance(daemon)} "
        f"{count} --tag-specifications TAGS"
    )


def _attach(daemon: Daemon, call: Call) -> str:
    return (
        f"attach-network-interface --network-interface-id {_eni(call)} --instance-id "
        f"{_instance(daemon)} --device-index N"
    )


def _modify(daemon: Daemon, call: Call) -> str:
    """Security groups at the start of aws-node, deletion on termination of a new ENI."""
    of = f"modify-network-interface-attribute --network-interface-id {_eni(call)}"
    made = any(
        one.action == ATTACH and one.eni == call.eni and one.end_ms <= call.begin_ms
        for one in daemon.calls
    )
    if made:
        return f"{of} --attachment AttachmentId={_attachment(call)},DeleteOnTermination=true"
    return f"{of} --groups SECURITY-GROUPS"


def _attachment(call: Call) -> str:
    return f"eni-attach-{call.eni}"


def _describe(_daemon: Daemon, call: Call) -> str:
    if call.is_look:
        tag = "Name=tag-key,Values=node.k8s.amazonaws.com/instance_id"
        return f"describe-network-interfaces --filters {tag} Name=status,Values=available"
    ids = _eni(call) if call.eni >= 0 else f"eni-... ({call.asked} of them)"
    return f"describe-network-interfaces --network-interface-ids {ids}"


def _subnets(daemon: Daemon, _call: Call) -> str:
    zone = daemon.result.scenario.model.cluster.subnets[daemon.subnet].zone
    zones = f"Name=availability-zone,Values={zone}"
    return f"describe-subnets --filters Name=vpc-id,Values=VPC {zones}"


def _detach(_daemon: Daemon, call: Call) -> str:
    return f"detach-network-interface --attachment-id {_attachment(call)}"


def _delete(_daemon: Daemon, call: Call) -> str:
    return f"delete-network-interface --network-interface-id {_eni(call)}"


def _tag(daemon: Daemon, call: Call) -> str:
    return f"create-tags --resources {_eni(call)} --tags {TAG}{_instance(daemon)}"


def _instances(daemon: Daemon, _call: Call) -> str:
    return f"describe-instances --instance-ids {_instance(daemon)}"


def _kebab(action: str) -> str:
    """``DescribeVpcs`` as the AWS CLI spells it: ``describe-vpcs``."""
    return "".join(f"-{one.lower()}" if one.isupper() else one for one in action).lstrip("-")


_COMMANDS: dict[str, Callable[[Daemon, Call], str]] = {
    ASSIGN: _assign,
    UNASSIGN: _unassign,
    CREATE: _create,
    ATTACH: _attach,
    MODIFY: _modify,
    DESCRIBE: _describe,
    "DescribeSubnets": _subnets,
    "DescribeInstances": _instances,
    DETACH: _detach,
    DELETE: _delete,
    "CreateTags": _tag,
}
