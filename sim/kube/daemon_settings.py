"""From the environment of the aws-node container to what its daemon makes of it on a node."""

from __future__ import annotations

from sim.aws.instance_types import InstanceType
from sim.ipamd.settings import Settings
from sim.scenario.ipamd import Ipamd


def daemon_settings(ipamd: Ipamd, instance_type: InstanceType, pods: int) -> Settings:
    """What the daemon makes of its environment on a node of this type with this many pods."""
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
        subnet_discovery=ipamd.ENABLE_SUBNET_DISCOVERY,
        ip_cooldown_ms=ipamd.IP_COOLDOWN_PERIOD * 1000,
        manage_enis_non_schedulable=ipamd.AWS_MANAGE_ENIS_NON_SCHEDULABLE,
        leaked_eni_cleanup=not ipamd.DISABLE_LEAKED_ENI_CLEANUP,
    )
