"""From files to a history, and from it to the pods of a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sim.scenario.errors import InputError, Problem

from .counters import has_counters, lives_of_nodes
from .csv_pods import read_csv
from .estimates import with_estimated_ends
from .events import is_event, read_event
from .history import History, most
from .lives import Life, Rules, lives
from .metrics import read_metric
from .notes import Notes
from .prometheus import is_series, not_an_answer, series_of
from .stream import Item, is_empty, is_json, json_items

NOT_HERE = ("DaemonSet", "Node")
"""Owners whose pods are no workload: a scenario has DaemonSets as part of its node groups, and a
node's own (static) pods use its address."""

MOST_PROBLEMS = 20
MOST_KINDS = 6


@dataclass
class Churn:
    """The pods of a cluster's history.

    Attributes:
        lives: what becomes of the trace, in the order of starts.
        begin_ms, end_ms: what the history covers, in milliseconds since 1970; the trace's time 0
            is its begin.
        are_named: whether the pods are known one by one, and not just counted by ipamd.
        notes: what was understood, guessed and left out.
    """

    lives: list[Life]
    begin_ms: int
    end_ms: int
    are_named: bool
    notes: Notes = field(default_factory=Notes)


def read_churn(
    files: Sequence[Path],
    *,
    columns: Mapping[str, str] | None = None,
    unit: str = "s",
    rules: Rules | None = None,
) -> Churn:
    """The pods that files tell of, each file recognised by what it holds.

    Args:
        files: Kubernetes events, answers of Prometheus, or CSV.
        columns: of CSV files, the names of columns by what they hold.
        unit: of CSV files, the unit of plain numbers that are times.
        rules: what is taken for granted.

    Raises:
        InputError: a file cannot be read or is none of these, or there is no pod in them.
    """
    history, notes = History(), Notes()
    for path in files:
        _read(path, columns or {}, unit, history, notes)
    history.join_by_name()
    if history.begin_ms is None or history.end_ms is None:
        said = ", ".join(str(path) for path in files)
        remedy = "give events, series of kube-state-metrics or of ipamd, or a CSV of pods"
        raise InputError([Problem("nothing tells of a pod", said, remedy=remedy)])
    notes.understood.append(f"the history covers {_span(history.begin_ms, history.end_ms)}")
    rules = rules or Rules()
    churn = _of_pods(history, rules, notes) or _of_counters(history, rules, notes)
    if not churn.lives:
        remedy = "nothing is left of the files: see what they were found to hold"
        found = "; ".join(notes.left_out)
        raise InputError([Problem(f"there is no pod to replay: {found}", remedy=remedy)])
    if history.ignored:
        said = ", ".join(most(history.ignored, MOST_KINDS))
        notes.left_out.append(f"what tells nothing of starts and ends: {said}")
    return churn


def _read(
    path: Path, columns: Mapping[str, str], unit: str, history: History, notes: Notes
) -> None:
    before = Counter(history.counted)
    if is_empty(path):
        raise InputError([Problem("the file is empty", str(path), remedy="export it again")])
    if not is_json(path):
        taken = read_csv(path, columns, unit, history)
        said = ", ".join(f"{key} from {column}" for key, column in taken.items())
        (notes.understood if columns else notes.guessed).append(f"{path.name}: {said}")
    else:
        _read_json(path, history)
    found = ", ".join(most(history.counted - before, MOST_KINDS)) or "nothing of use"
    notes.understood.append(f"{path.name}: {found}")


def _read_json(path: Path, history: History) -> None:
    problems: list[Problem] = []
    for item in json_items(path):
        if is_event(item.data):
            wrong = read_event(item, str(path), history)
            problems += [wrong] if wrong else []
        elif is_series(item.data):
            read_metric(series_of(item, str(path)), history)
        elif not _has_no_item(item.data):
            raise InputError([_stranger(item, path)])
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise InputError(problems)


