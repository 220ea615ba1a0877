"""Max pods where nodes take it from: bootstrap.sh, nodeadm, Karpenter."""

from __future__ import annotations

from .change import GroupChange

HYPERVISOR = "karpenter.k8s.aws/instance-hypervisor"


def bootstrap(max_pods: int, cluster: str) -> str:
    """The line of the user data on Amazon Linux 2."""
    return (
        f"/etc/eks/bootstrap.sh {cluster} --use-max-pods false \\\n"
        f"  --kubelet-extra-args '--max-pods={max_pods}'"
    )


def node_config(max_pods: int) -> str:
    """The NodeConfig of nodeadm, on Amazon Linux 2023."""
    return f"""\
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    config:
      maxPods: {max_pods}"""


def ec2_node_classes(max_pods: int, names: list[str]) -> str:
    """The part of Karpenter's EC2NodeClasses (v1) that says it, one a group: to be merged."""
    return "\n---\n".join(_ec2_node_class(max_pods, name) for name in names)


def _ec2_node_class(max_pods: int, name: str) -> str:
    return f"""\
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata:
  name: {name.lower().replace("_", "-")}
spec:
  kubelet:
    maxPods: {max_pods}"""


def node_pool_requirement() -> str:
    """The requirement of a NodePool that keeps types out which cannot hold prefixes."""
    return f"""\
spec:
  template:
    spec:
      requirements:
        - key: {HYPERVISOR}
          operator: In
          values: ["nitro"]"""


def by_max_pods(groups: tuple[GroupChange, ...]) -> dict[int, list[GroupChange]]:
    """Groups with the same max pods together, in their order."""
    found: dict[int, list[GroupChange]] = {}
    for one in groups:
        found.setdefault(one.max_pods, []).append(one)
    return found
