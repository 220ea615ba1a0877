"""Looks at the data stores of a run, as the recordings have them: what the daemon counts.

After a switch between secondary IPs and prefixes the daemon counts addresses of the mode in force
only, while the model's records have all that pods hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.clock import Order
from sim.engine.build import World
from sim.ipamd.data_store import DataStore
from sim.results.records import POOL_COLUMNS, Table

LOOK_EVERY_MS = 1_000
FIRST_LOOK_MS = 500
LAST_OF_ALL = Order.LEAKED_ENIS + (1 << 32)


def switches_mode(case: Mapping[str, Any]) -> bool:
    """Whether a restart of the case changes what an ENI holds for pods."""
    settings = [case["settings"], *(one["settings"] for one in case.get("restarts") or [])]
    return len({one.get("ENABLE_PREFIX_DELEGATION", "false") for one in settings}) > 1


class Looks:
    """Looks each second at what `GetIPStats` gives, as rows of `POOL_COLUMNS` in ``table``.

    What is free counts as warm, and no subnet is told from another.
    """

    def __init__(self, world: World) -> None:
        self.table = Table(POOL_COLUMNS)
        self._world = world
        world.clock.call(FIRST_LOOK_MS, LAST_OF_ALL, self._look)

    def _look(self, _: None) -> None:
        now = self._world.clock.now
        for node in self._world.nodes:
            store = node.store
            if isinstance(store, DataStore):
                stats = store.get_ip_stats(now)
                free = stats.available - stats.cooldown_ips
                held = stats.total_prefixes, stats.assigned_ips, stats.cooldown_ips, free
                self.table.append((now, node.number, 0, store.enis.count, *held, 0, 0))
        self._world.clock.call(LOOK_EVERY_MS, LAST_OF_ALL, self._look)
