"""The variables of the aws-node container that a choice of settings takes.

One DaemonSet has one environment: all node groups get the same. What a choice has no use for must
not be left over from before, so it is named too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.scenario.ipamd import Ipamd

WARM_POOL = (
    "ENABLE_PREFIX_DELEGATION",
    "WARM_ENI_TARGET",
    "WARM_PREFIX_TARGET",
    "WARM_IP_TARGET",
    "MINIMUM_IP_TARGET",
)
"""What a recommendation chooses among."""

NOT_IN_MANIFEST = frozenset(
    {
        "WARM_IP_TARGET",
        "MINIMUM_IP_TARGET",
        "MAX_ENI",
        "IP_COOLDOWN_PERIOD",
        "AWS_MANAGE_ENIS_NON_SCHEDULABLE",
        "DISABLE_LEAKED_ENI_CLEANUP",
    }
)
"""Variables that the shipped manifest (aws-k8s-cni.yaml of v1.23.1) does not set."""

Environment = dict[str, str | None]
"""Variables as texts; None: must not be set."""


def environment(after: Ipamd, before: Ipamd | None = None) -> Environment:
    """The variables that settings need, and those that must not be set.

    Args:
        after: the settings that are to hold.
        before: those that hold now; the shipped manifest's if not given.
    """
    values, default = after.model_dump(), Ipamd().model_dump()
    now = default if before is None else before.model_dump()
    others = [
        name
        for name, value in values.items()
        if name not in WARM_POOL and (value != default[name] or value != now[name])
    ]
    return {name: _text(name, values[name]) for name in [*_heeded(after), *others]}


def _heeded(after: Ipamd) -> Iterator[str]:
    """What the daemon heeds of its warm targets, and what would come before them.

    WARM_PREFIX_TARGET keeps ENIs in prefix mode even under IP targets
    (isRequiredForWarmPrefixTarget).
    """
    prefixes = after.ENABLE_PREFIX_DELEGATION
    yield "ENABLE_PREFIX_DELEGATION"
    if not (prefixes or after.WARM_IP_TARGET or after.MINIMUM_IP_TARGET):
        yield "WARM_ENI_TARGET"
    if prefixes:
        yield "WARM_PREFIX_TARGET"
    yield from ("WARM_IP_TARGET", "MINIMUM_IP_TARGET")


def _text(name: str, value: Any) -> str | None:
    is_default = value == Ipamd.model_fields[name].get_default()
    return None if is_default and name in NOT_IN_MANIFEST else as_text(value)


def as_text(value: Any) -> str:
    """A value as Kubernetes wants it in an environment: a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def explicit(variables: Environment) -> dict[str, str]:
    """The same for a form that cannot unset: the value that says as much as none.

    0 is "not set" for the IP targets and MAX_ENI (getWarmIPTarget, getMinimumIPTarget, getMaxENI).
    """
    fields = Ipamd.model_fields
    return {
        name: as_text(fields[name].get_default()) if value is None else value
        for name, value in variables.items()
    }


def differences(before: Ipamd, after: Ipamd) -> dict[str, tuple[str, str]]:
    """(text before, text after) of each variable that differs."""
    old, new = before.model_dump(), after.model_dump()
    return {
        name: (_text(name, old[name]) or "not set", _text(name, new[name]) or "not set")
        for name in old
        if old[name] != new[name]
    }
