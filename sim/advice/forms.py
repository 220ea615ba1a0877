"""The same environment in each form that a cluster takes it in."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping

from .environment import Environment, explicit

WIDTH = 76
CLUSTER = "my-cluster"
"""Stands where the scenario does not name its cluster, as in AWS's own examples."""

VALUES_FILE = "vpc-cni-values.yaml"


def kubectl(variables: Environment) -> str:
    """A command for the DaemonSet itself."""
    words = [f"{k}-" if value is None else f"{k}={value}" for k, value in variables.items()]
    return " ".join(["kubectl set env daemonset aws-node -n kube-system", *words])


def configuration_values(variables: Environment) -> str:
    """The EKS add-on's configurationValues, as JSON on one line."""
    return json.dumps({"env": explicit(variables)})


def helm_values(variables: Environment) -> str:
    """Values of the chart eks/aws-vpc-cni, as YAML; every value is a text there."""
    lines = (f'  {name}: "{value}"' for name, value in explicit(variables).items())
    return "\n".join(["env:", *lines])


def helm_upgrade() -> str:
    """The command that applies `helm_values`, the rest of the release as it is."""
    return (
        "helm upgrade aws-vpc-cni eks/aws-vpc-cni --namespace kube-system \\\n"
        f"  --version CHART_VERSION --reuse-values --values {VALUES_FILE}"
    )


def helm_strategy(name: str) -> str:
    """The command that sets the chart's updateStrategy, the rest of the release as it is."""
    return (
        "helm upgrade aws-vpc-cni eks/aws-vpc-cni --namespace kube-system \\\n"
        f"  --version CHART_VERSION --reuse-values --set updateStrategy.type={name}"
    )


def kubectl_strategy(strategy: Mapping[str, object]) -> str:
    """The command that sets the DaemonSet's updateStrategy."""
    patch = json.dumps({"spec": {"updateStrategy": strategy}})
    return f"kubectl patch daemonset aws-node -n kube-system --type merge \\\n  -p '{patch}'"


def update_addon(variables: Environment, cluster: str) -> str:
    """The AWS CLI's command for the EKS add-on."""
    return (
        f"aws eks update-addon --cluster-name {cluster} --addon-name vpc-cni \\\n"
        "  --resolve-conflicts OVERWRITE \\\n"
        f"  --configuration-values '{configuration_values(variables)}'"
    )


def terraform(variables: Environment, cluster: str) -> str:
    """A block aws_eks_addon of the Terraform provider for AWS."""
    values = explicit(variables)
    width = max(map(len, values))
    env = "\n".join(f'      {name:<{width}} = "{value}"' for name, value in values.items())
    return f"""\
resource "aws_eks_addon" "vpc_cni" {{
  cluster_name                = "{cluster}"
  addon_name                  = "vpc-cni"
  resolve_conflicts_on_update = "OVERWRITE"

  configuration_values = jsonencode({{
    env = {{
{env}
    }}
  }})
}}"""


def continued(command: str) -> str:
    """A long command on several lines of a shell."""
    lines = textwrap.wrap(command, WIDTH, break_on_hyphens=False, break_long_words=False)
    return " \\\n  ".join(lines)
