"""Records written by hand, for runs that never were."""

from __future__ import annotations

from typing import Any

from sim.results.measured import Run
from sim.results.records import (
    EC2_COLUMNS,
    NODE_COLUMNS,
    POD_COLUMNS,
    POD_OUTCOMES,
    POOL_COLUMNS,
    UNSERVED_REASONS,
    Recorder,
)
from sim.results.result import Result
from sim.results.steps import Window
from sim.results.tables import sorted_records
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
    """Appends rows, by names and with defaults, to a recorder."""

    def __init__(self, of: Scenario | None = None) -> None:
        self.scenario = of or scenario()
        self.recorder = Recorder()
        cluster, names = self.scenario.model.cluster, self.recorder.names
        names.groups.extend(group.name for group in cluster.node_groups)
        names.subnets.extend(subnet.name for subnet in cluster.subnets)

    def node(self, group: str = "g", subnet: str = "a", **columns: int) -> int:
        """A node that was ready at once; its number."""
        names = self.recorder.names
        number = len(names.nodes)
        names.nodes.append(f"{group}-{number}")
        row = dict.fromkeys(NODE_COLUMNS, -1) | {"requested_ms": 0, "started_ms": 0, "ready_ms": 0}
        row |= {"node": number, "boot_failures": 0, **columns}
        row |= {"group": names.groups.index(group), "subnet": names.subnets.index(subnet)}
        self.recorder.nodes.append(row[name] for name in NODE_COLUMNS)
        return number

    def pool(self, time_ms: int, node: int = 0, subnet: int = 0, **counts: int) -> None:
        """What a node's data store holds from now on."""
        row = dict.fromkeys(POOL_COLUMNS, 0) | counts
        row |= {"time_ms": time_ms, "node": node, "subnet": subnet}
        self.recorder.pool.append(row[name] for name in POOL_COLUMNS)

    def space(self, time_ms: int, node: int, held: int, free: int, **more: int) -> None:
        """What a node, or others (-1), hold in a subnet from now on, and what is free."""
        row = (time_ms, more.get("subnet", 0), node, held, free, more.get("free_28s", 0))
        self.recorder.subnets.append(row)

    def pod(self, created_ms: int, workload: str = "w", **columns: Any) -> None:
        """A pod; one without an address is unserved."""
        row: Row = dict.fromkeys(POD_COLUMNS, -1) | {"pod": len(self.recorder.pods)}
        row |= {"host_network": 0, "adds": 0, "deadline_missed": 0, "reason": ""}
        outcome = "running" if "address_ms" in columns else "unserved"
        row |= {"created_ms": created_ms, "outcome": outcome, **columns}
        row["outcome"] = POD_OUTCOMES.index(row["outcome"])
        row["reason"] = UNSERVED_REASONS.index(row["reason"])
        row["workload"] = self._number(workload, self.recorder.names.workloads)
        self.recorder.pods.append(row[name] for name in POD_COLUMNS)

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
        """A request that was answered after 100 ms."""
        row: Row = dict.fromkeys(EC2_COLUMNS, 1) | {"node": 0, "tokens": -1, **columns}
        row |= {"request_ms": request_ms, "answer_ms": request_ms + 100}
        row["action"] = self._number(action, self.recorder.names.actions)
        row["code"] = self._number(code, self.recorder.names.codes)
        self.recorder.ec2_calls.append(row[name] for name in EC2_COLUMNS)

    def failed_launch(self, time_ms: int, subnet: int = 0) -> None:
        """A node that the subnet had no address for."""
        self.recorder.launch_failures.append((time_ms, 0, subnet))

    def run(self, end_ms: int = 100_000) -> Run:
        """The run, as metrics see it."""
        model = self.scenario.model
        window = Window.after(model.warm_up, end_ms)
        return Run(model, sorted_records(self.recorder), self.recorder.names, window)

    def result(self, end_ms: int = 100_000) -> Result:
        """The result of the run."""
        return Result(self.scenario, self.recorder, end_ms)

    @staticmethod
    def _number(name: str, names: list[str]) -> int:
        if name not in names:
            names.append(name)
        return names.index(name)
