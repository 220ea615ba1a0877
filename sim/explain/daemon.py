"""One node's daemon as the records show it: settings, pool, passes, requests and what held it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.aws.instance_types import of_group
from sim.ipamd.awsutils import EXCLUDED
from sim.ipamd.context import LONG_AGO, RESTART
from sim.ipamd.settings import Settings
from sim.kube.daemon_settings import daemon_settings
from sim.kube.max_pods import max_pods
from sim.results.records import NEVER
from sim.results.result import Result

from .calls import ASSIGN, DELETE, GROWTH, UNASSIGN, Call, calls_of
from .loop import FOREVER, Loop, Pass
from .pool import Held, Pool
from .why import Gates, Verdict, judge

CNI_TAG = "kubernetes.io/role/cni"


class Acted(NamedTuple):
    """A pass that did something: what it found, why it acted, and its calls."""

    when: Pass
    held: Held
    verdict: Verdict
    calls: list[Call]


class Checks(NamedTuple):
    """Pool checks in a row that found the same and did nothing."""

    first_ms: int
    last_ms: int
    number: int
    held: Held
    verdict: Verdict


class Daemon:
    """What the records tell of one node's daemon.

    Args:
        result: the run.
        number: the node's number.
    """

    def __init__(self, result: Result, number: int) -> None:
        self.result, self.number = result, number
        self.name = result.names.nodes[number]
        nodes = result.nodes
        row = int(np.flatnonzero(nodes["node"] == number)[0])
        times = {column: int(nodes[column][row]) for column in nodes.columns}
        self.requested_ms, self.started_ms = times["requested_ms"], times["started_ms"]
        self.ready_ms, self.cordoned_ms = times["ready_ms"], times["cordoned_ms"]
        self.terminated_ms, self.boot_failures = times["terminated_ms"], times["boot_failures"]
        self.subnet = times["subnet"]
        self.group = result.scenario.model.cluster.node_groups[times["group"]]

    @property
    def end_ms(self) -> int:
        """Where its records end: its termination, or the end of the run."""
        return self.result.end_ms if self.terminated_ms == NEVER else self.terminated_ms

    @cached_property
    def settings(self) -> Settings:
        """What the daemon made of its environment."""
        model = self.result.scenario.model
        ipamd = model.ipamd.merged(self.group.ipamd)
        pods = max_pods(self.group, ipamd)
        return daemon_settings(ipamd, of_group(self.group), pods, self.group.unmanaged_enis)

    @cached_property
    def _settings(self) -> list[tuple[int, Settings]]:
        """(from when on, settings) of its processes: each that begins after a change has new ones.

        The starts of a node's first process and of those that were replaced are in the records.
        """
        model, pods = self.result.scenario.model, self.settings.max_pods
        found = [(0, self.settings)]
        for at, ipamd in list(model.settings_over_time(self.group.name))[1:]:
            unmanaged = self.group.unmanaged_enis
            made = daemon_settings(ipamd, of_group(self.group), pods, unmanaged)
            found.append((self._new_process_ms(at), made))
        return found

    def _new_process_ms(self, at: int) -> int:
        """When the first process began that a change at this instant was for."""
        if self.loop is None or self.ready_ms >= at:
            return self.started_ms
        ends = (one.end_ms for one in self.loop.passes if one.kind == RESTART)
        return next((end for end in ends if end >= at), FOREVER)

    def settings_at(self, ms: int) -> Settings:
        """What the process that ran then had made of its environment."""
        return next(settings for since, settings in reversed(self._settings) if since <= ms)

    def restart_at(self, ms: int) -> Pass | None:
        """The restart that was under way then, if one was."""
        passes = self.loop.during(ms, ms) if self.loop else []
        return next((one for one in passes if one.kind == RESTART and ms < one.end_ms), None)

    @cached_property
    def pool(self) -> Pool:
        """What its data store held."""
        rows = self.result.pool
        subnets = self.result.scenario.model.cluster.subnets
        excluded = {i for i, one in enumerate(subnets) if one.tags.get(CNI_TAG) == EXCLUDED}
        return Pool(rows.only(rows["node"] == self.number), frozenset(excluded))

    @cached_property
    def calls(self) -> list[Call]:
        """All calls to EC2 of its node, in the order of their beginning."""
        rows = self.result.ec2_calls
        return calls_of(rows.only(rows["node"] == self.number))

    @cached_property
    def loop(self) -> Loop | None:
        """Its loop; None if it never began."""
        if self.ready_ms == NEVER:
            return None
        rows = self.result.passes
        of = rows.matrix[rows["node"] == self.number].tolist()
        passes = [Pass(begin, FOREVER if end == NEVER else end, kind) for begin, end, _, kind in of]
        # What happens at the instant of a node's end comes before the loops of that instant.
        is_gone = self.terminated_ms != NEVER
        return Loop(self.ready_ms, passes, self.terminated_ms if is_gone else self.end_ms + 1)

    # ------------------------------------------------------------------ passes

    def calls_in(self, begin_ms: int, end_ms: int) -> list[Call]:
        """Calls that began between two instants, both included."""
        first = bisect_right(self._begins, begin_ms - 1)
        return self.calls[first : bisect_right(self._begins, end_ms)]

    @cached_property
    def _begins(self) -> list[int]:
        return [one.begin_ms for one in self.calls]

    def calls_of_pass(self, one: Pass) -> list[Call]:
        """The calls of a pass, without those of the look for leaked ENIs, which runs beside it."""
        inside = self.calls_in(one.begin_ms, min(one.end_ms, self.end_ms))
        return [call for call in inside if call not in self.looks]

    @cached_property
    def looks(self) -> set[Call]:
        """Calls of the looks for leaked ENIs: what they ask for, and what they delete then."""
        found: set[Call] = set()
        ends: set[int] = set()
        for call in self.calls:
            if call.is_look or (call.action == DELETE and call.begin_ms in ends):
                found.add(call)
                ends.add(call.end_ms)
        return found

    def acted(self, begin_ms: int, end_ms: int) -> list[Acted]:
        """Passes between two instants that did something."""
        passes = self.loop.during(begin_ms, end_ms) if self.loop else []
        found = []
        for one in passes:
            held = self.pool.at_start_of_pass(one.begin_ms)
            verdict = self._judge(held, one.begin_ms)
            found.append(Acted(one, held, verdict, self.calls_of_pass(one)))
        return found

    def idle_checks(self, begin_ms: int, end_ms: int) -> list[Checks]:
        """Pool checks between two instants that did nothing; those in a row that found the same."""
        if self.loop is None:
            return []
        found: list[Checks] = []
        acts = [one.begin_ms for one in self.loop.passes]
        for ms in self.loop.idle_checks(begin_ms, end_ms):
            held = self.pool.at(ms)
            last = found[-1] if found else None
            if (
                last
                and last.held == held
                and bisect_right(acts, ms) == bisect_right(acts, last.first_ms)
            ):
                same = self._judge(held, ms)
                if same == last.verdict:
                    found[-1] = last._replace(last_ms=ms, number=last.number + 1)
                    continue
            found.append(Checks(ms, ms, 1, held, self._judge(held, ms)))
        return found

    def _judge(self, held: Held, ms: int) -> Verdict:
        return judge(self.settings_at(ms), held, ms, self.gates(ms))

    # ------------------------------------------------------------------- gates

    def gates(self, ms: int) -> Gates:
        """What kept a check at an instant from acting."""
        return Gates(
            is_cordoned=NEVER < self.cordoned_ms <= ms,
            exhausted_ms=_last(self._exhausted, ms),
            shrunk_ms=_last(self._shrunk, ms - 1),
        )

    @cached_property
    def _shrunk(self) -> list[int]:
        """Ends of the passes that gave CIDRs back."""
        return [
            one.end_ms
            for one in (self.loop.passes if self.loop else ())
            if one.is_check
            and any(call.action == UNASSIGN for call in self.calls_in(one.begin_ms, one.end_ms))
        ]

    @cached_property
    def _exhausted(self) -> list[int]:
        """Answers that a subnet has no address, after which ipamd asks for none for 120 s.

        With subnet discovery ipamd swallows them. Without it the first call's is followed at once
        by a second one for a single address, whose answer counts.
        """
        if self.settings.subnet_discovery:
            return []
        assigned = [one for one in self.calls if one.action == ASSIGN]
        followed = {one.begin_ms for one in assigned}
        return [
            one.end_ms
            for one in assigned
            if one.is_refused_for_room
            and one.code != "InvalidParameterValue"
            and one.end_ms not in followed
        ]

    def growth(self, begin_ms: int, end_ms: int) -> list[Call]:
        """Calls for more addresses that were answered between two instants."""
        calls = self.calls_in(0, end_ms)
        return [one for one in calls if one.action in GROWTH and begin_ms <= one.end_ms <= end_ms]


def _last(times: list[int], ms: int) -> int:
    """The last of some times up to an instant."""
    place = bisect_right(times, ms)
    return times[place - 1] if place else LONG_AGO
