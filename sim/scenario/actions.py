"""The EC2 actions that a scenario can speak of."""

from __future__ import annotations

from typing import Literal

Action = Literal[
    "AssignPrivateIpAddresses",
    "AttachNetworkInterface",
    "CreateNetworkInterface",
    "CreateTags",
    "DeleteNetworkInterface",
    "DescribeInstances",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "DetachNetworkInterface",
    "ModifyNetworkInterfaceAttribute",
    "UnassignPrivateIpAddresses",
    "AssignIpv6Addresses",
]
"""The EC2 actions ipamd calls, by EC2's names."""

AnyAction = Literal[
    Action,
    "DescribeSecurityGroups",
    "AssociateTrunkInterface",
    "CreateNetworkInterfacePermission",
    "DisassociateTrunkInterface",
]
"""These, what only others in the account call, and what only the resource controller calls."""
