"""A small scenario for the command, and how the command ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

SCENARIO = """\
name: small
duration: 10m
cluster:
  subnets:
    - {name: a, cidr: 10.0.0.0/24}
    - {name: b, cidr: 10.0.1.0/25}
  node_groups:
    - {name: batch, instance_type: m5.large, nodes: 2}
workload:
  - {kind: deployment, name: web, replicas: 10}
"""


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]
