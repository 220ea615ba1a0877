"""A small valid scenario, and the types of the fixtures that change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

SMALL = """\
name: small
duration: 2h
cluster:
  subnets:
    - {name: a, cidr: 10.0.0.0/24}
  node_groups:
    - name: batch
      instance_type: m5.large
      nodes: 2
ipamd:
  WARM_IP_TARGET: 2
workload:
  - kind: deployment
    name: web
    replicas: 10
"""

Write = Callable[..., Path]
Refusal = Callable[..., list[str]]
