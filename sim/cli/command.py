"""The command's entry: its verbs, and how each way to end becomes a message and an exit code."""

from __future__ import annotations

import atexit
import errno
import gc
import io
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from sim.garbage import fewer_looks
from sim.scenario.errors import InputError, Problem, one_line

from .compare import compare
from .conformance import conformance
from .diff import diff
from .examples import all_examples
from .exits import ExitCode, exit_table
from .explain import explain
from .export import export
from .fragments import fragments
from .import_ import import_
from .kept import StudyInterrupted
from .lint import lint
from .max_pods import max_pods
from .new import new
from .overlay import overlay
from .recommend import recommend
from .run import run
from .schema import schema
from .settings import settings
from .show import show
from .sweep import sweep
from .validate import validate

NAME = "ipamd-sim"

_OF_NAMES = (
    *(errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENOENT, errno.ENXIO),
    *(errno.EACCES, errno.EPERM, errno.EROFS),
)
"""What the system says of a path that leads to nothing that can be read or written."""

FAULT = """\
{name} met a fault of its own, not of your input. Please report it with all that follows, and
with the scenario if you can share it.

version: {versions}
command: {command}
"""


def _show_version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(_version())
        context.exit()


def _version() -> str:
    from sim.results.versions import modelled_versions

    versions = modelled_versions()
    return (
        f"{NAME} {versions['ipamd_sim']}, modelling VPC CNI {versions['cni']}, instance limits of "
        f"{versions['limits_table']}"
    )


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"\b\nExamples:\n{all_examples()}\n\n\b\nExit codes, of every verb:\n{exit_table()}",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Print the versions of the tool, of the CNI and of the limits table, and exit.",
)
@click.pass_context
def cli(context: click.Context) -> None:
    """Simulate ipamd, the IP address daemon of the Amazon VPC CNI.

    Answers what a cluster's settings cost: addresses held and wasted, EC2 requests and
    throttling, and how long pods wait for an address.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


VERBS = (
    new,
    run,
    show,
    explain,
    fragments,
    compare,
    recommend,
    settings,
    lint,
    sweep,
    diff,
    export,
    import_,
    overlay,
    validate,
    schema,
    max_pods,
    conformance,
)

for _verb in VERBS:
    cli.add_command(_verb)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit with the code of `ExitCode` that says how it ended.

    Args:
        arguments: what stands behind the command's name; those of the process if not given.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # no crash on a terminal without a character
    given = sys.argv[1:] if arguments is None else list(arguments)
    atexit.register(gc.freeze)  # a process that ends needs no look for garbage
    with _interrupted_once(), fewer_looks():
        code = _run(given)
    sys.exit(code)


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """Lets SIGTERM do what Ctrl-C does; after the first of them what was begun is cleaned up.

    A signal that whoever started the command has ignored, or handles, stays so.
    """
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    ours = {one: handler for one, handler in usual.items() if signal.getsignal(one) is handler}

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for one in ours:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        ours = {}  # only the main thread gets signals, and may say what they do
    for one in ours:
        signal.signal(one, interrupt)
    try:
        yield
    finally:
        for one, handler in ours.items():
            if signal.getsignal(one) is interrupt:
                signal.signal(one, handler)


def _run(arguments: list[str]) -> ExitCode:
    try:
        return _invoke(arguments)
    except click.ClickException as error:
        return _refused(_one_line(error))
    except KeyboardInterrupt as interrupt:
        click.echo(f"{NAME}: interrupted{_how_far(interrupt)}", err=True)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # whoever reads the output has seen enough
        _drop_output()
        return ExitCode.DONE
    except Exception as error:  # every end has its code
        return _refused_or_fault(error, arguments)


def _how_far(interrupt: KeyboardInterrupt) -> str:
    """How far a run came, and where its records are."""
    from sim.engine.interrupts import Interrupted
    from sim.report.format import duration

    if isinstance(interrupt, StudyInterrupted):
        return str(interrupt)
    if not isinstance(interrupt, Interrupted):
        return ""
    kept = "nothing was kept (--out keeps the records)"
    if interrupt.kept is not None:
        kept = f"the records so far are in {_from_here(interrupt.kept)}"
    now, end = duration(interrupt.now_ms / 1000), duration(interrupt.duration_ms / 1000)
    return f" at {now} of {end}; {kept}"


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _invoke(arguments: list[str]) -> ExitCode:
    """What click's own ``main`` does, without its ways to end."""
    try:
        with cli.make_context(NAME, list(arguments)) as context:
            code = cli.invoke(context)
    except click.exceptions.Exit as left:
        code = left.exit_code
    sys.stdout.flush()
    return ExitCode(code or ExitCode.DONE)


def _one_line(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else NAME
    message = one_line(" ".join(error.format_message().split()))
    return f"{path}: {message} ({path} --help lists what it takes)"


def _refused(message: str) -> ExitCode:
    click.echo(message, err=True)
    return ExitCode.BAD_INPUT


def _refused_or_fault(error: Exception, arguments: list[str]) -> ExitCode:
    if isinstance(error, InputError):
        return _refused("\n".join(_placed(problem, arguments) for problem in error.problems))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        _drop_output()
        return _refused(f"{error.filename or 'standard output'}: {error.strerror}; free some space")
    if isinstance(error, OSError) and error.filename and error.errno in _OF_NAMES:
        return _refused(f"{one_line(str(error.filename))}: {error.strerror}; give another name")
    return _fault(error, arguments)


def _placed(problem: Problem, arguments: list[str]) -> str:
    """The problem; one without a place is that of the verb."""
    has_place = problem.file or problem.path
    return str(problem) if has_place else f"{NAME} {arguments[0]}: {problem}"


def _fault(error: Exception, arguments: list[str]) -> ExitCode:
    import traceback

    from sim.results.versions import all_versions

    versions = ", ".join(f"{name} {version}" for name, version in all_versions().items())
    command = shlex.join([NAME, *arguments])
    click.echo(FAULT.format(name=NAME, versions=versions, command=command), err=True)
    click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    return ExitCode.FAULT


def _drop_output() -> None:
    """Keep Python from flushing, when it exits, into what cannot be written to."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
