"""The pool manager's loop without the passes that would do nothing.

Upstream checks its pool every 5 s (`sim.ipamd.daemon.start_node_ip_pool_manager` is that loop as
it stands). Nearly all passes change nothing, so this one sleeps until a pass could: a pod came or
went and moved the pool over a threshold, or a gate opens by itself (30 s between decreases, 120 s
after an exhausted subnet, an ENI's first minute, the end of a cooldown, a reconcile with something
to compare). It wakes on the grid that the loop would have reached by then, so that both leave the
same records; a permanent test holds them to it.
"""

from __future__ import annotations

from sim.clock import Task

from .context import CHECK, RECONCILE, IpamContext, Steps
from .daemon import (
    DECREASE_IP_POOL_INTERVAL_MS,
    SLEEP_DURATION_MS,
    update_ip_pool_if_required,
)
from .data_store import DataStore
from .decisions import (
    has_room_for_eni,
    has_room_for_trunk,
    is_datastore_pool_too_high,
    is_datastore_pool_too_low,
    should_remove_extra_enis,
)
from .grow import INSUFFICIENT_CIDR_COOLDOWN_MS, is_eni_attachment_allowed
from .reconcile import NODE_IP_POOL_RECONCILE_INTERVAL_MS, finds_nothing, node_ip_pool_reconcile
from .settings import Settings

PERIOD_MS = 2 * SLEEP_DURATION_MS
RECONCILE_PERIOD_MS = NODE_IP_POOL_RECONCILE_INTERVAL_MS + PERIOD_MS
"""Between two reconciles of an undisturbed loop: the first pass that is more than 60 s later."""

FAR = 1 << 62

UNKNOWN, LOW, HIGH, EXTRA = 8, 1, 2, 4
"""What a pool check may find, as bits: too low, too high, more ENIs than the targets need."""


class SleepingPoolManager:
    """Runs the passes of one daemon that do something, when the loop would have run them."""

    def __init__(self, context: IpamContext) -> None:
        self._c = context
        self._store = context.data_store
        self._settings = context.settings
        self._assessed = context.settings.assessed
        self._next_check = 0
        self._reconcile_at = FAR  # the next one
        self._reconcile_period = RECONCILE_PERIOD_MS
        self._verdict = 0  # what a pool check would find
        self._due = FAR  # the earliest ms at which it would act on it
        self._wake_at = FAR
        self._armed = 0  # how often; only the last time counts
        self._task: Task | None = None
        self._is_asleep = False

    def start(self) -> None:
        """The loop begins now."""
        now = self._c.clock.now
        self._go_to_sleep(now + SLEEP_DURATION_MS, now + PERIOD_MS)

    def stop(self) -> None:
        """The daemon is killed."""
        self._is_asleep = False
        self._armed += 1
        if self._task is not None:
            self._task.stop()

    def pool_changed(self) -> None:
        """A pod took or released an address.

        Only a changed verdict changes what is due, unless it hangs on which ENI has pods.
        """
        if not self._is_asleep:
            return
        store = self._store
        counts = store.total_ips, store.total_prefixes, store.assigned_ips, store.free_prefixes
        verdict = self._assessed.get(counts)
        if verdict is None:  # remembered, since a busy node asks often, about few counts
            verdict = self._assessed[counts] = assess(self._settings, store)
        if verdict != self._verdict or (verdict & EXTRA and store.freeable_enis):
            self._look(verdict)

    def eni_attached(self) -> None:
        """The controller attached an ENI: the next reconcile has something to find."""
        if self._is_asleep:
            self._arm(_on_grid(self._reconcile_at, self._c.clock.now, self._reconcile_period))

    def cidr_dropped(self) -> None:
        """A CIDR left the data store while EC2 still has it."""
        self.pool_changed()
        self.eni_attached()

    def node_changed(self) -> None:
        """The node was cordoned."""
        if self._is_asleep:
            self._look(self._verdict)

    # ----------------------------------------------------------------- sleeping

    def _look(self, verdict: int) -> None:
        self._verdict = verdict
        self._due = earliest_pool_check(self._c, verdict)
        if self._due < FAR:
            self._arm(_on_grid(self._next_check, max(self._due, self._c.clock.now)))

    def _go_to_sleep(self, next_check: int, next_reconcile: int) -> None:
        c = self._c
        self._next_check = next_check
        self._is_asleep = True
        self._wake_at = FAR
        self._verdict = UNKNOWN
        self.pool_changed()
        # The grid's first reconcile that is more than 60 s after the last pool action.
        due = c.last_node_ip_pool_action + NODE_IP_POOL_RECONCILE_INTERVAL_MS + 1
        self._reconcile_period = RECONCILE_PERIOD_MS
        if c.needs_trunk_eni:
            due, self._reconcile_period = next_reconcile, PERIOD_MS
        self._reconcile_at = _on_grid(next_reconcile, due)
        if self._reconcile_at < self._wake_at:
            is_settled = c.ec2.instance.metadata.settled_ms <= self._reconcile_at
            if not (is_settled and finds_nothing(c)):
                self._arm(self._reconcile_at)

    def _arm(self, at: int) -> None:
        if at >= self._wake_at:
            return
        c = self._c
        self._wake_at = at
        self._armed += 1
        c.clock.call(at - c.clock.now, c.order, self._wake, self._armed)

    def _wake(self, armed: int) -> None:
        if armed != self._armed:
            return
        c, now = self._c, self._c.clock.now
        self._is_asleep = False
        is_check = (now - self._next_check) % PERIOD_MS == 0
        self._skip_reconciles(now)
        if is_check and self._due > now:
            self._go_to_sleep(now + PERIOD_MS, now + SLEEP_DURATION_MS)
        else:
            steps = update_ip_pool_if_required(c) if is_check else node_ip_pool_reconcile(c)
            self._task = Task(self._pass(steps, is_check))

    def _skip_reconciles(self, now: int) -> None:
        """Stamps what the reconciles before ``now`` would have stamped; they found nothing."""
        first = self._reconcile_at
        if first < now:
            rounds = (now - 1 - first) // self._reconcile_period
            self._c.last_node_ip_pool_action = first + rounds * self._reconcile_period

    def _pass(self, steps: Steps, is_check: bool) -> Steps:
        c, kind = self._c, CHECK if is_check else RECONCILE
        begun = c.clock.now
        c.pass_begun = begun, kind
        yield from steps
        c.pass_begun = None
        now = c.clock.now
        if now > begun:
            c.log_pass(begun, now, kind)
        soon, later = now + SLEEP_DURATION_MS, now + PERIOD_MS
        if is_check:
            self._go_to_sleep(next_check=later, next_reconcile=soon)
        else:
            self._go_to_sleep(next_check=soon, next_reconcile=later)


