"""What else to know before lines are pasted: of the form, of node groups, of single variables."""

from __future__ import annotations

from collections.abc import Iterator

from sim.kube.max_pods import HOST_NETWORK_PODS

from .change import Change
from .environment import as_text

SINCE = {"ENABLE_SUBNET_DISCOVERY": "1.18"}
"""Variables that the add-on's schema of v1.15.1 did not know, with the version that brought them;
its `env` refuses what it does not know."""

_LEFT_OUT = "Variables that the command does not name stay as they are."

_OF_FORM = {
    "kubectl": (
        "A DaemonSet that Helm or the EKS add-on manages gets its old values back with their next "
        "update (the add-on's OVERWRITE) or keeps yours unseen (PRESERVE): make the change there.",
    ),
    "helm": (
        "Put the chart's version that `helm list -n kube-system` shows for CHART_VERSION. With "
        "--reuse-values a newer chart would be rendered with the old one's defaults, the image tag "
        "among them; to upgrade as well use --reset-then-reuse-values (Helm 3.14 and later).",
        "What must not be set is written as the value that says the same: `null` together with "
        "--reuse-values does not take effect in the first upgrade (helm/helm #30765).",
        "An aws-node that EKS installed has to be adopted by the release first (README of the "
        "chart, originalMatchLabels).",
    ),
    "eks-addon": (
        "configurationValues are replaced as a whole. Get yours with `aws eks describe-addon "
        "--query addon.configurationValues` and merge this into them.",
        "OVERWRITE takes back what was changed by kubectl in fields that the add-on sets. PRESERVE "
        "would leave such changes in force, and this one without effect.",
        "Variables that were set by `kubectl set env` alone stay; unset them by kubectl.",
        "Your version's schema: `aws eks describe-addon-configuration --addon-name vpc-cni "
        "--addon-version VERSION`.",
    ),
    "terraform": (
        "configuration_values are replaced as a whole: merge `env` into the block that you have.",
        "Without resolve_conflicts_on_update, OVERWRITE, an aws-node that was changed by kubectl "
        "makes the update fail (NONE), or keeps its values (PRESERVE).",
    ),
}


def notes(change: Change, form: str) -> Iterator[str]:
    """What to know before the lines are pasted."""
    yield from _unset(change, form)
    yield from apart(change)
    yield from _single(change, form)
    yield from of_types(change)
    yield from _too_many_slots(change)
    yield from _OF_FORM[form]
    if form in ("kubectl", "helm"):
        yield _LEFT_OUT


def _unset(change: Change, form: str) -> Iterator[str]:
    unset = [name for name, value in change.variables.items() if value is None]
    if not unset:
        return
    if form == "kubectl":
        yield f"Must be unset: {', '.join(unset)}. A trailing - does it, and harms nothing else."
    else:
        yield (
            f"Must be unset: {', '.join(unset)}. Its default is written instead: to the daemon 0 "
            "says the same (getWarmIPTarget), and it overrides what may be left over."
        )


def apart(change: Change) -> Iterator[str]:
    """What to do about settings that the scenario gives to single groups."""
    if not change.apart:
        return
    for name, values in change.apart.items():
        said = " ".join(f"{key}={as_text(value)}" for key, value in values.items())
        yield f"Not in these lines: {said}, which the scenario gives to {name} alone."
    yield (
        "One DaemonSet has one environment, and v1.23.1 takes no settings from labels or "
        "annotations of nodes (asked for in aws/amazon-vpc-cni-k8s #3630). A second aws-node with "
        "a nodeSelector is not supported: the add-on installs one, of a fixed name, without a "
        "nodeSelector in its schema, and two releases of the chart both own the ConfigMap "
        "amazon-vpc-cni. Choose one set of values for all groups, and run the scenario with it: "
        "it wastes or waits somewhere. Else those nodes need a cluster of their own, or an "
        "admission policy that feeds their aws-node pods other values, which nobody supports."
    )


def _single(change: Change, form: str) -> Iterator[str]:
    variables = change.variables
    if "IP_COOLDOWN_PERIOD" in variables and change.after.IP_COOLDOWN_PERIOD < 30:
        yield (
            "A cooldown below 30 s hands an address on before kube-proxy may have taken its last "
            "pod out of Services on all nodes."
        )
    late = [name for name in variables if name in SINCE]
    if form in ("eks-addon", "terraform") and late:
        yield from (
            f"{name} needs an add-on from v{SINCE[name]}: older schemas refuse it." for name in late
        )


def of_types(change: Change) -> Iterator[str]:
    """Groups whose types cannot do what is asked."""
    slow = [one.name for one in change.groups if not one.holds_prefixes]
    if change.after.ENABLE_PREFIX_DELEGATION and slow:
        yield f"{and_(slow)} cannot hold prefixes: nodes there fall back to secondary IPs."


def _too_many_slots(change: Change) -> Iterator[str]:
    """Groups whose nodes are launched with more slots than they can hold addresses."""
    for one in change.groups:
        most = one.capacity + HOST_NETWORK_PODS
        if one.max_pods > most:
            yield (
                f"Max pods of {one.name} is {one.max_pods} in the scenario, and its nodes can hold "
                f"addresses for {one.capacity} pods: launch them with {most}, or pods past that "
                "never start."
            )


def and_(names: list[str]) -> str:
    """Names as a sentence has them."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
