"""What a user writes under ``ipamd``: the environment variables of the aws-node container."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from .base import Strict
from .environment import REFUSED, WITHOUT_EFFECT

NOT_ABOUT_THE_POOL = frozenset(WITHOUT_EFFECT)
"""Other variables of the aws-node container."""

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
        False,
        description="Custom networking: pods take addresses from the ENIConfig of their node's "
        "zone, and none from its primary ENI. Source: ipamd.go.",
    )
    ENABLE_POD_ENI: EnvBool = Field(
        False,
        description="Security groups for pods: a trunk ENI for each node, and a branch ENI for "
        "each pod of a workload with security_groups. Source: ipamd.go.",
    )
    ENABLE_IPv6: EnvBool = Field(
        False,
        description="IPv6 mode, with ENABLE_IPv4 off: one /80 a node, and no IPv4 address a pod. "
        "Source: ipamd.go.",
    )
    ENABLE_MULTI_NIC: EnvBool = Field(False, description="Refused if on.")
    DISABLE_NETWORK_RESOURCE_PROVISIONING: EnvBool = Field(False, description="Refused if on.")
    ENABLE_IMDS_ONLY_MODE: EnvBool = Field(False, description="Refused if on.")

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