def _on_grid(first: int, due: int, period: int = PERIOD_MS) -> int:
    """The first of ``first``, ``first`` + 5 s, ... that is not before ``due``."""
    if due <= first:
        return first
    return first + -(-(due - first) // period) * period


def earliest_pool_check(c: IpamContext, verdict: int) -> int:
    """The earliest ms at which a pool check would do something if nothing else happened.

    `FAR` if never; now or earlier if it would at once. The verdict is that of `assess`.
    """
    store, now = c.data_store, c.clock.now
    if c.needs_trunk_eni and may_ask_for_trunk(c):
        return now
    due = FAR
    if verdict & LOW:
        can_grow = store.has_allocatable_eni() or has_room_for_eni(
            c.settings, store.enis.count, store.has_trunk
        )
        if can_grow and is_eni_attachment_allowed(c):
            due = c.last_insufficient_cidr_error + INSUFFICIENT_CIDR_COOLDOWN_MS + 1
    elif verdict & HIGH:
        due = c.last_decrease_ip_pool + DECREASE_IP_POOL_INTERVAL_MS + 1
    if verdict & EXTRA and store.freeable_enis:
        deletable = store.next_deletable_eni(now)
        if deletable is not None and is_eni_attachment_allowed(c):
            due = min(due, deletable)
    return due


def may_ask_for_trunk(c: IpamContext) -> bool:
    """Whether the next pool check would ask for a trunk ENI for the first time."""
    is_asked = c.cni_node.security_groups_for_pods
    return not is_asked and has_room_for_trunk(c.settings, c.data_store.enis.count)


def assess(settings: Settings, store: DataStore) -> int:
    """What a pool check would find by the counts alone, as bits of `LOW`, `HIGH` and `EXTRA`."""
    stats = store.counts()
    is_extra = should_remove_extra_enis(settings, stats, freeable_eni_exists=True)
    return (
        LOW * is_datastore_pool_too_low(settings, stats)
        | HIGH * is_datastore_pool_too_high(settings, stats)
        | EXTRA * is_extra
    )