def _has_no_item(data: Any) -> bool:
    """Whether it is a whole answer or list without an item."""
    return isinstance(data, Mapping) and data.get("items") == []


def _stranger(item: Item, path: Path) -> Problem:
    kind = item.data.get("kind") if isinstance(item.data, Mapping) else None
    if not kind:
        return not_an_answer(item, path)
    remedy = "kubectl get events -A -o json gives events; a snapshot goes to `ipamd-sim import`"
    return Problem(f"this is a {kind}, no event", str(path), path=item.place, remedy=remedy)


def _of_pods(history: History, rules: Rules, notes: Notes) -> Churn | None:
    """The pods that are known one by one."""
    if not history.pods or history.begin_ms is None or history.end_ms is None:
        return None
    known = [one for one in lives(history, rules) if _is_kept(one)]
    out = Counter(_why_not(one) for one in lives(history, rules) if not _is_kept(one))
    notes.left_out += [f"{number:,} pods {why}" for why, number in sorted(out.items())]
    if history.nodes:
        notes.left_out.append("ipamd's counts: the pods are known one by one")
    result = with_estimated_ends(known, history.end_ms, rules.life_ms)
    _say_guesses(history, result.lives, notes)
    if result.without:
        notes.guessed.append(
            f"{result.without:,} pods without an end stay: no pod of their kind was seen to end "
            "(--life says how long they live)"
        )
    return Churn(result.lives, history.begin_ms, history.end_ms, True, notes)


def _is_kept(life: Life) -> bool:
    return not _why_not(life)


def _why_not(life: Life) -> str:
    if life.controller.kind in NOT_HERE:
        return f"of {life.controller.kind}s: they are part of the node groups"
    if life.pod.host_network:
        return "on their node's network: they take no address"
    return ""


def _say_guesses(history: History, lives: Sequence[Life], notes: Notes) -> None:
    """How starts and ends are known, and whose controller had to be guessed."""
    notes.understood.append(f"{len(lives):,} pods: {_how(lives, 'start')}; {_how(lives, 'end')}")
    guesses = {
        "start before": "were there when the history begins",
        "start bounded": "start between two samples: the middle is taken",
        "end bounded": "end between two known times, or a grace period after the request",
        "end estimated": "have no end: it is estimated from the lives of others",
    }
    for key, said in guesses.items():
        which, how = key.split()
        number = sum(getattr(one, which).how == how for one in lives)
        if number:
            notes.guessed.append(f"{number:,} pods {said}")
    unknown = sum(history.controller(one.pod)[1] for one in lives)
    if unknown:
        notes.guessed.append(
            f"the controllers of {unknown:,} pods, by the names of their owners, or their own"
        )


def _how(lives: Iterable[Life], which: str) -> str:
    counts = Counter(getattr(one, which).how for one in lives)
    return f"{which} " + ", ".join(f"{how} {n:,}" for how, n in sorted(counts.items()))


def _of_counters(history: History, rules: Rules, notes: Notes) -> Churn:
    """The pods that ipamd counted."""
    assert history.begin_ms is not None
    assert history.end_ms is not None
    found = list(lives_of_nodes(history, rules.always))
    notes.understood.append(
        f"{len(found):,} pods, by what ipamd counted on {len(history.nodes)} nodes"
    )
    if rules.always:
        notes.left_out.append(
            f"the first {rules.always} pods of each node: its DaemonSets' are part of its group"
        )
    notes.guessed.append("when they start and end between samples, and that the first goes first")
    if not has_counters(history):
        notes.guessed.append(
            "churn is understated: without awscni_add_ip_req_count and awscni_del_ip_req_count "
            "pods that come and go between two samples are not seen"
        )
    return Churn(found, history.begin_ms, history.end_ms, False, notes)


def _span(begin_ms: int, end_ms: int) -> str:
    return f"{moment(begin_ms)} to {moment(end_ms)}"


def moment(time_ms: int) -> str:
    """A time since 1970 as text, in UTC and whole seconds."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
