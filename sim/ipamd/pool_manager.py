"""The pool manager's loop without the passes that would do nothing.

Upstream checks its pool every 5 s (`sim.ipamd.daemon.start_node_ip_pool_manager` is that loop as
it stands). Nearly all passes change nothing, so this one sleeps until a pass could: a pod came or
went and moved the pool over a threshold, or a gate opens by itself (30 s between decreases, 120 s
after an exhausted subnet, an ENI's first minute, the end of a cooldown, a reconcile with something
to compare). It wakes on the grid that the loop would have reached by then, so that both leave the
same records; a permanent test holds them to it.
"""

from __future__ import annotations

from simpy import Process

from sim.clock import Timer, until_interrupted

from .context import IpamContext, Steps
from .daemon import (
    DECREASE_IP_POOL_INTERVAL_MS,
    SLEEP_DURATION_MS,
    update_ip_pool_if_required,
)
from .decisions import (
    Stats,
    has_room_for_eni,
    is_datastore_pool_too_high,
    is_datastore_pool_too_low,
    should_remove_extra_enis,
)
from .grow import INSUFFICIENT_CIDR_COOLDOWN_MS, is_eni_attachment_allowed
from .reconcile import NODE_IP_POOL_RECONCILE_INTERVAL_MS, is_reconciled, node_ip_pool_reconcile
from .settings import Settings

PERIOD_MS = 2 * SLEEP_DURATION_MS
RECONCILE_PERIOD_MS = NODE_IP_POOL_RECONCILE_INTERVAL_MS + PERIOD_MS
"""Between two reconciles of an undisturbed loop: the first pass that is more than 60 s later."""

FAR = 1 << 62


class SleepingPoolManager:
    """Runs the passes of one daemon that do something, when the loop would have run them."""

    def __init__(self, context: IpamContext) -> None:
        self._c = context
        self._next_check = 0
        self._next_reconcile = 0
        self._timer: Timer | None = None
        self._wake_at = FAR
        self._process: Process | None = None
        self._is_asleep = False

    def start(self) -> None:
        """The loop begins now."""
        now = self._c.clock.now
        self._go_to_sleep(now + SLEEP_DURATION_MS, now + PERIOD_MS)

    def stop(self) -> None:
        """The daemon is killed."""
        self._is_asleep = False
        self._timer = None
        if self._process is not None and self._process.is_alive:
            self._process.interrupt()

    def pool_changed(self) -> None:
        """A pod took or released an address, or the node was cordoned."""
        if self._is_asleep:
            due = max(earliest_pool_check(self._c), self._c.clock.now)
            if due < self._wake_at:
                self._arm(_on_grid(self._next_check, due))

    # ----------------------------------------------------------------- sleeping

    def _go_to_sleep(self, next_check: int, next_reconcile: int) -> None:
        self._next_check = next_check
        self._next_reconcile = next_reconcile
        self._is_asleep = True
        self._wake_at = FAR
        due = earliest_pool_check(self._c)
        at = _on_grid(next_check, due) if due < FAR else FAR
        if not is_reconciled(self._c):
            at = min(at, self._first_reconcile())
        if at < FAR:
            self._arm(at)

    def _first_reconcile(self) -> int:
        """The grid's first reconcile that is more than 60 s after the last pool action."""
        due = self._c.last_node_ip_pool_action + NODE_IP_POOL_RECONCILE_INTERVAL_MS + 1
        return _on_grid(self._next_reconcile, due)

    def _arm(self, at: int) -> None:
        if at >= self._wake_at:
            return
        c = self._c
        self._wake_at = at
        self._timer = Timer(c.clock, at - c.clock.now, c.order)
        self._timer.callbacks.append(self._wake)

    def _wake(self, timer: Timer) -> None:
        if timer is not self._timer:
            return
        c, now = self._c, self._c.clock.now
        self._is_asleep = False
        is_check = (now - self._next_check) % PERIOD_MS == 0
        self._skip_reconciles(now)
        if is_check and earliest_pool_check(c) > now:
            self._go_to_sleep(now + PERIOD_MS, now + SLEEP_DURATION_MS)
        else:
            steps = update_ip_pool_if_required(c) if is_check else node_ip_pool_reconcile(c)
            self._process = c.clock.process(until_interrupted(self._pass(steps, is_check)))

    def _skip_reconciles(self, now: int) -> None:
        """Stamps what the reconciles before ``now`` would have stamped; they found nothing."""
        first = self._first_reconcile()
        if first < now:
            rounds = (now - 1 - first) // RECONCILE_PERIOD_MS
            self._c.last_node_ip_pool_action = first + rounds * RECONCILE_PERIOD_MS

    def _pass(self, steps: Steps, is_check: bool) -> Steps:
        yield from steps
        now = self._c.clock.now
        soon, later = now + SLEEP_DURATION_MS, now + PERIOD_MS
        if is_check:
            self._go_to_sleep(next_check=later, next_reconcile=soon)
        else:
            self._go_to_sleep(next_check=soon, next_reconcile=later)


def _on_grid(first: int, due: int) -> int:
    """The first of ``first``, ``first`` + 5 s, ... that is not before ``due``."""
    if due <= first:
        return first
    return first + -(-(due - first) // PERIOD_MS) * PERIOD_MS


def earliest_pool_check(c: IpamContext) -> int:
    """The earliest ms at which a pool check would do something if nothing else happened.

    `FAR` if never; ``now`` or earlier if it would at once.
    """
    store, now = c.data_store, c.clock.now
    is_low, is_high, is_extra = _assess(c.settings, store.get_ip_stats(now))
    due = FAR
    if is_low:
        can_grow = store.has_allocatable_eni() or has_room_for_eni(c.settings, len(store.enis))
        if can_grow and is_eni_attachment_allowed(c):
            due = c.last_insufficient_cidr_error + INSUFFICIENT_CIDR_COOLDOWN_MS + 1
    elif is_high:
        due = c.last_decrease_ip_pool + DECREASE_IP_POOL_INTERVAL_MS + 1
    if is_extra or (c.settings.prefix_delegation and store.freeable_eni_exists()):
        deletable = store.next_deletable_eni(now)
        if deletable is not None and is_eni_attachment_allowed(c):
            due = min(due, deletable)
    return due


def _assess(settings: Settings, stats: Stats) -> tuple[bool, bool, bool]:
    """(too low, too high, extra ENIs whether or not one is freeable), remembered by the counts.

    A busy node asks at each pod event, and its counts come back again and again.
    """
    counts = (stats.total_ips, stats.total_prefixes, stats.assigned_ips, stats.free_prefixes)
    known = settings.assessed.get(counts)
    if known is None:
        is_low = is_datastore_pool_too_low(settings, stats)
        is_high = is_datastore_pool_too_high(settings, stats)
        known = is_low, is_high, should_remove_extra_enis(settings, stats, False)
        settings.assessed[counts] = known
    return known
