"""What several verbs take."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from sim.study.executors import Executor, Progress

F = TypeVar("F", bound=Callable[..., Any])


def scenario_argument(function: F) -> F:
    """The scenario file and the values that differ from it."""
    overrides = click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Replace one value, such as ipamd.WARM_IP_TARGET=5 or "
        "cluster.node_groups.batch.nodes=20; may be given several times.",
    )
    return click.argument("scenario")(overrides(function))


def form_option(what: str, *data_forms: str) -> Callable[[F], F]:
    """The form of what is printed: a screen, or data; the function gets it as ``form``.

    Args:
        what: the option's help.
        data_forms: those that a program reads, besides the table.
    """
    return click.option(
        "-o",
        "--output",
        "form",
        type=click.Choice(["table", *data_forms]),
        default="table",
        show_default=True,
        help=what,
    )


replications_seed = click.option(
    "--seed",
    type=int,
    metavar="N",
    help="Seed that those of the replications are made from, instead of the scenario's.",
)


def _html_file(_context: click.Context, _option: click.Parameter, file: str | None) -> str | None:
    """The file, if a report can be written to it."""
    if file is not None:
        from sim.report.html import check_html

        check_html(file)
    return file


html_option = click.option(
    "--html",
    metavar="FILE",
    callback=_html_file,
    help="Write a report with charts to this file: one page that needs no network. Takes the extra "
    "html: pip install 'ipamd-sim[html]'.",
)
"""A page to look at and to send on."""


class Where(NamedTuple):
    """Where the runs of a study run, and whether it is shown how far they are."""

    workers: int | None
    scheduler: str | None
    tls_ca_file: str | None
    tls_cert: str | None
    tls_key: str | None
    no_progress: bool

    def check(self) -> None:
        """Refuses options that contradict each other.

        Raises:
            UsageError: they do.
        """
        files = (self.tls_ca_file, self.tls_cert, self.tls_key)
        if self.scheduler is None and any(files):
            raise click.UsageError("--tls-ca-file, --tls-cert and --tls-key go with --scheduler")
        if self.scheduler is not None and self.workers is not None:
            message = "--workers are of this machine, --scheduler has its own: leave one out"
            raise click.UsageError(message)

    def executor(self) -> AbstractContextManager[Executor]:
        """What runs them.

        Raises:
            InputError: it cannot be had.
        """
        from sim.study.executors import Tls, executor

        tls = Tls(self.tls_ca_file, self.tls_cert, self.tls_key)
        return executor(self.workers, self.scheduler, tls)

    def progress(self, *, is_bound: bool = False) -> AbstractContextManager[Progress | None]:
        """What shows how far they are, on standard error; rich is not imported to show nothing.

        Args:
            is_bound: as `study_progress` has it.
        """
        if self.no_progress:
            return nullcontext()
        from sim.report.study_progress import study_progress

        return study_progress(is_bound=is_bound)


def where_options(function: F) -> F:
    """Where runs run; the function gets it as ``where``, a `Where`."""

    @wraps(function)
    def with_where(*args: Any, **options: Any) -> Any:
        where = Where(**{name: options.pop(name) for name in Where._fields})
        where.check()
        return function(*args, where=where, **options)

    for option in reversed(_WHERE):
        with_where = option(with_where)
    return with_where  # type: ignore[return-value]  # it takes options instead of a Where


_WHERE = (
    click.option(
        "--workers",
        type=click.IntRange(min=1),
        metavar="N",
        help="Processes of this machine that run at the same time.  [default: one a core]",
    ),
    click.option(
        "--scheduler",
        metavar="URL",
        help="Run on the workers of this Dask scheduler, tcp://HOST:PORT or tls://HOST:PORT.",
    ),
    click.option("--tls-ca-file", metavar="FILE", help="For tls://: the authority's certificate."),
    click.option("--tls-cert", metavar="FILE", help="For tls://: this client's certificate."),
    click.option("--tls-key", metavar="FILE", help="For tls://: the key of that certificate."),
    click.option("--no-progress", is_flag=True, help="No progress line on standard error."),
)
