"""Large files, each read by the command in a process of its own: its time, memory and answer."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from . import samples

MOST_BYTES = 2**30
LONGEST_S = 10.0
MOST_WORDS = 20_000
_BLOCK = 2**20
_STUCK_S = 120


class Large(NamedTuple):
    """A large file and what reads it.

    Attributes:
        what: what it holds.
        file: its name.
        blocks: what it is made of, given how many bytes it is to have.
        arguments: of the command.
        is_read: whether there is nothing wrong with it, so that reading all of it may take time.
    """

    what: str
    file: str
    blocks: Callable[[int], Iterator[bytes]]
    arguments: tuple[str, ...]
    is_read: bool = False


def repeated(head: bytes, unit: bytes, tail: bytes = b"") -> Callable[[int], Iterator[bytes]]:
    """One thing over and over."""

    def blocks(size: int) -> Iterator[bytes]:
        yield head
        block = unit * max(1, _BLOCK // len(unit))
        for _ in range(size // len(block)):
            yield block
        yield tail

    return blocks


def rows(size: int) -> Iterator[bytes]:
    """A trace that is right."""
    yield b"start,end,cpu,memory,node\n"
    block = b"".join(b"%d,%d,50m,64Mi,\n" % (second, second + 60) for second in range(40_000))
    for _ in range(size // len(block)):
        yield block


def _pods(size: int) -> Iterator[bytes]:
    pod = b'{"kind":"Pod","metadata":{"name":"a","namespace":"b"},"spec":{"x":"%s"}},' % (
        b"y" * 900
    )
    yield from repeated(b'{"kind":"List","items":[', pod, b'{"kind":"Pod"}]}')(size)


_IMPORT = ("import", "large.json", "-o", "out.yaml")
_CHURN = ("import", "churn", "large.json", "-o", "out.csv")
_CSV = ("validate", "small.yaml")
_YAML = ("validate", "large.yaml")
_SETTINGS = ("settings", "large.json")

LARGE = (
    Large("YAML of one list", "large.yaml", repeated(b"a: [", b"a,", b"]"), _YAML),
    Large("a trace that is right", "trace.csv", rows, _CSV, is_read=True),
    Large("a trace of one line", "trace.csv", repeated(b"", b"a"), _CSV),
    Large(
        "a trace of blank lines", "trace.csv", repeated(b"start,end,cpu,memory,node\n", b"\n"), _CSV
    ),
    Large(
        "a trace of wrong rows", "trace.csv", repeated(b"start,end,cpu,memory,node\n", b"x\n"), _CSV
    ),
    Large("a trace in one quote", "trace.csv", repeated(b'start,end\n"', b"1,2\n"), _CSV),
    Large("a trace of NULs", "trace.csv", repeated(b"", b"\0"), _CSV),
    Large("pods without a cluster", "large.json", _pods, _IMPORT, is_read=True),
    *(
        Large(f"{verb[1]}: {what}", "large.json", blocks, verb)
        for verb in (_IMPORT, _CHURN, _SETTINGS)
        for what, blocks in {
            "lists in lists": repeated(b'{"items":[', b"["),
            "mappings in mappings": repeated(b'{"items":[', b'{"a":'),
            "one list of mappings": repeated(b'{"items":[{"a":[', b"{},", b"{}]}]}"),
            "one list of numbers": repeated(b'{"items":[{"a":[', b"1.5,", b"1]}]}"),
            "one number": repeated(b'{"items":[{"a":', b"9", b"}]}"),
            "one text": repeated(b'{"items":[{"a":"', b"x", b'"}]}'),
            "one key": repeated(b'{"items":[{"', b"x", b'":1}]}'),
            "blanks": repeated(b"{", b" "),
            "documents": repeated(b"", b"{}\n"),
        }.items()
    ),
    Large("manifest: lists in lists", "run/manifest.json", repeated(b"", b"["), ("show", "run")),
    Large("manifest: one text", "run/manifest.json", repeated(b'"', b"x"), ("show", "run")),
)


class Answer(NamedTuple):
    """How a command ended on a large file."""

    code: int
    seconds: float
    peak_bytes: int
    err: str
    left: tuple[str, ...]

    def wrong(self, large: Large) -> list[str]:
        """What must not be about it."""
        found = []
        if self.code not in (0, 1, 2) or "Traceback" in self.err:
            found.append(f"ended with {self.code}")
        if self.seconds > LONGEST_S and not large.is_read:
            found.append("over 10 s")
        if self.peak_bytes > MOST_BYTES:
            found.append("over 1 GiB of memory")
        if len(self.err) > MOST_WORDS:
            found.append("says too much")
        if self.code == 2 and self.left:
            found.append(f"left {', '.join(self.left)}")
        return found


def answer(large: Large, megabytes: int, folder: Path) -> Answer:
    """Makes the file in an empty folder and has it read."""
    samples.write_small(folder)
    target = folder / large.file
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as file:
        file.writelines(large.blocks(megabytes * 10**6))
    before = set(folder.iterdir())
    ended = _run(large.arguments, folder)
    left = tuple(sorted(one.name for one in set(folder.iterdir()) - before - {folder / ".err"}))
    return ended._replace(left=left)


def _run(arguments: tuple[str, ...], folder: Path) -> Answer:
    with (folder / ".err").open("w+b") as err:
        start = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "sim", *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(samples.ROOT), "NO_COLOR": "1"},
            stdout=subprocess.DEVNULL,
            stderr=err,
            preexec_fn=_limited,  # noqa: PLW1509 (no threads here)
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = min(time.monotonic() - start, used.ru_utime + used.ru_stime)
        err.seek(0)
        said = err.read().decode("utf-8", "replace")
    return Answer(process.returncode, seconds, used.ru_maxrss * 1024, said, ())


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (_STUCK_S, _STUCK_S))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)


def try_all(folder: Path, megabytes: int) -> int:
    """Tries all of them and prints a table; how many show something that must not be."""
    bad = 0
    for number, large in enumerate(LARGE):
        here = folder / f"{megabytes}-{number}"
        here.mkdir()
        got = answer(large, megabytes, here)
        (here / large.file).unlink()
        wrong = got.wrong(large)
        bad += bool(wrong)
        line = json.dumps(got.err.strip().split("\n")[0][:90])
        used = f"{got.code:>4} {got.seconds:>6.1f} s {got.peak_bytes / 2**20:>6,.0f} MiB"
        verdict = ", ".join(wrong) or "ok"
        print(f"{megabytes:>4} MB  {large.what:34} {used}  {verdict}  {line}", flush=True)
    return bad
