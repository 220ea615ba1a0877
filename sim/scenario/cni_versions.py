"""Versions of the VPC CNI, and what is known to change the answers between them.

Each difference was read in upstream's history (aws/amazon-vpc-cni-k8s): the commit and its pull
request are its source, and ``since`` the first release that has it. A version is known if its
sources were compared, function by function, with those of v1.23.1.
"""

from __future__ import annotations

import re
from typing import NamedTuple

Version = tuple[int, int, int]

_TEXT = re.compile(r"v?(\d{1,3})\.(\d{1,3})\.(\d{1,3})")

KNOWN = (
    *("1.16.4", "1.17.1"),
    *("1.18.0", "1.18.1", "1.18.2", "1.18.3", "1.18.4", "1.18.5", "1.18.6"),
    *("1.19.0", "1.19.2", "1.19.3", "1.19.4", "1.19.5", "1.19.6"),
    *("1.20.0", "1.20.1", "1.20.2", "1.20.3", "1.20.4", "1.20.5"),
    *("1.21.0", "1.21.1", "1.21.2"),
    *("1.22.0", "1.22.1", "1.22.2", "1.22.3", "1.22.4"),
    *("1.23.0", "1.23.1"),
)
"""Releases from v1.16.4 on, by upstream's tags."""

MODELLED = KNOWN[-1]
"""The version whose every function was carried over, and whose daemon was recorded."""


class Difference(NamedTuple):
    """What changed in a release: ``now`` from then on, ``before`` in those before it."""

    since: Version
    now: str
    before: str
    source: str


SUBNET_DISCOVERY = Difference(
    (1, 18, 0),
    "ENABLE_SUBNET_DISCOVERY: a new ENI is made in the zone's subnet with most free addresses",
    "a new ENI is made in the node's own subnet, without a DescribeSubnets",
    "58336b7d7, #2714",
)
TRIES_EVERY_ENI = Difference(
    (1, 18, 3),
    "with subnet discovery, ENIs in other subnets are tried where one subnet is exhausted",
    "only the first ENI with an empty slot is tried, and an exhausted subnet starts the 120 s "
    "without growth",
    "7619bdbdd, #2954",
)
SDK_V2 = Difference(
    (1, 19, 4),
    "AWS SDK v2 with its defaults: 3 attempts a call, back-off U[0,1) x 2^n s, a retry quota",
    "AWS SDK v1 with MaxRetries 10: 11 attempts a call, back-off U[0.5,1) x 2^(n-1) s when "
    "throttled and 30 to 60 ms x 2^(n-1) otherwise, no quota",
    "8dd2a5a57, #3070; pkg/awsutils/awssession/session.go",
)
ATTEMPTS_V1 = 11
"""MaxRetries 10 of AWS SDK v1, and the first."""

LOOKS_ONCE = Difference(
    (1, 20, 0),
    "all of a pool check looks at the counts of its start; a decrease is stamped at its end",
    "whether an ENI can go is decided by the counts after growth or decrease, and a decrease is "
    "stamped at its own start",
    "76931664d (v1.20.0)",
)
TRUNK_BY_TYPE = Difference(
    (1, 20, 4),
    "a slot is kept for a trunk ENI on types that can have one",
    "a slot is kept for a trunk ENI on every type",
    "a637a528f, #3250",
)
SUBNET_EXCLUSION = Difference(
    (1, 22, 0),
    "kubernetes.io/role/cni=0 keeps ipamd out of a subnet, the node's own included, and tags of "
    "clusters count: a DescribeSubnets for each ENI that is set up, and before each creation",
    "any value of the tag lets ipamd into a subnet, the node's own is always used, and only "
    "discovery asks for subnets",
    "e97bfe7e5, #3463",
)
DIFFERENCES = (
    SUBNET_DISCOVERY,
    TRIES_EVERY_ENI,
    SDK_V2,
    LOOKS_ONCE,
    TRUNK_BY_TYPE,
    SUBNET_EXCLUSION,
)

EARLIER = (
    Difference((1, 9, 0), "prefix mode", "", "968ae01a1, #1516"),
    Difference((1, 10, 0), "no growth for 120 s in a full subnet", "", "b41bce414, #1585"),
    Difference((1, 12, 0), "a cordoned node neither grows nor frees ENIs", "", "b01d356cb, #1927"),
    Difference((1, 13, 0), "the pool grows before the node is Ready", "", "af5bce147, #2354"),
    Difference((1, 15, 0), "IP_COOLDOWN_PERIOD can be set; 30 s before", "", "e6173fed9, #2492"),
    Difference((1, 16, 4), "growth stops at max pods", "", "1de6c1ddd, #2745"),
)
"""What came before the known versions: why older ones are refused."""


def version(text: str) -> Version:
    """The version that a text such as 1.23.1 or v1.23.1 writes.

    Raises:
        ValueError: it writes none, or one that is not known.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no version of the VPC CNI: write it like {MODELLED}")
    found = int(match[1]), int(match[2]), int(match[3])
    if ".".join(map(str, found)) not in KNOWN:
        raise ValueError(f"there is no data on v{'.'.join(map(str, found))}; {known()}")
    return found


def known() -> str:
    """The known versions, those of one minor version from its first to its last."""
    minors: dict[str, list[str]] = {}
    for one in KNOWN:
        minors.setdefault(one.rpartition(".")[0], []).append(f"v{one}")
    ranges = (ones[0] if len(ones) == 1 else f"{ones[0]} to {ones[-1]}" for ones in minors.values())
    return f"known are {', '.join(ranges)}"


def has(difference: Difference, cni: Version) -> bool:
    """Whether a version has what a difference brought."""
    return cni >= difference.since
