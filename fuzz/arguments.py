"""Values on the command line, and files that are none."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from random import Random

from . import samples, values
from .case import Case, Place


def _paths(random: Random) -> str:
    roots = ("cluster", "ipamd", "aws", "workload", "seed", "duration", "cluster.node_groups", "x")
    steps = ("batch", "[0]", "[99]", "[-1]", "nodes", "WARM_IP_TARGET", "shop", "", "[", "]", "é")
    return ".".join([random.choice(roots), *random.choices(steps, k=random.randint(0, 3))])


_KEYS = (
    *("ipamd.WARM_IP_TARGET", "cluster.node_groups.batch.nodes", "duration", "workload.shop.name"),
    *("aws.quota_multiplier", "seed", "cluster.node_groups[0].instance_type", "description"),
)


def command_line(random: Random, at: Place) -> Case:
    """Values on the command line."""
    samples.write_small(at.folder)
    samples.link(at.folder, at.good / "run")
    odd = str(values.value(random)).replace("\0", "") if random.random() < 0.8 else _paths(random)
    odd = odd.encode("utf-8", "surrogateescape" if "\ud800" not in odd else "replace").decode()
    key = random.choice(_KEYS) if random.random() < 0.6 else _paths(random)
    commands: tuple[tuple[str, ...], ...] = (
        *(("validate", "small.yaml", "--set", f"{key}={odd}"),) * 4,
        *(("validate", odd), ("validate", "small.yaml", "--set", odd), (odd,), (odd, "small.yaml")),
        ("compare", "small.yaml", "--variant", f"a: {key}={odd}", "--replications", "nope"),
        ("compare", "small.yaml", "--variant", odd, "--workers", "0"),
        ("run", "small.yaml", "--max-memory", odd),
        ("run", "small.yaml", "--seed", odd, "--no-progress", "-o", "json"),
        *(("show", "run", "--at", odd), ("show", odd), ("fragments", "run", odd)),
        *(("explain", "pod", odd, "run"), ("explain", "node", odd, "run", "--at", odd)),
        *(("explain", "subnet", odd, "run"), ("export", odd, "run"), ("export", "events", "run")),
        *(("export", "openmetrics", "run", "--step", odd), ("new", odd), ("diff", odd, "run")),
        *(("export", "openmetrics", "run", "--start", odd), ("max-pods", "-i", odd)),
        *(("export", "openmetrics", "run", "--job", odd), ("lint", f"{key.split('.')[-1]}={odd}")),
        ("max-pods", "-i", "m5.large", "--cni-version", odd),
        ("max-pods", "-i", "m5.large", "--cni-max-eni", odd),
        *(("lint", "--nodes", odd, "--instance-type", "m5.large"), ("lint", "--subnet", odd)),
        *(("lint", "small.yaml", "--ignore", odd), ("lint", "--instance-type", odd, odd)),
        *(("settings", "small.yaml", "--variant", odd), ("settings", odd), ("sweep", odd)),
        *(("import", odd), ("import", "churn", odd, "-o", "out.csv"), ("schema", odd)),
        ("import", str(at.good / "cluster.json"), "--limits", odd),
        ("import", "churn", "trace.csv", "-o", "out.csv", "--columns", odd),
        ("import", "churn", "trace.csv", "-o", "out.csv", "--life", odd),
        ("overlay", "run", "--prometheus", str(at.good / "series.json"), "--at", odd),
        ("overlay", "run", "--prometheus", str(at.good / "series.json"), "--offset", odd),
        ("overlay", "run", "--prometheus", str(at.good / "series.json"), "--metric", odd),
        ("overlay", "run", "--prometheus", odd),
    )
    return Case(random.choice(commands), may_take_long=True)


def odd_files(random: Random, at: Place) -> Case:
    """What is no regular file, cannot be read or is not there, where each verb wants a file."""
    samples.write_small(at.folder)
    name = random.choice(tuple(_ODD))
    _ODD[name](at.folder / name)
    given = random.choice((name, name, "/dev/zero", "/dev/null", "/proc/self/mem", f"{name}/x"))
    target = "loop.yaml" if "fifo" in name else name  # who writes to a pipe waits for its reader
    (at.folder / "s.yaml").write_text(samples.SMALL.replace("trace.csv", json.dumps(given)))
    (at.folder / "t.yaml").write_text(samples.STUDY.replace("small.yaml", json.dumps(given)))
    commands: tuple[tuple[str, ...], ...] = (
        *(("validate", given), ("validate", "s.yaml"), ("sweep", "t.yaml"), ("sweep", given)),
        *(("import", given, "-o", "out.yaml"), ("import", "churn", given, "-o", "out.csv")),
        *(("show", given), ("settings", given), ("export", "events", given), ("lint", given)),
        *(("diff", given, given), ("explain", "pod", given), ("new", "poisson", "-o", target)),
        ("overlay", str(at.good / "run"), "--prometheus", given),
        ("run", "small.yaml", "--no-progress", "--out", target),
        ("run", "small.yaml", "--no-progress", "--html", target),
        ("compare", "s.yaml", "--variant", "a: WARM_IP_TARGET=9", "--out", target),
    )
    return Case(random.choice(commands))


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


_ODD: dict[str, Callable[[Path], None]] = {
    "fifo.yaml": os.mkfifo,
    "fifo.json": os.mkfifo,
    "fifo.csv": os.mkfifo,
    "folder.yaml": Path.mkdir,
    "folder.csv": Path.mkdir,
    "loop.yaml": lambda path: path.symlink_to(path.name),
    "nowhere.yaml": lambda path: path.symlink_to("not-there"),
    "socket.yaml": _socket,
    "empty.yaml": Path.touch,
    "empty.json": Path.touch,
    "n" * 200: Path.touch,
    "not-there": lambda _path: None,
}
