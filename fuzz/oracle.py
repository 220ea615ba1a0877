"""One command in this process: how it ended and what it did meanwhile."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from sim.cli import main

from . import samples
from .case import Case

LONGEST_S = 10
"""Of the processor's time, which does not depend on what else the machine does."""

STUCK_S, IDLE_S = 20, 0.1
"""Within so long it has to use that much of the processor's time; else it waits for something."""

DEAF_S = 900
"""After which a process ends that heeds no signal."""

MOST_DATA = 4 * 2**30
"""Bytes that a process may ask for; what it really used is seen afterwards."""


class TooLongError(BaseException):
    """The command took over ten seconds; no ``except Exception`` keeps it."""


class Ended(NamedTuple):
    """How a command ended; the code is None if it had to be stopped."""

    code: int | None
    out: str
    err: str
    seconds: float
    kib: int
    trespasses: tuple[str, ...]
    left: tuple[str, ...]


class _Watch:
    """Notes what a command does that no reader of data may do; hooks stay for good."""

    def __init__(self) -> None:
        self.allowed: tuple[str, ...] | None = None
        self.found: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, args: tuple[Any, ...]) -> None:
        if self.allowed is None:
            return
        if event in _NEVER:
            self.found.append(f"{event} {str(args)[:200]}")
        elif event == "open" and isinstance(args[0], str | bytes):
            path = os.path.abspath(os.fsdecode(args[0]))
            writes = bool((args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            if "__pycache__" not in path and not path.startswith(
                self.allowed if writes else (*self.allowed, *_READABLE)
            ):
                self.found.append(f"{'writes' if writes else 'reads'} {path}")

    @contextlib.contextmanager
    def over(self, case: Case, folder: Path) -> Iterator[list[str]]:
        """What is done meanwhile outside of the folder and of what the arguments name."""
        named = (os.path.abspath(folder / one) for one in case.arguments if "\0" not in one)
        self.allowed = (
            f"{folder}/",
            *(one for one in named if one != "/"),
            f"{tempfile.gettempdir()}/tmp",
            "/dev/null",
        )
        self.found = []
        try:
            yield self.found
        finally:
            self.allowed = None


_NEVER = (
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"),
    *("pickle.find_class", "socket.connect"),
)
_READABLE = (
    *(f"{samples.ROOT}/", sys.prefix, sys.base_prefix),
    *("/usr/share/zoneinfo", "/etc/localtime", "/proc/", "/sys/", os.path.expanduser("~/.bokeh")),
)


class Oracle:
    """Runs commands in this process, one after the other."""

    def __init__(self) -> None:
        import croniter  # noqa: F401 (as it is imported it starts a process that names the machine)

        self._watch = _Watch()
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA,) * 2)
        faulthandler.enable()
        warnings.simplefilter("error")
        os.environ.update(NO_COLOR="1", COLUMNS="100")
        os.environ.pop("FORCE_COLOR", None)

    def run(self, case: Case, folder: Path) -> Ended:
        """Runs a command with the folder as its working directory."""
        before = _names(folder)
        with (
            _caught() as streams,
            _within(folder),
            _peak() as peak,
            self._watch.over(case, folder) as trespasses,
        ):
            start = time.process_time()
            code = _code_of(case)
            seconds = time.process_time() - start
        left = tuple(sorted(_names(folder) - before))
        out, err = streams
        return Ended(code, out, err, seconds, peak[0], tuple(trespasses), left)


def _code_of(case: Case) -> int | None:
    used = time.process_time()

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooLongError

    def stop_if_idle(_number: int, _frame: FrameType | None) -> None:
        nonlocal used
        before, used = used, time.process_time()
        if used - before < IDLE_S:
            raise TooLongError

    signal.signal(signal.SIGPROF, stop)
    signal.signal(signal.SIGALRM, stop_if_idle)
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S, 1)
    signal.setitimer(signal.ITIMER_REAL, STUCK_S, STUCK_S)
    faulthandler.dump_traceback_later(DEAF_S, exit=True, file=2)
    try:
        main(case.arguments)
    except TooLongError:
        return None
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 70
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


def _names(folder: Path) -> set[str]:
    return {str(one.relative_to(folder)) for one in folder.rglob("*")}


@contextlib.contextmanager
def _within(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _caught() -> Iterator[list[str]]:
    """Standard output and error, as texts once it is over."""
    texts: list[str] = []
    before = sys.stdout, sys.stderr
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout = open(os.dup(out.fileno()), "w", encoding="utf-8")  # noqa: SIM115
        sys.stderr = open(os.dup(err.fileno()), "w", encoding="utf-8")  # noqa: SIM115
        try:
            yield texts
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError):
                    stream.close()
            sys.stdout, sys.stderr = before
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode("utf-8", "replace"))


@contextlib.contextmanager
def _peak() -> Iterator[list[int]]:
    """The most memory in KiB that was in use meanwhile."""
    found = [0]
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    try:
        yield found
    finally:
        with contextlib.suppress(OSError):
            status = Path("/proc/self/status").read_text()
            found[0] = int(status.partition("VmHWM:")[2].split()[0])
