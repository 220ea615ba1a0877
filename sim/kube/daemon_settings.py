"""From the environment of the aws-node container to what its daemon makes of it on a node."""

from __future__ import annotations

from dataclasses import dataclass

from sim.aws.instance_types import InstanceType
from sim.ipamd.settings import Settings
from sim.scenario.cni_versions import (
    LOOKS_ONCE,
    MODELLED,
    SUBNET_DISCOVERY,
    SUBNET_EXCLUSION,
    TRIES_EVERY_ENI,
    TRUNK_BY_TYPE,
    Version,
    has,
    version,
)
from sim.scenario.ipamd import Ipamd


def daemon_settings(
    ipamd: Ipamd,
    instance_type: InstanceType,
    pods: int,
    unmanaged_enis: int = 0,
    cni: Version | None = None,
) -> Settings:
    """What the daemon makes of its environment on a node of this type with this many pods.

    A type that upstream's table of trunking does not have counts as compatible
    (IsTrunkingCompatible).
    """
    cni = cni or version(MODELLED)
    max_enis = instance_type.max_enis
    if ipamd.MAX_ENI >= 1:
        max_enis = min(max_enis, ipamd.MAX_ENI)
    return Settings(
        warm_eni_target=ipamd.WARM_ENI_TARGET,
        warm_prefix_target=ipamd.WARM_PREFIX_TARGET,
        warm_ip_target=ipamd.WARM_IP_TARGET,
        minimum_ip_target=ipamd.MINIMUM_IP_TARGET,
        prefix_delegation=ipamd.ENABLE_PREFIX_DELEGATION and instance_type.prefix_delegation,
        max_enis=max_enis,
        slots=instance_type.slots,
        max_pods=pods,
        subnet_discovery=ipamd.ENABLE_SUBNET_DISCOVERY and has(SUBNET_DISCOVERY, cni),
        ip_cooldown_ms=ipamd.IP_COOLDOWN_PERIOD * 1000,
        manage_enis_non_schedulable=ipamd.AWS_MANAGE_ENIS_NON_SCHEDULABLE,
        leaked_eni_cleanup=not (ipamd.DISABLE_LEAKED_ENI_CLEANUP or ipamd.ENABLE_IPv6),
        ipv6=ipamd.ENABLE_IPv6,
        custom_networking=ipamd.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG,
        pod_eni=ipamd.ENABLE_POD_ENI,
        trunking_compatible=not has(TRUNK_BY_TYPE, cni)
        or instance_type.trunking_compatible is not False,
        subnet_exclusion=has(SUBNET_EXCLUSION, cni),
        tries_every_eni=has(TRIES_EVERY_ENI, cni),
        looks_once=has(LOOKS_ONCE, cni),
        unmanaged_enis=unmanaged_enis,
    )


def is_refused(ipamd: Ipamd) -> bool:
    """Whether aws-node's entry point ends at these settings, before there is a daemon.

    Source: aws/amazon-vpc-cni-k8s v1.23.1, cmd/aws-vpc-cni/main.go validateEnvVars.
    """
    targets = (ipamd.WARM_PREFIX_TARGET, ipamd.WARM_IP_TARGET, ipamd.MINIMUM_IP_TARGET)
    return ipamd.ENABLE_PREFIX_DELEGATION and not any(targets)


@dataclass(frozen=True, slots=True)
class Template:
    """The pod template of aws-node on a node group, after a change.

    ``starts`` is False if its container ends at its start.
    """

    settings: Settings
    starts: bool = True
