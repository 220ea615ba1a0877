"""Up to three plain sentences about the worst that happened, the most serious first.

Each rule looks at the figures of the summary, and speaks only if they are bad. A reason is given
only where the records show it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sim.report.format import count, duration, number_of, percent, unserved, wait

from .causes import CAUSES, LATE_MS, UNKNOWN, Late
from .ec2 import INSUFFICIENT, THROTTLED
from .records import Names

Figures = dict[str, Any]

MOST = 3
NAMES_SHOWN = 3
STARTING = "starting"
NOTABLE_SHARE = 0.01
MUCH_HELD = 2.0
MUCH_STRANDED = 0.1

DEFINITIONS = (
    ("A subnet ran out of addresses", "ran_out_at_s is not null"),
    ("Node launches failed", "nodes.launch_failures > 0, and no subnet ran out"),
    ("Pods never got an address", "pods.unserved > 0, those that were still starting left out"),
    ("ipamd failed to start", "nodes.boot_failures > 0"),
    ("A subnet had no /28 left", "no_28_left_at_s is not null, and the subnet did not run out"),
    ("EC2 throttled much", f"ec2.throttled_share ≥ {NOTABLE_SHARE}"),
    ("EC2 failed", f"errors of aws.faults ≥ {NOTABLE_SHARE} x ec2.total"),
    ("Jobs missed their deadline", "pods.deadline_missed > 0"),
    ("Pods waited long", f"ip_wait over {LATE_MS // 1000} s"),
    ("EC2 throttled a little", "ec2.throttled > 0"),
    ("EC2 throttled others much", f"account.throttled_share ≥ {NOTABLE_SHARE}"),
    ("No more node would have fitted", "more_nodes_fit = 0"),
    ("Nodes held much more than pods used", f"mean held ≥ {MUCH_HELD} x mean assigned"),
    ("Much was stranded in prefixes", f"mean stranded ≥ {MUCH_STRANDED} x mean held"),
)
"""What each rule reports and when, in order; docs/metrics.md shows this table."""


class Facts(NamedTuple):
    """What findings are made from besides the figures of the summary.

    ``failed_launches`` are counted by subnet. ``fault_codes`` are errors that requests meet by
    themselves.
    """

    names: Names
    failed_launches: dict[str, int]
    late: Late
    fault_codes: Sequence[str] = ()
    has_warm_up: bool = False


Rule = Callable[[Facts, Figures], str | None]


def _listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b, c and 4 more``."""
    shown, more = names[:NAMES_SHOWN], len(names) - NAMES_SHOWN
    if more > 0:
        shown = [*shown, f"{more} more"]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _subnets(names: list[str]) -> str:
    return f"subnet{'s' if len(names) > 1 else ''} {_listed(names)}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _refused(figures: Figures) -> str:
    """What EC2 refused for lack of room, as a clause to add."""
    requests = figures["ec2"]["requests"]
    codes = Counter(
        {
            action: sum(by_code.get(code, 0) for code in INSUFFICIENT)
            for action, by_code in requests.items()
            if action in ("AssignPrivateIpAddresses", "CreateNetworkInterface")
        }
    )
    refused = codes.total()
    if not refused:
        return ""
    in_all = " in all" if len(figures["addresses"]["subnets"]) > 1 else ""
    return f"; EC2 refused {number_of(refused, 'request')}{in_all} for lack of room"


def _at(figures: Figures, key: str) -> dict[str, float]:
    """Subnets for which a time is given, the earliest first."""
    times = {name: one.get(key) for name, one in figures["addresses"]["subnets"].items()}
    return dict(sorted(((n, t) for n, t in times.items() if t is not None), key=lambda x: x[1]))


def _ran_out(facts: Facts, figures: Figures) -> str | None:
    times = _at(figures, "ran_out_at_s")
    if not times:
        return None
    names = list(times)
    failed = sum(facts.failed_launches[name] for name in names)
    where = f"{_capital(_subnets(names))} ran out of addresses"
    first = f", {names[0]} first," if len(names) > 1 else ""
    when = f"{first} at {duration(times[names[0]])}"
    launches = f": {number_of(failed, 'node launch', 'node launches')} failed" if failed else ""
    return f"{where}{when}{launches}{_refused(figures)}."


def _launches(facts: Facts, figures: Figures) -> str | None:
    failed = {name: n for name, n in facts.failed_launches.items() if n}
    if not failed or _at(figures, "ran_out_at_s"):
        return None
    total = number_of(sum(failed.values()), "node launch", "node launches")
    return f"{total} failed for lack of an address in {_subnets(list(failed))}."


