"""``ipamd-sim settings``: a change as it is applied to a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .examples import example
from .options import form_option
from .output import print_json, show_warnings

if TYPE_CHECKING:
    from sim.advice.change import Change

IN_PLACE = (
    "this changes the mode, and by itself does so on all running nodes, which is not safe; the "
    "steps are printed without -o paste"
)
FORMS = ("kubectl", "helm", "eks-addon", "terraform")


@click.command("settings", epilog=example("settings"))
@click.argument("what", metavar="SCENARIO|RUN|RECOMMENDATION")
@click.option(
    "--for",
    "tool",
    type=click.Choice(FORMS),
    default="kubectl",
    show_default=True,
    help="What the change is applied with.",
)
@click.option(
    "--variant",
    metavar="NAME",
    help="Of a scenario: what it says holds now, and this one of its variants is to hold.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Of a scenario: replace one value, such as ipamd.WARM_IP_TARGET=5.",
)
@click.option(
    "--closest",
    is_flag=True,
    help="Of a recommendation in which no setting keeps the limits: that of the closest setting.",
)
@form_option(
    "What is printed: the steps for people, all of it as data, or only what is pasted (a command, "
    "values, a block).",
    "json",
    "paste",
)
def settings(
    what: str,
    tool: str,
    variant: str | None,
    overrides: tuple[str, ...],
    closest: bool,
    form: str,
) -> None:
    """Print a change of settings as a cluster takes it.

    From a scenario's settings, those of a saved run (its folder), or a recommendation (what
    recommend -o json printed, or the folder of its --out): what to set and to unset, the order of
    steps, what comes with new nodes only, and how to check. A `change:` is what is wanted. Nothing
    is applied.
    """
    change = _change(what, variant, overrides, closest)
    if change is None:
        which = "closest to the limits" if closest else "the recommendation"
        click.echo(f"{what}: the current settings are {which}: nothing is to be changed")
        return
    _show(change, tool, form)


def _change(
    what: str, variant: str | None, overrides: tuple[str, ...], closest: bool
) -> Change | None:
    from sim.advice.source import change_of_scenario, saved_change

    saved = saved_change(what, closest=closest)
    if saved is not None:
        if variant is not None or overrides:
            message = "--variant and --set are for a scenario, and this is the outcome of one"
            raise click.UsageError(message)
        return saved.change
    from sim.scenario.load import Scenario

    scenario = Scenario.load(what, overrides)
    is_cluster = overrides and scenario.model.origin is not None
    given = Scenario.load(what) if is_cluster else None
    show_warnings(scenario)
    return change_of_scenario(scenario, variant, given)


def _show(change: Change, tool: str, form: str) -> None:
    from sim.advice.page import as_data, page
    from sim.advice.steps import to_paste

    if form == "json":
        print_json(as_data(change, tool))
    elif form == "paste":
        if change.changes_mode:
            click.echo(f"warning: {IN_PLACE}", err=True)
        click.echo(to_paste(change, tool).text)
    else:
        click.echo(page(change, tool), nl=False)
