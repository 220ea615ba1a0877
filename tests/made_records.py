"""Records written by hand, for runs that never were."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.results.blocks import cut
from sim.results.records import (
    ADDRESS_USES,
    EC2_COLUMNS,
    NODE_COLUMNS,
    PASS_KINDS,
    POD_COLUMNS,
    POD_OUTCOMES,
    POOL_COLUMNS,
    TABLES,
    UNSERVED_REASONS,
    Names,
)
from sim.results.result import Result
from sim.results.summary import Tally
from sim.results.tables import Records, sorted_records
from sim.scenario.load import Scenario

Row = dict[str, Any]


def scenario(
    groups: list[Row] | None = None,
    subnets: list[Row] | None = None,
    **top: Any,
) -> Scenario:
    """A scenario of groups of m5.large and subnets of 251 addresses."""
    groups = groups or [{"name": "g"}]
    subnets = subnets or [{"name": "a", "cidr": "10.0.0.0/24"}]
    defaults = {"instance_type": "m5.large", "nodes": 1}
    pods = {"kind": "poisson", "name": "w", "arrivals_per_minute": 1, "lifetime": "1m"}
    return Scenario.from_dict(
        {
            "name": "made",
            "duration": "100s",
            "cluster": {
                "subnets": subnets,
                "node_groups": [{**defaults, **group} for group in groups],
            },
            "workload": [pods],
            **top,
        }
    )


class Made:
    """Appends rows, by names and with defaults, to tables of records."""

    def __init__(self, of: Scenario | None = None) -> None:
        self.scenario = of or scenario()
        self.names = Names()
        self._rows: dict[str, list[tuple[int, ...]]] = {name: [] for name in TABLES}
        cluster, names = self.scenario.model.cluster, self.names
        names.groups.extend(group.name for group in cluster.node_groups)
        names.subnets.extend(subnet.name for subnet in cluster.subnets)

    def node(self, group: str = "g", subnet: str = "a", **columns: int) -> int:
        """A node that was ready at once; its number."""
        names = self.names
        number = len(names.nodes)
        names.nodes.append(f"{group}-{number}")
        row = dict.fromkeys(NODE_COLUMNS, -1) | {"requested_ms": 0, "started_ms": 0, "ready_ms": 0}
        row |= {"node": number, "boot_failures": 0, **columns}
        row |= {"group": names.groups.index(group), "subnet": names.subnets.index(subnet)}
        self._rows["nodes"].append(tuple(row[name] for name in NODE_COLUMNS))
        return number

    def pool(self, time_ms: int, node: int = 0, subnet: int = 0, **counts: int) -> None:
        """What a node's data store holds from now on."""
        row = dict.fromkeys(POOL_COLUMNS, 0) | counts
        row |= {"time_ms": time_ms, "node": node, "subnet": subnet}
        self._rows["pool"].append(tuple(row[name] for name in POOL_COLUMNS))

    def space(self, time_ms: int, node: int, held: int, free: int, **more: int) -> None:
        """What a node, or others (-1), hold in a subnet from now on, and what is free."""
        row = (time_ms, more.get("subnet", 0), node, held, free, more.get("free_28s", 0))
        self._rows["subnets"].append(row)

    def pod(self, created_ms: int, workload: str = "w", **columns: Any) -> None:
        """A pod; one without an address is unserved."""
        row: Row = dict.fromkeys(POD_COLUMNS, -1) | {"pod": len(self._rows["pods"])}
        row |= {"host_network": 0, "adds": 0, "deadline_missed": 0, "reason": ""}
        outcome = "running" if "address_ms" in columns else "unserved"
        row |= {"created_ms": created_ms, "outcome": outcome, **columns}
        row["outcome"] = POD_OUTCOMES.index(row["outcome"])
        row["reason"] = UNSERVED_REASONS.index(row["reason"])
        row["workload"] = self._number(workload, self.names.workloads)
        if row["index"] == -1:
            row["index"] = sum(one[1] == row["workload"] for one in self._rows["pods"])
        self._rows["pods"].append(tuple(row[name] for name in POD_COLUMNS))

    def served(self, asked_ms: int, wait_ms: int = 0, node: int = 0, **columns: Any) -> None:
        """A pod that was created, bound and asked at once, and ran when it had its address."""
        got = asked_ms + wait_ms
        times = {"bound_ms": asked_ms, "first_add_ms": asked_ms, "address_ms": got}
        self.pod(asked_ms, **(times | {"node": node, "adds": 1, "running_ms": got} | columns))

    def waiting(self, asked_ms: int, node: int = 0, **columns: Any) -> None:
        """A pod that asked once and had no address by the end of the run."""
        given = {"adds": 1, "reason": "no free address", **columns}
        self.pod(asked_ms, node=node, bound_ms=asked_ms, first_add_ms=asked_ms, **given)

    def call(
        self, request_ms: int, action: str = "CreateTags", code: str = "OK", **columns: int
    ) -> None:
        """A request, answered after 100 ms if nothing else is said."""
        row: Row = dict.fromkeys(EC2_COLUMNS, 1) | {"node": 0, "tokens": -1, "eni": -1}
        row |= {"request_ms": request_ms, "answer_ms": request_ms + 100, **columns}
        row["action"] = self._number(action, self.names.actions)
        row["code"] = self._number(code, self.names.codes)
        self._rows["ec2_calls"].append(tuple(row[name] for name in EC2_COLUMNS))

    def failed_launch(self, time_ms: int, subnet: int = 0) -> None:
        """A node that the subnet had no address for."""
        self._rows["launch_failures"].append((time_ms, 0, subnet))

    def theirs(self, time_ms: int, tenant: str, action: str, *counts: int) -> None:
        """(requests, throttled, given up) of a tenant in a second."""
        who = self._number(tenant, self.names.tenants), self._number(action, self.names.actions)
        self._rows["tenants"].append((time_ms, *who, *counts))

    def address(self, time_ms: int, first: int, use: str, node: int = -1, size: int = 1) -> None:
        """Who has an address of the first subnet from now on."""
        self._rows["addresses"].append((time_ms, 0, node, first, size, ADDRESS_USES.index(use)))

    def branches(self, time_ms: int, assigned: int, unassigned: int = 0) -> None:
        """Branch ENIs of the first node in the first subnet from now on."""
        self._rows["branch_enis"].append((time_ms, 0, 0, assigned, unassigned))

    def a_pass(self, begin_ms: int, end_ms: int, kind: str = "check", node: int = 0) -> None:
        """A pass of a daemon's loop that took time."""
        self._rows["passes"].append((begin_ms, end_ms, node, PASS_KINDS.index(kind)))

    def tables(self) -> dict[str, Records]:
        """All tables."""
        rows = {
            name: np.array(self._rows[name], np.int64).reshape(-1, len(columns))
            for name, columns in TABLES.items()
        }
        return sorted_records(rows, self.names)

    def result(self, end_ms: int = 100_000) -> Result:
        """The result of the run."""
        return Result(self.scenario, self.tables(), self.names, end_ms)

    def summary(self, end_ms: int = 100_000) -> dict[str, Any]:
        """The run's summary, which must not change if the run is cut into up to 50 blocks."""
        summary, tables = self.result(end_ms).summary, self.tables()
        tally = Tally(self.scenario, self.names, end_ms)
        for block in cut(tables, end_ms, rows=1 + max(map(len, tables.values())) // 50):
            tally.add(block)
        assert tally.summary() == summary
        return summary

    @staticmethod
    def _number(name: str, names: list[str]) -> int:
        if name not in names:
            names.append(name)
        return names.index(name)
