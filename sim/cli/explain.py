"""``ipamd-sim explain pod``, ``explain node`` and ``explain subnet``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .examples import example
from .instants import instant_of
from .options import form_option
from .output import print_json

if TYPE_CHECKING:
    from sim.explain.story import Story
    from sim.results.result import Result

F = TypeVar("F", bound=Callable[..., Any])


def _what(function: F) -> F:
    """A name, which may be left out, a run, and the form of the answer."""
    form = form_option(
        "What is printed: words, or the same as data.",
        "json",
    )
    names = click.argument("names", nargs=-1, required=True, metavar="[NAME] RUN")
    return names(form(function))


@click.group(epilog=example("explain"))
def explain() -> None:
    """Say in words what happened in a saved run, and why.

    RUN is a folder that run --out wrote. Each sentence is derived from its records.
    """


@explain.command(epilog=example("explain"))
@_what
def pod(names: tuple[str, ...], form: str) -> None:
    """Tell the life of a pod: each ADD, what its node had, what ipamd did meanwhile.

    NAME is its workload and its index there, such as tasks-17. Without one, the pod that waited
    longest for its address is explained.
    """
    from sim.explain.pod import explain_pod

    _answer(names, form, explain_pod)


@explain.command(epilog=example("explain node"))
@_what
@click.option(
    "--from", "from_ms", metavar="TIME", callback=instant_of, help="Only from here on: 3h20m."
)
@click.option("--to", "to_ms", metavar="TIME", callback=instant_of, help="Only up to here.")
@click.option("--aws", is_flag=True, help="Print EC2 calls as the aws ec2 commands they amount to.")
def node(
    names: tuple[str, ...], form: str, from_ms: int | None, to_ms: int | None, aws: bool
) -> None:
    """Tell why a node grew and why it did not shrink, call by call.

    Without a NAME, the node that made the most EC2 requests is explained.
    """
    from sim.explain.node import explain_node

    def told(result: Result, name: str | None) -> Story:
        return explain_node(result, name, from_ms=from_ms, to_ms=to_ms, aws=aws)

    _answer(names, form, told)


@explain.command(epilog=example("explain subnet"))
@_what
def subnet(names: tuple[str, ...], form: str) -> None:
    """Tell who holds a subnet's addresses, when it was tightest, and why.

    Without a NAME, the subnet that came closest to running out is explained.
    """
    from sim.explain.subnet import explain_subnet

    _answer(names, form, explain_subnet)


def _answer(names: tuple[str, ...], form: str, tell: Callable[[Result, str | None], Story]) -> None:
    from sim.results.result import Result

    if len(names) > 2:
        raise click.UsageError(f"expected [NAME] RUN, got {len(names)} arguments")
    run = names[-1]
    result = Result.load(run)
    story = tell(result, names[0] if len(names) == 2 else None)
    if form == "json":
        print_json(story.to_dict())
        return
    from sim.report.timeline import print_story

    print_story(story, result.summary, run)