def _unserved(_facts: Facts, figures: Figures) -> str | None:
    pods = figures["pods"]
    reasons = {why: n for why, n in pods["unserved_reasons"].items() if why != STARTING}
    if not reasons:
        return None
    ranked = sorted(reasons, key=lambda why: -reasons[why])
    counts = {why: count(n) if len(reasons) > 1 else "all" for why, n in reasons.items()}
    said = ", ".join(unserved(why, counts[why]) for why in ranked)
    total = number_of(pods["created"], "pod")
    whose = _whose(pods["by_workload"], "unserved", "workload")
    return f"{count(sum(reasons.values()))} of {total} never got an address{whose}: {said}."


def _whose(by_name: dict[str, Figures], key: str, noun: str) -> str:
    """Whose all of a count is, if it is one's alone and there are others."""
    having = [name for name, figures in by_name.items() if figures[key]]
    return f", all of {noun} {having[0]}" if len(having) == 1 < len(by_name) else ""


def _boot_failures(_facts: Facts, figures: Figures) -> str | None:
    nodes = figures["nodes"]
    if not nodes["boot_failures"]:
        return None
    never = nodes["requested"] - nodes["ready"]
    of_nodes = f"{count(never)} of {number_of(nodes['requested'], 'node')}"
    ready = f"{of_nodes} never got ready" if never else "all nodes got ready in the end"
    return f"ipamd failed to start {number_of(nodes['boot_failures'], 'time')}; {ready}."


def _no_28(_facts: Facts, figures: Figures) -> str | None:
    out = _at(figures, "ran_out_at_s")
    times = {n: t for n, t in _at(figures, "no_28_left_at_s").items() if n not in out}
    if not times:
        return None
    name = next(iter(times))
    least = figures["addresses"]["subnets"][name]["smallest_free"]
    never = f"though never fewer than {count(least)} of its addresses were free"
    others = f" (and {number_of(len(times) - 1, 'other subnet')} later)" if len(times) > 1 else ""
    return (
        f"Subnet {name} had no free /28 left at {duration(times[name])}{others}, "
        f"{never}{_refused(figures)}."
    )


def _throttled_much(facts: Facts, figures: Figures) -> str | None:
    is_much = figures["ec2"]["throttled_share"] >= NOTABLE_SHARE
    return _throttled(facts, figures) if is_much else None


def _throttled_little(facts: Facts, figures: Figures) -> str | None:
    is_much = figures["ec2"]["throttled_share"] >= NOTABLE_SHARE
    return None if is_much else _throttled(facts, figures)


def _throttled_others(_facts: Facts, figures: Figures) -> str | None:
    account = figures.get("account")
    if account is None or account["throttled_share"] < NOTABLE_SHARE:
        return None
    tenants = account["tenants"]
    most = max(tenants, key=lambda name: tenants[name]["throttled"])
    whose = f", most of them {most}'s" if len(tenants) > 1 else ""
    return (
        f"EC2 throttled {count(account['throttled'])} of "
        f"{number_of(account['requests'], 'request')} of others in the account "
        f"({percent(account['throttled_share'])}){whose}: they gave up "
        f"{number_of(account['given_up'], 'call')}."
    )


def _throttled(_facts: Facts, figures: Figures) -> str | None:
    ec2 = figures["ec2"]
    if not ec2["throttled"]:
        return None
    by_action = {action: codes.get(THROTTLED, 0) for action, codes in ec2["requests"].items()}
    action = max(by_action, key=lambda name: by_action[name])
    bucket = ec2["buckets"][action]
    most = "all" if by_action[action] == ec2["throttled"] else count(by_action[action])
    return (
        f"EC2 throttled {count(ec2['throttled'])} of {number_of(ec2['total'], 'request')} "
        f"({percent(ec2['throttled_share'])}), {most} of them {action}, whose busiest second, at "
        f"{duration(bucket['busiest_second_at_s'])}, had {count(bucket['busiest_second'])}."
    )


def _failed(facts: Facts, figures: Figures) -> str | None:
    ec2 = figures["ec2"]
    by_action = {
        action: sum(codes.get(code, 0) for code in facts.fault_codes)
        for action, codes in ec2["requests"].items()
    }
    failed = sum(by_action.values())
    if not failed or failed < NOTABLE_SHARE * ec2["total"]:
        return None
    action = max(by_action, key=lambda name: by_action[name])
    most = "all" if by_action[action] == failed else count(by_action[action])
    return (
        f"EC2 answered {count(failed)} of {number_of(ec2['total'], 'request')} with "
        f"{' or '.join(facts.fault_codes)}, {most} of them {action}."
    )


