"""What several verbs take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

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
