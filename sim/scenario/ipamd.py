"""What a user writes under ``ipamd``: the environment variables of the aws-node container."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from .base import Strict

REFUSED = {
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "custom networking is not modelled yet",
    "ENABLE_POD_ENI": "trunk ENIs (security groups for pods) are not modelled yet",
    "ENABLE_IPv6": "IPv6 mode is not modelled yet",
    "ENABLE_MULTI_NIC": "multi-NIC attachment is not modelled yet",
    "DISABLE_NETWORK_RESOURCE_PROVISIONING": "an ipamd that makes no calls is not modelled yet",
    "ENABLE_IMDS_ONLY_MODE": "an ipamd that makes no calls is not modelled yet",
}
"""Variables that change the pool and are not modelled: only their off state is accepted."""

NOT_ABOUT_THE_POOL = frozenset(
    {
        "ADDITIONAL_ENI_TAGS",
        "ANNOTATE_POD_IP",
        "AWS_EC2_ENDPOINT",
        "AWS_EXTERNAL_SERVICE_CIDRS",
        "AWS_VPC_CNI_NODE_PORT_SUPPORT",
        "AWS_VPC_ENI_MTU",
        "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER",
        "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS",
        "AWS_VPC_K8S_CNI_EXTERNALSNAT",
        "AWS_VPC_K8S_CNI_LOGLEVEL",
        "AWS_VPC_K8S_CNI_LOG_FILE",
        "AWS_VPC_K8S_CNI_RANDOMIZESNAT",
        "AWS_VPC_K8S_CNI_VETHPREFIX",
        "AWS_VPC_K8S_PLUGIN_LOG_FILE",
        "AWS_VPC_K8S_PLUGIN_LOG_LEVEL",
        "CLUSTER_ENDPOINT",
        "CLUSTER_NAME",
        "DISABLE_INTROSPECTION",
        "DISABLE_METRICS",
        "DISABLE_POD_V6",
        "DISABLE_TCP_EARLY_DEMUX",
        "ENABLE_BANDWIDTH_PLUGIN",
        "ENABLE_IPv4",
        "ENABLE_NFTABLES",
        "ENABLE_V4_EGRESS",
        "ENABLE_V6_EGRESS",
        "ENI_CONFIG_ANNOTATION_DEF",
        "ENI_CONFIG_LABEL_DEF",
        "HOST_CNI_BIN_PATH",
        "HOST_CNI_CONFDIR_PATH",
        "INTROSPECTION_BIND_ADDRESS",
        "MY_NODE_NAME",
        "MY_POD_NAME",
        "NETWORK_POLICY_ENFORCING_MODE",
        "POD_MTU",
        "POD_SECURITY_GROUP_ENFORCING_MODE",
        "VPC_CNI_VERSION",
        "VPC_ID",
    }
)
"""Other variables of the aws-node container, by the manifest and the README of v1.23.1; VPC_ID is
added by EKS."""

_TEXTS = {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_MOST = 1_000_000


def _boolean(value: Any) -> Any:
    return _TEXTS.get(str(value).lower(), value) if isinstance(value, str | int) else value


def _integer(value: Any) -> Any:
    is_text = isinstance(value, str) and _INTEGER.fullmatch(value.strip())
    return int(value) if is_text else value


EnvBool = Annotated[
    bool,
    BeforeValidator(_boolean),
    WithJsonSchema(
        {
            "title": "boolean",
            "anyOf": [
                {"type": "boolean"},
                {"enum": [0, 1]},
                {
                    "type": "string",
                    "pattern": "^([tT]|[fF]|[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|[01])$",
                },
            ],
        }
    ),
]
"""A boolean, or one of the texts that a manifest gives for it."""

EnvInt = Annotated[
    int,
    BeforeValidator(_integer),
    WithJsonSchema(
        {
            "title": "whole number",
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": _MOST},
                {"type": "string", "pattern": r"^\s*[0-9]+\s*$"},
            ],
        }
    ),
]
"""A whole number, or its text, as a manifest gives it."""

WOULD_DO = {
    "WARM_ENI_TARGET": ("take its default, 1", 1),
    "WARM_PREFIX_TARGET": ("take its default, 0", 0),
    "WARM_IP_TARGET": ("treat it as not set", 0),
    "MINIMUM_IP_TARGET": ("treat it as not set", 0),
    "MAX_ENI": ("take the instance type's limit", 0),
    "IP_COOLDOWN_PERIOD": ("use every address again at once", 0),
}
"""What the daemon does with a negative value (getWarmENITarget and its siblings), and the value
that says so."""


class Ipamd(Strict):
    """Settings of ipamd v1.23.1; defaults are those of the shipped manifest aws-k8s-cni.yaml."""

    WARM_ENI_TARGET: EnvInt = Field(
        1, description="ENIs' worth of addresses to keep free. Source: shipped manifest."
    )
    WARM_PREFIX_TARGET: EnvInt = Field(
        1,
        description="Free /28 prefixes to keep, in prefix mode. Source: shipped manifest (the "
        "code's default is 0).",
    )
    WARM_IP_TARGET: EnvInt = Field(
        0, description="Free addresses to keep; 0: not set. Source: ipamd.go getWarmIPTarget."
    )
    MINIMUM_IP_TARGET: EnvInt = Field(
        0, description="Addresses to hold at least; 0: not set. Source: getMinimumIPTarget."
    )
    MAX_ENI: EnvInt = Field(
        0,
        description="Upper bound on ENIs; below 1: the instance type's limit. Source: getMaxENI.",
    )
    ENABLE_PREFIX_DELEGATION: EnvBool = Field(
        False,
        description="Hold /28 prefixes instead of secondary IPs; types that are neither nitro "
        "nor bare metal fall back to secondary IPs. Source: shipped manifest, isConfigValid.",
    )
    ENABLE_SUBNET_DISCOVERY: EnvBool = Field(
        True, description="Pick the subnet of a new ENI by tags. Source: shipped manifest."
    )
    IP_COOLDOWN_PERIOD: EnvInt = Field(
        30,
        description="Seconds for which a released address is not used again. Source: "
        "data_store.go getCooldownPeriod.",
    )
    AWS_MANAGE_ENIS_NON_SCHEDULABLE: EnvBool = Field(
        False, description="Grow and free ENIs on a cordoned node too. Source: ipamd.go."
    )
    DISABLE_LEAKED_ENI_CLEANUP: EnvBool = Field(
        False, description="Leave out the hourly look for leaked ENIs. Source: ipamd.go."
    )
    AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: EnvBool = Field(
        False, description="Custom networking: refused until it is modelled."
    )
    ENABLE_POD_ENI: EnvBool = Field(
        False, description="Security groups for pods: refused until they are modelled."
    )
    ENABLE_IPv6: EnvBool = Field(False, description="Refused until it is modelled.")
    ENABLE_MULTI_NIC: EnvBool = Field(False, description="Refused until it is modelled.")
    DISABLE_NETWORK_RESOURCE_PROVISIONING: EnvBool = Field(
        False, description="Refused until it is modelled."
    )
    ENABLE_IMDS_ONLY_MODE: EnvBool = Field(False, description="Refused until it is modelled.")

    @field_validator(*WOULD_DO)
    @classmethod
    def _not_negative(cls, value: int, info: Any) -> int:
        if value < 0:
            would, same = WOULD_DO[info.field_name]
            raise ValueError(
                f"{value} is negative; the daemon would {would}: write {same} for that"
            )
        if value > _MOST:
            raise ValueError(f"{value} is over {_MOST}")
        return value

    @field_validator(*REFUSED)
    @classmethod
    def _refused(cls, value: bool, info: Any) -> bool:
        if value:
            raise ValueError(f"{info.field_name}=true is refused: {REFUSED[info.field_name]}")
        return value

    def merged(self, other: Ipamd | None) -> Ipamd:
        """These settings with those that ``other`` gives explicitly."""
        given = other.model_dump(exclude_unset=True) if other else {}
        return self.model_copy(update=given)
