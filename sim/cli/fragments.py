"""``ipamd-sim fragments``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .examples import example
from .instants import instant_of
from .options import form_option
from .output import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.results.fragments import Block, Fragmentation

ROWS = 9
"""Instants in the history of a subnet."""


@click.command(epilog=example("fragments"))
@click.argument("run", metavar="RUN")
@click.argument("subnet", metavar="[SUBNET]", required=False)
@click.option(
    "--at",
    "at_ms",
    metavar="TIME",
    callback=instant_of,
    help="The instant, from the start of the run, such as 3h20m.  [default: the end]",
)
@form_option("What is printed: one screen, or every /28 as data.", "json", "csv")
def fragments(run: str, subnet: str | None, at_ms: int | None, form: str) -> None:
    """Show which /28s of a subnet are whole or broken, and by whom.

    RUN is a folder that run --out wrote, of a scenario with cluster.record_addresses. Without a
    SUBNET, the one with the fewest /28s left at any time is shown.
    """
    from sim.results.fragments import blocks_at, fragmentation
    from sim.results.result import Result

    result = Result.load(run)
    at = result.end_ms - 1 if at_ms is None else at_ms
    blocks = blocks_at(result, subnet, at)
    times = [(result.end_ms - 1) * row // (ROWS - 1) for row in range(ROWS)]
    history = fragmentation(result, subnet, times)
    if form == "json":
        print_json(_data(blocks, history, at))
    elif form == "csv":
        _print_csv(blocks)
    else:
        from sim.report.fragments import print_fragments

        print_fragments(blocks, history, at, result.summary, run)


def _data(blocks: Sequence[Block], history: Fragmentation, at: int) -> dict[str, Any]:
    counts = {name: numbers.tolist() for name, numbers in history.counts().items()}
    over_time = {"at_s": (history.times_ms / 1000).tolist(), **counts}
    return {
        "subnet": history.subnet,
        "at_s": at / 1000,
        "blocks": [
            {**block._asdict(), "holders": [one._asdict() for one in block.holders]}
            for block in blocks
        ],
        "over_time": {
            **over_time,
            "free": history.free.sum(axis=1).tolist(),
            "broken_free": history.broken_free.tolist(),
        },
    }


def _print_csv(blocks: Sequence[Block]) -> None:
    """A line a /28; of those that one address breaks, which and whose it is."""
    click.echo("cidr,state,free,holders,address,use,node,since_s")
    for block in blocks:
        one = block.holders[0] if len(block.holders) == 1 else None
        who = [one.address, one.use, one.node, str(one.since_ms / 1000)] if one else [""] * 4
        cells = [block.cidr, block.state, str(block.free), str(len(block.holders)), *who]
        click.echo(",".join(cells))