def _deadlines(_facts: Facts, figures: Figures) -> str | None:
    pods = figures["pods"]
    missed = pods["deadline_missed"]
    if not missed:
        return None
    whose = _whose(pods["by_workload"], "deadline_missed", "workload")
    were = "was" if missed == 1 else "were"
    who = f"{number_of(missed, 'pod')}{whose}{',' if whose else ''}"
    return f"{who} {were} ended by activeDeadlineSeconds."


def _late(facts: Facts, _figures: Figures) -> str | None:
    by_group, by_cause = facts.late
    total = sum(by_cause)
    if not total:
        return None
    in_group, for_cause = max(by_group), max(by_cause)
    where, nodes = "", "the nodes"
    if len(by_group) > 1:
        nodes = "its nodes" if in_group == total else "their nodes"
        if 2 * in_group > total:
            share = "all" if in_group == total else f"{count(in_group)} of them"
            where = f", {share} in group {facts.names.groups[by_group.index(in_group)]}"
    cause = by_cause.index(for_cause)
    some = "" if for_cause == total else f"for {count(for_cause)} of them "
    reason = "" if cause == UNKNOWN else f": {some}{CAUSES[cause].text.format(nodes=nodes)}"
    who = number_of(total, "pod")
    return f"{who} waited over {LATE_MS // 1000} s for an address{where}{reason}."


def _no_room_for_nodes(_facts: Facts, figures: Figures) -> str | None:
    for name, one in figures["addresses"]["subnets"].items():
        if one["more_nodes_fit"] == 0 and one["ran_out_at_s"] is None:
            return (
                f"Subnet {name} came down to {count(one['smallest_free'])} of "
                f"{count(one['size'])} addresses at {duration(one['smallest_free_at_s'])}: not "
                f"one more node like those there would have fitted."
            )
    return None


def _waste(_facts: Facts, figures: Figures) -> str | None:
    cluster = figures["addresses"]["cluster"]
    held, assigned = cluster["held"]["mean"], cluster["assigned"]["mean"]
    if not held or held < MUCH_HELD * assigned:
        return None
    if not assigned:
        return f"Nodes held {count(round(held))} addresses on average, and pods used none of them."
    return (
        f"Nodes held {held / assigned:.1f} times the addresses that pods used: on average "
        f"{count(held)} against {count(assigned)}."
    )


def _stranded(_facts: Facts, figures: Figures) -> str | None:
    cluster = figures["addresses"]["cluster"]
    held, stranded = cluster["held"]["mean"], cluster.get("stranded", {"mean": 0})["mean"]
    if not held or stranded < MUCH_STRANDED * held:
        return None
    return (
        f"{count(stranded)} of {count(held)} addresses held on average were stranded in prefixes "
        f"that would not be needed if pods were packed."
    )


RULES: tuple[Rule, ...] = (
    _ran_out,
    _launches,
    _unserved,
    _boot_failures,
    _no_28,
    _throttled_much,
    _failed,
    _deadlines,
    _late,
    _throttled_little,
    _throttled_others,
    _no_room_for_nodes,
    _waste,
    _stranded,
)


def _all_well(facts: Facts, figures: Figures) -> str:
    pods, ec2, subnets = figures["pods"], figures["ec2"], figures["addresses"]["subnets"]
    tightest = min(subnets, key=lambda name: subnets[name]["smallest_free"])
    free, size = subnets[tightest]["smallest_free"], subnets[tightest]["size"]
    if not pods["created"]:
        served = f"No pod asked for an address{' after the warm-up' if facts.has_warm_up else ''}"
    elif pods["unserved"]:
        served = f"{count(pods['started'])} of {number_of(pods['created'], 'pod')} got an address"
    else:
        served = f"All {number_of(pods['created'], 'pod')} got an address"
    slowest = f", the slowest after {wait(pods['ip_wait_s'], 'max')}" if pods["started"] else ""
    return (
        f"{served}{slowest}; EC2 throttled none of {number_of(ec2['total'], 'request')}, and "
        f"subnet {tightest} never had fewer than {count(free)} of {count(size)} addresses free."
    )


def findings(facts: Facts, figures: Figures) -> list[str]:
    """What is worth saying about a run.

    Args:
        facts: what the figures do not say.
        figures: its ``addresses``, ``ec2``, ``nodes`` and ``pods`` as in the summary.

    Returns:
        Up to three sentences; one that says so if nothing was bad.
    """
    said: list[str] = []
    for rule in RULES:
        sentence = rule(facts, figures) if len(said) < MOST else None
        if sentence:
            said.append(sentence)
    return said or [_all_well(facts, figures)]
