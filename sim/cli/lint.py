"""``ipamd-sim lint``: traps of settings, known without a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .examples import example
from .exits import ExitCode
from .options import form_option
from .output import print_json

if TYPE_CHECKING:
    from sim.lint.case import Case
    from sim.lint.look import Findings

SEVERITIES = ("error", "warning", "note")


@click.command("lint", epilog=example("lint"))
@click.argument("given", nargs=-1, metavar="[SCENARIO] [KEY=VALUE]...")
@click.option(
    "--nodes", type=click.IntRange(1, 60_000), metavar="N", help="Without a scenario: nodes."
)
@click.option("--instance-type", metavar="TYPE", help="Without a scenario: such as m5.large.")
@click.option(
    "--max-pods", type=click.IntRange(1, 10_000), metavar="N", help="Without a scenario: max pods."
)
@click.option(
    "--subnet",
    "subnets",
    multiple=True,
    metavar="CIDR",
    help="Without a scenario: a subnet; may be given several times.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Replace one value of the scenario, such as cluster.node_groups.batch.nodes=20.",
)
@click.option("--ignore", multiple=True, metavar="ID", help="Leave out a rule, such as IPAMD003.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="error",
    show_default=True,
    help="The least severity that makes the exit code 1.",
)
@click.option("--rules", "lists_rules", is_flag=True, help="List all rules and exit.")
@form_option("What is printed: text for people, or data for a pipeline.", "json")
@click.pass_context
def lint(  # noqa: PLR0913 (one argument an option)
    context: click.Context,
    given: tuple[str, ...],
    nodes: int | None,
    instance_type: str | None,
    max_pods: int | None,
    subnets: tuple[str, ...],
    overrides: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    lists_rules: bool,
    form: str,
) -> None:
    """Look for traps in settings, without a run.

    In a SCENARIO, in variables of aws-node on as much of a cluster as is said, or in both: the
    variables then replace the scenario's. Each finding has the rule's source, this cluster's
    numbers and a remedy. Exits with 1 if there is an error.
    """
    from sim.lint.look import look
    from sim.lint.rule import Severity

    if lists_rules:
        _show_rules(form)
        return
    group = {"instance_type": instance_type, "nodes": nodes, "max_pods": max_pods}
    known = {key: value for key, value in group.items() if value is not None}
    ignored = _ids(ignore)
    case = _case(given, known, subnets, overrides)
    found = look(case, ignored)
    _show(found, case, form)
    if found.fails(Severity(fail_on)):
        context.exit(ExitCode.NOT_HELD)


def _ids(ignore: tuple[str, ...]) -> list[str]:
    from sim.lint.rules import RULES
    from sim.scenario.errors import nearest

    ids = [rule.id for rule in RULES]
    wanted = [one.strip().upper() for text in ignore for one in text.split(",")]
    for one in wanted:
        if one not in ids:
            near = "".join(f"; did you mean {name}?" for name in nearest(one, ids))
            raise click.UsageError(f"--ignore: there is no rule {one}{near}")
    return wanted


def _case(
    given: tuple[str, ...],
    group: dict[str, Any],
    subnets: tuple[str, ...],
    overrides: tuple[str, ...],
) -> Case:
    from sim.lint.given import VARIABLE, case_of_arguments, case_of_scenario

    variables = [one for one in given if VARIABLE.match(one)]
    files = [one for one in given if one not in variables]
    if len(files) > 1:
        raise click.UsageError(f"one scenario at a time, and {' and '.join(files)} are two or more")
    if files:
        if group or subnets:
            message = "a scenario says its nodes and subnets: use --set to change it"
            raise click.UsageError(message)
        return case_of_scenario(files[0], overrides, variables)
    if overrides:
        raise click.UsageError("--set goes with a scenario: write KEY=VALUE for a variable")
    if not (variables or group or subnets):
        raise click.UsageError("give a scenario, or variables such as WARM_IP_TARGET=1")
    return case_of_arguments(variables, group, subnets)


def _show(found: Findings, case: Case, form: str) -> None:
    from sim.lint.text import findings_text
    from sim.results.versions import modelled_versions

    if form == "json":
        print_json({**found.to_dict(), "versions": modelled_versions()})
    else:
        name = case.scenario.source.file or case.scenario.name
        click.echo(findings_text(found, name), nl=False)


def _show_rules(form: str) -> None:
    from sim.lint.rules import RULES
    from sim.lint.text import rules_text

    if form == "table":
        click.echo(rules_text(), nl=False)
        return
    kept = ("id", "severity", "title", "source", "remedy", "shown_by")
    print_json(
        [
            {**{name: getattr(rule, name) for name in kept}, "needs": sorted(rule.needs)}
            for rule in RULES
        ]
    )
