"""Files of a history for tests: pods that are known, and what tools write of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.importing.churn.made.events import events_text
from sim.importing.churn.made.pods import MadePod, owner_of, uid
from sim.importing.churn.made.series import Asked, answer_text, of_pods

BEGIN_MS = 1_767_600_000_000
STEP_MS = 30_000
MINUTE_MS = 60_000


def pod(
    number: int,
    created_s: int,
    ended_s: int | None,
    *,
    kind: str = "Deployment",
    name: str = "web",
    finished: bool = False,
    listed_s: int = 0,
) -> MadePod:
    """A pod that was created and ended so many seconds after the begin; Jobs have one pod each."""
    kind, owner, parent = owner_of(kind, name, number)
    created, ended = (
        None if one is None else BEGIN_MS + 1000 * one for one in (created_s, ended_s)
    )
    assert created is not None
    full = f"{owner}-{number:05d}"
    return MadePod(
        "shop",
        full,
        uid(full),
        kind,
        owner,
        parent,
        "node-1",
        created,
        created + 10,
        created,
        ended,
        None if ended is None else ended + 1000 * listed_s,
        finished,
    )


def write_events(path: Path, pods: Iterable[MadePod], minutes: int = 60) -> Path:
    """The pods' events."""
    text = events_text(pods, BEGIN_MS, BEGIN_MS + minutes * MINUTE_MS)
    path.write_text("".join(text))
    return path


def write_series(path: Path, pods: Iterable[MadePod], minutes: int = 60) -> Path:
    """The pods' series."""
    asked = Asked(BEGIN_MS, BEGIN_MS + minutes * MINUTE_MS, STEP_MS)
    path.write_text("".join(answer_text(of_pods(pods, asked))))
    return path


def event(reason: str, second: int, message: str = "", **fields: Any) -> dict[str, Any]:
    """An event of a pod as the kubelet writes it."""
    time = f"2026-01-05T08:{second // 60:02d}:{second % 60:02d}Z"
    about = {"kind": "Pod", "namespace": "shop", "name": "web-5d8f7c9b4-abcde", "uid": "u-1"}
    plain = {"kind": "Event", "involvedObject": about, "reason": reason, "message": message}
    return plain | {"eventTime": None, "firstTimestamp": time, "lastTimestamp": time} | fields


def write_json(path: Path, data: Any) -> Path:
    """Plain data as a file."""
    path.write_text(json.dumps(data))
    return path


def event_list(*events: dict[str, Any]) -> dict[str, Any]:
    """A List of events."""
    return {"apiVersion": "v1", "items": list(events), "kind": "List"}


def series(name: str, samples: Iterable[tuple[float, Any]], **labels: str) -> dict[str, Any]:
    """One series of an answer."""
    values = [[time, str(value)] for time, value in samples]
    return {"metric": {"__name__": name, **labels}, "values": values}


def answer(*result: dict[str, Any]) -> dict[str, Any]:
    """An answer of query_range."""
    return {"status": "success", "data": {"resultType": "matrix", "result": list(result)}}
